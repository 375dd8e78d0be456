"""What gradient descent, conjugate gradients and quasi-Newton methods share."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework.errors import require
from framework.interfaces import Optimizer
from framework.objective import Objective
from framework.params import Array
from framework.solvers.line_search import Ray, Trial


@dataclass
class Descent(Optimizer):
    """θ ← θ + α p, with a direction p from the gradient and what was learned, and α from a line search.

    Where p does not descend, or the search finds nothing along it, what was learned is forgotten and the
    negative gradient taken. The value and gradient where a step ends are those where the next begins.
    Ends, on the full batch, when ‖g‖ <= tol ‖g at the start‖, or when not even the negative gradient lowers
    the objective in floating point. On mini-batches each step searches on its own batch, and learns from the
    gradients of that batch at both ends of the step.
    """

    tol: float = 1e-8

    batch_size: ClassVar[int | None] = None

    def __post_init__(self) -> None:
        require(self, "tol", 0 <= self.tol < 1, "a relative tolerance is in 0 <= tol < 1")

    def reset(self, theta: Array) -> None:
        super().reset(theta)
        self.state["first_norm"] = None
        self._last: Trial | None = None  # a shortcut only: evaluated again where it is missing

    def step(self, objective: Objective, theta: Array) -> None:
        here = self._at(objective, theta)
        norm = float(np.linalg.norm(here.gradient))
        if self.state["first_norm"] is None:
            self.state["first_norm"] = norm
        if norm <= self.tol * self.state["first_norm"]:
            self.converged = objective.full
            if self.converged or norm == 0:
                return
        there = self._descend(here)
        if there is None:
            self.converged = objective.full
            return
        self.learn(here, there)
        theta[...] = there.theta
        self._last = there

    @abstractmethod
    def direction(self, gradient: Array) -> Array:
        """p; an array of its own."""

    @abstractmethod
    def search(self, ray: Ray) -> Trial | None:
        """The trial to step to; None if there is none."""

    @abstractmethod
    def learn(self, here: Trial, there: Trial) -> None:
        """Take from the step what the next directions and searches need."""

    @abstractmethod
    def forget(self) -> None:
        """Back to what is known before the first step."""

    def _at(self, objective: Objective, theta: Array) -> Trial:
        last = self._last
        if last is not None and last.objective is objective and np.array_equal(last.theta, theta):
            return last
        return Trial(objective, theta.copy())

    def _descend(self, here: Trial) -> Trial | None:
        ray = Ray(here, self.direction(here.gradient))
        found = self.search(ray) if ray.slope < 0 else None
        if found is None:
            self.forget()
            found = self.search(Ray(here, -here.gradient))
        return found
