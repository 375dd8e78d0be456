"""The largest error of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Metric, Task, hookimpl, one_hot


@dataclass
class LargestError(Metric):
    """max |p - y| over the rows and the outputs, y of classes as 0 and 1: whether every row is nearly right.

    p: (batch, outputs); y: labels (batch,), or values (batch,) or (batch, targets).
    Source: scikit-learn's max_error, of numbers.
    """

    kinds: ClassVar[frozenset[str]] = frozenset({"binary", "multiclass", "regression"})
    higher_is_better: ClassVar[bool] = False

    def __call__(self, p: Array, y: Array, task: Task) -> float:
        y = one_hot(y, p.shape[1]) if task.classification else y.reshape(p.shape)
        return float(np.abs(p - y).max())


@hookimpl
def register_metrics() -> dict[str, type[Metric]]:
    return {"largest_error": LargestError}
