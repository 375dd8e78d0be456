"""Averages of the iterates: the solution is not where the steps are but the middle of where they were."""

from __future__ import annotations

import numpy as np

from framework.params import Array

KINDS = ("none", "polyak", "exponential")


class Average:
    """θ̄ over the steps since the first `start` of them, whatever the optimizer.

    kind: "polyak", the mean of the iterates, θ̄ ← θ̄ + (θ - θ̄) / k after the k-th; "exponential",
    θ̄ ← decay θ̄ + (1 - decay) θ, from the first of them on (as PyTorch's swa_utils; no correction of bias is
    needed). Steps are taken from θ; θ̄ is what is evaluated and saved.
    Source: Polyak and Juditsky, Acceleration of stochastic approximation by averaging (1992).
    """

    def __init__(self, kind: str, decay: float = 0.999, start: int = 0) -> None:
        self.kind, self.decay, self.start = kind, decay, start
        self.count = 0
        self.value: Array | None = None

    def update(self, theta: Array, steps: int) -> None:
        """Take in theta after so many steps."""
        if steps <= self.start:
            return
        self.count += 1
        if self.value is None:
            self.value = theta.copy()
            return
        share = 1 / self.count if self.kind == "polyak" else 1 - self.decay
        self.value += share * (theta - self.value)

    def solution(self, theta: Array) -> Array:
        """θ̄, or theta itself as long as there is nothing to average."""
        return theta if self.value is None else np.asarray(self.value)
