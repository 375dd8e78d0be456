"""A rate that falls to its end by a power of the time left."""

from __future__ import annotations

import math
from dataclasses import dataclass

from framework import Annealing, Schedule, hookimpl, require


@dataclass
class Polynomial(Annealing):
    """factor = end + (1 - end) (1 - t / T)^power: a line with power=1.

    t: time since the warm-up, of T.
    Convention: optax's polynomial_schedule and Keras's PolynomialDecay; with end=0 PyTorch's PolynomialLR,
    with power=1 its LinearLR that starts at 1.
    Source: Chen et al., DeepLab: semantic image segmentation with deep convolutional nets, atrous
    convolution, and fully connected CRFs (2018), the "poly" policy.
    """

    power: float = 1.0
    end: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self, "power", 0 < self.power < math.inf, "a power is > 0")
        require(self, "end", 0 <= self.end < math.inf, "a factor is >= 0")

    def factor(self, t: float, duration: float) -> float:
        return self.end + (1 - self.end) * (1 - t / duration) ** self.power


@hookimpl
def register_schedules() -> dict[str, type[Schedule]]:
    return {"polynomial": Polynomial}
