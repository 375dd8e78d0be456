"""The Brier score: squared error of the probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, Metric, Task, hookimpl


@dataclass
class Brier(Metric):
    """mean Σ_k (p_k - [y = k])² over more than two classes; half of that, mean (p_1 - y)², over two.

    The sum over classes is Brier's own, in [0, 2]; with two classes the half, in [0, 1], is usual. Several
    sigmoids are taken as they are, whatever their sum.  p: (batch, outputs); y: (batch,) labels.
    Source: Brier, Verification of forecasts expressed in terms of probability (1950); scikit-learn's
    brier_score_loss, there scale_by_half="auto".
    """

    kinds: ClassVar[frozenset[str]] = frozenset({"binary", "multiclass"})
    higher_is_better: ClassVar[bool] = False
    needs_probabilities: ClassVar[bool] = True

    def __call__(self, p: Array, y: Array, task: Task) -> float:
        p = np.hstack([1 - p, p]) if p.shape[1] == 1 else p
        score = np.mean(np.square(np.eye(p.shape[1], dtype=p.dtype)[y] - p).sum(axis=1))
        return float(score / 2 if p.shape[1] == 2 else score)


@hookimpl
def register_metrics() -> dict[str, type[Metric]]:
    return {"brier": Brier}
