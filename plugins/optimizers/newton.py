"""Newton's method."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    Array,
    DenseQuadratic,
    KrylovQuadratic,
    Objective,
    Optimizer,
    Point,
    Quadratic,
    hookimpl,
    one_of,
    require,
)

ACCEPT = 1e-4  # the least ratio of actual to predicted decrease that takes a step
ATTEMPTS = 40  # each shrinks the radius at least fourfold: 40 of them reach rounding from anywhere


@dataclass
class Newton(Optimizer):
    """Newton's method with the exact Hessian of all parameters jointly, weights and biases.

    Minimises q(p) = gᵀp + ½ pᵀHp and sets θ ← θ + p.
    method: "trust_region" (default) over ‖p‖ <= radius, which grows and shrinks with the ratio of actual to
    predicted decrease and never goes uphill; "damped" solves (H + damping I) p = -g and "plain" H p = -g,
    both taken whatever they lead to: plain Newton is drawn to saddles and may diverge.
    solver: "dense" decomposes H (P, P); "cg" uses products Hv alone, at most max_products a solve; "auto" is
    dense up to dense_limit parameters. radius: the first one; null tries the full step first.
    Ends, on the full batch, when ‖g‖ <= tol ‖g at the start‖, or when the predicted decrease is rounding.
    Source: Nocedal and Wright, Numerical Optimization (2006), algorithm 4.1; Conn, Gould and Toint,
    Trust-Region Methods (2000), section 17.4.2 for the rounding rule.
    """

    method: str = "trust_region"
    damping: float = 1e-3
    solver: str = "auto"
    dense_limit: int = 1000
    max_products: int = 250
    radius: float | None = None
    tol: float = 1e-10

    batch_size: ClassVar[int | None] = None

    def __post_init__(self) -> None:
        one_of(self, "method", ["trust_region", "damped", "plain"])
        one_of(self, "solver", ["auto", "dense", "cg"])
        require(self, "damping", 0 <= self.damping < math.inf, "damping is >= 0")
        require(self, "dense_limit", self.dense_limit >= 0, "a number of parameters is >= 0")
        require(self, "max_products", self.max_products > 0, "a number of products is > 0")
        require(self, "radius", self.radius is None or self.radius > 0, "a radius is > 0, or null")
        require(self, "tol", 0 <= self.tol < 1, "a relative tolerance is in 0 <= tol < 1")

    def reset(self, theta: Array) -> None:
        super().reset(theta)
        self.state["radius"] = math.inf if self.radius is None else self.radius
        self.state["first_norm"] = None

    def step(self, objective: Objective, theta: Array) -> None:
        point = objective.at(theta)
        gradient = point.grad()
        norm = float(np.linalg.norm(gradient))
        if self.state["first_norm"] is None:
            self.state["first_norm"] = norm
        if norm <= self.tol * self.state["first_norm"]:
            self.converged = objective.full
            if self.converged or norm == 0:
                return
        model = self._model(point, gradient)
        if self.method == "trust_region":
            self._trust_region(objective, theta, point, model)
        else:
            theta += model.newton_step(self.damping if self.method == "damped" else 0.0)

    def _model(self, point: Point, gradient: Array) -> Quadratic:
        small = len(gradient) <= self.dense_limit
        if self.solver == "dense" or (self.solver == "auto" and small):
            return DenseQuadratic(point, gradient)
        return KrylovQuadratic(point, gradient, self.max_products)

    def _trust_region(
        self, objective: Objective, theta: Array, point: Point, model: Quadratic
    ) -> None:
        """Shrink the radius until a step is taken; then let it grow if the model was good."""
        for _ in range(ATTEMPTS):
            step = self._within(model, theta)
            length, predicted = float(np.linalg.norm(step)), model.decrease(step)
            trial = theta + step
            actual = point.value - objective.at(trial).value
            noise = 10 * float(np.finfo(theta.dtype).eps) * abs(point.value)
            if abs(predicted) <= noise:
                if actual >= -noise:
                    theta[...] = trial
                self.converged = objective.full
                return
            ratio = actual / predicted
            if not ratio >= 0.25:
                self.state["radius"] = 0.25 * length
            elif ratio > 0.75 and length > 0.99 * self.state["radius"]:
                self.state["radius"] *= 2
            if ratio > ACCEPT:
                theta[...] = trial
                return

    def _within(self, model: Quadratic, theta: Array) -> Array:
        step = model.trust_region_step(self.state["radius"])
        if step is None:  # unbounded below: the first radius is the scale of theta
            self.state["radius"] = max(1.0, float(np.linalg.norm(theta)))
            step = model.trust_region_step(self.state["radius"])
        assert step is not None
        return step


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"newton": Newton}
