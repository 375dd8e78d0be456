"""Exact derivatives against differences, over the steps of the differences."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from framework.objective import Objective
from framework.params import Array

STEPS = 33


class DerivativeError(NamedTuple):
    """Relative errors against the steps h, all (STEPS,)."""

    h: Array
    gradient: Array
    hvp: Array


def derivative_error(
    objective: Objective, theta: Array, rng: np.random.Generator
) -> DerivativeError:
    """How far central differences are from the exact derivatives along a random unit vector v.

    gradient: |(f(θ + hv) - f(θ - hv)) / 2h - gᵀv| / |gᵀv|;
    hvp: ‖(g(θ + hv) - g(θ - hv)) / 2h - Hv‖ / ‖Hv‖, f without its L1 part. h runs from ε^(3/4) to 1.
    Right derivatives make a V: truncation falls like h², rounding rises like ε/h, and the least error, near
    h = ε^(1/3), is about ε^(2/3). A wrong one makes a line that is flat at the size of its error. Kinks, as
    ReLU's, lift the right-hand side; near a minimum, where g vanishes, relative errors of it mean nothing.
    Source: Nocedal and Wright, Numerical optimization (2006), section 8.1.
    """
    v = rng.normal(size=len(theta)).astype(theta.dtype)
    v /= np.linalg.norm(v)
    here = objective.at(theta)
    slope, product = float(here.grad() @ v), here.hvp(v)
    steps = np.geomspace(float(np.finfo(theta.dtype).eps) ** 0.75, 1, STEPS)
    gradient, hvp = np.empty(STEPS), np.empty(STEPS)
    for i, h in enumerate(steps.astype(theta.dtype)):
        ahead, behind = objective.at(theta + h * v), objective.at(theta - h * v)
        bend = (ahead.grad() - behind.grad()) / (2 * h)
        rise = (ahead.smooth - behind.smooth) / (2 * float(h))
        gradient[i] = abs(rise - slope) / abs(slope) if slope else np.nan
        hvp[i] = _relative(bend - product, product)
    return DerivativeError(steps, gradient, hvp)


def _relative(error: Array, exact: Array) -> float:
    length = float(np.linalg.norm(exact))
    return float(np.linalg.norm(error)) / length if length else np.nan
