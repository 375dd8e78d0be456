"""Stochastic gradient descent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from framework import Array, Optimizer, hookimpl, require

if TYPE_CHECKING:
    from framework import Objective


@dataclass
class SGD(Optimizer):
    """Stochastic gradient descent with heavy-ball or Nesterov momentum.

    v ← momentum v + g;  θ ← θ - lr v,  or θ ← θ - lr (g + momentum v) with nesterov.
    weight_decay is decoupled from the gradient and acts on weights, not biases: θ ← (1 - lr weight_decay) θ
    before the step. Without momentum that equals objective.l2 = weight_decay; PyTorch's SGD adds it to g.
    Convention: PyTorch's, v starts at 0 and no dampening; the learning rate multiplies v, so that
    changing it in mid-run acts at once.
    Source: Sutskever et al., On the importance of initialization and momentum (2013); Loshchilov and
    Hutter, Decoupled weight decay regularization (2019), algorithm 1.
    """

    lr: float = 0.1
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        require(self, "lr", 0 < self.lr < math.inf, "a learning rate is > 0")
        require(self, "momentum", 0 <= self.momentum < 1, "momentum is in 0 <= m < 1")
        require(self, "weight_decay", 0 <= self.weight_decay < math.inf, "weight decay is >= 0")
        needs = "Nesterov's step needs optim.momentum > 0"
        require(self, "nesterov", not self.nesterov or self.momentum > 0, needs)

    def reset(self, theta: Array) -> None:
        super().reset(theta)
        if self.momentum:
            self.state["velocity"] = np.zeros_like(theta)

    def recurrence(self, curvature: float) -> Array:
        kept, m = 1 - self.lr * self.weight_decay, self.momentum
        g, v = (1 + m, m * m) if self.nesterov else (1, m)  # how often the step takes h w, and v
        return np.array([[kept - self.lr * curvature * g, -self.lr * v], [curvature, m]])

    def step(self, objective: Objective, theta: Array) -> None:
        direction = objective.at(theta).grad()
        if self.weight_decay:
            theta -= self.lr * self.weight_decay * (objective.weights * theta)
        if self.momentum:
            velocity = self.state["velocity"]
            velocity *= self.momentum
            velocity += direction
            direction = direction + self.momentum * velocity if self.nesterov else velocity
        theta -= self.lr * direction


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"sgd": SGD}
