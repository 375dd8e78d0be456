"""A/A: an arm against itself, with other seeds. What is found there is a false alarm."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from framework.verdict.outcome import FINAL, Outcome, by_arm
from framework.verdict.statistics import Test, compare_paired

Array = NDArray[Any]

RESAMPLES = 999  # of each interval, of which a thousand are counted


@dataclass(frozen=True)
class SelfComparison:
    """The runs of an arm, cut at random into two halves `splits` times, paired at random and compared.

    least_p: the smallest that so many pairs can reach. alarms: share of splits with p <= 1 - confidence,
    which an exact test keeps at or under 1 - confidence, but for chance. covered: share of the intervals
    that hold 0. Both are None for fewer than four runs.
    """

    arm: str
    metric: str
    runs: int
    per_half: int
    splits: int
    confidence: float
    least_p: float
    alarms: float | None
    covered: float | None

    @property
    def sentence(self) -> str:
        """What came of it, in plain words."""
        halves = f"{self.arm} against itself on {self.metric}: {self.runs} runs"
        if self.alarms is None or self.covered is None:
            return f"{halves}; four are needed to cut them in two."
        found = (
            f"{halves}, cut into {self.per_half} and {self.per_half} in {self.splits:,} ways: "
            f"p <= {1 - self.confidence:.2g} in {100 * self.alarms:.1f} %, "
            f"0 within the {100 * self.confidence:g} % interval in {100 * self.covered:.1f} %."
        )
        return found if self.can_alarm else f"{found} {self._too_few}"

    @property
    def can_alarm(self) -> bool:
        """Whether halves of this size can reach p <= 1 - confidence at all."""
        return self.least_p <= 1 - self.confidence + 1e-12

    @property
    def _too_few(self) -> str:
        needed = 2 * math.ceil(1 - math.log2(1 - self.confidence) - 1e-9)
        return (
            f"Halves of {self.per_half} reach p = {self.least_p:.2g} at best, so that they cannot alarm: "
            f"{needed} runs are needed."
        )


def compare_with_itself(
    arm: str,
    metric: str,
    values: ArrayLike,
    splits: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> SelfComparison:
    """Of the metric's values over the runs of one arm; of an odd number one is left out, at random."""
    x = np.asarray(values, dtype=float)
    half = len(x) // 2
    rng = np.random.default_rng(seed)
    tests = [
        _split(rng.permutation(x), half, confidence, number)
        for number in range(splits if half > 1 else 0)
    ]
    return SelfComparison(
        arm,
        metric,
        runs=len(x),
        per_half=half,
        splits=len(tests),
        confidence=confidence,
        least_p=min(1.0, 2.0 ** (1 - half)),
        alarms=_share([test.p <= 1 - confidence + 1e-12 for test in tests if test.p is not None]),
        covered=_share([_holds_zero(test) for test in tests]),
    )


def self_comparisons(
    outcomes: Iterable[Outcome],
    metric: str,
    splits: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> list[SelfComparison]:
    """Every arm against itself, by the runs that finished and have a finite value of the metric."""
    measured = [
        outcome
        for outcome in outcomes
        if outcome.finished and outcome.phase == FINAL
        if math.isfinite(outcome.metrics.get(metric, math.nan))
    ]
    return [
        compare_with_itself(
            arm, metric, [run.metrics[metric] for run in runs], splits, confidence, seed
        )
        for arm, runs in by_arm(measured).items()
    ]


def _split(shuffled: Array, half: int, confidence: float, seed: int) -> Test:
    return compare_paired(shuffled[:half], shuffled[half : 2 * half], confidence, RESAMPLES, seed)


def _holds_zero(test: Test) -> bool:
    if test.low is None or test.high is None:
        return test.difference == 0
    return test.low <= 0 <= test.high


def _share(hits: list[bool]) -> float | None:
    return sum(hits) / len(hits) if hits else None
