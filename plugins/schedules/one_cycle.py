"""A rate that rises to its peak and falls to nearly nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from framework import Annealing, Schedule, hookimpl, one_of, require


@dataclass
class OneCycle(Annealing):
    """factor from start up to 1 at the share peak of the time, then down to end: lr is the largest rate.

    anneal: "cosine" goes from a to b along b + (a - b) (1 + cos(π s)) / 2, "linear" along a + (b - a) s.
    back: the share of the time at which the factor is start again, before it falls to end; null: it falls
    all the way.
    Convention: PyTorch's OneCycleLR, with its defaults (start 1 / div_factor, end start / final_div_factor,
    peak pct_start; three_phase is back=2 peak), whose phases end a step earlier, and which moves the momentum
    too; optax's cosine_onecycle_schedule, and its linear_onecycle_schedule with anneal=linear back=0.85.
    Source: Smith and Topin, Super-convergence: very fast training of neural networks using large learning
    rates (2018).
    """

    start: float = 0.04
    end: float = 4e-6
    peak: float = 0.3
    back: float | None = None
    anneal: str = "cosine"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("start", "end"):
            require(self, name, 0 <= getattr(self, name) <= 1, f"a factor is in 0 <= {name} <= 1")
        require(self, "peak", 0 < self.peak < 1, "a share of the time is in 0 < peak < 1")
        fits = self.back is None or self.peak < self.back < 1
        require(self, "back", fits, "a share of the time is in schedule.peak < back < 1, or null")
        one_of(self, "anneal", ["cosine", "linear"])

    def factor(self, t: float, duration: float) -> float:
        turns = [(0.0, self.start), (self.peak, 1.0), (1.0, self.end)]
        if self.back is not None:
            turns.insert(2, (self.back, self.start))
        done = t / duration
        for (since, a), (until, b) in pairwise(turns):
            if done <= until:
                return self.between(a, b, (done - since) / (until - since))
        return self.end

    def between(self, a: float, b: float, share: float) -> float:
        """From a to b, at a share of the way."""
        if self.anneal == "linear":
            return a + (b - a) * share
        return b + (a - b) * (1 + math.cos(math.pi * share)) / 2


@hookimpl
def register_schedules() -> dict[str, type[Schedule]]:
    return {"one_cycle": OneCycle}
