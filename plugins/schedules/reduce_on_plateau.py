"""A rate that falls when the loss no longer does."""

from __future__ import annotations

import math
from dataclasses import dataclass

from framework import Schedule, hookimpl, one_of, require


@dataclass
class ReduceOnPlateau(Schedule):
    """factor ← max(gamma factor, end) after more than `patience` evaluations in a row without a better loss.

    The loss is that on the validation rows, or on the training rows if there are no others; time plays no
    part, but for the warm-up. threshold: better than the best so far by threshold |best|, or, with
    threshold_mode "abs", by threshold. cooldown: evaluations after a reduction that do not count.
    Convention: PyTorch's ReduceLROnPlateau, with its defaults (end is min_lr / lr), which leaves out
    reductions by less than 1e-8 and, for losses below 0, is content with worse ones. Keras and optax reduce
    after `patience` evaluations, one sooner.
    Source: Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional neural networks
    (2012), section 5, by hand; PyTorch's documentation.
    """

    gamma: float = 0.1
    patience: int = 10
    threshold: float = 1e-4
    threshold_mode: str = "rel"
    cooldown: int = 0
    end: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "gamma", 0 < self.gamma < 1, "a factor is in 0 < gamma < 1")
        require(self, "patience", self.patience >= 0, "a number of evaluations is >= 0")
        require(self, "threshold", 0 <= self.threshold < 1, "a threshold is in 0 <= threshold < 1")
        one_of(self, "threshold_mode", ["abs", "rel"])
        require(self, "cooldown", self.cooldown >= 0, "a number of evaluations is >= 0")
        require(self, "end", 0 <= self.end <= 1, "a factor is in 0 <= end <= 1")

    def reset(self) -> None:
        super().reset()
        self.state |= {"factor": 1.0, "best": math.inf, "waited": 0, "cooling": 0}

    def factor(self, t: float, duration: float) -> float:
        return float(self.state["factor"])

    def observe(self, loss: float) -> None:
        state = self.state
        better = self.is_better(loss)
        state["best"] = loss if better else state["best"]
        state["waited"] = 0 if better or state["cooling"] else state["waited"] + 1
        state["cooling"] = max(state["cooling"] - 1, 0)
        if state["waited"] > self.patience:
            state["factor"] = max(self.gamma * state["factor"], self.end)
            state["waited"], state["cooling"] = 0, self.cooldown

    def is_better(self, loss: float) -> bool:
        """Whether the loss is better than the best so far by the threshold."""
        best = self.state["best"]
        if math.isinf(best):
            return loss < best
        margin = self.threshold * (abs(best) if self.threshold_mode == "rel" else 1)
        return loss < best - margin


@hookimpl
def register_schedules() -> dict[str, type[Schedule]]:
    return {"reduce_on_plateau": ReduceOnPlateau}
