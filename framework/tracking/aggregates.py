"""The runs of an arm as one: each metric's mean over the seeds, with its interval."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framework.tracking.axes import curves
from framework.tracking.record import Record

Array = NDArray[Any]
History = Mapping[str, tuple[Array, Array]]
CONFIDENCE = 0.95
MOST = 200  # steps of an aggregated curve
COSTS = ("work/steps", "work/samples", "work/gradient_equivalents", "work/seconds")


def aggregates(histories: Sequence[History]) -> list[tuple[str, float, int]]:
    """`<metric>.mean`, `.low` and `.high`, their values and steps, in the order of the first run's metrics.

    At each step at which a run measured a metric, MOST of them at most, every run counts with its latest
    value: one that has ended keeps its last, so that the last mean is that of the final values. Steps
    before a run's first one, and values that are not finite, are left out; of work/ there are only COSTS.
    Over n >= 2 runs the interval is mean ± t s / sqrt(n): s is the standard deviation with n - 1, t the
    97.5 % point of Student's distribution with n - 1 degrees of freedom. Fewer runs have no aggregates.
    """
    if len(histories) < 2:
        return []
    names = [name for name in histories[0] if name in COSTS or not name.startswith("work/")]
    shared = [name for name in names if all(name in history for history in histories)]
    return [point for name in shared for point in _of_metric(name, [h[name] for h in histories])]


def _of_metric(name: str, lines: Sequence[tuple[Array, Array]]) -> list[tuple[str, float, int]]:
    from scipy.special import stdtrit

    steps = _thinned(reduce(np.union1d, [steps for steps, _ in lines]))
    steps = steps[steps >= max(steps[0] for steps, _ in lines)]
    values = np.array([_latest(line, steps) for line in lines])  # (runs, steps)
    kept = np.isfinite(values).all(axis=0)
    values, n = values[:, kept], len(lines)
    mean = values.mean(axis=0)
    half = stdtrit(n - 1, (1 + CONFIDENCE) / 2) * values.std(axis=0, ddof=1) / np.sqrt(n)
    drawn = {"mean": mean, "low": mean - half, "high": mean + half}
    return [
        (f"{name}.{what}", float(value), int(step))
        for what, line in drawn.items()
        for step, value in zip(steps[kept], line, strict=True)
    ]


def _thinned(steps: Array) -> Array:
    """At most MOST of them, the first and the last among them."""
    if len(steps) <= MOST:
        return steps
    return steps[np.linspace(0, len(steps) - 1, MOST).round().astype(int)]


def _latest(line: tuple[Array, Array], steps: Array) -> Array:
    """The value of the last measurement at or before each step."""
    measured, values = line
    order = np.argsort(measured, kind="stable")
    found: Array = values[order][np.searchsorted(measured[order], steps, side="right") - 1]
    return found


def history_of(record: Record) -> History:
    """The metrics of a run by epochs, the primary one first, then its curves over the other axes."""
    primary = record.run["primary"]
    points: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    certain, last = curves(record.lines, primary, {})
    for name, value, _, step in [*certain, *last.values()]:
        points[name].append((step, value))
    derived = {
        name: (np.array([step for step, _ in found]), np.array([value for _, value in found]))
        for name, found in points.items()
    }
    plain = sorted(record.history.items(), key=lambda item: item[0] != primary)
    return {**dict(plain), **derived}
