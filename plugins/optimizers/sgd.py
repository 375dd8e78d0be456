"""Stochastic gradient descent, with momentum or without."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Momentum, Optimizer, hookimpl


@dataclass
class SGD(Momentum):
    """Stochastic gradient descent with heavy-ball or Nesterov momentum.

    v ← momentum v + g;  θ ← θ - lr v,  or θ ← θ - lr (g + momentum v) with nesterov.
    Convention: PyTorch's, v starts at 0 and no dampening; the learning rate multiplies v, so that
    changing it in mid-run acts at once.
    Source: Sutskever et al., On the importance of initialization and momentum (2013).
    """

    def recurrence(self, curvature: float) -> Array:
        kept, m = 1 - self.lr * self.weight_decay, self.momentum
        g, v = (1 + m, m * m) if self.nesterov else (1, m)  # how often the step takes h w, and v
        return np.array([[kept - self.lr * curvature * g, -self.lr * v], [curvature, m]])

    def direction(self, gradient: Array, theta: Array) -> Array:
        return self.with_momentum(gradient)


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"sgd": SGD}
