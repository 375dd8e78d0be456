"""Objectives of two parameters: their values on a grid, their minimum, and their contour lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from framework.functions import Function
from framework.heads import ComposedHead, Head
from framework.interfaces import Loss, Network
from framework.layers import INITIALIZERS, Dense, Sequential
from framework.links import LINKS
from framework.objective import Objective
from framework.params import Array
from framework.random import stream
from framework.testing.problems import LogisticHead, Squared

if TYPE_CHECKING:
    from matplotlib.axes import Axes

POINTS, LEVELS = 121, 12
ROWS = 40


@dataclass
class Output(Loss):
    """p_1: the output itself."""

    def value(self, p: Array, y: Array) -> Array:
        return p[:, 0]

    def grad(self, p: Array, y: Array) -> Array:
        return np.ones_like(p)

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        return np.zeros_like(v)


class Bowl(Function):
    """½ θᵀ A θ, its axes turned by 30 degrees, its curvatures 1 and 20."""

    turned = np.array([[np.sqrt(3), -1], [1, np.sqrt(3)]]) / 2
    matrix = turned @ np.diag([1.0, 20.0]) @ turned.T

    def start(self) -> Array:
        return np.array([-1.0, -1.6])

    def value(self, theta: Array) -> float:
        return 0.5 * float(theta @ self.matrix @ theta)

    def grad(self, theta: Array) -> Array:
        return self.matrix @ theta

    def hvp(self, theta: Array, v: Array) -> Array:
        return self.matrix @ v


class Valley(Function):
    """100 (y - x²)² + (1 - x)²."""

    def start(self) -> Array:
        return np.array([-1.2, 1.0])

    def value(self, theta: Array) -> float:
        x, y = theta
        return float(100 * (y - x * x) ** 2 + (1 - x) ** 2)

    def grad(self, theta: Array) -> Array:
        x, y = theta
        return np.array([-400 * x * (y - x * x) - 2 * (1 - x), 200 * (y - x * x)])

    def hvp(self, theta: Array, v: Array) -> Array:
        x, y = theta
        matrix = np.array([[1200 * x * x - 400 * y + 2, -400 * x], [-400 * x, 200.0]])
        return matrix @ v


@dataclass(frozen=True)
class Surface:
    """An objective of two parameters within a window (left, right, bottom, top), and where to start."""

    name: str
    make: Callable[[], Objective]
    start: tuple[float, float]
    window: tuple[float, float, float, float]
    minimum: tuple[float, float]
    names: tuple[str, str] = ("θ₁", "θ₂")

    def holds(self, theta: Array) -> bool:
        """Whether a point lies within the window."""
        left, right, bottom, top = self.window
        return bool(left <= theta[0] <= right and bottom <= theta[1] <= top)


def of_function(network: Function) -> Objective:
    """The function itself as the objective."""
    x = np.zeros((1, 1))
    return Objective(network, ComposedHead(Output(), LINKS["identity"]), x, np.zeros((1, 1)))


@cache
def surfaces() -> tuple[Surface, ...]:
    """In the order in which optimizers are shown on them, as far as they accept them."""
    return (
        Surface(
            "bowl, curvatures 1 and 20",
            lambda: of_function(Bowl(2)),
            (-1.0, -1.6),
            (-2, 2, -2, 2),
            (0, 0),
        ),
        Surface(
            "Rosenbrock's valley",
            lambda: of_function(Valley(2)),
            (-1.2, 1.0),
            (-2, 2, -1, 3),
            (1, 1),
        ),
        _regression("least squares", _least_squares),
        _regression("logistic regression", _logistic),
    )


def _regression(name: str, make: Callable[[], Objective]) -> Surface:
    """One weight for each of two correlated inputs; the start is far from the minimum."""
    best = minimise(make(), np.zeros(2))
    left, bottom = best - 3.0
    right, top = best + 3.0
    start = (float(best[0] - 2), float(best[1] - 1.5))
    window = (float(left), float(right), float(bottom), float(top))
    return Surface(name, make, start, window, (float(best[0]), float(best[1])), ("w₁", "w₂"))


def _inputs() -> Array:
    mix = np.array([[1.0, 0.7], [0.0, 0.6]])
    return stream(0, "inputs").normal(size=(ROWS, 2)) @ mix


def _two_weights() -> Network:
    return Sequential([Dense(1, INITIALIZERS["lecun"], bias=False)], (2,))


def _least_squares() -> Objective:
    x = _inputs()
    y = x @ np.array([[1.0], [-1.0]]) + 0.3 * stream(0, "noise").normal(size=(ROWS, 1))
    return Objective(_two_weights(), ComposedHead(Squared(), LINKS["identity"]), x, y)


def _logistic() -> Objective:
    x = _inputs()
    y = x @ np.array([[2.0], [-1.0]]) + stream(0, "noise").logistic(size=(ROWS, 1)) > 0
    head: Head = LogisticHead(Squared(), LINKS["sigmoid"])
    return Objective(_two_weights(), head, x, y.astype(float), l2=0.01)


def minimise(objective: Objective, theta: Array) -> Array:
    """A minimum, from theta, by SciPy."""
    from scipy.optimize import minimize

    def both(t: Array) -> tuple[float, Array]:
        point = objective.at(t)
        return point.value, point.grad()

    return np.asarray(minimize(both, theta, jac=True, tol=1e-12).x)


def values(
    objective: Objective, window: tuple[float, float, float, float]
) -> tuple[Array, Array, Array]:
    """Both axes of a grid, and the objective on it."""
    left, right, bottom, top = window
    x, y = np.linspace(left, right, POINTS), np.linspace(bottom, top, POINTS)
    with np.errstate(all="ignore"):
        z = [[objective.at(np.array([a, b])).value for a in x] for b in y]
    return x, y, np.array(z)


@cache
def grid(surface: Surface) -> tuple[Array, Array, Array]:
    """The values of a surface above its minimum."""
    objective = surface.make()
    x, y, z = values(objective, surface.window)
    return x, y, z - objective.at(np.array(surface.minimum, float)).value


def contours(axes: Axes, x: Array, y: Array, above: Array) -> None:
    """Lines at heights above the minimum in equal ratios."""
    positive = above[np.isfinite(above) & (above > 0)]
    low, high = np.quantile(positive, 0.002), positive.max()
    levels = np.geomspace(max(low, 1e-4 * high), high, LEVELS)
    axes.contour(x, y, np.maximum(above, 0), levels=levels, colors="0.72", linewidths=0.7)
    axes.grid(False)


def mark(axes: Axes, point: Any, kind: str) -> None:
    """The start, a square; a minimum, a star."""
    shape, size, colour = ("s", 6, "#000000") if kind == "start" else ("*", 12, "#D55E00")
    axes.plot(
        *point, shape, ms=size, color=colour, mec="white", mew=0.8, zorder=5, label=kind, ls=""
    )
