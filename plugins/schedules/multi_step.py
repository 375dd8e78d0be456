"""A rate that falls at given times."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise

from framework import Schedule, hookimpl, require


@dataclass
class MultiStep(Schedule):
    """factor = gamma^k, with k of the milestones passed: those <= t, the time since the warm-up.

    Convention: PyTorch's MultiStepLR; optax's piecewise_constant_schedule where every scale is gamma. Keras's
    PiecewiseConstantDecay changes only after a boundary.
    Source: He et al., Deep residual learning for image recognition (2016), section 4.2.
    """

    milestones: list[float] = field(default_factory=lambda: [15.0, 25.0])
    gamma: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        rising = all(a < b for a, b in pairwise([0.0, *self.milestones, math.inf]))
        require(self, "milestones", rising, "times are > 0 and rise")
        require(self, "gamma", 0 < self.gamma <= 1, "a factor is in 0 < gamma <= 1")

    def factor(self, t: float, duration: float) -> float:
        return self.gamma ** sum(self.whole(t / time) >= 1 for time in self.milestones)


@hookimpl
def register_schedules() -> dict[str, type[Schedule]]:
    return {"multi_step": MultiStep}
