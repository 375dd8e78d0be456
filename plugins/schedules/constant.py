"""The constant learning rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from framework import Schedule, hookimpl


@dataclass
class Constant(Schedule):
    """factor = 1: the learning rate is optim.lr throughout, after the warm-up, if there is one.

    Source: Robbins and Monro, A stochastic approximation method (1951), whose steps have to fall for it to
    converge: with a constant rate the iterates end in a ball around the minimum.
    """

    steady: ClassVar[bool] = True

    def factor(self, t: float, duration: float) -> float:
        return 1.0


@hookimpl
def register_schedules() -> dict[str, type[Schedule]]:
    return {"constant": Constant}
