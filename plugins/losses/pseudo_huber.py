"""Pseudo-Huber: Huber's loss without corners."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import Array, Loss, Residual, hookimpl, require


@dataclass
class PseudoHuber(Residual):
    """Σ_k δ² (√(1 + (r_k/δ)²) - 1) with r = p - y; or the mean over the outputs with reduction=mean.

    p, y: (batch, outputs); value: (batch,).  With s = √(1 + (r/δ)²): gradient r/s, Hessian 1/s³ > 0.
    Near 0 it is ½ r², far away δ |r| - δ². Computed as r² / (1 + s), which keeps the digits of small ones.
    Source: Charbonnier et al., Two deterministic half-quadratic regularization algorithms (1994); Hartley
    and Zisserman, Multiple View Geometry (2003), appendix 6.8.
    """

    delta: float = 1.0

    def __post_init__(self) -> None:
        require(self, "delta", 0 < self.delta < math.inf, "where the parabola ends is > 0")
        super().__post_init__()

    def each(self, r: Array) -> Array:
        return r * (r / (1 + self.slant(r)))

    def slope(self, r: Array) -> Array:
        return r / self.slant(r)

    def bend(self, r: Array, v: Array) -> Array:
        return v * (1 / self.slant(r)) ** 3

    def slant(self, r: Array) -> Array:
        """s = √(1 + (r/δ)²)."""
        return np.hypot(1, r / self.delta)


@hookimpl
def register_losses() -> dict[str, type[Loss]]:
    return {"pseudo_huber": PseudoHuber}
