"""Samples as images with channels."""

from __future__ import annotations

from math import isqrt
from typing import Any

from framework.errors import ConfigError
from framework.layers.layer import Layer, Views
from framework.params import Array


class Image(Layer):
    """Samples of any of these shapes → (height, width, channels); its derivatives only reshape.

    (height, width, channels) stays; (height, width) gets one channel; flat samples of a square number of
    features, such as the 64 of 8×8 digits, are read as a square image with one channel, row by row.
    Raises ConfigError for other shapes.
    """

    def build(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        self.inputs = shape
        if len(shape) == 1 and (side := isqrt(shape[0])) ** 2 == shape[0]:
            shape = (side, side)
        if len(shape) not in (2, 3):
            takes = "(height, width), (height, width, channels) or a square number of features"
            raise ConfigError(f"samples of shape {self.inputs} are no images; these are {takes}")
        self.outputs = shape if len(shape) == 3 else (*shape, 1)
        return self.outputs

    def forward(self, w: Views, x: Array) -> tuple[Array, Any]:
        return x.reshape(len(x), *self.outputs), None

    def vjp(self, w: Views, saved: Any, dy: Array, dw: Views, first: bool) -> Array | None:
        return dy.reshape(len(dy), *self.inputs)

    def jvp(self, w: Views, saved: Any, tw: Views, tx: Array | None) -> Array | None:
        return None if tx is None else tx.reshape(len(tx), *self.outputs)

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
        return dy.reshape(len(dy), *self.inputs), tdy.reshape(len(dy), *self.inputs)
