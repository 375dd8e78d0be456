"""The convolutional layer on images."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from framework.layers.initializers import Initializer
from framework.layers.layer import Layer, Views
from framework.layers.window import Window
from framework.params import Array, Parameter

CHUNK = 4 * 2**20  # bytes of columns at a time: they bound the memory, and stay in the cache
FEW = 4  # below so many channels, rows of the columns are too short to be copied one by one


class Conv2D(Layer):
    """y[n, i, j, f] = b[f] + Σ_{u, v, c} x̄[n, s i + u, s j + v, c] W[u, v, c, f],  s the stride.

    x: (N, height, width, channels), x̄ = x with `padding` zeros around it; W: (kernel, kernel, channels,
    filters); y: (N, h, w, filters) with h = ⌊(height + 2 padding - kernel) / s⌋ + 1. The kernel is not
    mirrored, as everywhere in the field.
    With C x the columns, one row of kernel² · channels numbers for each output pixel, it is a dense layer:
    y = (C x) W + b,  dW = (C x)ᵀ dy,  db = Σ dy,  dx = Cᵀ (dy Wᵀ).
    Along (V, c): ty = (C tx) W + (C x) V + c,  R{dW} = (C tx)ᵀ dy + (C x)ᵀ tdy,  R{db} = Σ tdy,
    R{dx} = Cᵀ (tdy Wᵀ + dy Vᵀ).
    Columns are never kept: each product makes them anew for a few samples at a time, one at least.
    Source: LeCun et al., Gradient-based learning applied to document recognition (1998), section II;
    Chellapilla, Puri and Simard, High performance convolutional neural networks for document processing
    (2006).
    """

    def __init__(
        self,
        filters: int,
        kernel: int,
        init: Initializer,
        stride: int = 1,
        padding: int = 0,
        bias: bool = True,
    ) -> None:
        self.filters, self._init, self.bias = filters, init, bias
        self.window = Window(kernel, stride, padding)

    def build(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        self.inputs, self.outputs = shape, (*self.window.positions(shape), self.filters)
        kernel = (self.window.size, self.window.size, shape[2])
        self.columns = prod(kernel)
        weight = Parameter("weight", (*kernel, self.filters))
        self.parameters = (weight, Parameter("bias", (self.filters,), "bias"))[: 1 + self.bias]
        return self.outputs

    def init(self, rng: np.random.Generator) -> dict[str, Array]:
        matrix = self._init(rng, self.columns, self.filters, self.window.size**2)
        fresh = {"weight": matrix.reshape(self.parameters[0].shape)}
        if self.bias:
            fresh["bias"] = self._init.biases(rng, self.filters)
        return fresh

    def forward(self, w: Views, x: Array) -> tuple[Array, Any]:
        return self._apply((x, w)), x

    def vjp(self, w: Views, saved: Any, dy: Array, dw: Views, first: bool) -> Array | None:
        self._correlate(dw, (saved, dy))
        return None if first else self._spread((dy, w))

    def jvp(self, w: Views, saved: Any, tw: Views, tx: Array | None) -> Array | None:
        return self._apply((saved, tw), *([] if tx is None else [(tx, w)]))

    def hvp(
        self,
        w: Views,
        saved: Any,
        tw: Views,
        tx: Array | None,
        dy: Array,
        tdy: Array,
        hw: Views,
        first: bool,
    ) -> tuple[Array, Array] | None:
        self._correlate(hw, (saved, tdy), *([] if tx is None else [(tx, dy)]))
        return None if first else (self._spread((dy, w)), self._spread((tdy, w), (dy, tw)))

    def _apply(self, term: tuple[Array, Views], *more: tuple[Array, Views]) -> Array:
        """(C x) W + b of the first pair (x, weights), plus (C x) W of those that follow."""
        x, w = term
        y = np.empty((len(x), *self.outputs), x.dtype)
        for part in self._chunks(x):
            rows = y[part].reshape(-1, self.filters)
            np.matmul(self._columns(x[part], 1), self._matrix(w), out=rows)
            for tx, v in more:
                rows += self._columns(tx[part], 0) @ self._matrix(v)
        return y

    def _correlate(self, dw: Views, term: tuple[Array, Array], *more: tuple[Array, Array]) -> None:
        """dW = (C x)ᵀ dy and db = Σ dy of the first pair (x, dy), plus (C x)ᵀ dy of those that follow."""
        x, dy = term
        total = np.zeros((self.columns + 1, self.filters), dy.dtype)
        for part in self._chunks(x):
            total += self._columns(x[part], 1).T @ dy[part].reshape(-1, self.filters)
            for tx, u in more:
                total += self._columns(tx[part], 0).T @ u[part].reshape(-1, self.filters)
        dw["weight"].reshape(-1, self.filters)[...] = total[:-1]
        if self.bias:
            dw["bias"][...] = total[-1]

    def _spread(self, *terms: tuple[Array, Views]) -> Array:
        """dx = Σ Cᵀ (dy Wᵀ) over the pairs (dy, weights)."""
        dy, k, p = terms[0][0], self.window.size, self.window.padding
        kernels = np.hstack([self._matrix(w)[:-1] for _, w in terms])
        (height, width, channels), (h, w, _) = self.inputs, self.outputs
        dx = np.empty((len(dy), *self.inputs), dy.dtype)
        for part in self._chunks(dy):
            n = len(dy[part])
            rows = np.hstack([u[part].reshape(-1, self.filters) for u, _ in terms])
            blocks = (kernels @ rows.T).reshape(k, k, channels, n, h, w)
            image = np.zeros((channels, n, height + 2 * p, width + 2 * p), dy.dtype)
            for i, j in np.ndindex(k, k):
                image[:, :, self.window.reach(i, h), self.window.reach(j, w)] += blocks[i, j]
            dx[part] = image[:, :, p : p + height, p : p + width].transpose(1, 2, 3, 0)
        return dx

    def _columns(self, x: Array, one: int) -> Array:
        """C x and a column of `one`: (N h w, kernel² channels + 1), by columns where channels are few."""
        k, s, p = self.window.size, self.window.stride, self.window.padding
        (height, width, channels), (h, w, _) = self.inputs, self.outputs
        if p:
            inside = x
            x = np.zeros((len(x), height + 2 * p, width + 2 * p, channels), x.dtype)
            x[:, p : p + height, p : p + width] = inside
        windows = sliding_window_view(x, (k, k), axis=(1, 2))[:, ::s, ::s]
        shape = len(x) * h * w, self.columns + 1
        rows = np.empty(shape, x.dtype, order="F" if channels < FEW else "C")
        rows[:, -1] = one
        target = rows[:, :-1].reshape(len(x), h, w, k, k, channels)
        np.copyto(target, windows.transpose(0, 1, 2, 4, 5, 3))
        return rows

    def _chunks(self, batch: Array) -> Iterator[slice]:
        """As many samples at a time as have no more than CHUNK bytes of columns, but one at least."""
        h, w, _ = self.outputs
        size = max(1, CHUNK // (h * w * (self.columns + 1) * batch.itemsize))
        return (slice(start, start + size) for start in range(0, len(batch), size))

    def _matrix(self, w: Views) -> Array:
        """(W; b), (kernel² channels + 1, filters)."""
        weight = w["weight"].reshape(self.columns, self.filters)
        bias = w["bias"] if self.bias else np.zeros(self.filters, weight.dtype)
        return np.vstack([weight, bias])
