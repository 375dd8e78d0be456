"""The quadratic model with a dense Hessian, solved by its eigendecomposition."""

from __future__ import annotations

import math

import numpy as np

from framework.objective import Point
from framework.params import Array
from framework.solvers.quadratic import Quadratic

NEGLIGIBLE = (
    1e-4  # share of the gradient that a direction without curvature may hold and be ignored
)


class DenseQuadratic(Quadratic):
    """H = Q diag(λ) Qᵀ. Exact steps for any radius from one decomposition, P³ once.

    Directions without curvature (softmax has one: all logits shifted alike) in which the gradient is
    rounding noise are left alone, so that steps are of minimal norm.
    Source: Moré and Sorensen, Computing a trust region step (1983); Nocedal and Wright, Numerical
    Optimization (2006), section 4.3.
    """

    def __init__(self, point: Point, gradient: Array) -> None:
        super().__init__(point, gradient)
        self.hessian = point.hessian()
        self.values, self.vectors = np.linalg.eigh(self.hessian)
        self.slopes = self.vectors.T @ gradient
        flat = np.abs(self.values) <= self._rounding(0.0)
        noise = np.abs(self.slopes) <= NEGLIGIBLE * np.linalg.norm(self.slopes)
        self.kept = ~(flat & noise)

    def times(self, p: Array) -> Array:
        return self.hessian @ p

    def newton_step(self, damping: float = 0.0) -> Array:
        self._count()
        values = self.values + damping
        return self._along(np.abs(values) > self._rounding(damping), values)

    def trust_region_step(self, radius: float) -> Array | None:
        self._count()
        values = self.values[self.kept]
        if not values.size:
            return np.zeros_like(self.gradient)
        if values.min() > 0:
            step = self._along(self.kept, self.values)
            if np.linalg.norm(step) <= radius:
                return step
        if math.isinf(radius):
            return None
        return self._boundary_step(radius)

    def _boundary_step(self, radius: float) -> Array:
        """p(μ) = -(H + μI)⁻¹ g with ‖p(μ)‖ = radius, the smallest shift that makes H + μI semidefinite."""
        values, slopes = self.values[self.kept], self.slopes[self.kept]
        lowest = float(values.min())
        tiny = np.finfo(values.dtype).eps * max(float(np.abs(values).max()), 1e-300)
        low = max(0.0, -lowest) + tiny
        if np.linalg.norm(slopes / (values + low)) < radius:
            return self._hard_case(low, radius)
        mu = _secular_root(values, slopes, radius, low)
        return self._along(self.kept, self.values + mu)

    def _hard_case(self, mu: float, radius: float) -> Array:
        """The gradient has no part along the lowest eigenvector: go along it to the boundary."""
        step = self._along(self.kept, self.values + mu)
        lowest = self.vectors[:, np.flatnonzero(self.kept)[0]]
        along = float(step @ lowest)
        rest = max(0.0, radius**2 - float(step @ step) + along**2)
        return step + (-along + math.copysign(math.sqrt(rest), along)) * lowest

    def _along(self, kept: Array, values: Array) -> Array:
        """-Σ over the kept eigenvectors of (slope / value) vector."""
        return -self.vectors[:, kept] @ (self.slopes[kept] / values[kept])

    def _rounding(self, damping: float) -> float:
        """Eigenvalues up to this size are rounding."""
        largest = float(np.abs(self.values + damping).max())
        return float(np.finfo(self.values.dtype).eps) * len(self.values) * largest


def _secular_root(values: Array, slopes: Array, radius: float, low: float) -> float:
    """μ >= low with ‖slopes / (values + μ)‖ = radius, by Newton on 1/radius - 1/‖p(μ)‖, bracketed."""
    high = low + float(np.linalg.norm(slopes)) / radius + float(np.abs(values).max())
    mu = low
    for _ in range(100):
        p = slopes / (values + mu)
        norm = float(np.linalg.norm(p))
        if abs(norm - radius) <= 1e-10 * radius:
            break
        low, high = (mu, high) if norm > radius else (low, mu)
        change = norm**2 / float(p @ (p / (values + mu))) * (norm - radius) / radius
        mu = mu + change if low < mu + change < high else 0.5 * (low + high)
    return mu
