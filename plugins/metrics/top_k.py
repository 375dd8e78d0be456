"""The share of rows whose class is among the k most probable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Metric, Task, hookimpl, require


@dataclass
class TopK(Metric):
    """Share of rows whose true class is among the k with the largest outputs; of equal ones the last.

    k: 2 by default, as in scikit-learn; Keras and ImageNet's figures take 5. From k = K classes on it is 1.
    p: (batch, outputs); y: (batch,) labels; value in [0, 1]. For more than two classes.
    Source: scikit-learn's top_k_accuracy_score.
    """

    kinds: ClassVar[frozenset[str]] = frozenset({"multiclass"})

    k: int = 2

    def __post_init__(self) -> None:
        require(self, "k", self.k > 0, "a number of classes is > 0")

    def __call__(self, p: Array, y: Array, task: Task) -> float:
        best = np.argsort(p, axis=1, kind="stable")[:, ::-1][:, : self.k]
        return float(np.mean((best == y[:, None]).any(axis=1)))


@hookimpl
def register_metrics() -> dict[str, type[Metric]]:
    return {"top_k": TopK}
