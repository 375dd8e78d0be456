"""Huber's loss: squared near, absolute far."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import Array, Loss, hookimpl, one_of, require


@dataclass
class Huber(Loss):
    """Σ_k ½ r_k² where |r_k| <= δ, else δ (|r_k| - ½ δ), with r = p - y; or the mean over the outputs.

    p, y: (batch, outputs); value: (batch,).  Gradient r clipped to ±δ; Hessian 1 where |r| <= δ, else 0.
    The targets' units are δ's: outliers are rows that miss by more.
    Convention: reduction=mean is PyTorch's HuberLoss and Keras's. Smooth L1 (PyTorch's SmoothL1Loss, with
    β = δ) is this divided by δ. scikit-learn's HuberRegressor estimates a scale as well.
    Source: Huber, Robust estimation of a location parameter (1964).
    """

    delta: float = 1.0
    reduction: str = "sum"

    def __post_init__(self) -> None:
        require(self, "delta", 0 < self.delta < math.inf, "where the parabola ends is > 0")
        one_of(self, "reduction", ["mean", "sum"])

    def share(self, p: Array) -> float:
        """The weight of one output."""
        return 1 / p.shape[1] if self.reduction == "mean" else 1.0

    def value(self, p: Array, y: Array) -> Array:
        far = np.abs(p - y)
        near = np.minimum(far, self.delta)
        return self.share(p) * (near * (far - 0.5 * near)).sum(axis=1)

    def grad(self, p: Array, y: Array) -> Array:
        return self.share(p) * np.clip(p - y, -self.delta, self.delta)

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        return self.share(p) * ((np.abs(p - y) <= self.delta) * v)


@hookimpl
def register_losses() -> dict[str, type[Loss]]:
    return {"huber": Huber}
