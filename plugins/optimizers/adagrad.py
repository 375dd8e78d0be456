"""AdaGrad: rates that fall with each entry's own gradients."""

from __future__ import annotations

import math
from dataclasses import dataclass

from framework import Adaptive, Array, Optimizer, hookimpl, require


@dataclass
class Adagrad(Adaptive):
    """s ← s + g²;  θ ← θ - lr g / (√(s + eps_root) + eps), entry by entry.

    initial: s at first.
    Convention: PyTorch's, with its defaults. optax and Keras have eps=0 eps_root=1e-7 initial=0.1, and Keras
    lr=0.001. PyTorch's lr_decay is schedule=inverse_time schedule.unit=step schedule.decay=lr_decay.
    Source: Duchi, Hazan and Singer, Adaptive subgradient methods for online learning and stochastic
    optimization (2011), figure 1, diagonal.
    """

    lr: float = 0.01
    eps: float = 1e-10
    initial: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "initial", 0 <= self.initial < math.inf, "a sum of squares is >= 0")

    def direction(self, gradient: Array, theta: Array) -> Array:
        s = self.memory("squares", gradient, self.initial)
        s += gradient**2
        return gradient / self.root(s)


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"adagrad": Adagrad}
