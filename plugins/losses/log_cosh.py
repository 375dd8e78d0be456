"""Log-cosh: a smooth loss between squared and absolute error."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import Array, Loss, hookimpl, one_of


@dataclass
class LogCosh(Loss):
    """Σ_k log cosh r_k with r = p - y; or the mean over the outputs with reduction=mean.

    p, y: (batch, outputs); value: (batch,).  Gradient tanh r, Hessian 1 - tanh² r = 1/cosh² r > 0.
    Near 0 it is ½ r², far away |r| - log 2. Computed as ½ log1p(sinh² r) and |r| + log1p(e^-2|r|) - log 2.
    Convention: reduction=mean is Keras's LogCosh.
    Source: Green, Bayesian reconstructions from emission tomography data using a modified EM algorithm
    (1990).
    """

    reduction: str = "sum"

    def __post_init__(self) -> None:
        one_of(self, "reduction", ["mean", "sum"])

    def share(self, p: Array) -> float:
        """The weight of one output."""
        return 1 / p.shape[1] if self.reduction == "mean" else 1.0

    def value(self, p: Array, y: Array) -> Array:
        r = np.abs(p - y)
        near = 0.5 * np.log1p(np.sinh(np.minimum(r, 1)) ** 2)
        far = r + np.log1p(np.exp(-2 * r)) - math.log(2)
        return self.share(p) * np.where(r < 1, near, far).sum(axis=1)

    def grad(self, p: Array, y: Array) -> Array:
        return self.share(p) * np.tanh(p - y)

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        e = np.exp(-2 * np.abs(p - y))  # 1 / cosh² r = 4 e / (1 + e)², which cannot overflow
        return self.share(p) * (4 * e / (1 + e) ** 2 * v)


@hookimpl
def register_losses() -> dict[str, type[Loss]]:
    return {"log_cosh": LogCosh}
