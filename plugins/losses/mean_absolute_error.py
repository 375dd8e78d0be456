"""Absolute error: the median, and slopes of one size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Loss, Residual, hookimpl


@dataclass
class MeanAbsoluteError(Residual):
    """Absolute error, per sample: Σ_k |p_k - y_k|, or their mean over the outputs with reduction=mean.

    p, y: (batch, outputs); value: (batch,).  Gradient sign(p - y), 0 where they are equal; Hessian 0.
    Its minimiser is the median.
    Convention: PyTorch's L1Loss, Keras's and scikit-learn's mean over the outputs too, which is `mean`.
    Source: Hastie, Tibshirani and Friedman, The Elements of Statistical Learning (2009), section 10.6.
    """

    def each(self, r: Array) -> Array:
        return np.abs(r)

    def slope(self, r: Array) -> Array:
        return np.sign(r)

    def bend(self, r: Array, v: Array) -> Array:
        return np.zeros_like(v)


@hookimpl
def register_losses() -> dict[str, type[Loss]]:
    return {"mae": MeanAbsoluteError}
