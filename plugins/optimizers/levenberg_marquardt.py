"""Levenberg-Marquardt: Gauss-Newton, damped by success."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import (
    SOLVERS,
    Array,
    ConfigError,
    DenseQuadratic,
    KrylovQuadratic,
    Objective,
    Optimizer,
    Point,
    Quadratic,
    SecondOrder,
    curvature_point,
    hookimpl,
    is_dense,
    one_of,
    require,
    require_gauss_newton,
    require_share,
    require_solver,
)

ATTEMPTS = 40


@dataclass
class LevenbergMarquardt(SecondOrder):
    """Gauss-Newton steps (G + μ D) p = -g, with the damping μ ruled by the gain ratio ρ; never goes uphill.

    ρ = (f(θ) - f(θ + p)) / (-gᵀp - ½ pᵀGp), G the Gauss-Newton matrix of any convex loss. A step with ρ > 0
    is taken, else the next μ is tried.
    rule: "nielsen" (default): μ ← μ max(1/3, 1 - (2ρ - 1)³) after a step, and μ ← 2μ, 4μ, 8μ, ... times the
    last in a row of failures; "marquardt": μ ← μ/10 and μ ← 10 μ.
    scaling: D = I ("identity", default); diag G ("marquardt"); the largest diag G so far ("more"), which
    makes steps independent of the units of each parameter. These two need the dense G.
    damping: the first μ, relative to the largest entry of diag G (dense), the curvature along g (cg), or to
    D.
    solver: "dense" decomposes G (P, P) once a step; "cg" uses products, at most max_products a solve; "auto"
    is dense up to dense_limit parameters. curvature: the share of the batch's rows that G is taken on.
    Ends, on the full batch, when ‖g‖ <= tol ‖g at the start‖, or when the predicted decrease is rounding.
    Raises ConfigError for losses that are not convex, or without curvature.
    Source: Marquardt (1963); Moré, The Levenberg-Marquardt algorithm: implementation and theory (1978);
    Nielsen, Damping parameter in Marquardt's method (1999).
    """

    damping: float = 1e-3
    rule: str = "nielsen"
    scaling: str = "identity"
    solver: str = "auto"
    dense_limit: int = 300
    max_products: int = 250
    curvature: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "damping", 0 < self.damping < math.inf, "damping is > 0")
        one_of(self, "rule", ["nielsen", "marquardt"])
        one_of(self, "scaling", ["identity", "marquardt", "more"])
        one_of(self, "solver", SOLVERS)
        require_solver(self)
        require_share(self, "curvature")
        products = self.scaling != "identity" and self.solver == "cg"
        require(
            self, "scaling", not products, "products do not give diag G; set optim.solver=dense"
        )

    def reset(self, theta: Array) -> None:
        super().reset(theta)
        self.state |= {"damping": None, "growth": 2.0}
        if self.scaling == "more":
            self.state["largest"] = np.zeros_like(theta)

    def accepts(self, objective: Objective) -> None:
        require_gauss_newton(objective)
        size = objective.network.layout.size
        if self.scaling != "identity" and not is_dense(self.solver, size, self.dense_limit):
            raise ConfigError(
                f"scaling={self.scaling} writes out a matrix of {size} parameters, dense_limit is "
                f"{self.dense_limit}; choose scaling=identity, or solver=dense"
            )

    def move(self, objective: Objective, theta: Array, point: Point, gradient: Array) -> None:
        curved = curvature_point(point, self.curvature, self.state["moves"])
        model, scale = self._model(curved, gradient)
        noise = 10 * float(np.finfo(theta.dtype).eps) * abs(point.value)
        for _ in range(ATTEMPTS):
            step = model.newton_step(self.state["damping"])
            predicted, trial = model.decrease(step), theta + step / scale
            actual = point.value - objective.at(trial).value
            if abs(predicted) <= noise:
                if actual >= -noise:
                    theta[...] = trial
                self.converged = objective.full
                return
            ratio = actual / predicted
            self._learn(ratio)
            if ratio > 0:
                theta[...] = trial
                return

    def _model(self, point: Point, gradient: Array) -> tuple[Quadratic, Array]:
        """The model in the variables scale ∘ p, in which D = I."""
        ones = np.ones_like(gradient)
        if not is_dense(self.solver, len(gradient), self.dense_limit):
            model: Quadratic = KrylovQuadratic(point, gradient, self.max_products, "ggn")
            along = float(gradient @ model.times(gradient) / (gradient @ gradient))
            return self._started(model, along), ones
        matrix = point.gauss_newton()
        diagonal = matrix.diagonal().copy()
        if self.scaling == "identity":
            return self._started(DenseQuadratic(point, gradient, matrix), diagonal.max()), ones
        if self.scaling == "more":
            np.maximum(self.state["largest"], diagonal, out=self.state["largest"])
            diagonal = self.state["largest"]
        scale = np.sqrt(np.where(diagonal > 0, diagonal, 1))
        scaled = DenseQuadratic(point, gradient / scale, matrix / np.outer(scale, scale))
        return self._started(scaled, 1.0), scale

    def _started(self, model: Quadratic, size: float) -> Quadratic:
        if self.state["damping"] is None:
            self.state["damping"] = self.damping * (float(size) or 1.0)
        return model

    def _learn(self, ratio: float) -> None:
        """The next μ; a ratio that is not a number is a failure."""
        if ratio > 0:
            shrink = max(1 / 3, 1 - (2 * ratio - 1) ** 3) if self.rule == "nielsen" else 0.1
            self.state["damping"] *= shrink
            self.state["growth"] = 2.0
        else:
            self.state["damping"] *= self.state["growth"] if self.rule == "nielsen" else 10.0
            self.state["growth"] *= 2


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"lm": LevenbergMarquardt}
