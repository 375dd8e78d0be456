"""Newton's method with the exact Hessian."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    SOLVERS,
    Array,
    ConfigError,
    DenseQuadratic,
    NonFinite,
    Objective,
    Point,
    SecondOrder,
    backtrack,
    hookimpl,
    is_dense,
    one_of,
    quadratic,
    require,
    require_solver,
    trust_region,
)

METHODS = ("trust_region", "eigenvalue", "damped", "plain")
DIVERGED = (
    1e4  # how many times its first value the objective may reach before unguarded steps give up
)


@dataclass
class Newton(SecondOrder):
    """Newton's method with the exact Hessian of all parameters jointly, weights and biases.

    Minimises q(p) = gᵀp + ½ pᵀHp and sets θ ← θ + p.
    method: "trust_region" (default) over ‖p‖ <= radius, which grows and shrinks with the ratio of actual to
    predicted decrease and never goes uphill. "eigenvalue" replaces the eigenvalues λ of H by |λ|, at least
    floor times the largest, and halves the step until the objective falls. "damped" solves
    (H + damping I) p = -g and "plain" H p = -g, both taken whatever they lead to: plain Newton is drawn to
    saddles and may diverge, which ends the run with an error once the objective is 10⁴ times its first value.
    solver: "dense" decomposes H (P, P); "cg" uses products Hv alone, at most max_products a solve; "auto" is
    dense up to dense_limit parameters. radius: the first one; null tries the full step first.
    Ends, on the full batch, when ‖g‖ <= tol ‖g at the start‖, or when the predicted decrease is rounding.
    Source: Nocedal and Wright, Numerical Optimization (2006), algorithm 4.1 and section 3.4; Conn, Gould and
    Toint, Trust-Region Methods (2000), section 17.4.2 for the rounding rule.
    """

    method: str = "trust_region"
    damping: float = 1e-3
    floor: float = 1e-8
    solver: str = "auto"
    dense_limit: int = 1000
    max_products: int = 250
    radius: float | None = None

    exact_on_quadratics: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of(self, "method", METHODS)
        one_of(self, "solver", SOLVERS)
        require(self, "damping", 0 <= self.damping < math.inf, "damping is >= 0")
        require(self, "floor", 0 < self.floor <= 1, "a share of the largest eigenvalue, 0 < f <= 1")
        require_solver(self)
        require(self, "radius", self.radius is None or self.radius > 0, "a radius is > 0, or null")
        products = self.method == "eigenvalue" and self.solver == "cg"
        require(self, "solver", not products, "method=eigenvalue needs the dense Hessian")

    def reset(self, theta: Array) -> None:
        super().reset(theta)
        self.state["radius"] = math.inf if self.radius is None else self.radius
        self.state["first_value"] = None

    def accepts(self, objective: Objective) -> None:
        size = objective.network.layout.size
        if self.method == "eigenvalue" and not is_dense(self.solver, size, self.dense_limit):
            raise ConfigError(
                f"method=eigenvalue decomposes a Hessian of {size} parameters, dense_limit is "
                f"{self.dense_limit}; choose method=trust_region, or solver=dense"
            )

    def move(self, objective: Objective, theta: Array, point: Point, gradient: Array) -> None:
        if self.method in ("plain", "damped"):
            self._watch(point.value)
        dense = self.method == "eigenvalue" or is_dense(self.solver, len(theta), self.dense_limit)
        model = quadratic(point, gradient, "hessian", dense, self.max_products)
        if self.method == "trust_region":
            radius, exhausted = trust_region(objective, theta, point, model, self.state["radius"])
            self.state["radius"], self.converged = radius, exhausted and objective.full
        elif isinstance(model, DenseQuadratic) and self.method == "eigenvalue":
            step = model.modified_step(self.floor)
            length = backtrack(objective, theta, step, point.value, float(gradient @ step))
            self.converged = objective.full and (length == 0 or self._rounding(point, model, step))
        else:
            theta += model.newton_step(self.damping if self.method == "damped" else 0.0)

    def _rounding(self, point: Point, model: DenseQuadratic, step: Array) -> bool:
        noise = 10 * float(np.finfo(step.dtype).eps) * abs(point.value)
        return -float(model.gradient @ step) <= noise

    def _watch(self, value: float) -> None:
        if self.state["first_value"] is None:
            self.state["first_value"] = value
        first = self.state["first_value"]
        if value > DIVERGED * (1 + abs(first)):
            raise NonFinite(
                f"{self.method} Newton steps diverged: the objective went from {first:.4g} to {value:.4g}; "
                "optim.method=trust_region never goes uphill"
            )


@hookimpl
def register_optimizers() -> dict[str, type[SecondOrder]]:
    return {"newton": Newton}
