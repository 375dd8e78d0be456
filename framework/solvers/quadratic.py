"""The quadratic model that second-order steps minimise."""

from __future__ import annotations

from abc import ABC, abstractmethod

from framework.objective import Point
from framework.params import Array


class Quadratic(ABC):
    """q(p) = gᵀp + ½ pᵀHp around a point, H the joint Hessian or Gauss-Newton matrix.

    The point may be on fewer rows than the gradient. Each solve is counted as work.
    """

    def __init__(self, point: Point, gradient: Array) -> None:
        self.point, self.gradient = point, gradient

    @abstractmethod
    def times(self, p: Array) -> Array:
        """H p."""

    @abstractmethod
    def newton_step(self, damping: float = 0.0) -> Array:
        """p with (H + damping I) p = -g in the least-squares sense, of minimal norm; H may be singular."""

    @abstractmethod
    def trust_region_step(self, radius: float) -> Array | None:
        """Minimise q over ‖p‖ <= radius. None if the radius is infinite and q unbounded below."""

    def decrease(self, p: Array) -> float:
        """-q(p): the decrease that the model predicts."""
        return -float(self.gradient @ p + 0.5 * (p @ self.times(p)))

    def _count(self) -> None:
        self.point.objective.work.solves += 1
