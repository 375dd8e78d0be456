"""Half the sum of squared errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Metric, Task, hookimpl


@dataclass
class HalfSSE(Metric):
    """½ Σ (p - y)², summed over the rows and the targets: what least squares minimises.

    A sum, not a mean: it grows with the rows, so that those of two splits do not compare, and that of the
    training rows is over the rows measured, train.eval_rows (10,000) at most. It is N times the loss mse.
    p: (batch, targets); y: (batch,) or (batch, targets).
    Source: Bishop, Pattern Recognition and Machine Learning (2006), eq. 1.2.
    """

    kinds: ClassVar[frozenset[str]] = frozenset({"regression"})
    higher_is_better: ClassVar[bool] = False

    def __call__(self, p: Array, y: Array, task: Task) -> float:
        return 0.5 * float(np.square(p - y.reshape(p.shape)).sum())


@hookimpl
def register_metrics() -> dict[str, type[Metric]]:
    return {"half_sse": HalfSSE}
