"""The negative log-likelihood of the right class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Metric, Task, hookimpl


@dataclass
class LogLoss(Metric):
    """-mean log p_y, in nats: the mean surprise at the true class.

    One output is the probability of class 1. Several that do not sum to 1, such as several sigmoids, are
    divided by their sum first, which scikit-learn leaves to its user. Probabilities are clipped
    to [eps, 1 - eps] of their dtype, so the value stays below 36.1 (float64) or 16.0 (float32).
    p: (batch, outputs); y: (batch,) labels.
    Source: scikit-learn's log_loss, with the same clipping.
    """

    kinds: ClassVar[frozenset[str]] = frozenset({"binary", "multiclass"})
    higher_is_better: ClassVar[bool] = False
    needs_probabilities: ClassVar[bool] = True

    def __call__(self, p: Array, y: Array, task: Task) -> float:
        p = np.hstack([1 - p, p]) if p.shape[1] == 1 else p
        eps = np.finfo(p.dtype).eps
        total = p.sum(axis=1, keepdims=True)
        if np.abs(total - 1).max(initial=0) > np.sqrt(eps):
            p = p / np.maximum(total, np.finfo(p.dtype).tiny)
        return float(-np.mean(np.log(np.clip(p[np.arange(len(y)), y], eps, 1 - eps))))


@hookimpl
def register_metrics() -> dict[str, type[Metric]]:
    return {"log_loss": LogLoss}
