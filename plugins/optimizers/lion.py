"""Lion: the sign of an interpolated momentum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, FirstOrder, Optimizer, hookimpl, require


@dataclass
class Lion(FirstOrder):
    """θ ← (1 - lr weight_decay) θ - lr sign(beta1 m + (1 - beta1) g);  then m ← beta2 m + (1 - beta2) g.

    Every entry moves by lr, so a good lr is 3 to 10 times smaller than Adam's, and a good weight_decay as
    much larger.
    Convention: the paper's lr, optax's weight_decay, but biases do not decay. Keras has lr=0.001
    weight_decay=0.
    Source: Chen et al., Symbolic discovery of optimization algorithms (2023), algorithm 2.
    """

    lr: float = 1e-4
    weight_decay: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.99

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("beta1", "beta2"):
            require(self, name, 0 <= getattr(self, name) < 1, "a decay rate is in 0 <= beta < 1")

    def direction(self, gradient: Array, theta: Array) -> Array:
        m = self.memory("m", gradient)
        update = np.sign(self.beta1 * m + (1 - self.beta1) * gradient)
        self.average("m", gradient, self.beta2)
        return update


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"lion": Lion}
