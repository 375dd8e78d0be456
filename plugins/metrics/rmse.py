"""The root of the mean squared error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Metric, Task, hookimpl


@dataclass
class RMSE(Metric):
    """sqrt(mean (y - p)²), in the unit of the target.

    Several targets: the mean of their values, not the root of the mean of their squares.
    p: (batch, targets); y: (batch,) or (batch, targets).
    Source: scikit-learn's root_mean_squared_error.
    """

    kinds: ClassVar[frozenset[str]] = frozenset({"regression"})
    higher_is_better: ClassVar[bool] = False

    def __call__(self, p: Array, y: Array, task: Task) -> float:
        return float(np.sqrt(np.square(y.reshape(p.shape) - p).mean(axis=0)).mean())


@hookimpl
def register_metrics() -> dict[str, type[Metric]]:
    return {"rmse": RMSE}
