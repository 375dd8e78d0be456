"""The softsign."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from framework.layers.activations.activation import Activation
from framework.params import Array


class Softsign(Activation):
    """f(x) = x / (1 + |x|);  f' = 1 / (1 + |x|)²;  f'' = -2 sign(x) / (1 + |x|)³.

    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks
    (2010).
    """

    name: ClassVar[str] = "softsign"

    def value(self, x: Array) -> Array:
        return x / (1 + np.abs(x))

    def slope(self, x: Array, y: Array) -> Array:
        return 1 / (1 + np.abs(x)) ** 2

    def bend(self, x: Array, y: Array) -> Array | None:
        return -2 * np.sign(x) / (1 + np.abs(x)) ** 3
