"""Each learning curve once for each axis: MLflow draws a metric over its step alone.

`val/accuracy` is by epochs; `val/accuracy.by_samples`, `.by_grad_evals` and `.by_ms` have as their step
what had been spent: samples, gradient-equivalents, milliseconds of training, each rounded to a whole number.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

AXES = {  # ending -> the metric that counts, and how many steps one of it is
    "by_samples": ("work/samples", 1),
    "by_grad_evals": ("work/gradient_equivalents", 1),
    "by_ms": ("work/seconds", 1000),
}
OBJECTIVE = "train/objective"
Point = tuple[str, float, int, int]  # name, value, time, step


def curves(
    entries: Iterable[dict[str, Any]], primary: str, waiting: Mapping[str, Point]
) -> tuple[list[Point], dict[str, Point]]:
    """The points that are certain after these lines of metrics.jsonl, and those that wait for the next ones.

    They are of the split that `primary` is of, and of the objective. Of two evaluations at the same step the
    later one counts, so that the last point of each curve waits: the end of the run makes it certain.
    """
    certain, last = [], dict(waiting)
    for point in (
        point for entry in entries for point in _of(entry, f"{primary.partition('/')[0]}/")
    ):
        before = last.get(point[0])
        if before is not None and before[3] != point[3]:
            certain.append(before)
        last[point[0]] = point
    return certain, last


def _of(entry: dict[str, Any], split: str) -> Iterator[Point]:
    metrics = entry["metrics"]
    for name, value in metrics.items():
        if not name.startswith(split) and name != OBJECTIVE:
            continue
        for ending, (counter, scale) in AXES.items():
            spent = metrics.get(counter, math.nan)
            if math.isfinite(spent):
                yield f"{name}.{ending}", value, entry["time"], round(scale * spent)
