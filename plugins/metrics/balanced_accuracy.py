"""The share that is right, averaged over the classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Metric, Task, hookimpl


@dataclass
class BalancedAccuracy(Metric):
    """The mean over classes of the share of each class's rows that are predicted right.

    So 1 / K for always the same class, however frequent. Classes without rows are left out. Predicted
    classes are those of accuracy.  p: (batch, outputs); y: (batch,) labels; value in [0, 1].
    Source: scikit-learn's balanced_accuracy_score.
    """

    kinds: ClassVar[frozenset[str]] = frozenset({"binary", "multiclass"})

    def __call__(self, p: Array, y: Array, task: Task) -> float:
        rows = np.bincount(y)
        right = np.bincount(y[task.labels(p) == y], minlength=len(rows))
        return float(np.mean(right[rows > 0] / rows[rows > 0]))


@hookimpl
def register_metrics() -> dict[str, type[Metric]]:
    return {"balanced_accuracy": BalancedAccuracy}
