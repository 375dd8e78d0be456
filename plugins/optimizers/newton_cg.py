"""Newton-CG: trust-region steps by products with the Hessian."""

from __future__ import annotations

import math
from dataclasses import dataclass

from framework import (
    Array,
    KrylovQuadratic,
    Objective,
    Optimizer,
    Point,
    SecondOrder,
    curvature_point,
    hookimpl,
    require,
    require_share,
    trust_region,
)


@dataclass
class NewtonCG(SecondOrder):
    """Newton's step by conjugate gradients within a trust region, from exact products Hv alone.

    Follows CG on q(p) = gᵀp + ½ pᵀHp until ‖r‖ <= min(forcing, sqrt ‖g‖) ‖g‖, the boundary ‖p‖ = radius, or a
    direction of negative curvature, which is followed to the boundary; memory is linear in P. The radius
    grows and shrinks with the ratio of actual to predicted decrease; steps never go uphill.
    radius: the first one; null tries the full step first. A smaller forcing takes fewer steps of more
    products each. max_products: bound on the products of a solve.
    curvature: the share of the batch's rows that the products are taken on.
    Ends, on the full batch, when ‖g‖ <= tol ‖g at the start‖, or when the predicted decrease is rounding.
    Source: Steihaug, The conjugate gradient method and trust regions in large scale optimization (1983);
    Nocedal and Wright, Numerical Optimization (2006), algorithms 4.1 and 7.2; Byrd, Chin, Neveitt and
    Nocedal, On the use of stochastic Hessian information (2011), for the share of the rows.
    """

    radius: float | None = 0.5
    forcing: float = 0.25
    max_products: int = 250
    curvature: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "radius", self.radius is None or self.radius > 0, "a radius is > 0, or null")
        require(self, "max_products", self.max_products > 0, "a number of products is > 0")
        require(self, "forcing", 0 < self.forcing < 1, "a relative residual is in 0 < f < 1")
        require_share(self, "curvature")

    def reset(self, theta: Array) -> None:
        super().reset(theta)
        self.state["radius"] = math.inf if self.radius is None else self.radius

    def move(self, objective: Objective, theta: Array, point: Point, gradient: Array) -> None:
        curved = curvature_point(point, self.curvature, self.state["moves"])
        model = KrylovQuadratic(curved, gradient, self.max_products, forcing=self.forcing)
        radius, exhausted = trust_region(objective, theta, point, model, self.state["radius"])
        self.state["radius"], self.converged = radius, exhausted and objective.full


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"newton_cg": NewtonCG}
