"""The path of the parameters, thinned as it grows."""

from __future__ import annotations

import numpy as np

from framework.params import Array

POINTS, NUMBERS = 400, 2_000_000  # that are kept at most


class Trajectory:
    """Snapshots of theta at every `stride`-th step, which doubles whenever there are too many.

    Too many are more than `points`, or than `numbers` of their numbers; where not even three fit, there are
    none.
    """

    def __init__(self, points: int = POINTS, numbers: int = NUMBERS) -> None:
        self.points, self.numbers, self.stride = points, numbers, 1
        self.steps: list[int] = []
        self.thetas: list[Array] = []

    def add(self, step: int, theta: Array) -> None:
        """Keep a copy of theta after this step if its turn has come."""
        if step % self.stride or self._room(theta) < 3:
            return
        self._keep(step, theta)
        while len(self.steps) > self._room(theta):
            self.stride *= 2
            kept = [i for i, step in enumerate(self.steps) if step % self.stride == 0]
            self.steps = [self.steps[i] for i in kept]
            self.thetas = [self.thetas[i] for i in kept]

    def end(self, step: int, theta: Array) -> None:
        """Keep the last one, whatever its turn."""
        if self.steps and self.steps[-1] != step:
            self._keep(step, theta)

    def arrays(self) -> tuple[Array, Array]:
        """Steps (n,) and parameters (n, P)."""
        return np.array(self.steps, dtype=np.int64), np.array(self.thetas)

    def _keep(self, step: int, theta: Array) -> None:
        self.steps.append(step)
        self.thetas.append(theta.copy())

    def _room(self, theta: Array) -> int:
        return min(self.points, self.numbers // len(theta))
