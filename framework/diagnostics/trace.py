"""The trace of the Hessian, estimated from a few products."""

from __future__ import annotations

import math

import numpy as np

from framework.objective import Point
from framework.params import Array


def hutchinson_trace(point: Point, probes: int, rng: np.random.Generator) -> tuple[float, float]:
    """The mean of vᵀHv over random signs v, and its standard error; NaN for that of a single probe.

    E vᵀHv = tr H, with variance 2 (‖H‖²_F - Σ_i H_ii²): none where H is diagonal. Where there are no more
    parameters than probes, unit vectors take their place: the trace is then exact, its error 0.
    Source: Hutchinson, A stochastic estimator of the trace of the influence matrix (1990).
    """
    size = len(point.theta)
    if size <= probes:
        return sum(_quadratic(point, v) for v in np.eye(size)), 0.0
    found = np.array([_quadratic(point, rng.choice([-1.0, 1.0], size)) for _ in range(probes)])
    error = found.std(ddof=1) / math.sqrt(probes) if probes > 1 else math.nan
    return float(found.mean()), float(error)


def _quadratic(point: Point, v: Array) -> float:
    """vᵀHv."""
    v = v.astype(point.theta.dtype)
    return float(v @ point.hvp(v))
