"""The hyperbolic tangent."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from framework.layers.activations.activation import Activation
from framework.params import Array


class Tanh(Activation):
    """f(x) = tanh x;  f' = 1 - y²;  f'' = -2 y (1 - y²).

    Source: LeCun, Bottou, Orr and Müller, Efficient BackProp (1998), section 4.4, unscaled.
    """

    name: ClassVar[str] = "tanh"
    needs_x: ClassVar[bool] = False

    def value(self, x: Array) -> Array:
        return np.tanh(x)

    def slope(self, x: Array, y: Array) -> Array:
        slope = y * y
        return np.subtract(1, slope, out=slope)

    def bend(self, x: Array, y: Array) -> Array | None:
        return -2 * y * (1 - y * y)
