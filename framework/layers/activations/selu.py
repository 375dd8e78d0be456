"""The scaled exponential linear unit."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from framework.layers.activations.activation import Activation
from framework.params import Array

SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772
STEEP = SCALE * ALPHA


class Selu(Activation):
    """f(x) = λ x for x > 0, else λ α (exp(x) - 1);  f' = λ, else y + λ α;  f'' = 0, else y + λ α.

    λ = 1.0507..., α = 1.6732...: mean 0 and variance 1 are then a stable fixed point, for inputs and weights
    of these moments (init "lecun"). f' jumps at 0 from λ α to λ.
    Source: Klambauer et al., Self-normalizing neural networks (2017), eqs. 2 and 14.
    """

    name: ClassVar[str] = "selu"
    initializer: ClassVar[str] = "lecun"
    needs_x: ClassVar[bool] = False

    def value(self, x: Array) -> Array:
        return np.where(x > 0, SCALE * x, STEEP * np.expm1(np.minimum(x, 0)))

    def slope(self, x: Array, y: Array) -> Array:
        return np.where(y > 0, y.dtype.type(SCALE), y + STEEP)

    def bend(self, x: Array, y: Array) -> Array | None:
        return np.where(y > 0, 0, y + STEEP)
