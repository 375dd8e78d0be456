"""Equal tuning: every arm gets the same number of trials over its own log range of a field.

The first half of an arm's trials is a grid over the range; where its best lies on the edge, the range grows.
The second half is drawn by Optuna around the best of the grid. Whoever runs the trials asks and tells:

    search = Search("ce", "optim.lr", start=0.1, low=1e-4, high=10, trials=16, higher_is_better=True, seed=0)
    while values := search.ask():
        search.tell({value: score_of(value) for value in values})
    search.result().best

What is asked for depends on the scores and the seed alone, not on how many trials run at once.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from framework.errors import ConfigError, spell
from framework.random import stream
from framework.verdict.verdict import Sensitivity

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

BELOW, ABOVE = 1e-3, 1e2  # an arm's own range, in multiples of its default
WIDER = 100.0  # the factor by which a range grows to one side
BATCH = 2  # values of the second half that are asked for at once
APART = 1 / 8  # of a step of the grid; a value that is drawn nearer to another one gives way
DIGITS = 3  # significant ones, so that a command line stays short
ROUNDING = 1e-9  # of scores, relative
FIRST_TUNING_SEED = 1_000_000
DIVERGED = -math.inf
MEANINGFUL = 5  # trials, from which on an edge is the range's fault
AXIS = "log value"


class Search:
    """The trials of one arm, in batches.

    start: the untuned value, which is on the grid where the range contains it. low, high: the range. It grows
    once, by WIDER to the side where the best of the grid has no worse value beyond it, or downwards where the
    whole grid diverged; a grid of less than three values never grows. Of scores that agree within rounding
    that of the value nearest to `start` on the log axis is the best: a change that gains nothing is not made.
    Raises ConfigError unless 0 < low < high and trials > 0.
    """

    def __init__(
        self,
        arm: str,
        field: str,
        start: float,
        low: float,
        high: float,
        trials: int,
        higher_is_better: bool,
        seed: int,
    ) -> None:
        if not 0 < low < high < math.inf:
            rule = "a range is [low,high] with 0 < low < high"
            raise ConfigError(f"tune.range={spell([low, high])}: {rule}")
        if trials < 1:
            raise ConfigError(f"tune.trials={trials}: a number of trials is > 0")
        self.arm, self.field, self.start, self.low, self.high = arm, field, start, low, high
        self.trials, self.seed, self.sign = trials, seed, 1.0 if higher_is_better else -1.0
        self.centre = start if low <= start <= high else math.sqrt(low * high)
        self.first = math.ceil(trials / 2)
        self.step = math.log(high / low) / self.first
        self.grid: list[float] = []
        self.asked: list[float] = []
        self.told: dict[float, float] = {}  # value -> sign * score, or DIVERGED

    def ask(self) -> list[float]:
        """The next values to be tried, all distinct; [] when the trials are spent. The same until told."""
        left = self.trials - len(self.told)
        if not self.asked and left:
            self.asked = self._on_grid(left) or self._sampled(min(BATCH, left))
        return list(self.asked)

    def tell(self, scores: Mapping[float, float | None]) -> None:
        """The score of each value that was asked for; None or a value that is not finite: it diverged."""
        if set(scores) != set(self.asked):
            raise ValueError(f"asked for {self.asked}, told of {list(scores)}")
        for value in self.asked:
            score = scores[value]
            fine = score is not None and math.isfinite(score)
            self.told[value] = self.sign * score if fine else DIVERGED  # type: ignore[operator]
        self.asked = []

    def result(self) -> Sensitivity:
        """All that was tried, by value; the best, the range as it came to be, and what to do at its edge."""
        values = sorted(self.told)
        scores = [None if self.told[v] == DIVERGED else self.sign * self.told[v] for v in values]
        return Sensitivity(
            arm=self.arm,
            field=self.field,
            values=tuple(values),
            scores=tuple(scores),
            best=self._best(),
            low=self.low,
            high=self.high,
            edge=self._edge(),
        )

    def _on_grid(self, left: int) -> list[float]:
        """The grid, then what the range grew by; [] when that is done."""
        if not self.told:
            self.grid = self._grid()
            return self.grid
        if len(self.told) == self.first > 2:
            beyond = self._beyond(self._side(), math.ceil(left / 2))
            self.grid = [*self.grid, *beyond]
            return beyond
        return []

    def _grid(self) -> list[float]:
        """Equal steps on the log axis, the start on one of them."""
        below = math.floor(math.log(self.centre / self.low) / self.step + ROUNDING)
        least = -min(below, self.first - 1)
        return [self._at(self.centre, k * self.step) for k in range(least, least + self.first)]

    def _beyond(self, side: int, most: int) -> list[float]:
        """Let the range grow to a side, and go on to its new end in steps no shorter than the grid's."""
        if side == 0:
            return []
        if side > 0:
            self.high, last = _rounded(self.high * WIDER), max(self.told)
            room = math.log(self.high / last)
        else:
            self.low, last = _rounded(self.low / WIDER), min(self.told)
            room = math.log(self.low / last)
        size = min(max(1, math.floor(abs(room) / self.step)), most)
        return [self._at(last, room * k / size) for k in range(1, size + 1)]

    def _side(self) -> int:
        """-1: the best lies at the lower end, or all diverged; 1: at the upper end; 0: between."""
        if not _plateau(self.told):
            return -1
        below, above = self._open()
        return int(above) - int(below)

    def _at(self, value: float, distance: float) -> float:
        """So far from a value on the log axis, within the range; the value itself is kept as it is."""
        digits = max(DIGITS, 2 - math.floor(math.log10(self.step)))
        there = _rounded(value * math.exp(distance), digits) if distance else value
        return min(max(there, self.low), self.high)

    def _open(self) -> tuple[bool, bool]:
        """Whether no value below the best is worse, and no value above it."""
        best, good = self._best(), _plateau(self.told)
        worse = self.told.keys() - set(good)
        return not any(v < best for v in worse), not any(v > best for v in worse)

    def _best(self) -> float:
        """The one on the plateau nearest to the start, of two the smaller."""
        distance = {v: round(abs(math.log(v / self.centre)), 9) for v in _plateau(self.told)}
        return min(distance, key=lambda v: (distance[v], v), default=self.start)

    def _sampled(self, size: int) -> list[float]:
        """Values that Optuna draws between the neighbours of the grid's best, apart from all others."""
        low, high = self._bracket()
        values: list[float] = []
        for drawn in _drawn(self.told, low, high, size, self._seed()):
            value, taken = _rounded(drawn), [*self.told, *values]
            near = min(abs(math.log(value / other)) for other in taken) < APART * self.step
            values.append(_in_the_widest_gap(taken, low, high) if near else value)
        return values

    def _bracket(self) -> tuple[float, float]:
        """The points of the grid on both sides of its plateau, or the ends of the range."""
        good = _plateau({value: self.told[value] for value in self.grid})
        if not good:
            return self.low, self.high
        below = (v for v in self.grid if v < good[0])
        above = (v for v in self.grid if v > good[-1])
        return max(below, default=self.low), min(above, default=self.high)

    def _seed(self) -> int:
        return int(stream(self.seed, f"tuning after {len(self.told)}").integers(2**31))

    def _edge(self) -> str:
        if not _plateau(self.told):
            return f"no value of {self._range()} got through: {self._wider(-1)} searches below"
        below, above = self._open()
        if not below and not above:
            return ""
        if len(self.told) < MEANINGFUL:
            return f"tune.trials={len(self.told)}: too few to tell a best value; more of them search on"
        if below and above:
            return f"all values of {self._range()} score the same"
        side, end, good = (-1, "lower", 0) if below else (1, "upper", -1)
        last = spell(_plateau(self.told)[good])
        return f"best at the {end} end {last} of {self._range()}: {self._wider(side)} searches on"

    def _range(self) -> str:
        return spell([self.low, self.high])

    def _wider(self, side: int) -> str:
        low = _rounded(self.low / WIDER) if side < 0 else self.low
        high = _rounded(self.high * WIDER) if side > 0 else self.high
        return f"tune.range={spell([low, high])}"


def log_range(default: float) -> tuple[float, float]:
    """An arm's own range of a field: BELOW to ABOVE times its default.

    Raises ConfigError for a default that is not > 0.
    """
    if not 0 < default < math.inf:
        way = "tune.range=[low,high] gives the range"
        raise ConfigError(
            f"tune.fields: a default of {spell(default)} has no decades around it; {way}"
        )
    return _rounded(default * BELOW), _rounded(default * ABOVE)


def tuning_seeds(final: Collection[int], count: int) -> list[int]:
    """So many seeds, ascending from FIRST_TUNING_SEED, of which the final runs use none."""
    candidates = range(FIRST_TUNING_SEED, FIRST_TUNING_SEED + count + len(final))
    return list(islice((seed for seed in candidates if seed not in final), count))


def _plateau(told: Mapping[float, float]) -> list[float]:
    """The values whose scores are the best within rounding, ascending; [] where all diverged."""
    most = max(told.values(), default=DIVERGED)
    if most == DIVERGED:
        return []
    return sorted(v for v, s in told.items() if math.isclose(s, most, rel_tol=ROUNDING))


def _drawn(
    told: Mapping[float, float], low: float, high: float, size: int, seed: int
) -> Iterator[float]:
    """Of a tree-structured Parzen estimator on the log axis, told of what was tried in [low, high].

    It ranks scores only, so that DIVERGED is one. Within a batch it takes what it has drawn for bad (a
    constant liar), which spreads the batch.
    Source: Bergstra et al., Algorithms for hyper-parameter optimization (2011).
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(n_startup_trials=1, constant_liar=True, seed=seed)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    axis: dict[str, BaseDistribution] = {
        AXIS: optuna.distributions.FloatDistribution(math.log(low), math.log(high))
    }
    for value in sorted(v for v in told if low <= v <= high):
        at = {AXIS: math.log(value)}
        study.add_trial(optuna.create_trial(params=at, distributions=axis, value=told[value]))
    for _ in range(size):
        yield math.exp(study.ask(axis).params[AXIS])


def _in_the_widest_gap(taken: Iterable[float], low: float, high: float) -> float:
    """The middle of the widest gap on the log axis between values that were taken."""
    inside = sorted({low, high, *(v for v in taken if low < v < high)})
    below, above = max(pairwise(inside), key=lambda gap: gap[1] / gap[0])
    middle = math.sqrt(below * above)
    short = _rounded(middle)
    return short if below < short < above else middle


def _rounded(value: float, digits: int = DIGITS) -> float:
    return float(f"{value:.{digits}g}")
