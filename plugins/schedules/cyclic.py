"""A rate that goes up and down along lines, again and again."""

from __future__ import annotations

import math
from dataclasses import dataclass

from framework import Schedule, hookimpl, require


@dataclass
class Cyclic(Schedule):
    """factor = low + (1 - low) h shrink^n gamma^t, with h from 0 up to 1 in `up` and down to 0 in `down`.

    t: time since the warm-up; n: cycles that are done, each of up + down.
    down: null is as long as up.
    Convention: PyTorch's CyclicLR with lr as max_lr (low is base_lr / max_lr, up step_size_up, down
    step_size_down): its mode triangular, triangular2 with shrink=0.5, exp_range with gamma; it moves the
    momentum too.
    Source: Smith, Cyclical learning rates for training neural networks (2017).
    """

    low: float = 0.1
    up: float = 5.0
    down: float | None = None
    shrink: float = 1.0
    gamma: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "low", 0 <= self.low <= 1, "a factor is in 0 <= low <= 1")
        require(self, "up", 0 < self.up < math.inf, "a time is > 0")
        fits = self.down is None or 0 < self.down < math.inf
        require(self, "down", fits, "a time is > 0, or null for schedule.up")
        for name in ("shrink", "gamma"):
            require(self, name, 0 < getattr(self, name) <= 1, f"a factor is in 0 < {name} <= 1")

    def factor(self, t: float, duration: float) -> float:
        down = self.up if self.down is None else self.down
        done = self.whole(t / (self.up + down))
        s = max(t - done * (self.up + down), 0.0)
        height = s / self.up if s <= self.up else (self.up + down - s) / down
        return self.low + (1 - self.low) * height * self.shrink**done * self.gamma**t


@hookimpl
def register_schedules() -> dict[str, type[Schedule]]:
    return {"cyclic": Cyclic}
