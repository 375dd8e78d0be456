"""Hessian-free: truncated Newton steps, damped."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import (
    Array,
    Objective,
    Optimizer,
    Point,
    SecondOrder,
    backtrack,
    conjugate_gradients,
    curvature_point,
    dense_weights,
    hookimpl,
    require,
    require_gauss_newton,
    require_share,
    squared_gradients,
)

SPEED = 1.5  # how fast the damping is raised and lowered


@dataclass
class HessianFree(SecondOrder):
    """Truncated Newton steps by conjugate gradients on the damped Gauss-Newton matrix, G + λ I.

    CG lowers φ(p) = gᵀp + ½ pᵀ(G + λI)p from warm times the last solution, until k products improve φ by less
    than k progress, k = max(10, i/10), or max_products are spent. Of the iterates kept on the way the last
    one is taken whose forerunner has a higher objective; then 0.8 is tried as factor until the objective
    falls enough.
    damping: the first λ; λ ← 3/2 λ where the objective falls by less than 1/4 of what gᵀp + ½ pᵀGp promised,
    λ ← 2/3 λ where by more than 3/4. precondition: by (Σ_n g_n² / N² + λ)^¾, g_n the gradients of single
    samples, for networks of dense layers. curvature: the share of the batch's rows that G is taken on.
    Convention: f is a mean over samples, so λ is about 1/N of a λ for a sum. Batches hold while CG runs.
    Ends, on the full batch, when ‖g‖ <= tol ‖g at the start‖.  Raises ConfigError for losses that are not
    convex, or without curvature.
    Source: Martens, Deep learning via Hessian-free optimization (2010), sections 4.1 to 4.8.
    """

    damping: float = 1.0
    progress: float = 5e-4
    max_products: int = 250
    warm: float = 0.95
    precondition: bool = False
    curvature: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "damping", 0 < self.damping < math.inf, "damping is > 0")
        require(self, "progress", 0 < self.progress < 1, "progress is in 0 < p < 1")
        require(self, "max_products", self.max_products > 0, "a number of products is > 0")
        require(self, "warm", 0 <= self.warm <= 1, "a factor is in 0 <= w <= 1")
        require_share(self, "curvature")

    def reset(self, theta: Array) -> None:
        super().reset(theta)
        self.state |= {"damping": self.damping, "solution": np.zeros_like(theta)}

    def accepts(self, objective: Objective) -> None:
        require_gauss_newton(objective)
        if self.precondition:
            dense_weights(objective, "set optim.precondition=false")

    def move(self, objective: Objective, theta: Array, point: Point, gradient: Array) -> None:
        curved = curvature_point(point, self.curvature, self.state["moves"])
        iterates = self._solve(curved, gradient)
        self.state["solution"] = iterates[-1]
        step, reached = self._best(objective, theta, iterates)
        predicted = -float(gradient @ step + 0.5 * (step @ curved.ggn(step)))
        self._learn(point.value - reached, predicted)
        slope = float(gradient @ step)
        taken = slope < 0 and backtrack(objective, theta, step, point.value, slope, 0.01, 0.8)
        if not taken:
            self.state["solution"] = np.zeros_like(theta)

    def _solve(self, point: Point, gradient: Array) -> list[Array]:
        point.objective.work.solves += 1
        damping, diagonal = self.state["damping"], np.ones_like(gradient)
        if self.precondition:
            diagonal = (squared_gradients(point) + damping) ** 0.75
        return conjugate_gradients(
            lambda v: point.ggn(v) + damping * v,
            gradient,
            self.warm * self.state["solution"],
            diagonal,
            self.max_products,
            self.progress,
        )

    def _best(
        self, objective: Objective, theta: Array, iterates: list[Array]
    ) -> tuple[Array, float]:
        """Back from the last iterate as long as the objective falls."""
        best, lowest = iterates[-1], objective.at(theta + iterates[-1]).value
        for step in reversed(iterates[:-1]):
            value = objective.at(theta + step).value
            if value >= lowest:
                break
            best, lowest = step, value
        return best, lowest

    def _learn(self, actual: float, predicted: float) -> None:
        ratio = actual / predicted if predicted else 0.0
        if not ratio >= 0.25:
            self.state["damping"] *= SPEED
        elif ratio > 0.75:
            self.state["damping"] /= SPEED


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"hf": HessianFree}
