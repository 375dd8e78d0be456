"""Gauss-Newton: Newton's method without the indefinite part."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from framework import (
    SOLVERS,
    Array,
    Objective,
    Optimizer,
    Point,
    SecondOrder,
    curvature_point,
    hookimpl,
    is_dense,
    one_of,
    quadratic,
    require,
    require_gauss_newton,
    require_share,
    require_solver,
    trust_region,
)


@dataclass
class GaussNewton(SecondOrder):
    """Newton's method with the generalised Gauss-Newton matrix G = Jᵀ C J in place of the Hessian.

    J: the Jacobian of the logits (fused losses, such as ce) or of the outputs (composed ones, such as mse);
    C: the loss's Hessian there. G is semidefinite for convex losses, and the Hessian where residuals vanish.
    method: "trust_region" (default) minimises gᵀp + ½ pᵀGp over ‖p‖ <= radius and never goes uphill; "damped"
    solves (G + damping I) p = -g and "plain" G p = -g, both taken whatever they lead to.
    solver: "dense" decomposes G (P, P); "cg" uses products Gv alone, at most max_products a solve; "auto" is
    dense up to dense_limit parameters. curvature: the share of the batch's rows that G is taken on.
    Ends, on the full batch, when ‖g‖ <= tol ‖g at the start‖, or when the predicted decrease is rounding.
    Raises ConfigError for losses that are not convex, or without curvature.
    Source: Nocedal and Wright, Numerical Optimization (2006), section 10.3; Schraudolph, Fast Curvature
    Matrix-Vector Products (2002), for losses other than squared error.
    """

    method: str = "trust_region"
    damping: float = 1e-3
    solver: str = "auto"
    dense_limit: int = 300
    max_products: int = 250
    radius: float | None = None
    curvature: float = 1.0

    exact_on_quadratics: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of(self, "method", ["trust_region", "damped", "plain"])
        one_of(self, "solver", SOLVERS)
        require(self, "damping", 0 <= self.damping < math.inf, "damping is >= 0")
        require_solver(self)
        require(self, "radius", self.radius is None or self.radius > 0, "a radius is > 0, or null")
        require_share(self, "curvature")

    def reset(self, theta: Array) -> None:
        super().reset(theta)
        self.state["radius"] = math.inf if self.radius is None else self.radius

    def accepts(self, objective: Objective) -> None:
        require_gauss_newton(objective)

    def move(self, objective: Objective, theta: Array, point: Point, gradient: Array) -> None:
        curved = curvature_point(point, self.curvature, self.state["moves"])
        dense = is_dense(self.solver, len(theta), self.dense_limit)
        model = quadratic(curved, gradient, "ggn", dense, self.max_products)
        if self.method == "trust_region":
            radius, exhausted = trust_region(objective, theta, point, model, self.state["radius"])
            self.state["radius"], self.converged = radius, exhausted and objective.full
        else:
            theta += model.newton_step(self.damping if self.method == "damped" else 0.0)


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"gauss_newton": GaussNewton}
