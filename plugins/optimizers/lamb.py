"""LAMB: Adam with a step length for each layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Moments, Objective, Optimizer, hookimpl


@dataclass
class LAMB(Moments):
    """Adam whose step is, for each layer's weights w, as long as lr ‖w‖.

    u = m̂ / (√(v̂ + eps_root) + eps) + weight_decay w;  w ← w - lr u ‖w‖ / ‖u‖.
    Here m̂ and v̂ are Adam's. Where ‖w‖ or ‖u‖ is 0, and for biases, which do not decay, w ← w - lr u.
    biases: they are scaled like weights, as in optax. weight_decay: of weights, a part of u, which is scaled.
    Convention: optax's, with its defaults, and lr=0.001, for which it has none. The paper may bound ‖w‖,
    and decays by 0.01.
    Source: You et al., Large batch optimization for deep learning: training BERT in 76 minutes (2020),
    algorithm 2.
    """

    lr: float = 1e-3
    eps: float = 1e-6
    biases: bool = False

    def direction(self, gradient: Array, theta: Array) -> Array:
        m, v = self.corrected(gradient)
        return m / self.root(v)

    def move(self, objective: Objective, theta: Array, update: Array) -> None:
        u = self.decayed(objective, theta, update).copy()
        layout = objective.network.layout
        for parameter in layout:
            if parameter.kind == "weight" or self.biases:
                part = layout.slices[parameter.name]
                u[part] *= ratio(theta[part], u[part])
        theta -= self.rate * u


def ratio(w: Array, u: Array) -> float:
    """‖w‖ / ‖u‖, or 1 where either is 0."""
    length, size = float(np.linalg.norm(w)), float(np.linalg.norm(u))
    return length / size if length and size else 1.0


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"lamb": LAMB}
