"""The leaky rectified linear unit."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from framework.layers.activations.activation import Activation
from framework.params import Array

LEAK = 0.01  # the paper's, and PyTorch's


class LeakyRelu(Activation):
    """f(x) = max(x, 0.01 x);  f' = 1 for x > 0, else 0.01 (also at 0);  f'' = 0 wherever it exists.

    Source: Maas, Hannun and Ng, Rectifier nonlinearities improve neural network acoustic models (2013).
    """

    name: ClassVar[str] = "leaky_relu"
    initializer: ClassVar[str] = "he"
    needs_x: ClassVar[bool] = False

    def value(self, x: Array) -> Array:
        return np.maximum(x, LEAK * x)

    def slope(self, x: Array, y: Array) -> Array:
        return np.where(y > 0, y.dtype.type(1), y.dtype.type(LEAK))

    def bend(self, x: Array, y: Array) -> Array | None:
        return None
