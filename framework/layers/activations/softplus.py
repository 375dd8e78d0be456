"""The smooth rectifier."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from framework.layers.activations.activation import Activation
from framework.links import sigmoid
from framework.params import Array


class Softplus(Activation):
    """f(x) = log(1 + exp x), without overflow;  f' = σ(x);  f'' = σ (1 - σ), with σ the logistic sigmoid.

    Source: Dugas et al., Incorporating second-order functional knowledge for better option pricing (2001).
    """

    name: ClassVar[str] = "softplus"
    initializer: ClassVar[str] = "he"

    def value(self, x: Array) -> Array:
        return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))

    def slope(self, x: Array, y: Array) -> Array:
        return sigmoid(x)

    def bend(self, x: Array, y: Array) -> Array | None:
        s = sigmoid(x)
        return s * (1 - s)
