"""The area under the ROC curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Metric, Task, hookimpl, one_of


@dataclass
class ROCAUC(Metric):
    """The probability that a row of the class has a larger output for it than a row that is not; ties half.

    Of two classes that of class 1. Of more, each against the rest: average="macro" is their mean, "weighted"
    counts each by its rows. Classes that none or all of these rows are of have no value and are left out:
    nan if that leaves none, as for rows of a single class, or if an output is nan.
    p: (batch, outputs); y: (batch,) labels; value in [0, 1], 1/2 for guessing.
    Source: Hanley and McNeil, The meaning and use of the area under a receiver operating characteristic (ROC)
    curve (1982); scikit-learn's roc_auc_score, there multi_class="ovr".
    """

    kinds: ClassVar[frozenset[str]] = frozenset({"binary", "multiclass"})
    needs_probabilities: ClassVar[bool] = True

    average: str = "macro"

    def __post_init__(self) -> None:
        one_of(self, "average", ["macro", "weighted"])

    def __call__(self, p: Array, y: Array, task: Task) -> float:
        from sklearn.metrics import roc_auc_score

        of_class = {1: p[:, -1]} if task.kind == "binary" else dict(enumerate(p.T))
        rows = {k: int(np.sum(y == k)) for k in of_class}
        known = [k for k in of_class if 0 < rows[k] < len(y)]
        if not known or np.isnan(p).any():
            return float("nan")
        areas = [roc_auc_score(y == k, of_class[k]) for k in known]
        if self.average == "macro" or len(areas) == 1:
            return float(np.mean(areas))
        return float(np.average(areas, weights=[rows[k] for k in known]))


@hookimpl
def register_metrics() -> dict[str, type[Metric]]:
    return {"roc_auc": ROCAUC}
