"""Rprop: step lengths by the gradient's signs alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, FirstOrder, Optimizer, hookimpl, require


@dataclass
class Rprop(FirstOrder):
    """θ ← θ - Δ sign(g), entry by entry, with steps Δ that grow while g keeps its sign, and else shrink.

    Δ = lr at first; Δ ← eta_plus Δ where g has the sign of the last one, eta_minus Δ where it turned, within
    shortest <= Δ <= longest. An entry that turned rests for this step, and its next one counts as a first.
    It wants full batches, for the sign of a mini-batch's gradient is mostly noise.
    Convention: PyTorch's, with its defaults, known as iRprop-; the paper takes the last step back where g
    turned, and optax (0.2.8) applies each update a step late. A schedule multiplies all Δ.
    Source: Riedmiller and Braun, A direct adaptive method for faster backpropagation learning: the RPROP
    algorithm (1993); Igel and Hüsken, Empirical evaluation of the improved Rprop learning algorithms (2003).
    """

    batch_size: ClassVar[int | None] = None

    lr: float = 0.01
    eta_minus: float = 0.5
    eta_plus: float = 1.2
    shortest: float = 1e-6
    longest: float = 50.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(
            self, "eta_minus", 0 < self.eta_minus < 1, "steps shrink by a factor in 0 < eta < 1"
        )
        require(self, "eta_plus", 1 < self.eta_plus < math.inf, "steps grow by a factor > 1")
        require(self, "shortest", 0 < self.shortest <= self.lr, "it is > 0 and <= optim.lr")
        require(self, "longest", self.lr <= self.longest < math.inf, "it is >= optim.lr")

    def direction(self, gradient: Array, theta: Array) -> Array:
        last = self.memory("gradient", gradient)
        steps = self.memory("steps", gradient, 1.0)  # in units of lr
        turn = np.sign(gradient) * np.sign(last)
        steps[turn > 0] *= self.eta_plus
        steps[turn < 0] *= self.eta_minus
        np.clip(steps, self.shortest / self.lr, self.longest / self.lr, out=steps)
        last[...] = np.where(turn < 0, 0, gradient)
        return steps * np.sign(last)


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"rprop": Rprop}
