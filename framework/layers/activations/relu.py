"""The rectified linear unit."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from framework.layers.activations.activation import Activation
from framework.params import Array


class Relu(Activation):
    """f(x) = max(x, 0);  f' = 1 for x > 0, else 0 (also at 0);  f'' = 0 wherever it exists.

    Source: Nair and Hinton, Rectified linear units improve restricted Boltzmann machines (2010).
    """

    name: ClassVar[str] = "relu"
    initializer: ClassVar[str] = "he"
    needs_x: ClassVar[bool] = False

    def value(self, x: Array) -> Array:
        return np.maximum(x, 0)

    def slope(self, x: Array, y: Array) -> Array:
        return (y > 0).astype(y.dtype)

    def bend(self, x: Array, y: Array) -> Array | None:
        return None
