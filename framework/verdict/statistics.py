"""What may be said about two arms: how far apart they are, with what certainty.

A difference is first minus second, and so is the sign of an effect. Values that agree up to the rounding of
floating point are equal: 0.3 - 0.2 and 0.2 - 0.1 are a tie.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from framework.verdict.bootstrap import interval
from framework.verdict.permutation import ROUNDING, relabelled, sign_flips
from framework.verdict.verdict import Estimate, TimeToTarget

Array = NDArray[Any]

FEWEST = 6  # pairs below which no exact two-sided test reaches 0.05: of five the least p is 2 / 2^5

SIGN_FLIPS = "sign-flip permutation test of the paired differences"
RELABELLING = "permutation test of the two arms"
GEHAN = "permutation test of Gehan's scores"


@dataclass(frozen=True)
class Test:
    """Two arms compared.

    n: pairs, or runs of the smaller arm. difference: of the means, with the ends of its interval; None where
    it cannot be had, the ends also where all differences are equal. p: None where there is nothing to test.
    least_p: the smallest that so many can reach. effect: the difference in units of its spread, None where
    it has none. name: the test in words.
    """

    __test__ = False  # no test of pytest's

    n: int
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    least_p: float
    effect: float | None
    name: str


def estimate(values: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Mean with Student's interval, mean +- t_{n-1} s / sqrt(n); None for one value, or equal ones.

    Raises ValueError on no values, or on values that are not finite.
    """
    x = _settled(_finite(values))
    if not len(x):
        raise ValueError("an estimate needs a value")
    mean, low, high = _mean(x), None, None
    if np.ptp(x) > 0:
        from scipy import stats

        half = stats.t.ppf((1 + confidence) / 2, len(x) - 1) * _deviation(x) / math.sqrt(len(x))
        low, high = float(mean - half), float(mean + half)
    return Estimate(len(x), mean, low, high, float(np.median(x)), float(x.min()), float(x.max()))


# -- differences ---------------------------------------------------------------------------------------


def compare_paired(
    first: ArrayLike,
    second: ArrayLike,
    confidence: float = 0.95,
    resamples: int = 9_999,
    seed: int = 0,
) -> Test:
    """Pairs: the mean of their differences, its bootstrap interval, and its sign-flip permutation test.

    Where nothing sets the arms apart, a difference is as likely to have the other sign, whatever its
    distribution. effect: d_z, mean / standard deviation of the differences, with Hedges' correction.
    Raises ValueError on lengths that differ, or on values that are not finite.
    Source: Fisher, The Design of Experiments (1935), sec. 21; Lakens, Front. Psychol. 4:863 (2013), d_z.
    """
    a, b = _finite(first), _finite(second)
    if len(a) != len(b):
        raise ValueError(f"pairs need as many first as second values, not {len(a)} and {len(b)}")
    if not len(a):
        return _untested(SIGN_FLIPS)
    d, scale = _settled(a - b, np.concatenate([a, b])), float(np.abs([a, b]).sum())
    found = sign_flips(d, scale, resamples, seed)
    low, high = interval((d,), confidence, resamples, seed)
    return Test(
        n=len(d),
        difference=_mean(d),
        low=low,
        high=high,
        p=found.p,
        least_p=found.least_p,
        effect=_effect(_mean(d), _deviation(d), len(d) - 1),
        name=found.named(SIGN_FLIPS),
    )


def compare_independent(
    first: ArrayLike,
    second: ArrayLike,
    confidence: float = 0.95,
    resamples: int = 9_999,
    seed: int = 0,
) -> Test:
    """No pairs: the difference of the means, its bootstrap interval, and its permutation test.

    Where nothing sets the arms apart, any n of the n + m values are as likely to be the first arm's.
    effect: Hedges' g, the difference in pooled standard deviations, corrected.
    Raises ValueError on values that are not finite.
    Source: Pitman, Suppl. J. R. Stat. Soc. 4 (1937), 119-130; Hedges, J. Educ. Stat. 6 (1981), 107-128.
    """
    a, b = _finite(first), _finite(second)
    n, freedom = min(len(a), len(b)), len(a) + len(b) - 2
    if not n:
        return _untested(RELABELLING)
    a, b = (_settled(x, np.concatenate([a, b])) for x in (a, b))
    difference = float(_settled(np.array([_mean(a) - _mean(b)]), np.concatenate([a, b]))[0])
    found = relabelled(a, b, resamples, seed)
    low, high = interval((a, b), confidence, resamples, seed)
    squares = sum((len(x) - 1) * _deviation(x) ** 2 for x in (a, b))
    return Test(
        n=n,
        difference=difference,
        low=low,
        high=high,
        p=found.p,
        least_p=found.least_p,
        effect=_effect(difference, math.sqrt(squares / max(1, freedom)), freedom),
        name=found.named(RELABELLING),
    )


def holm(p: Sequence[float]) -> list[float]:
    """Holm's correction: the i-th smallest of m times m - i + 1, no less than the one before it, at most 1.

    Source: Holm, Scand. J. Stat. 6 (1979), 65-70.
    """
    order = np.argsort(p, kind="stable")
    scaled = np.asarray(p, dtype=float)[order] * np.arange(len(p), 0, -1)
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return [float(value) for value in corrected]


def _untested(name: str) -> Test:
    return Test(0, None, None, None, None, 1.0, None, name)


def _finite(values: ArrayLike) -> Array:
    x = np.asarray(values, dtype=float)
    if x.ndim != 1 or not np.isfinite(x).all():
        raise ValueError("a sequence of finite values is needed")
    return x


def _settled(x: Array, operands: Array | None = None) -> Array:
    """x, constant where its values agree up to the rounding of the operands, 0 where they are 0 up to it."""
    noise = ROUNDING * np.abs(x if operands is None else operands).max(initial=0.0)
    x = np.where(np.abs(x) <= noise, 0.0, x)
    return np.full_like(x, x[0]) if len(x) and np.ptp(x) <= noise else x


def _mean(x: Array) -> float:
    """The mean, without rounding where all are the same."""
    return float(x[0] if np.ptp(x) == 0 else x.mean())


def _deviation(x: Array) -> float:
    return 0.0 if np.ptp(x) == 0 else float(x.std(ddof=1))


def _effect(difference: float, deviation: float, freedom: int) -> float | None:
    """difference / deviation * J(f), J(f) = Gamma(f/2) / (sqrt(f/2) Gamma((f-1)/2)) of Hedges (1981)."""
    if deviation == 0 or freedom < 2:
        return None
    ratio = math.exp(math.lgamma(freedom / 2) - math.lgamma((freedom - 1) / 2))
    return float(difference / deviation * ratio / math.sqrt(freedom / 2))


# -- times to a target ---------------------------------------------------------------------------------


def compare_censored(
    first: ArrayLike,
    second: ArrayLike,
    ends: tuple[ArrayLike, ArrayLike] | None = None,
    paired: bool = True,
    confidence: float = 0.95,
    resamples: int = 9_999,
    seed: int = 0,
) -> Test:
    """Times to a target, np.inf where it was never reached: such a run is censored at its end.

    ends: what the runs of both arms had spent at their ends, read where the target was not reached; np.inf
    for a run that can reach it no more, as one that diverged. None: all were watched for equally long.
    Where all runs reached it, this is compare_paired or compare_independent. Otherwise there is no mean, and
    difference, low and high are None. Of pairs, an exact sign test on those whose order is known: both
    reached it, at different times, or one did and the other had not by then; least_p is that of so many.
    Without pairs, a permutation test of Gehan's scores: how many runs are known to be earlier, less how many
    to be later. effect: share of the pairs (without: of all pairs of runs) in which the first is later, less
    that in which it is earlier.
    Raises ValueError on times that are NaN or -inf.
    Source: Dixon and Mood, J. Am. Stat. Assoc. 41 (1946), 557-566; Gehan, Biometrika 52 (1965), 203-223;
    Cliff, Psychol. Bull. 114 (1993), 494-509, for the effect.
    """
    a, b = _times(first), _times(second)
    if paired and len(a) != len(b):
        raise ValueError(f"pairs need as many first as second times, not {len(a)} and {len(b)}")
    if np.isfinite(a).all() and np.isfinite(b).all():
        compare = compare_paired if paired else compare_independent
        return compare(a, b, confidence, resamples, seed)
    until_a, until_b = map(_watched, (a, b), ends or (np.inf, np.inf))
    if paired:
        return _sign_test(_earlier(a, b, until_b), _earlier(b, a, until_a))
    times, until = np.concatenate([a, b]), np.concatenate([until_a, until_b])
    return _gehan_test(_earlier(times[:, None], times, until), len(a), resamples, seed)


def time_to_target(times: ArrayLike, ends: ArrayLike = np.inf) -> TimeToTarget:
    """When an arm's runs reached the target; times and ends as in compare_censored.

    median: where the Kaplan-Meier estimate falls to 1/2, or the middle of the stretch on which it is 1/2, if
    it falls again: the median itself where all got there. None where it does not fall so far.
    Source: Kaplan and Meier, J. Am. Stat. Assoc. 53 (1958), 457-481; convention as in R's survival.
    """
    t = _times(times)
    seen = t[np.isfinite(t)]
    return TimeToTarget(
        reached=len(seen),
        of=len(t),
        median=_kaplan_meier_median(t, _watched(t, ends)) if len(seen) else None,
        least=float(seen.min()) if len(seen) else None,
        greatest=float(seen.max()) if len(seen) else None,
        mean=_mean(t) if len(seen) == len(t) > 0 else None,
    )


def _times(values: ArrayLike) -> Array:
    times = np.asarray(values, dtype=float)
    if times.ndim != 1 or np.isnan(times).any() or np.isneginf(times).any():
        raise ValueError("times to a target are numbers, or inf for never")
    return times


def _watched(times: Array, ends: ArrayLike) -> Array:
    """Until when each run would have been seen to get there; inf for those that did."""
    return np.where(np.isfinite(times), np.inf, np.asarray(ends, dtype=float))


def _earlier(first: Array, second: Array, until: Array) -> Array:
    """Whether the first is known to be earlier than the second, which was watched until then."""
    return np.isfinite(first) & (first < second) & (first <= until)


def _sign_test(earlier: Array, later: Array) -> Test:
    from scipy import stats

    wins, known = int(later.sum()), int(earlier.sum() + later.sum())
    return replace(
        _untested(f"exact sign test on the {known} of {len(earlier)} pairs whose order is known"),
        n=len(earlier),
        p=float(stats.binomtest(wins, known).pvalue) if known else 1.0,
        least_p=min(1.0, 2.0 ** (1 - known)),
        effect=(2 * wins - known) / len(earlier),
    )


def _gehan_test(earlier: Array, n: int, resamples: int, seed: int) -> Test:
    """earlier: (runs, runs), whether one is known to be earlier than another; the first n are of one arm."""
    a, b = np.split((earlier.sum(axis=0) - earlier.sum(axis=1)).astype(float), [n])
    smaller, wins = min(len(a), len(b)), earlier[n:, :n].sum() - earlier[:n, n:].sum()
    if not smaller:
        return _untested(GEHAN)
    found = relabelled(a, b, resamples, seed)
    return replace(
        _untested(found.named(GEHAN)),
        n=smaller,
        p=found.p,
        least_p=found.least_p,
        effect=float(wins / (len(a) * len(b))),
    )


def _kaplan_meier_median(times: Array, until: Array) -> float | None:
    from scipy import stats

    seen = np.isfinite(times)
    known = np.where(seen, times, np.minimum(until, times[seen].max()))
    survival = stats.ecdf(stats.CensoredData.right_censored(known, ~seen)).sf
    half, below = (survival.quantiles[survival.probabilities < 0.5 + e] for e in (1e-9, -1e-9))
    return float(half[0] + (below if len(below) else half)[0]) / 2 if len(half) else None
