"""What an elementwise activation provides."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from framework.layers.layer import Layer, Views
from framework.params import Array

BLOCK = 2**16  # numbers at a time


class Activation(Layer):
    """y = f(x):  dx = f' dy,  ty = f' tx,  R{dx} = f' tdy + f'' tx dy.

    initializer: the initial weights that suit the layer before it, by name. needs_x: False where y alone
    gives f' and f''; x is then not kept, and `slope` and `bend` are handed None for it.
    """

    name: ClassVar[str]
    initializer: ClassVar[str] = "glorot"
    needs_x: ClassVar[bool] = True

    def build(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape

    @abstractmethod
    def value(self, x: Array) -> Array:
        """f(x)."""

    @abstractmethod
    def slope(self, x: Array, y: Array) -> Array:
        """f'(x), given y = f(x), in an array of its own."""

    @abstractmethod
    def bend(self, x: Array, y: Array) -> Array | None:
        """f''(x), given y = f(x), in an array of its own; None if it is zero wherever it exists."""

    def forward(self, w: Views, x: Array) -> tuple[Array, Any]:
        y = _blockwise(self.value, x)
        return y, (x if self.needs_x else None, y)

    def vjp(self, w: Views, saved: Any, dy: Array, dw: Views, first: bool) -> Array | None:
        return _blockwise(self._tilt, dy, *saved)

    def jvp(self, w: Views, saved: Any, tw: Views, tx: Array | None) -> Array | None:
        return None if tx is None else _blockwise(self._tilt, tx, *saved)

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
        dx = _blockwise(self._tilt, dy, *saved)
        return dx, _blockwise(self._turn, dy, tdy, tx, *saved)

    def _tilt(self, u: Array, x: Array, y: Array) -> Array:
        """f' u."""
        slope = self.slope(x, y)
        slope *= u
        return slope

    def _turn(self, dy: Array, tdy: Array, tx: Array | None, x: Array, y: Array) -> Array:
        """f' tdy + f'' tx dy."""
        tdx = self._tilt(tdy, x, y)
        bend = None if tx is None else self.bend(x, y)
        if bend is not None:
            bend *= tx
            bend *= dy
            tdx += bend
        return tdx


def _blockwise(f: Callable[..., Array], first: Array, *others: Array | None) -> Array:
    """f(first, *others), a few samples at a time where there are many: temporaries stay in the cache."""
    size = max(1, BLOCK * len(first) // max(1, first.size))
    if size >= len(first):
        return f(first, *others)
    result = np.empty_like(first)
    for start in range(0, len(first), size):
        part = slice(start, start + size)
        result[part] = f(first[part], *(u if u is None else u[part] for u in others))
    return result
