"""AdaMax: Adam by largest gradients, not mean squares."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import Array, FirstOrder, Optimizer, hookimpl, require


@dataclass
class Adamax(FirstOrder):
    """m ← beta1 m + (1 - beta1) g;  u ← max(beta2 u, |g| + eps);  θ ← θ - lr m / ((1 - beta1ᵗ) u).

    Adam with the largest recent |g|, entry by entry, in place of a root mean square, in step t = 1, 2, ...
    Convention: PyTorch's, with its defaults, and optax's, which has none for lr. The paper has no eps; Keras
    adds eps=1e-7 to u, and has lr=0.001.
    Source: Kingma and Ba, Adam: a method for stochastic optimization (2015), algorithm 2.
    """

    lr: float = 2e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("beta1", "beta2"):
            require(self, name, 0 <= getattr(self, name) < 1, "a decay rate is in 0 <= beta < 1")
        require(self, "eps", 0 < self.eps < math.inf, "an epsilon is > 0")

    def direction(self, gradient: Array, theta: Array) -> Array:
        m = self.average("m", gradient, self.beta1) / (1 - self.beta1 ** self.count())
        u = self.memory("u", gradient)
        u *= self.beta2
        np.maximum(u, np.abs(gradient) + self.eps, out=u)
        return m / u


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"adamax": Adamax}
