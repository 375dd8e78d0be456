"""The mean absolute error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Metric, Task, hookimpl


@dataclass
class MAE(Metric):
    """mean |y - p|, in the unit of the target; several targets: the mean of their values.

    p: (batch, targets); y: (batch,) or (batch, targets).
    Source: scikit-learn's mean_absolute_error.
    """

    kinds: ClassVar[frozenset[str]] = frozenset({"regression"})
    higher_is_better: ClassVar[bool] = False

    def __call__(self, p: Array, y: Array, task: Task) -> float:
        return float(np.abs(y.reshape(p.shape) - p).mean(axis=0).mean())


@hookimpl
def register_metrics() -> dict[str, type[Metric]]:
    return {"mae": MAE}
