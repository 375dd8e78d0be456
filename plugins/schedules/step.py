"""A rate that falls in equal steps."""

from __future__ import annotations

import math
from dataclasses import dataclass

from framework import Schedule, hookimpl, require


@dataclass
class Step(Schedule):
    """factor = gamma^⌊t / every⌋, in time t since the warm-up.

    Convention: PyTorch's StepLR with step_size=every; optax's and Keras's exponential decay with a staircase.
    Source: Szegedy et al., Going deeper with convolutions (2015), section 6.
    """

    every: float = 10.0
    gamma: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "every", 0 < self.every < math.inf, "a time between two steps is > 0")
        require(self, "gamma", 0 < self.gamma <= 1, "a factor is in 0 < gamma <= 1")

    def factor(self, t: float, duration: float) -> float:
        return self.gamma ** self.whole(t / self.every)


@hookimpl
def register_schedules() -> dict[str, type[Schedule]]:
    return {"step": Step}
