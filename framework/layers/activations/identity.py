"""The identity."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from framework.layers.activations.activation import Activation
from framework.params import Array


class Identity(Activation):
    """f(x) = x;  f' = 1;  f'' = 0: a network of linear layers in a row.

    Source: Saxe, McClelland and Ganguli, Exact solutions to the nonlinear dynamics of learning in deep linear
    neural networks (2014).
    """

    name: ClassVar[str] = "identity"
    needs_x: ClassVar[bool] = False

    def value(self, x: Array) -> Array:
        return x

    def slope(self, x: Array, y: Array) -> Array:
        return np.ones_like(y)

    def bend(self, x: Array, y: Array) -> Array | None:
        return None
