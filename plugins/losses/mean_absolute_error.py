"""Absolute error: the median, and slopes of one size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Loss, hookimpl, one_of


@dataclass
class MeanAbsoluteError(Loss):
    """Absolute error, per sample: Σ_k |p_k - y_k|, or their mean over the outputs with reduction=mean.

    p, y: (batch, outputs); value: (batch,).  Gradient sign(p - y), 0 where they are equal; Hessian 0.
    Its minimiser is the median.
    Convention: PyTorch's L1Loss, Keras's and scikit-learn's mean over the outputs too, which is `mean`.
    Source: Hastie, Tibshirani and Friedman, The Elements of Statistical Learning (2009), section 10.6.
    """

    reduction: str = "sum"

    def __post_init__(self) -> None:
        one_of(self, "reduction", ["mean", "sum"])

    def share(self, p: Array) -> float:
        """The weight of one output."""
        return 1 / p.shape[1] if self.reduction == "mean" else 1.0

    def value(self, p: Array, y: Array) -> Array:
        return self.share(p) * np.abs(p - y).sum(axis=1)

    def grad(self, p: Array, y: Array) -> Array:
        return self.share(p) * np.sign(p - y)

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        return np.zeros_like(v)


@hookimpl
def register_losses() -> dict[str, type[Loss]]:
    return {"mae": MeanAbsoluteError}
