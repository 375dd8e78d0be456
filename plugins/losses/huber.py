"""Huber's loss: squared near, absolute far."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import Array, Loss, Residual, hookimpl, require


@dataclass
class Huber(Residual):
    """Σ_k ½ r_k² where |r_k| <= δ, else δ (|r_k| - ½ δ), with r = p - y; or the mean over the outputs.

    p, y: (batch, outputs); value: (batch,).  Gradient r clipped to ±δ; Hessian 1 where |r| <= δ, else 0.
    The targets' units are δ's: outliers are rows that miss by more.
    Convention: reduction=mean is PyTorch's HuberLoss and Keras's. Smooth L1 (PyTorch's SmoothL1Loss, with
    β = δ) is this divided by δ. scikit-learn's HuberRegressor estimates a scale as well.
    Source: Huber, Robust estimation of a location parameter (1964).
    """

    delta: float = 1.0

    def __post_init__(self) -> None:
        require(self, "delta", 0 < self.delta < math.inf, "where the parabola ends is > 0")
        super().__post_init__()

    def each(self, r: Array) -> Array:
        far = np.abs(r)
        near = np.minimum(far, self.delta)
        return near * (far - 0.5 * near)

    def slope(self, r: Array) -> Array:
        return np.clip(r, -self.delta, self.delta)

    def bend(self, r: Array, v: Array) -> Array:
        return (np.abs(r) <= self.delta) * v


@hookimpl
def register_losses() -> dict[str, type[Loss]]:
    return {"huber": Huber}
