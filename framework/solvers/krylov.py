"""The quadratic model with products Hv alone, solved by conjugate gradients."""

from __future__ import annotations

import math

import numpy as np

from framework.objective import Point
from framework.params import Array
from framework.solvers.quadratic import Quadratic


class KrylovQuadratic(Quadratic):
    """Steps from exact products Hv or, with curvature "ggn", Gauss-Newton ones; memory is linear in P.

    Inexact Newton: a solve ends at ‖r‖ <= min(forcing, sqrt ‖g‖) ‖g‖, which converges superlinearly, or after
    `max_products` products.
    Source: Steihaug, The conjugate gradient method and trust regions (1983); Nocedal and Wright,
    Numerical Optimization (2006), algorithm 7.2 and section 7.1.
    """

    def __init__(
        self,
        point: Point,
        gradient: Array,
        max_products: int,
        curvature: str = "hessian",
        forcing: float = 0.5,
    ) -> None:
        super().__init__(point, gradient)
        self.product = point.hvp if curvature == "hessian" else point.ggn
        self.max_products = max_products
        norm = float(np.linalg.norm(gradient))
        self.target = min(forcing, math.sqrt(norm)) * norm

    def times(self, p: Array) -> Array:
        return self.product(p)

    def newton_step(self, damping: float = 0.0) -> Array:
        """By MINRES, which takes indefinite and singular H."""
        from scipy.sparse.linalg import LinearOperator, minres

        self._count()
        norm, size = float(np.linalg.norm(self.gradient)), len(self.gradient)
        if norm == 0:
            return np.zeros_like(self.gradient)
        products = 0

        def product(v: Array) -> Array:
            nonlocal products
            products += 1
            return self.times(v.astype(self.gradient.dtype)) + damping * v

        system = LinearOperator((size, size), dtype=self.gradient.dtype, matvec=product)
        rtol, left = self.target / norm, max(1, self.max_products - 1)
        step, _ = minres(system, -self.gradient, rtol=rtol, maxiter=left)
        # MINRES ends relative to its estimate of ‖H‖‖p‖: go on until the residual itself is small.
        while np.linalg.norm(self.gradient + system @ step) > self.target:
            rtol, left = 0.1 * rtol, self.max_products - products - 2
            if left < 1:
                break
            step, _ = minres(system, -self.gradient, x0=step, rtol=rtol, maxiter=left)
        return np.asarray(step, self.gradient.dtype)

    def trust_region_step(self, radius: float) -> Array | None:
        self._count()
        step = np.zeros_like(self.gradient)
        residual = self.gradient.copy()
        direction = -residual
        square = float(residual @ residual)
        if square == 0:
            return step
        for _ in range(self.max_products):
            product = self.times(direction)
            curvature = float(direction @ product)
            if curvature <= 0:
                return None if math.isinf(radius) else _to_boundary(step, direction, radius)
            length = square / curvature
            if np.linalg.norm(step + length * direction) >= radius:
                return _to_boundary(step, direction, radius)
            step += length * direction
            residual += length * product
            square, before = float(residual @ residual), square
            if math.sqrt(square) <= self.target:
                break
            direction *= square / before
            direction -= residual
        return step


def _to_boundary(step: Array, direction: Array, radius: float) -> Array:
    """step + τ direction with τ >= 0 and norm = radius."""
    a = float(direction @ direction)
    b = float(step @ direction)
    c = float(step @ step) - radius**2
    return step + (math.sqrt(b * b - a * c) - b) / a * direction
