"""Samples of any shape as vectors."""

from __future__ import annotations

from math import prod
from typing import Any

from framework.layers.layer import Layer, Views
from framework.params import Array


class Flatten(Layer):
    """(N, a, b, ...) → (N, a·b·...), row by row; its derivatives only reshape."""

    def build(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        self.shape, self.size = shape, prod(shape)
        return (self.size,)

    def forward(self, w: Views, x: Array) -> tuple[Array, Any]:
        return x.reshape(len(x), self.size), None

    def vjp(self, w: Views, saved: Any, dy: Array, dw: Views, first: bool) -> Array | None:
        return self._back(dy)

    def jvp(self, w: Views, saved: Any, tw: Views, tx: Array | None) -> Array | None:
        return None if tx is None else tx.reshape(len(tx), self.size)

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
        return self._back(dy), self._back(tdy)

    def _back(self, dy: Array) -> Array:
        return dy.reshape(len(dy), *self.shape)
