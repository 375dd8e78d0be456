"""Elementwise activations y = f(x) with their first two derivatives."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np

from framework.layers.layer import Layer, Views
from framework.links import sigmoid
from framework.params import Array


class Activation(Layer):
    """y = f(x):  dx = f' dy,  ty = f' tx,  R{dx} = f' tdy + f'' tx dy."""

    name: ClassVar[str]

    def build(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return shape

    @abstractmethod
    def value(self, x: Array) -> Array:
        """f(x)."""

    @abstractmethod
    def slope(self, x: Array, y: Array) -> Array:
        """f'(x), given y = f(x)."""

    @abstractmethod
    def bend(self, x: Array, y: Array) -> Array | None:
        """f''(x), given y = f(x); None if it is zero wherever it exists."""

    def forward(self, w: Views, x: Array) -> tuple[Array, Any]:
        y = self.value(x)
        return y, (x, y)

    def vjp(self, w: Views, saved: Any, dy: Array, dw: Views, first: bool) -> Array | None:
        return self.slope(*saved) * dy

    def jvp(self, w: Views, saved: Any, tw: Views, tx: Array | None) -> Array | None:
        return None if tx is None else self.slope(*saved) * tx

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
        slope, bend = self.slope(*saved), self.bend(*saved)
        tdx = slope * tdy
        if bend is not None and tx is not None:
            tdx += bend * tx * dy
        return slope * dy, tdx


class Sigmoid(Activation):
    """f(x) = 1 / (1 + exp(-x));  f' = y (1 - y);  f'' = y (1 - y) (1 - 2y)."""

    name = "sigmoid"

    def value(self, x: Array) -> Array:
        return sigmoid(x)

    def slope(self, x: Array, y: Array) -> Array:
        return y * (1 - y)

    def bend(self, x: Array, y: Array) -> Array | None:
        return y * (1 - y) * (1 - 2 * y)


class Tanh(Activation):
    """f(x) = tanh x;  f' = 1 - y²;  f'' = -2 y (1 - y²)."""

    name = "tanh"

    def value(self, x: Array) -> Array:
        return np.tanh(x)

    def slope(self, x: Array, y: Array) -> Array:
        return 1 - y * y

    def bend(self, x: Array, y: Array) -> Array | None:
        return -2 * y * (1 - y * y)


class Relu(Activation):
    """f(x) = max(x, 0);  f' = 1 for x > 0, else 0 (also at 0);  f'' = 0 wherever it exists."""

    name = "relu"

    def value(self, x: Array) -> Array:
        return np.maximum(x, 0)

    def slope(self, x: Array, y: Array) -> Array:
        return (x > 0).astype(x.dtype)

    def bend(self, x: Array, y: Array) -> Array | None:
        return None


ACTIVATIONS: dict[str, type[Activation]] = {a.name: a for a in (Sigmoid, Tanh, Relu)}
