"""Facts for sentences: what arms came to and how long they took, in a few words each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from framework.verdict.measures import points
from framework.verdict.verdict import ArmResult, Comparison, Pair, TimeToTarget, Verdict
from framework.verdict.wording import (
    UNITS,
    cost,
    counted,
    difference,
    listed,
    number,
    p_value,
    percent,
)

FEW = 5  # arms, of which each has its value told


@dataclass(frozen=True)
class Told:
    """What sentences are made from."""

    verdict: Verdict
    comparison: Comparison

    @property
    def arms(self) -> dict[str, ArmResult]:
        return {each.arm: each for each in self.comparison.arms}

    @property
    def metric(self) -> str:
        return self.verdict.metric

    @property
    def unit(self) -> str:
        return UNITS.get(self.verdict.axis, self.verdict.axis)

    @property
    def goal(self) -> str:
        """`val/accuracy 0.95`."""
        name, value = self.verdict.target or ("", 0.0)
        return f"{name} {number(value, 6)}"

    def pairs(self, outcome: str) -> list[Pair]:
        return [pair for pair in self.comparison.pairs if pair.outcome == outcome]

    def time(self, arm: str) -> TimeToTarget | None:
        return self.arms[arm].targets.get(self.verdict.axis)

    def mean(self, arm: str) -> float:
        return self.arms[arm].metrics[self.metric].mean

    def best(self, outcome: str) -> str:
        """The arm with the best mean, or that is there first, of those that have one."""
        if outcome != self.metric:
            return min(self.arms, key=self.rank)
        sign = -1 if self.verdict.higher_is_better else 1
        known = [arm for arm, found in self.arms.items() if self.metric in found.metrics]
        return min(known, key=lambda arm: sign * self.mean(arm), default="")

    def rank(self, arm: str) -> tuple[float, float]:
        """Least for the arm that is there first, or most often."""
        time = self.time(arm)
        if time is None or not time.of:
            return math.inf, 0.0
        return math.inf if time.median is None else time.median, -time.reached / time.of

    def amount(self, value: float) -> str:
        """A second cost, without its unit but for seconds: `8`, `0.14 s`."""
        text = cost(value, self.verdict.axis)
        return text if self.verdict.axis == "seconds" else text.partition(" ")[0]

    def points(self) -> bool:
        return points(self.metric, self.comparison.arms)

    def difference(self, pair: Pair, signed: bool = True) -> str:
        """`+0.1 points, 95 % interval -0.3 to 0.5`; not signed: towards the better, and positive."""
        return difference(pair, self.points(), percent(self.verdict.confidence), signed)


def times_told(told: Told, pairs: Sequence[Pair]) -> str:
    """`val/accuracy 0.95 took 4 epochs for ce, 8 for mse (median)`; of many arms the first and the last."""
    arms = sorted(names_in(pairs), key=lambda arm: told.rank(arm))
    few = len(arms) <= FEW
    found = medians(told, arms if few else [arms[0], arms[-1]])
    if len({told.time(arm) for arm in arms}) == 1 and "(median)" in found:
        return f"{told.goal} took {found.partition(' for ')[0]} for every arm (median)"
    between = "" if few else f", the others of {len(arms)} arms between these"
    return f"{told.goal}{' took' if '(median' in found else ':'} {found}{between}"


def means_told(told: Told, pairs: Sequence[Pair]) -> str:
    """`the mean final test/accuracy is 0.97 for ce and 0.95 for mse`; of many arms the ends."""
    sign = -1 if told.verdict.higher_is_better else 1
    arms = sorted(names_in(pairs), key=lambda arm: sign * told.mean(arm))
    few = len(arms) <= FEW
    means = [
        f"{number(told.mean(arm))} for {arm}" for arm in (arms if few else [arms[0], arms[-1]])
    ]
    between = "" if few else f", the others of {len(arms)} arms between these"
    return f"the mean final {told.metric} is {listed(means, FEW)}{between}"


def medians(told: Told, arms: Sequence[str], support: str = "") -> str:
    """`4 epochs for ce, 8 for mse (median, support)`, and who got there how often if not always."""
    times = [(arm, time) for arm in arms if (time := told.time(arm)) is not None]
    known = [(arm, time.median) for arm, time in times if time.median is not None]
    words = [
        f"{told.amount(median) if later else cost(median, told.verdict.axis)} for {arm}"
        for later, (arm, median) in enumerate(known)
    ]
    missed = shares(times)
    if not words:
        return f"{missed} ({support})" if support else missed
    found = f"{', '.join(words)} ({', '.join(filter(None, ['median', support]))})"
    return "; ".join(filter(None, [found, missed]))


def shares(times: Sequence[tuple[str, TimeToTarget]]) -> str:
    """`ce got there in 9 of 10 runs, mse in 3 of 10 runs`: of those that did not always."""
    words: list[str] = []
    for arm, time in times:
        if time.reached < time.of:
            verb = "" if words else " got there"
            words.append(f"{arm}{verb} in {time.reached} of {counted(time.of, 'run')}")
    return ", ".join(words)


def minus(told: Told, pair: Pair) -> str:
    return f"{pair.first} minus {pair.second} is {told.difference(pair)}"


def evidence(pair: Pair) -> str:
    """`10 seeds, p = 0.002`."""
    return f"{counts([pair])}, {p_value(pair.p_holm)}"


def excludes_zero(pair: Pair) -> bool:
    """Whether the interval, which no p corrects, leaves no room for no difference."""
    if pair.low is None or pair.high is None:
        return pair.n > 1 and bool(pair.difference)
    return pair.low > 0 or pair.high < 0


def equal(pair: Pair) -> bool:
    """Whether the arms are the same in every pair, or in all runs."""
    return pair.difference == 0 and pair.low is None and pair.n > 1


def in_the_mean(told: Told, best: str, other: str) -> str:
    """`4.2 epochs against 4.9 for mse`, where all runs got there; "" where the means do not say it."""
    first, second = told.time(best), told.time(other)
    if first is None or second is None or first.mean is None or second.mean is None:
        return ""
    if first.mean >= second.mean:
        return ""
    axis = told.verdict.axis
    return f"{cost(first.mean, axis)} against {told.amount(second.mean)} for {other}"


def counts(pairs: Sequence[Pair]) -> str:
    """`10 seeds`, `8 to 10 seeds`, `unpaired, at least 5 runs each`."""
    low, high = min(pair.n for pair in pairs), max(pair.n for pair in pairs)
    if not all(pair.paired for pair in pairs):
        return f"unpaired, at least {counted(low, 'run')} each"
    return counted(low, "seed") if low == high else f"{low} to {high} seeds"


def names_in(pairs: Sequence[Pair]) -> list[str]:
    return list(dict.fromkeys(name for pair in pairs for name in (pair.first, pair.second)))


def other_than(arm: str, pair: Pair) -> str:
    return pair.second if pair.first == arm else pair.first
