"""Average pooling of images."""

from __future__ import annotations

from typing import Any

import numpy as np

from framework.layers.layer import Layer, Views
from framework.layers.window import Window
from framework.params import Array


class AveragePool(Layer):
    """y[n, i, j, c] = mean over u, v < window of x[n, s i + u, s j + v, c],  s the stride.

    x: (N, height, width, channels); the stride is the window's width unless given. Rows and columns that no
    window covers wholly are dropped. Linear: ty = P tx,  dx = Pᵀ dy,  R{dx} = Pᵀ tdy. Unlike LeNet's own
    subsampling it has no trained gain and bias.
    Source: LeCun et al., Gradient-based learning applied to document recognition (1998), section II.B.
    """

    def __init__(self, window: int = 2, stride: int | None = None) -> None:
        self.window = Window(window, window if stride is None else stride)

    def build(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        self.inputs, self.positions = shape, self.window.positions(shape)
        return (*self.positions, shape[2])

    def forward(self, w: Views, x: Array) -> tuple[Array, Any]:
        return self._pool(x), None

    def vjp(self, w: Views, saved: Any, dy: Array, dw: Views, first: bool) -> Array | None:
        return self._spread(dy)

    def jvp(self, w: Views, saved: Any, tw: Views, tx: Array | None) -> Array | None:
        return None if tx is None else self._pool(tx)

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
        return self._spread(dy), self._spread(tdy)

    def _pool(self, x: Array) -> Array:
        """First down, then across: whole rows of pixels are added where they can be."""
        (h, w), (_, width, channels) = self.positions, self.inputs
        rows = np.zeros((len(x), h, width, channels), x.dtype)
        y = np.zeros((len(x), h, w, channels), x.dtype)
        for i in range(self.window.size):
            rows += x[:, self.window.reach(i, h)]
        for j in range(self.window.size):
            y += rows[:, :, self.window.reach(j, w)]
        y /= self.window.size**2
        return y

    def _spread(self, dy: Array) -> Array:
        """The transpose: first across, then down."""
        (h, w), (_, width, channels) = self.positions, self.inputs
        rows = np.zeros((len(dy), h, width, channels), dy.dtype)
        dx = np.zeros((len(dy), *self.inputs), dy.dtype)
        share = dy / self.window.size**2
        for j in range(self.window.size):
            rows[:, :, self.window.reach(j, w)] += share
        for i in range(self.window.size):
            dx[:, self.window.reach(i, h)] += rows
        return dx
