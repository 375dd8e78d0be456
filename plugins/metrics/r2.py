"""R²: the share of the variance that is explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Metric, Task, hookimpl


@dataclass
class R2(Metric):
    """1 - sum (y - p)² / sum (y - mean y)²: the share of the variance explained, 1 at best.

    Several targets: the mean of their values. A constant target: 1 if predicted exactly, else 0.
    p: (batch, targets); y: (batch,) or (batch, targets); nan for fewer than two rows.
    Source: scikit-learn's r2_score.
    """

    kinds: ClassVar[frozenset[str]] = frozenset({"regression"})

    def __call__(self, p: Array, y: Array, task: Task) -> float:
        y = y.reshape(p.shape)
        missed, varied = np.square(y - p).sum(axis=0), np.square(y - y.mean(axis=0)).sum(axis=0)
        varied[(y == y[:1]).all(axis=0)] = 0  # where the rounded mean is another number
        values = np.where(varied > 0, 1 - missed / np.where(varied > 0, varied, 1), missed == 0)
        return float(values.mean()) if len(y) > 1 else float("nan")


@hookimpl
def register_metrics() -> dict[str, type[Metric]]:
    return {"r2": R2}
