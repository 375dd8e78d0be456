"""The expected calibration error of the probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Metric, Task, hookimpl, require


@dataclass
class ECE(Metric):
    """Σ_m (n_m / N) |accuracy_m - confidence_m| over the bins ((m-1)/M, m/M] of confidence.

    The confidence of a row is the probability of the class predicted for it, with one output max(p, 1 - p);
    n_m rows fall into bin m, where a share accuracy_m of the predictions is right and the mean confidence is
    confidence_m. bins: their number M, all of the same width; empty ones count nothing.
    p: (batch, outputs); y: (batch,) labels; value in [0, 1], 0 for a perfectly calibrated model.
    Source: Guo et al., On calibration of modern neural networks (2017), eq. 3, with M = 15 as in table 1.
    """

    kinds: ClassVar[frozenset[str]] = frozenset({"binary", "multiclass"})
    higher_is_better: ClassVar[bool] = False
    needs_probabilities: ClassVar[bool] = True

    bins: int = 15

    def __post_init__(self) -> None:
        require(self, "bins", self.bins > 0, "a number of bins is > 0")

    def __call__(self, p: Array, y: Array, task: Task) -> float:
        confidence = np.maximum(p, 1 - p)[:, 0] if p.shape[1] == 1 else p.max(axis=1)
        inner = np.linspace(0, 1, self.bins + 1)[1:-1]
        gaps = np.bincount(np.searchsorted(inner, confidence), (task.labels(p) == y) - confidence)
        return float(np.abs(gaps).sum() / len(y))


@hookimpl
def register_metrics() -> dict[str, type[Metric]]:
    return {"ece": ECE}
