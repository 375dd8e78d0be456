"""The objective on a plane through the space of parameters."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from framework.objective import Objective
from framework.params import Array

MARGIN = 0.25  # of the paths' extent, around them
NARROWEST = 0.4  # of the wider side, for a window
FEWEST = 9  # points on a side of a grid


@dataclass(frozen=True)
class Plane:
    """θ(a, b) = origin + a axes[0] + b axes[1], the axes orthonormal, (2, P).

    shares: of the paths' variance, that each axis holds.
    """

    origin: Array
    axes: Array
    shares: Array

    def coordinates(self, thetas: Array) -> Array:
        """(a, b) of each row's projection onto the plane, (n, 2)."""
        return (thetas - self.origin) @ self.axes.T

    def at(self, a: float, b: float) -> Array:
        """θ(a, b), (P,)."""
        return self.origin + a * self.axes[0] + b * self.axes[1]

    def window(self, paths: Sequence[Array]) -> tuple[Array, Array]:
        """The least and the greatest (a, b) of a window that holds all paths, with room around them."""
        points = np.concatenate([self.coordinates(path) for path in paths])
        low, high = points.min(axis=0), points.max(axis=0)
        middle, width = (low + high) / 2, high - low
        width = np.maximum(width, max(NARROWEST * width.max(), 1e-6))
        return middle - (0.5 + MARGIN) * width, middle + (0.5 + MARGIN) * width


def plane_of_paths(paths: Sequence[Array]) -> Plane:
    """The plane that shows most of the paths, each (n, P) with P >= 2; of two parameters their own plane.

    It is spanned by the first two principal components of all points, and passes through the end of the path,
    or the mean of the ends of several.
    Source: Li, Xu, Taylor, Studer and Goldstein, Visualizing the loss landscape of neural nets (2018),
    section 7.2.
    """
    points = np.concatenate(paths).astype(np.float64)
    centred = points - points.mean(axis=0)
    if points.shape[1] == 2:
        return Plane(np.zeros(2), np.eye(2), _shares(np.square(centred).sum(axis=0)))
    if len(centred) < 2:
        centred = np.vstack([centred, centred])
    ends: Array = np.stack([path[-1] for path in paths]).mean(axis=0, dtype=np.float64)
    _, lengths, components = np.linalg.svd(centred, full_matrices=False)
    return Plane(ends, components[:2], _shares(lengths**2)[:2])


def heights(
    objective: Objective, plane: Plane, low: Array, high: Array, points: int, seconds: float
) -> tuple[Array, Array, Array]:
    """Two axes (n,) from low to high, and the objective on their grid, (n, n), a along the rows.

    n is `points`, or fewer where a first evaluation says that so many would take longer than `seconds`, but
    at least FEWEST. What is not finite is NaN.
    """
    n = int(min(points, max(FEWEST, np.sqrt(seconds / _duration(objective, plane)))))
    a, b = np.linspace(low, high, n, axis=1)
    with np.errstate(all="ignore"):
        values = np.array([[_height(objective, plane.at(x, y)) for x in a] for y in b])
    return a, b, np.where(np.isfinite(values), values, np.nan)


def _height(objective: Objective, theta: Array) -> float:
    return objective.at(theta.astype(objective.x.dtype)).value


def _duration(objective: Objective, plane: Plane) -> float:
    """Of one evaluation, in seconds; the first of all is not typical."""
    _height(objective, plane.origin)
    start = time.perf_counter()
    _height(objective, plane.origin)
    return time.perf_counter() - start


def _shares(variances: Array) -> Array:
    total = float(variances.sum())
    shares: Array = variances / total if total > 0 else np.zeros_like(variances)
    return shares
