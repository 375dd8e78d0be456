"""Natural gradient: steps by the Fisher information."""

from __future__ import annotations

import math
from dataclasses import dataclass

from framework import (
    SOLVERS,
    Array,
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


@dataclass
class NaturalGradient(SecondOrder):
    """θ ← θ - lr (F + damping I)⁻¹ g, F the Fisher information of the model's distribution of outputs.

    F is the Gauss-Newton matrix: for ce split at the logits, for mse (outputs normal around p with variance
    1) at the outputs; for other losses that matrix takes F's place. L2, a normal prior on the weights, adds
    to F as it does to g. Labels are not sampled; this is not the empirical Fisher.
    max_divergence: bound on ½ pᵀFp, to second order the Kullback-Leibler divergence, in nats, between the
    model before the step and after, by shortening p; null: none.
    solver: "dense" decomposes F (P, P), every `refresh` steps; "cg" uses products, at most max_products a
    solve; "auto" is dense up to dense_limit parameters. curvature: the share of the batch's rows for F.
    Ends, on the full batch, when ‖g‖ <= tol ‖g at the start‖.  Raises ConfigError for losses that are not
    convex, or without curvature.
    Source: Amari, Natural gradient works efficiently in learning (1998); Martens, New insights and
    perspectives on the natural gradient method (2020), sections 5 to 9.
    """

    lr: float = 0.5
    damping: float = 1e-2
    max_divergence: float | None = 0.1
    refresh: int = 1
    solver: str = "auto"
    dense_limit: int = 300
    max_products: int = 250
    curvature: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "lr", 0 < self.lr < math.inf, "a learning rate is > 0")
        require(self, "damping", 0 <= self.damping < math.inf, "damping is >= 0")
        bound = self.max_divergence
        require(self, "max_divergence", bound is None or bound > 0, "a bound is > 0, or null")
        require(self, "refresh", self.refresh >= 1, "a number of steps is >= 1")
        one_of(self, "solver", SOLVERS)
        require_solver(self)
        require_share(self, "curvature")
        stale = self.refresh > 1 and self.solver == "cg"
        require(self, "refresh", not stale, "products are always fresh; set optim.solver=dense")

    def accepts(self, objective: Objective) -> None:
        require_gauss_newton(objective)

    def move(self, objective: Objective, theta: Array, point: Point, gradient: Array) -> None:
        model = self._model(point, gradient)
        step = model.newton_step(self.damping) * theta.dtype.type(self.lr)
        if self.max_divergence is not None:
            divergence = 0.5 * float(step @ model.times(step))
            if divergence > self.max_divergence:
                step *= math.sqrt(self.max_divergence / divergence)
        theta += step

    def _model(self, point: Point, gradient: Array) -> Quadratic:
        moves = self.state["moves"]
        if not is_dense(self.solver, len(gradient), self.dense_limit):
            curved = curvature_point(point, self.curvature, moves)
            return KrylovQuadratic(curved, gradient, self.max_products, "ggn")
        if moves % self.refresh == 0:
            fisher = curvature_point(point, self.curvature, moves).gauss_newton()
            self.state["fisher"] = fisher
        return DenseQuadratic(point, gradient, self.state["fisher"])


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"natural_gradient": NaturalGradient}
