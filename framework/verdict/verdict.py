"""A verdict: plain data, which the terminal, Markdown, JSON, HTML and MLflow all show.

`Verdict.to_json` and `Verdict.from_json` are inverse to each other; every number shown anywhere is in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@dataclass(frozen=True)
class Estimate:
    """A metric over an arm's finished seeds: mean, interval (None for one, or equal ones), median, range."""

    n: int
    mean: float
    low: float | None
    high: float | None
    median: float
    least: float
    greatest: float


@dataclass(frozen=True)
class TimeToTarget:
    """What it cost to reach the target on one axis. A run that never got there is censored at what it spent.

    median: over all runs that finished or diverged, the censored ones later than all that they have seen;
    None where fewer than half got there. reached: of so many (`of`). least, greatest: of those that got
    there. mean: where all did, else None.
    """

    reached: int
    of: int
    median: float | None
    least: float | None
    greatest: float | None
    mean: float | None = None


@dataclass(frozen=True)
class ArmResult:
    """A row of the table. metrics, targets, costs by name: `test/accuracy`, `epochs`, `seconds`."""

    arm: str
    seeds: int
    finished: int
    failed: int
    diverged: int
    metrics: Mapping[str, Estimate]
    targets: Mapping[str, TimeToTarget]
    costs: Mapping[str, Estimate]
    tuned: Mapping[str, float] = field(default_factory=dict)  # field -> value, of a tuned arm


@dataclass(frozen=True)
class Pair:
    """Two arms compared on one outcome: a metric as `test/accuracy`, or `target/epochs` and its like.

    difference: first minus second, with its interval (None where it cannot be had, as where all differences
    are equal). better: the arm that is better, "" where that is not decided. n: pairs of seeds, or runs of
    the smaller arm where pairing was refused. p: exact; p_holm: corrected for the pairs of the outcome;
    least_p: the smallest that so many seeds can reach. effect: the paired difference in its standard
    deviations (or as the test says). test: its name in words.
    """

    first: str
    second: str
    outcome: str
    n: int
    paired: bool
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    p_holm: float | None
    least_p: float
    effect: float | None
    test: str
    better: str = ""
    note: str = ""  # why nothing can be said, in words


@dataclass(frozen=True)
class Comparison:
    """Arms compared with each other: "as given", or "each at its best rate"."""

    title: str
    arms: tuple[ArmResult, ...]
    pairs: tuple[Pair, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Sensitivity:
    """Trials of an arm's search: values of the field, and the mean of the metric over the tuning seeds."""

    arm: str
    field: str
    values: tuple[float, ...]
    scores: tuple[float | None, ...]  # None: diverged
    best: float
    low: float
    high: float
    edge: str = ""  # what to do, where the best value lies on the edge of the range


@dataclass(frozen=True)
class Verdict:
    """What a study says.

    metric: that which decides, as `test/accuracy`. target: (metric, value), None without one. axis:
    budget.unit. comparisons: one, or two where rates were tuned. fixed: params that all runs share.
    differed: param -> arm -> value. lint: differences between arms beside the declared factors, in words,
    each with the way to remove it. pairing: in words. environment: versions, hardware, threads. runs: arm,
    seed, status, reason, run_id, folder.
    """

    title: str
    command: str
    metric: str
    higher_is_better: bool
    target: tuple[str, float] | None
    axis: str
    confidence: float
    factors: tuple[str, ...]
    comparisons: tuple[Comparison, ...]
    pairing: str
    lint: tuple[str, ...]
    fixed: Mapping[str, str]
    differed: Mapping[str, Mapping[str, str]]
    environment: Mapping[str, str]
    runs: tuple[Mapping[str, str], ...]
    sensitivity: tuple[Sensitivity, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The verdict in plain words."""
        return " ".join(s for comparison in self.comparisons for s in comparison.sentences)

    def to_json(self) -> str:
        return _adapter().dump_json(self, indent=1).decode() + "\n"

    @staticmethod
    def from_json(text: str) -> Verdict:
        return _adapter().validate_json(text)


@cache
def _adapter() -> TypeAdapter[Verdict]:
    from pydantic import TypeAdapter

    return TypeAdapter(Verdict)
