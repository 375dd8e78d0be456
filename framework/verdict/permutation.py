"""Permutation tests: how many rearrangements of the values lie as far out as they do.

p is two-sided: twice the share of the smaller tail, as SciPy has it. Sums that agree up to the rounding of
floating point are equal: they are ties, and count. All rearrangements are counted, up to PAIRS or CHOICES.
Beyond them it is `resamples` random ones and the data themselves, 2 (b + 1) / (m + 1), never too small.

Source: Phipson and Smyth, Permutation p-values should never be zero, Stat. Appl. Genet. Mol. Biol. 9 (2010).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

PAIRS = 32  # up to which all 2^n patterns of signs are counted
CHOICES = 2**20  # up to which all ways to deal runs to two arms are: 11 against 11
ROUNDING = 8 * np.finfo(float).eps  # relative error of sums and differences of values


@dataclass(frozen=True)
class Permuted:
    """p, the smallest that the test can reach, and how many rearrangements were drawn; 0: all are counted."""

    p: float
    least_p: float
    drawn: int = 0

    def named(self, test: str) -> str:
        """What the test is called, with the way in which p was found."""
        return f"{test} ({self.drawn:,} random rearrangements)" if self.drawn else f"exact {test}"


def sign_flips(d: Array, scale: float, resamples: int, seed: int) -> Permuted:
    """Of the sum of d among all patterns of signs; scale: sum of the magnitudes that d was made from.

    A pattern is one of the first half of d with one of the second: for each of the first, bisection finds
    those of the second that reach as far (Horowitz and Sahni, J. ACM 21, 1974).
    """
    n = len(d)
    if n > PAIRS:
        return _drawn((d,), "samples", scale, resamples, seed)
    far = abs(d.sum()) - ROUNDING * scale
    left, right = _signed(d[: n // 2]), np.sort(_signed(d[n // 2 :]))
    count = left.size * right.size - np.searchsorted(right, far - left).sum()
    return Permuted(min(1.0, 2 * float(count) / 2**n), min(1.0, 2.0 / 2**n))


def _signed(d: Array) -> Array:
    sums = np.zeros(1)
    for value in d:
        sums = np.concatenate([sums - value, sums + value])
    return sums


def relabelled(a: Array, b: Array, resamples: int, seed: int) -> Permuted:
    """Of the sum of a among all choices of len(a) of the values."""
    pooled = np.concatenate([a, b])
    scale = float(np.abs(pooled).sum())
    if math.comb(len(pooled), len(a)) > CHOICES:
        return _drawn((a, b), "independent", scale, resamples, seed)
    sums = [
        np.zeros(1),
        *[np.zeros(0)] * len(a),
    ]  # of all choices of 0, 1, ... of the values so far
    for value in pooled:
        grown = [np.concatenate([same, fewer + value]) for fewer, same in pairwise(sums)]
        sums = [sums[0], *grown]
    return Permuted(_share(sums[-1], a.sum(), scale), min(1.0, 2 / len(sums[-1])))


def _drawn(
    samples: tuple[Array, ...], kind: str, scale: float, resamples: int, seed: int
) -> Permuted:
    """kind: permutation_type of scipy.stats.permutation_test."""
    from scipy import stats

    def statistic(x: Array, *_: Array, axis: int) -> Array:
        return x.sum(axis)

    rng = np.random.default_rng(seed)
    test = stats.permutation_test(
        samples, statistic, permutation_type=kind, n_resamples=resamples, rng=rng
    )
    observed = samples[0].sum()
    p = _share(np.append(test.null_distribution, observed), observed, scale)
    return Permuted(p, min(1.0, 2 / (resamples + 1)), resamples)


def _share(sums: Array, observed: float, scale: float) -> float:
    noise = ROUNDING * scale
    tails = np.mean(sums <= observed + noise), np.mean(sums >= observed - noise)
    return min(1.0, 2 * float(np.min(tails)))
