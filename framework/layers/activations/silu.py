"""The sigmoid linear unit, also called swish."""

from __future__ import annotations

from typing import ClassVar

from framework.layers.activations.activation import Activation
from framework.links import sigmoid
from framework.params import Array


class Silu(Activation):
    """f(x) = x σ(x);  f' = σ + x σ (1 - σ);  f'' = σ (1 - σ) (2 + x (1 - 2σ)), with σ the logistic sigmoid.

    Source: Elfwing, Uchibe and Doya, Sigmoid-weighted linear units for neural network function approximation
    in reinforcement learning (2018).
    """

    name: ClassVar[str] = "silu"
    initializer: ClassVar[str] = "he"

    def value(self, x: Array) -> Array:
        return x * sigmoid(x)

    def slope(self, x: Array, y: Array) -> Array:
        s = sigmoid(x)
        return s + y * (1 - s)

    def bend(self, x: Array, y: Array) -> Array | None:
        s = sigmoid(x)
        return s * (1 - s) * (2 + x * (1 - 2 * s))
