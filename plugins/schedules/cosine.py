"""A rate that falls along half a cosine, also with restarts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from framework import Annealing, Schedule, hookimpl, require


@dataclass
class Cosine(Annealing):
    """factor = end + (1 - end) d (1 + cos(π s / S)) / 2 at time s of a cycle of length S, d = 1 in the first.

    cycle: the length of the first cycle; null is the whole time after the warm-up, without restarts. No
    cycle starts where training ends, so that the end is low.
    growth: each later cycle is so many times as long as the one before.
    peak_decay: and its d is so many times that of the one before.
    Convention: PyTorch's CosineAnnealingLR and optax's cosine_decay_schedule (end is eta_min / lr, or alpha);
    with cycle PyTorch's CosineAnnealingWarmRestarts (cycle T_0, growth T_mult) and Keras's
    CosineDecayRestarts (growth t_mul, peak_decay m_mul), which know of no end of the training.
    Source: Loshchilov and Hutter, SGDR: stochastic gradient descent with warm restarts (2017), eq. 5.
    """

    end: float = 0.0
    cycle: float | None = None
    growth: float = 1.0
    peak_decay: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "end", 0 <= self.end <= 1, "a factor is in 0 <= end <= 1")
        fits = self.cycle is None or 0 < self.cycle < math.inf
        require(self, "cycle", fits, "a length is > 0, or null for a single cycle")
        require(self, "growth", 1 <= self.growth < math.inf, "cycles grow by a factor >= 1")
        require(self, "peak_decay", 0 < self.peak_decay <= 1, "a factor is in 0 < d <= 1")
        for name in ("growth", "peak_decay"):
            alone = self.cycle is None and getattr(self, name) != 1
            require(self, name, not alone, "it is for restarts; set schedule.cycle")

    def factor(self, t: float, duration: float) -> float:
        number, start, length = self.place(t, duration)
        height = (1 - self.end) * self.peak_decay**number
        return self.end + height * (1 + math.cos(math.pi * (t - start) / length)) / 2

    def place(self, t: float, duration: float) -> tuple[int, float, float]:
        """The number, from 0, the start and the length of the cycle that t lies in."""
        number, start, length = 0, 0.0, duration if self.cycle is None else self.cycle
        if self.growth == 1 and t > length:  # the last cycle but one, without going through all
            number = self.whole(min(t, duration) / length) - 1
            start = number * length
        while self.whole((t - start) / length) >= 1 and self.whole(length / (duration - start)) < 1:
            number, start, length = number + 1, start + length, length * self.growth
        return number, start, length


@hookimpl
def register_schedules() -> dict[str, type[Schedule]]:
    return {"cosine": Cosine}
