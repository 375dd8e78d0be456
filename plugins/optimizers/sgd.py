"""Stochastic gradient descent, with momentum or without."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, FirstOrder, Optimizer, hookimpl, require


@dataclass
class SGD(FirstOrder):
    """Stochastic gradient descent with heavy-ball or Nesterov momentum.

    v ← momentum v + g;  θ ← θ - lr v,  or θ ← θ - lr (g + momentum v) with nesterov.
    Convention: PyTorch's, v starts at 0 and no dampening; the learning rate multiplies v, so that
    changing it in mid-run acts at once. weight_decay is decoupled from g, (1 - lr weight_decay) θ before the
    step, and leaves biases alone; PyTorch's SGD adds it to g, as objective.l2 does here.
    Source: Sutskever et al., On the importance of initialization and momentum (2013).
    """

    momentum: float = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "momentum", 0 <= self.momentum < 1, "momentum is in 0 <= m < 1")
        needs = "Nesterov's step needs optim.momentum > 0"
        require(self, "nesterov", not self.nesterov or self.momentum > 0, needs)

    def recurrence(self, curvature: float) -> Array:
        kept, m = 1 - self.lr * self.weight_decay, self.momentum
        g, v = (1 + m, m * m) if self.nesterov else (1, m)  # how often the step takes h w, and v
        return np.array([[kept - self.lr * curvature * g, -self.lr * v], [curvature, m]])

    def direction(self, gradient: Array, theta: Array) -> Array:
        if not self.momentum:
            return gradient
        velocity = self.memory("velocity", theta)
        velocity *= self.momentum
        velocity += gradient
        return gradient + self.momentum * velocity if self.nesterov else velocity


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"sgd": SGD}
