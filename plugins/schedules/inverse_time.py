"""A rate that falls like a power of time."""

from __future__ import annotations

import math
from dataclasses import dataclass

from framework import Schedule, hookimpl, require


@dataclass
class InverseTime(Schedule):
    """factor = (1 + decay t / every)^-power, in time t since the warm-up.

    staircase: of ⌊t / every⌋ in place of t / every.
    Convention: power=1 is Keras's InverseTimeDecay and, with unit=step, the lr_decay of PyTorch's Adagrad.
    power=0.5 decay=1 every=warmup is the Transformer's √(warmup / (warmup + t)).
    Source: Robbins and Monro, A stochastic approximation method (1951), for which 1/2 < power <= 1; Vaswani
    et al., Attention is all you need (2017), eq. 3.
    """

    decay: float = 0.1
    every: float = 1.0
    power: float = 1.0
    staircase: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "decay", 0 <= self.decay < math.inf, "a decay is >= 0")
        require(self, "every", 0 < self.every < math.inf, "a time is > 0")
        require(self, "power", 0 < self.power < math.inf, "a power is > 0")

    def factor(self, t: float, duration: float) -> float:
        periods = t / self.every
        passed = self.whole(periods) if self.staircase else periods
        return (1 + self.decay * passed) ** -self.power


@hookimpl
def register_schedules() -> dict[str, type[Schedule]]:
    return {"inverse_time": InverseTime}
