"""AdaDelta: steps in the units of the parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import Array, FirstOrder, Optimizer, hookimpl, require


@dataclass
class Adadelta(FirstOrder):
    """v ← rho v + (1 - rho) g²;  Δ = g √(d + eps) / √(v + eps);  d ← rho d + (1 - rho) Δ²;  θ ← θ - lr Δ.

    Steps have the units of θ and find their own size, from √(eps / (1 - rho)) on, so lr is 1.
    Convention: PyTorch's and optax's, with their defaults. The paper has rho=0.95, Keras lr=0.001 rho=0.95
    eps=1e-7.
    Source: Zeiler, ADADELTA: an adaptive learning rate method (2012), algorithm 1.
    """

    lr: float = 1.0
    rho: float = 0.9
    eps: float = 1e-6

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "rho", 0 <= self.rho < 1, "a decay rate is in 0 <= rho < 1")
        require(self, "eps", 0 < self.eps < math.inf, "it is > 0: the first step starts from it")

    def direction(self, gradient: Array, theta: Array) -> Array:
        v = self.average("squares", gradient**2, self.rho)
        d = self.memory("steps", gradient)
        delta = gradient * np.sqrt(d + self.eps) / np.sqrt(v + self.eps)
        self.average("steps", delta**2, self.rho)
        return delta


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"adadelta": Adadelta}
