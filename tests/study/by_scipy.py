"""The statistics of a verdict by SciPy and by formula; nothing of the framework is used."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from scipy import special, stats

CONFIDENCE, RESAMPLES, SEED, FEW = 0.95, 9_999, 0, 8
Tree = dict[str, Any]


def exactly(*samples: Sequence[float]) -> list[np.ndarray]:
    """In whole numbers of a common unit where there is one, as rows or epochs: their sums tie exactly."""
    fractions = [Fraction(x).limit_denominator(5_000) for x in itertools.chain(*samples)]
    exact = all(
        abs(float(f) - x) <= 1e-12 * abs(x)
        for f, x in zip(fractions, itertools.chain(*samples), strict=True)
    )
    unit = math.lcm(*(f.denominator for f in fractions)) if exact else 1
    if not exact or unit > 10**6:
        return [np.array(x, dtype=float) for x in samples]
    return [
        np.array([round(Fraction(x).limit_denominator(5_000) * unit) for x in each], dtype=float)
        for each in samples
    ]


def estimate(values: Sequence[float]) -> Tree:
    x = np.array(values)
    low = high = None
    if np.ptp(x) > 0:
        low, high = stats.t.interval(CONFIDENCE, len(x) - 1, x.mean(), stats.sem(x))
    middle = {"mean": x.mean(), "low": low, "high": high, "median": np.median(x)}
    return {"n": len(x), **middle, "least": x.min(), "greatest": x.max()}


def interval(d: np.ndarray) -> tuple[float | None, float | None]:
    """Student's of few; of others the bootstrap's, at Hesterberg's expanded percentiles."""
    n = len(d)
    if n < 2:
        return None, None
    if np.ptp(d) <= 1e-15:
        return None, None
    if n < FEW:
        student = stats.ttest_1samp(d, 0.0).confidence_interval(CONFIDENCE)
        return student.low, student.high
    tail = stats.norm.cdf(math.sqrt(n / (n - 1)) * stats.t.ppf((1 - CONFIDENCE) / 2, n - 1))
    found = stats.bootstrap(
        (d,),
        np.mean,
        method="percentile",
        confidence_level=1 - 2 * tail,
        n_resamples=RESAMPLES,
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return found.low, found.high


def sign_flip(first: Sequence[float], second: Sequence[float]) -> Tree:
    """Of pairs: the difference with its interval, the exact p, and d_z with Hedges' correction."""
    a, b = exactly(first, second)
    d, n, f = np.array(first) - np.array(second), len(a), len(a) - 1
    low, high = interval(d)
    test = stats.permutation_test(
        (a - b,), lambda x, axis: x.sum(axis), permutation_type="samples", n_resamples=np.inf
    )
    effect = None
    if f >= 2 and np.ptp(a - b) > 0:
        bias = special.gamma(f / 2) / (math.sqrt(f / 2) * special.gamma((f - 1) / 2))
        effect = (a - b).mean() / (a - b).std(ddof=1) * bias
    return {
        "n": n,
        "difference": d.mean(),
        "low": low,
        "high": high,
        "p": test.pvalue,
        "least_p": stats.binomtest(0, n).pvalue,
        "effect": effect,
    }


def sign_test(earlier: int, later: int, n: int) -> Tree:
    """earlier, later: pairs of which it is known that the first got there so."""
    known = earlier + later
    p = stats.binomtest(later, known).pvalue if known else 1.0
    least = stats.binomtest(0, known).pvalue if known else 1.0
    return {
        "n": n,
        "difference": None,
        "low": None,
        "high": None,
        "p": p,
        "least_p": least,
        "effect": (later - earlier) / n,
    }


def holm(p: Sequence[float]) -> list[float]:
    order = np.argsort(p)
    steps = np.maximum.accumulate(np.array(p)[order] * np.arange(len(p), 0, -1))
    return list(np.minimum(steps, 1.0)[np.argsort(order)])


# -- times to a target


@dataclass
class Time:
    """When the target was reached, inf for never; until when it would have been seen."""

    at: float
    until: float

    def before(self, other: Time) -> bool:
        """Whether it is known to be earlier."""
        return self.at < other.at and self.at <= (other.until if math.isinf(other.at) else math.inf)


def time_to_target(times: Sequence[Time]) -> Tree:
    there = [time.at for time in times if math.isfinite(time.at)]
    ends = {"least": min(there, default=None), "greatest": max(there, default=None)}
    mean = float(np.mean(there)) if times and len(there) == len(times) else None
    return {"reached": len(there), "of": len(times), "median": median(times), **ends, "mean": mean}


def median(times: Sequence[Time]) -> float | None:
    """Kaplan and Meier's, by the product over the times at which a run got there, in whole numbers.

    Where the curve is 1/2 from one time to the next, the middle of these.
    """
    alive, half = Fraction(1), None
    for t in sorted({time.at for time in times if math.isfinite(time.at)}):
        risk = sum(min(time.at, time.until) >= t or time.at == t for time in times)
        alive *= 1 - Fraction(sum(time.at == t for time in times), risk)
        if alive < Fraction(1, 2):
            return t if half is None else (half + t) / 2
        if alive == Fraction(1, 2):
            half = t if half is None else half
    return half
