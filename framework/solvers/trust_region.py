"""The trust region around any quadratic model."""

from __future__ import annotations

import math

import numpy as np

from framework.objective import Objective, Point
from framework.params import Array
from framework.solvers.quadratic import Quadratic

ACCEPT = 1e-4  # the least ratio of actual to predicted decrease that takes a step
ATTEMPTS = 40  # each shrinks the radius at least fourfold: 40 of them reach rounding from anywhere


def trust_region(
    objective: Objective, theta: Array, point: Point, model: Quadratic, radius: float
) -> tuple[float, bool]:
    """Shrink the radius until a step is taken, in place; then let it grow if the model was good.

    Returns the radius to begin with next time, and whether the model promised no more than rounding. An
    infinite radius tries the model's own minimiser first.
    Source: Nocedal and Wright, Numerical Optimization (2006), algorithm 4.1; Conn, Gould and Toint,
    Trust-Region Methods (2000), section 17.4.2 for the rounding rule.
    """
    for _ in range(ATTEMPTS):
        step, radius = _within(model, theta, radius)
        length, predicted = float(np.linalg.norm(step)), model.decrease(step)
        trial = theta + step
        actual = point.value - objective.at(trial).value
        noise = 10 * float(np.finfo(theta.dtype).eps) * abs(point.value)
        if abs(predicted) <= noise:
            if actual >= -noise:
                theta[...] = trial
            return radius, True
        ratio = actual / predicted
        if not ratio >= 0.25:
            radius = 0.25 * length
        elif ratio > 0.75 and length > 0.99 * radius:
            radius *= 2
        if ratio > ACCEPT:
            theta[...] = trial
            return radius, False
    return radius, False


def _within(model: Quadratic, theta: Array, radius: float) -> tuple[Array, float]:
    step = model.trust_region_step(radius)
    if step is None:  # unbounded below: the first radius is the scale of theta
        radius = max(1.0, float(np.linalg.norm(theta)))
        step = model.trust_region_step(radius)
    assert step is not None and not math.isnan(radius)
    return step, radius
