"""The Gaussian error linear unit."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from framework.layers.activations.activation import Activation
from framework.params import Array

HEIGHT = 1 / math.sqrt(2 * math.pi)


class Gelu(Activation):
    """f(x) = x Φ(x);  f' = Φ + x φ;  f'' = (2 - x²) φ, Φ and φ the normal distribution and density.

    Exact, not the approximation by tanh; Φ is SciPy's `ndtr`, imported when it is first needed.
    Source: Hendrycks and Gimpel, Gaussian error linear units (2016), section 2.
    """

    name: ClassVar[str] = "gelu"
    initializer: ClassVar[str] = "he"

    def value(self, x: Array) -> Array:
        return x * _below(x)

    def slope(self, x: Array, y: Array) -> Array:
        return _below(x) + x * _density(x)

    def bend(self, x: Array, y: Array) -> Array | None:
        return (2 - x * x) * _density(x)


def _below(x: Array) -> Array:
    from scipy.special import ndtr

    return ndtr(x)


def _density(x: Array) -> Array:
    return HEIGHT * np.exp(-0.5 * x * x)
