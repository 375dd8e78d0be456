"""A rate that falls exponentially."""

from __future__ import annotations

import math
from dataclasses import dataclass

from framework import Schedule, hookimpl, require


@dataclass
class Exponential(Schedule):
    """factor = gamma^(t / every), no less than end, in time t since the warm-up.

    staircase: gamma^⌊t / every⌋ instead.
    Convention: PyTorch's ExponentialLR, stepped once an epoch, has staircase=true; optax's and Keras's
    exponential decay has decay_rate=gamma, and every as transition_steps or decay_steps.
    Source: Senior et al., An empirical study of learning rates in deep neural networks for speech recognition
    (2013).
    """

    gamma: float = 0.9
    every: float = 1.0
    staircase: bool = False
    end: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "gamma", 0 < self.gamma <= 1, "a factor is in 0 < gamma <= 1")
        require(self, "every", 0 < self.every < math.inf, "a time is > 0")
        require(self, "end", 0 <= self.end <= 1, "a factor is in 0 <= end <= 1")

    def factor(self, t: float, duration: float) -> float:
        periods = t / self.every
        passed = self.whole(periods) if self.staircase else periods
        return max(self.gamma**passed, self.end)


@hookimpl
def register_schedules() -> dict[str, type[Schedule]]:
    return {"exponential": Exponential}
