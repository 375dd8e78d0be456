"""The exponential linear unit."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from framework.layers.activations.activation import Activation
from framework.params import Array


class Elu(Activation):
    """f(x) = x for x > 0, else exp(x) - 1;  f' = 1, else y + 1;  f'' = 0, else y + 1.  f' has no jump.

    Source: Clevert, Unterthiner and Hochreiter, Fast and accurate deep network learning by exponential linear
    units (2016), section 3, with α = 1.
    """

    name: ClassVar[str] = "elu"
    initializer: ClassVar[str] = "he"
    needs_x: ClassVar[bool] = False

    def value(self, x: Array) -> Array:
        return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))

    def slope(self, x: Array, y: Array) -> Array:
        return np.minimum(y, 0) + 1

    def bend(self, x: Array, y: Array) -> Array | None:
        return np.where(y > 0, 0, y + 1)
