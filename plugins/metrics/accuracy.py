"""The share of rows that are right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Metric, Task, hookimpl


@dataclass
class Accuracy(Metric):
    """Share of rows whose predicted class is the true one.

    Predicted: p > 1/2 with one output, else the largest of K; the first of several that are equal.
    p: (batch, outputs); y: (batch,) labels; value in [0, 1].
    Source: scikit-learn's accuracy_score.
    """

    kinds: ClassVar[frozenset[str]] = frozenset({"binary", "multiclass"})

    def __call__(self, p: Array, y: Array, task: Task) -> float:
        return float(np.mean(task.labels(p) == y))


@hookimpl
def register_metrics() -> dict[str, type[Metric]]:
    return {"accuracy": Accuracy}
