"""The quadratic model with a dense Hessian, solved by its eigendecomposition."""

from __future__ import annotations

import math

import numpy as np

from framework.objective import Point
from framework.params import Array
from framework.solvers.quadratic import Quadratic


class DenseQuadratic(Quadratic):
    """H = Q diag(λ) Qᵀ, the Hessian or another `matrix`. Exact steps for any radius from one decomposition.

    Directions without curvature (softmax has one: all logits shifted alike) in which the gradient is
    rounding noise are left alone, so that steps are of minimal norm.
    Source: Moré and Sorensen, Computing a trust region step (1983); Nocedal and Wright, Numerical
    Optimization (2006), section 4.3.
    """

    def __init__(self, point: Point, gradient: Array, matrix: Array | None = None) -> None:
        super().__init__(point, gradient)
        self.hessian = point.hessian() if matrix is None else matrix
        self.values, self.vectors = np.linalg.eigh(self.hessian)
        self.slopes = self.vectors.T @ gradient
        flat = np.abs(self.values) <= self._rounding(0.0)
        # 1e-4 of the gradient in float64, 2e-2 in float32: what rounding leaves near the minimum.
        noise = np.abs(self.slopes) <= np.finfo(gradient.dtype).eps ** 0.25 * np.linalg.norm(
            self.slopes
        )
        self.kept = ~(flat & noise)

    def times(self, p: Array) -> Array:
        return self.hessian @ p

    def newton_step(self, damping: float = 0.0) -> Array:
        self._count()
        values = self.values + damping
        return self._along(np.abs(values) > self._rounding(damping), values)

    def modified_step(self, floor: float) -> Array:
        """-|H|⁻¹ g, eigenvalues at least `floor` times the largest: downhill wherever g is not 0.

        Source: Nocedal and Wright, Numerical Optimization (2006), section 3.4.
        """
        self._count()
        values = np.abs(self.values)
        return self._along(self.kept, np.maximum(values, floor * values.max()))

    def trust_region_step(self, radius: float) -> Array | None:
        self._count()
        values = self.values[self.kept]
        if not values.size:
            return np.zeros_like(self.gradient)
        lowest = float(values[0])
        if math.isinf(radius):
            return self._along(self.kept, self.values) if lowest > self._rounding(0.0) else None
        if lowest > 0 and np.linalg.norm(self.slopes[self.kept] / values) <= radius:
            return self._along(self.kept, self.values)
        return self._boundary_step(radius)

    def _boundary_step(self, radius: float) -> Array:
        """p(μ) = -(H + μI)⁻¹ g of length `radius`, with μ >= 0 and H + μI semidefinite.

        Written in δ = μ + λ_min and the gaps λ - λ_min >= 0, so that it keeps its digits at the pole δ = 0.
        In the hard case the gradient has no part along the lowest eigenvector: go along that to the boundary.
        """
        gaps, slopes = self.values - self.values[self.kept][0], self.slopes[self.kept]
        above = self.kept & (gaps > 0)
        rest = self._along(above, gaps)
        spare = radius**2 - float(rest @ rest)
        if slopes[0] == 0 and spare >= 0:
            return rest + math.sqrt(spare) * self.vectors[:, np.flatnonzero(self.kept)[0]]
        return self._along(self.kept, gaps + _secular_root(gaps[self.kept], slopes, radius))

    def _along(self, kept: Array, values: Array) -> Array:
        """-Σ over the kept eigenvectors of (slope / value) vector."""
        return -self.vectors[:, kept] @ (self.slopes[kept] / values[kept])

    def _rounding(self, damping: float) -> float:
        """Eigenvalues up to this size are rounding."""
        largest = float(np.abs(self.values + damping).max())
        return float(np.finfo(self.values.dtype).eps) * len(self.values) * largest


def _secular_root(gaps: Array, slopes: Array, radius: float) -> float:
    """δ > 0 with ‖slopes / (gaps + δ)‖ = radius, by Newton on 1/radius - 1/‖p(δ)‖ within a bracket.

    gaps: >= 0, the first one 0, so that |slopes_1| / radius <= δ <= ‖slopes‖ / radius.
    """
    gaps, slopes = gaps.astype(np.float64), slopes.astype(np.float64)
    low, high = abs(float(slopes[0])) / radius, float(np.linalg.norm(slopes)) / radius
    delta = low if low > 0 else 1e-16 * high
    for _ in range(100):
        p = slopes / (gaps + delta)
        norm = float(np.linalg.norm(p))
        if abs(norm - radius) <= 1e-12 * radius or low >= high:
            break
        low, high = (delta, high) if norm > radius else (low, delta)
        change = norm**2 / float(p @ (p / (gaps + delta))) * (norm - radius) / radius
        delta = delta + change if low < delta + change < high else math.sqrt(low * high)
    return delta
