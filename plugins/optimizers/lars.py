"""LARS: momentum with a step length for each layer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import Array, Momentum, Objective, Optimizer, hookimpl, require


@dataclass
class LARS(Momentum):
    """SGD with momentum whose steps are, for each layer's weights w, in proportion to ‖w‖ and not to ‖g‖.

    s = trust (g + weight_decay w) ‖w‖ / (‖g + weight_decay w‖ + eps);
    v ← momentum v + lr s;  w ← w - v.
    Where ‖w‖ or ‖g + weight_decay w‖ is 0, and for biases, which do not decay, s = g.
    nesterov: w ← w - (lr s + momentum v) instead. biases: they are scaled like weights, as in optax.
    eps: added to ‖g + weight_decay w‖. weight_decay: of weights, a part of what is scaled and goes into v.
    Convention: optax's, with its defaults, and lr=0.1, for which it has none. The rate goes into v, as in the
    paper, so that a schedule acts on gradients to come; the paper divides by ‖g‖ + weight_decay ‖w‖.
    Source: You, Gitman and Ginsburg, Large batch training of convolutional networks (2017), algorithm 1.
    """

    momentum: float = 0.9
    trust: float = 1e-3
    eps: float = 0.0
    biases: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "trust", 0 < self.trust < math.inf, "a trust coefficient is > 0")
        require(self, "eps", 0 <= self.eps < math.inf, "an epsilon is >= 0")

    def direction(self, gradient: Array, theta: Array) -> Array:
        return gradient

    def move(self, objective: Objective, theta: Array, update: Array) -> None:
        s = self.decayed(objective, theta, update).copy()
        layout = objective.network.layout
        for parameter in layout:
            if parameter.kind == "weight" or self.biases:
                part = layout.slices[parameter.name]
                s[part] *= self.ratio(theta[part], s[part])
        theta -= self.with_momentum(self.rate * s)

    def ratio(self, w: Array, s: Array) -> float:
        """trust ‖w‖ / (‖s‖ + eps), or 1 where either is 0."""
        length, size = float(np.linalg.norm(w)), float(np.linalg.norm(s))
        return self.trust * length / (size + self.eps) if length and size else 1.0


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"lars": LARS}
