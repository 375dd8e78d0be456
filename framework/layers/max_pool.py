"""Max pooling of images."""

from __future__ import annotations

from typing import Any

import numpy as np

from framework.layers.layer import Layer, Views
from framework.layers.window import Window
from framework.params import Array


class MaxPool(Layer):
    """y[n, i, j, c] = max over u, v < window of x[n, s i + u, s j + v, c],  s the stride.

    x: (N, height, width, channels); the stride is the window's width unless given. Rows and columns that no
    window covers wholly are dropped. The first maximum, row by row, is the winner: ty is its tangent, and dy
    flows to it alone. Piecewise linear, so that R{dx} is tdy sent the same way. NaN wins.
    Source: Ranzato, Huang, Boureau and LeCun, Unsupervised learning of invariant feature hierarchies (2007).
    """

    def __init__(self, window: int = 2, stride: int | None = None) -> None:
        self.window = Window(window, window if stride is None else stride)

    def build(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        self.inputs, self.positions = shape, self.window.positions(shape)
        return (*self.positions, shape[2])

    def forward(self, w: Views, x: Array) -> tuple[Array, Any]:
        y = self._at(x, 0).copy()
        winner = np.zeros(y.shape, np.min_scalar_type(self.window.size**2))
        for k in range(1, self.window.size**2):
            rival = self._at(x, k)
            np.copyto(winner, k, where=rival > y, casting="unsafe")
            np.maximum(y, rival, out=y)
        return y, winner

    def vjp(self, w: Views, saved: Any, dy: Array, dw: Views, first: bool) -> Array | None:
        dx = np.zeros((len(dy), *self.inputs), dy.dtype)
        for k in range(self.window.size**2):
            self._at(dx, k)[...] += dy * (saved == k)
        return dx

    def jvp(self, w: Views, saved: Any, tw: Views, tx: Array | None) -> Array | None:
        if tx is None:
            return None
        ty = self._at(tx, 0).copy()
        for k in range(1, self.window.size**2):
            np.copyto(ty, self._at(tx, k), where=saved == k)
        return ty

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
        dx, tdx = (self.vjp(w, saved, u, hw, first) for u in (dy, tdy))
        assert dx is not None and tdx is not None
        return dx, tdx

    def _at(self, x: Array, k: int) -> Array:
        """A view of the k-th pixel of every window."""
        (i, j), (h, w) = divmod(k, self.window.size), self.positions
        return x[:, self.window.reach(i, h), self.window.reach(j, w)]
