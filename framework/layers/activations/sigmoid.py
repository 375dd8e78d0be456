"""The logistic sigmoid."""

from __future__ import annotations

from typing import ClassVar

from framework.layers.activations.activation import Activation
from framework.links import sigmoid
from framework.params import Array


class Sigmoid(Activation):
    """f(x) = 1 / (1 + exp(-x));  f' = y (1 - y);  f'' = y (1 - y) (1 - 2y).

    Source: Rumelhart, Hinton and Williams, Learning representations by back-propagating errors (1986), eq. 2.
    """

    name: ClassVar[str] = "sigmoid"
    needs_x: ClassVar[bool] = False

    def value(self, x: Array) -> Array:
        return sigmoid(x)

    def slope(self, x: Array, y: Array) -> Array:
        return y * (1 - y)

    def bend(self, x: Array, y: Array) -> Array | None:
        return y * (1 - y) * (1 - 2 * y)
