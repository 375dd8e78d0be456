"""Two arms against each other: whether their seeds pair, and what the test says."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, count
from typing import NamedTuple

from framework.verdict import statistics
from framework.verdict.outcome import Outcome
from framework.verdict.verdict import Pair
from framework.verdict.wording import counted, listed, seeds_of

MOST_ARMS = 16  # up to which a verdict has every pair; beyond it those with the best arm
SPLIT, BATCHES, INIT = TAGS = "pairing.split", "pairing.batches", "pairing.init"
WORDS = {SPLIT: "split", BATCHES: "order of the batches", INIT: "start"}
FULL = "full"  # batches that are all the data agree with any
RESAMPLES = 9_999
WORDED = {6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten"}


class Value(NamedTuple):
    """Of one run; where the value is inf, a target never reached, the run was watched until `end`.

    origin: the seed of the run that it is a copy of, if it is one.
    """

    run: Outcome
    value: float
    end: float = math.inf
    origin: int | None = None


@dataclass(frozen=True)
class Measure:
    """What arms are compared by, and which way is better."""

    name: str
    higher: bool
    values: Mapping[str, Sequence[Value]]
    censored: bool = False


@dataclass(frozen=True)
class Settings:
    """confidence of intervals, seed of their resamples, and the declared factors."""

    confidence: float
    seed: int
    factors: tuple[str, ...] = ()


def compare(measure: Measure, settings: Settings) -> tuple[tuple[Pair, ...], list[str], str]:
    """(pairs, why pairing was refused, a note): all pairs, or those with the best of many arms.

    p_holm is corrected for all pairs of arms that have values, shown or not: the best arm was chosen by them.
    """
    arms = [arm for arm, values in measure.values.items() if values]
    refusals: list[str] = []
    found = []
    for first, second in combinations(arms, 2):
        pair, refusal = _pair(measure, first, second, settings)
        found.append(pair)
        refusals += [refusal] if refusal else []
    pairs = _decided(found, settings.confidence)
    if len(arms) <= MOST_ARMS:
        return tuple(pairs), refusals, ""
    best = best_of(measure)
    kept = tuple(pair for pair in pairs if best in (pair.first, pair.second))
    note = f"of the {len(pairs)} pairs in {measure.name} those with the best arm, {best}, are told"
    return kept, refusals, f"{note}; p is corrected for all of them"


def best_of(measure: Measure) -> str:
    """The arm with the best mean; by the median, then the number that got there, where runs are censored."""
    sign = -1 if measure.higher else 1

    def rank(arm: str) -> tuple[float, float]:
        values = [each.value for each in _distinct(measure.values[arm])]
        if not measure.censored:
            return sign * sum(values) / len(values), 0.0
        there = [value for value in values if math.isfinite(value)]
        median = sorted(values)[math.ceil(len(values) / 2) - 1]
        return median, -len(there) / len(values)

    return min((arm for arm, values in measure.values.items() if values), key=rank)


def _pair(measure: Measure, first: str, second: str, settings: Settings) -> tuple[Pair, str]:
    left, right = measure.values[first], measure.values[second]
    runs = [each.run for each in left], [each.run for each in right]
    seeds, refusal = shared_seeds(*runs, settings.factors)
    if refusal:
        a, b = _distinct(left), _distinct(right)
    else:
        a, b = _unlike_pairs(_ordered(left, seeds), _ordered(right, seeds))
    test = _test(measure, a, b, not refusal, settings)
    side = test.difference or test.effect or 0.0
    pair = Pair(
        first,
        second,
        measure.name,
        test.n,
        not refusal,
        test.difference,
        test.low,
        test.high,
        test.p,
        None,
        test.least_p,
        test.effect,
        test.name,
        better="" if side == 0 else first if (side > 0) == measure.higher else second,
        note=_copied(len(seeds), len(a)) if seeds else "",
    )
    return pair, f"{first} and {second}: {refusal}" if refusal else ""


def _ordered(values: Sequence[Value], seeds: Iterable[int]) -> list[Value]:
    found = {each.run.seed: each for each in values}
    return [found[seed] for seed in seeds]


def _distinct(values: Sequence[Value]) -> list[Value]:
    return [each for each in values if each.origin is None]


def _unlike_pairs(a: Sequence[Value], b: Sequence[Value]) -> tuple[list[Value], list[Value]]:
    """Of pairs in which both runs are those of an earlier pair, or their copies, only the first."""
    first: dict[tuple[int, int], tuple[Value, Value]] = {}
    for x, y in zip(a, b, strict=True):
        first.setdefault((_source(x), _source(y)), (x, y))
    return [x for x, _ in first.values()], [y for _, y in first.values()]


def _source(value: Value) -> int:
    return value.run.seed if value.origin is None else value.origin


def _copied(seeds: int, differing: int) -> str:
    if differing == seeds:
        return ""
    runs = "one run" if differing == 1 else f"{differing} runs"
    much = "nothing" if differing == 1 else "little"
    return f"the seed changes {much}, {counted(seeds, 'seed')} are {runs} of each"


def _test(
    measure: Measure, a: Sequence[Value], b: Sequence[Value], paired: bool, settings: Settings
) -> statistics.Test:
    x, y = ([each.value for each in values] for values in (a, b))
    common = settings.confidence, RESAMPLES, settings.seed
    if measure.censored:
        ends = [each.end for each in a], [each.end for each in b]
        return statistics.compare_censored(x, y, ends, paired, *common)
    compare = statistics.compare_paired if paired else statistics.compare_independent
    return compare(x, y, *common)


# -- what may be paired --------------------------------------------------------------------------------


def shared_seeds(
    first: Sequence[Outcome], second: Sequence[Outcome], factors: Iterable[str]
) -> tuple[list[int], str]:
    """(seeds of both, "") or ([], why runs of one seed are no pairs).

    Runs of a seed pair if they share the split, the order of the batches and, where shapes agree, the start.
    A declared factor of the model explains another start.
    """
    left, right = ({run.seed: run for run in runs} for runs in (first, second))
    seeds = sorted(left.keys() & right.keys())
    if len(left) < len(first) or len(right) < len(second):
        return [], "a seed has several runs"
    if not seeds:
        return [], "they share no seed"
    model = any(factor.partition(".")[0] == "model" for factor in factors)
    unlike: dict[str, list[int]] = {}
    for seed in seeds:
        for cause in _unlike(left[seed], right[seed], model):
            unlike.setdefault(cause, []).append(seed)
    causes = [f"{cause} for {seeds_of(found)}" for cause, found in unlike.items()]
    return ([], "; ".join(causes)) if causes else (seeds, "")


def _unlike(first: Outcome, second: Outcome, model: bool) -> list[str]:
    """What two runs of one seed do not share, or do not tell."""
    if untold := [name for name in TAGS if not (first.tags.get(name) and second.tags.get(name))]:
        return [f"no hash of the {listed([WORDS[name] for name in untold])} is logged"]
    causes = [
        f"the {WORDS[name]} differs" for name in (SPLIT, BATCHES) if not _agree(name, first, second)
    ]
    same_shape = first.params.get("parameters") == second.params.get("parameters")
    if same_shape and not model and not _same_start(first.tags[INIT], second.tags[INIT]):
        causes.append(f"the {WORDS[INIT]} differs")
    return causes


def _agree(name: str, first: Outcome, second: Outcome) -> bool:
    a, b = first.tags[name], second.tags[name]
    return a == b or (name == BATCHES and FULL in (a, b))


def _same_start(first: str, second: str) -> bool:
    """`<shapes>:<values>`: other shapes have no start in common to compare."""
    (shapes, _, values), (shapes_too, _, values_too) = first.partition(":"), second.partition(":")
    return shapes != shapes_too or values == values_too


# -- what may be said ----------------------------------------------------------------------------------


def _decided(pairs: Sequence[Pair], confidence: float) -> list[Pair]:
    """With p_holm; `better` stays where it is decided, and a note says where no test can decide."""
    tested = [pair for pair in pairs if pair.p is not None]
    corrected = statistics.holm([pair.p for pair in tested if pair.p is not None])
    holm = {(pair.first, pair.second): p for pair, p in zip(tested, corrected, strict=True)}
    found = []
    for pair in pairs:
        p, note = holm.get((pair.first, pair.second)), undecidable(pair, len(tested), confidence)
        decided = p is not None and not note and p <= 1 - confidence + 1e-12
        found.append(replace(pair, p_holm=p, better=pair.better if decided else "", note=note))
    return found


def undecidable(pair: Pair, of: int, confidence: float) -> str:
    """Why no test could decide a pair, one of so many; "" if one can."""
    level, kind = 1 - confidence, "seed" if pair.paired else "run"
    what = counted(pair.n, kind)
    if pair.p is None:
        return f"nothing to test: {what}"
    if pair.note and pair.n < statistics.FEWEST:
        return f"no test can decide: {pair.note}"
    smallest = f"the smallest p{f', corrected for {of} pairs,' if of > 1 else ''} is"
    least = min(1.0, pair.least_p * of)
    if pair.n >= statistics.FEWEST and least <= level + 1e-12:
        return ""
    if (
        pair.paired and _least_paired(pair.n) * of <= level
    ):  # ties, or pairs whose order is not known
        return f"no test can decide: {pair.test}; {smallest} {least:.3g}"
    if not pair.paired and least <= level:
        return f"nothing is decided on fewer than {statistics.FEWEST} runs"
    enough = next(n for n in count(statistics.FEWEST) if _least_paired(n) * of <= level)
    way = f"{WORDED.get(enough, enough)} {'seeds' if pair.paired else 'paired seeds'} can"
    return f"no test can decide: with {what} {smallest} {least:.3g}; {way}"


def _least_paired(n: int) -> float:
    return float(2.0 ** (1 - n))
