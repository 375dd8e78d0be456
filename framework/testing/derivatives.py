"""Derivatives by extrapolated differences with their own error estimate, to hold exact ones against."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from framework.params import Array
from framework.testing.outcome import Finding, Means, compare, remark

STEPS = (0.1, 1e-3, 1e-5)  # first steps; the short ones are for points near a kink
CLOSE = (1e-4, 1e-6)  # for a second opinion, before a difference is called a fault
SHRINK, ROUNDS = 1.6, 9
GOOD, USABLE = 1e-9, 1e-3  # relative errors: stop refining; too poor to tell a fault


@dataclass(frozen=True)
class Estimate:
    """A derivative, the norm of its estimated error, and the rounding of the function's own values."""

    value: Array
    error: float
    rounding: float


def derivative(f: Callable[[float], Array], steps: Sequence[float] = STEPS) -> Estimate:
    """d f(t) / d t at t = 0 for an array-valued f, from the first of `steps` that serves.

    Source: Ridders, Accurate computation of F'(x) and F'(x) F''(x) (1982).
    """
    here = np.asarray(f(0.0))
    best = Estimate(np.full(here.shape, np.nan), math.inf, 1e-12 * _norm(here))
    for step in steps:
        value, error = _ridders(f, step)
        if error < best.error:
            best = Estimate(value, error, best.rounding)
        if best.error <= 1e-7 * _norm(best.value) or best.error <= best.rounding:
            break
    return best


def _ridders(f: Callable[[float], Array], h: float) -> tuple[Array, float]:
    row, error = [_central(f, h)], math.inf
    best = row[0]
    for _ in range(ROUNDS):
        h, before, factor = h / SHRINK, row, 1.0
        row = [_central(f, h)]
        for coarser in before:
            factor *= SHRINK**2
            finer = row[-1]
            row.append((factor * finer - coarser) / (factor - 1))
            spread = max(_norm(row[-1] - finer), _norm(row[-1] - coarser))
            if spread <= error:
                best, error = row[-1], spread
        if error <= GOOD * _norm(best):
            break
    return best, error


def against(exact: Array, f: Callable[[float], Array], means: Means) -> Finding:
    """Hold `exact` against the derivative of f at 0, along whichever direction f moves in.

    Across a kink of a derivative the estimate may believe too much of itself, so that a failure is
    confirmed from nearby.
    """
    return confirmed(lambda steps: judge(exact, derivative(f, steps), means))


def confirmed(look: Callable[[Sequence[float]], Finding]) -> Finding:
    """What `look` finds with the usual steps, or, where that fails, with close ones."""
    finding = look(STEPS)
    if finding.passed is not False:
        return finding
    second = look(CLOSE)
    return second if second.passed else finding


def judge(exact: Array, estimate: Estimate, means: Means) -> Finding:
    """Hold `exact` against an estimate, as sharply as its error allows."""
    finding = compare(exact, estimate.value, means, 10 * estimate.error + estimate.rounding)
    floor = max(USABLE * _norm(estimate.value), estimate.rounding)
    if finding.passed and estimate.error > floor:
        return remark("the function is not smooth enough here for its derivative to be checked")
    return finding


def factor(analytic: Array, numeric: Array) -> float | None:
    """r with analytic = r numeric, to 1e-3; None if they are not parallel."""
    a, n = np.ravel(analytic), np.ravel(numeric)
    size = float(n @ n)
    if not size or not np.isfinite(size):
        return None
    r = float(a @ n) / size
    return r if _norm(a - r * n) <= 1e-3 * max(_norm(a), _norm(n)) else None


def told(r: float, known: dict[float, str]) -> str:
    """What a factor usually means; known: what certain factors are."""
    common = {
        -1.0: "the sign is flipped",
        2.0: "off by a factor 2: count it once, or a ½ is missing",
        0.5: "off by a factor ½: a 2 is missing",
        0.0: "it is zero where it should not be",
    }
    for value, text in {**common, **known}.items():
        if math.isclose(r, value, rel_tol=1e-2, abs_tol=1e-3 if value == 0 else 0):
            return text
    return f"off by a factor {r:.6g}"


def batch_factors(rows: int) -> dict[float, str]:
    """What it means to be off by the number of rows."""
    says = "divide by the batch size nowhere, the objective does"
    return {
        1 / rows: f"off by a factor 1/{rows}, the rows of the batch: {says}",
        float(
            rows
        ): f"off by a factor {rows}, the rows of the batch: the mean over rows is missing; {says}",
        -1 / rows: f"the sign is flipped, and off by 1/{rows}, the rows of the batch: {says}",
    }


def _central(f: Callable[[float], Array], h: float) -> Array:
    return (np.asarray(f(h)) - np.asarray(f(-h))) / (2 * h)


def _norm(a: Array) -> float:
    return float(np.linalg.norm(np.ravel(a)))
