"""What second-order optimizers share: the end of a run, the rows for curvature, the quadratic model."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework.errors import ConfigError, require
from framework.interfaces import Optimizer
from framework.objective import Objective, Point
from framework.params import Array
from framework.solvers.dense import DenseQuadratic
from framework.solvers.krylov import KrylovQuadratic
from framework.solvers.quadratic import Quadratic

SOLVERS = ("auto", "dense", "cg")


@dataclass
class SecondOrder(Optimizer):
    """A step from the gradient and the curvature at theta, as `move` makes it.

    Ends, on the full batch, when ‖g‖ <= tol ‖g at the start‖.
    """

    tol: float = 1e-10

    batch_size: ClassVar[int | None] = None

    def __post_init__(self) -> None:
        require(self, "tol", 0 <= self.tol < 1, "a relative tolerance is in 0 <= tol < 1")

    def reset(self, theta: Array) -> None:
        super().reset(theta)
        self.state["first_norm"] = None
        self.state["moves"] = 0

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
        self.move(objective, theta, point, gradient)
        self.state["moves"] += 1

    @abstractmethod
    def move(self, objective: Objective, theta: Array, point: Point, gradient: Array) -> None:
        """Change theta, in place; point and gradient are the objective's there."""


def curvature_point(point: Point, share: float, moves: int) -> Point:
    """The point on a share of its rows, evenly spaced and shifted by one a move; itself for a share of 1.

    The rows of a run are shuffled once, those of mini-batches every epoch, so that evenly spaced ones are a
    random sample.
    """
    if share >= 1:
        return point
    rows = len(point.objective)
    kept = max(1, round(share * rows))
    chosen = (np.arange(kept) * rows // kept + moves) % rows
    return point.objective.batch(np.sort(chosen)).at(point.theta)


def require_share(component: object, name: str) -> None:
    """Raise FieldError unless the field is a share of the rows, 0 < share <= 1."""
    require(component, name, 0 < getattr(component, name) <= 1, "a share of the rows, 0 < s <= 1")


def require_solver(component: object) -> None:
    """Raise FieldError unless `dense_limit` and `max_products` bound something."""
    limit, products = component.dense_limit, component.max_products  # type: ignore[attr-defined]
    require(component, "dense_limit", limit >= 0, "a number of parameters is >= 0")
    require(component, "max_products", products > 0, "a number of products is > 0")


def is_dense(solver: str, size: int, dense_limit: int) -> bool:
    """Whether a matrix over `size` parameters is to be written out: "auto" does so up to `dense_limit`."""
    return solver == "dense" or (solver == "auto" and size <= dense_limit)


def quadratic(
    point: Point, gradient: Array, curvature: str, dense: bool, max_products: int
) -> Quadratic:
    """The model of curvature "hessian" or "ggn", written out or by products."""
    if not dense:
        return KrylovQuadratic(point, gradient, max_products, curvature)
    return DenseQuadratic(point, gradient, point.gauss_newton() if curvature == "ggn" else None)


def require_gauss_newton(objective: Objective) -> None:
    """Raise ConfigError where the Gauss-Newton matrix is not semidefinite, or 0: that needs the Hessian."""
    head, y = objective.head, objective.y[:64]
    loss, other = type(head.loss).__name__, "choose optim=newton or newton_cg"
    if not head.semidefinite:
        raise ConfigError(
            f"{loss} is not convex, its Gauss-Newton matrix may be indefinite; {other}"
        )
    start = np.zeros((len(y), head.loss.outputs(y.shape[1])), y.dtype)
    hit = start.copy()
    hit[:, : y.shape[1]] = y
    uneven = start + np.arange(1, start.shape[1] + 1, dtype=y.dtype)
    with np.errstate(over="ignore"):  # a loss may be flat at one of them, or overflow
        curved = any(np.any(head.ggn(z, y, uneven)) for z in (start, hit))
    if not curved:
        raise ConfigError(
            f"{loss} has no curvature in its outputs, its Gauss-Newton matrix is 0; {other}"
        )
