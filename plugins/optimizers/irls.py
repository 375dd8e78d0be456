"""Iteratively reweighted least squares, for linear models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    Array,
    ConfigError,
    DenseQuadratic,
    Objective,
    Optimizer,
    Point,
    SecondOrder,
    dense_weights,
    hookimpl,
    require,
    require_gauss_newton,
)


@dataclass
class IRLS(SecondOrder):
    """Fisher scoring for the linear model: each step solves a weighted least-squares problem.

    θ ← argmin Σ_n (t_n - z_n)ᵀ R_n (t_n - z_n) / N + l2 ‖weights‖², with weights R = the Gauss-Newton part of
    the loss at the logits (p (1 - p) for logistic, diag p - p pᵀ for softmax regression) and targets t = z -
    R⁻¹ (dloss/dz). Its normal equations, (Xᵀ R X / N + l2 D) θ = Xᵀ R t / N, give the new θ; where they are
    singular, the one nearest to the last. A step after which the objective is not lower is halved, up to
    `halvings` times.
    Ends, on the full batch, when ‖g‖ <= tol ‖g at the start‖, or when the predicted decrease is rounding.
    Raises ConfigError unless the logits are linear in all of θ, and for losses that are not convex, or
    without curvature.
    Source: Green, Iteratively reweighted least squares for maximum likelihood estimation (1984); Bishop,
    Pattern Recognition and Machine Learning (2006), section 4.3.3; step halving as in R's glm.fit.
    """

    halvings: int = 60

    exact_on_quadratics: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "halvings", self.halvings >= 0, "a number of halvings is >= 0")

    def accepts(self, objective: Objective) -> None:
        require_gauss_newton(objective)
        try:
            signals = list(dense_weights(objective, "").values())
        except ConfigError:
            signals = []
        if len(signals) != 1 or not (signals[0] == 1).all():
            raise ConfigError(
                "it fits linear models only; choose model=linear, or optim=gauss_newton"
            )

    def move(self, objective: Objective, theta: Array, point: Point, gradient: Array) -> None:
        normal = DenseQuadratic(point, gradient, point.gauss_newton())
        step = normal.newton_step()
        noise = 10 * float(np.finfo(theta.dtype).eps) * abs(point.value)
        for _ in range(self.halvings + 1):
            trial = theta + step
            if objective.at(trial).value <= point.value + noise:
                theta[...] = trial
                self.converged = objective.full and normal.decrease(step) <= noise
                return
            step /= 2


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"irls": IRLS}
