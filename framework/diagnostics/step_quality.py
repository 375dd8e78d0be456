"""What a step gained, against what second-order theory said it would."""

from __future__ import annotations

import math

import numpy as np

from framework.objective import Objective
from framework.params import Array

ROUNDING = 1e3  # times the spacing of numbers at f: a predicted decrease below that is noise


def step_quality(objective: Objective, before: Array, after: Array) -> float:
    """ρ = (f(θ) - f(θ + p)) / -(gᵀp + ½ pᵀHp), with g and H at θ = before, p = after - before.

    1 on a quadratic; near 1 where the quadratic model holds as far as the step goes; negative for a step that
    climbs where descent was predicted, or the other way round. An L1 part is taken as it is, in both. NaN
    where either decrease drowns in rounding: below 1000 ε |f|.
    Source: Conn, Gould and Toint, Trust-region methods (2000), section 6.1.
    """
    step, here, there = after - before, objective.at(before), objective.at(after)
    gradient, product = here.grad(), here.hvp(step)
    rest = (here.value - here.smooth) - (there.value - there.smooth)
    predicted = rest - float(gradient @ step) - 0.5 * float(step @ product)
    noise = ROUNDING * float(np.finfo(before.dtype).eps) * abs(here.value)
    if not abs(predicted) > noise:
        return math.nan
    return (here.value - there.value) / predicted
