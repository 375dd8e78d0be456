"""Backtracking on values alone, for steps that already have the right length most of the time."""

from __future__ import annotations

import math

import numpy as np

from framework.objective import Objective
from framework.params import Array

TRIALS = 60


def backtrack(
    objective: Objective,
    theta: Array,
    step: Array,
    value: float,
    slope: float,
    c: float = 1e-4,
    shrink: float = 0.5,
) -> float:
    """θ ← θ + α step, in place, for the first α = 1, shrink, shrink², ... with f <= value + c α slope.

    value: f(θ); slope: gᵀ step < 0. Differences within rounding of f pass. Returns α; 0, and theta as it was,
    where no α will do whose promise is more than rounding.
    Source: Nocedal and Wright, Numerical Optimization (2006), algorithm 3.1.
    """
    noise, length = 10 * float(np.finfo(theta.dtype).eps) * abs(value), 1.0
    for _ in range(TRIALS):
        trial = theta + length * step
        reached = objective.at(trial).value
        if math.isfinite(reached) and reached <= value + c * length * slope + noise:
            theta[...] = trial
            return length
        length *= shrink
        if -length * slope <= noise:
            break
    return 0.0
