"""RMSprop: gradients over their running root mean square."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import Adaptive, Array, Momentum, Optimizer, hookimpl, require


@dataclass
class RMSprop(Momentum, Adaptive):
    """v ← decay v + (1 - decay) g²;  θ ← θ - lr g / (√(v + eps_root) + eps), entry by entry.

    centered: v is diminished by the square of the average of g, so that the root is that of a variance; what
    rounding makes negative is 0, and NaN in PyTorch. momentum: b ← momentum b + g / (...);  θ ← θ - lr b.
    nesterov: θ ← θ - lr (g / (...) + momentum b) instead. initial: v at first.
    Convention: PyTorch's, with its defaults, but with Keras's lr: PyTorch's 0.01 moves every entry by
    lr / √(1 - decay) = 0.1 in the first step. Keras and optax have decay=0.9 and their epsilon inside (Keras
    eps=0 eps_root=1e-7, optax eps=0 eps_root=1e-8), the first TensorFlow initial=1. They take lr into b,
    which matters only where a schedule changes it.
    Source: Tieleman and Hinton, Lecture 6.5 of Neural networks for machine learning (2012); Graves,
    Generating sequences with recurrent neural networks (2013), eqs. 38 to 45, for the centred one.
    """

    lr: float = 0.001
    decay: float = 0.99
    centered: bool = False
    initial: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "decay", 0 <= self.decay < 1, "a decay rate is in 0 <= d < 1")
        require(self, "initial", 0 <= self.initial < math.inf, "a mean of squares is >= 0")

    def direction(self, gradient: Array, theta: Array) -> Array:
        v = self.average("squares", gradient**2, self.decay, self.initial)
        if self.centered:
            mean = self.average("mean", gradient, self.decay)
            v = np.maximum(v - mean**2, 0)
        return self.with_momentum(gradient / self.root(v))


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"rmsprop": RMSprop}
