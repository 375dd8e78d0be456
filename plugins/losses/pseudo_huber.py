"""Pseudo-Huber: Huber's loss without corners."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import Array, Loss, hookimpl, one_of, require


@dataclass
class PseudoHuber(Loss):
    """Σ_k δ² (√(1 + (r_k/δ)²) - 1) with r = p - y; or the mean over the outputs with reduction=mean.

    p, y: (batch, outputs); value: (batch,).  With s = √(1 + (r/δ)²): gradient r/s, Hessian 1/s³ > 0.
    Near 0 it is ½ r², far away δ |r| - δ². Computed as r² / (1 + s), which keeps the digits of small ones.
    Source: Charbonnier et al., Two deterministic half-quadratic regularization algorithms (1994); Hartley
    and Zisserman, Multiple View Geometry (2003), appendix 6.8.
    """

    delta: float = 1.0
    reduction: str = "sum"

    def __post_init__(self) -> None:
        require(self, "delta", 0 < self.delta < math.inf, "where the parabola ends is > 0")
        one_of(self, "reduction", ["mean", "sum"])

    def share(self, p: Array) -> float:
        """The weight of one output."""
        return 1 / p.shape[1] if self.reduction == "mean" else 1.0

    def slant(self, r: Array) -> Array:
        """s = √(1 + (r/δ)²)."""
        return np.hypot(1, r / self.delta)

    def value(self, p: Array, y: Array) -> Array:
        r = p - y
        return self.share(p) * (r * (r / (1 + self.slant(r)))).sum(axis=1)

    def grad(self, p: Array, y: Array) -> Array:
        r = p - y
        return self.share(p) * (r / self.slant(r))

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        return self.share(p) * (v * (1 / self.slant(p - y)) ** 3)


@hookimpl
def register_losses() -> dict[str, type[Loss]]:
    return {"pseudo_huber": PseudoHuber}
