"""Log-cosh: a smooth loss between squared and absolute error."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import Array, Loss, Residual, hookimpl


@dataclass
class LogCosh(Residual):
    """Σ_k log cosh r_k with r = p - y; or the mean over the outputs with reduction=mean.

    p, y: (batch, outputs); value: (batch,).  Gradient tanh r, Hessian 1 - tanh² r = 1/cosh² r > 0.
    Near 0 it is ½ r², far away |r| - log 2. Computed as ½ log1p(sinh² r) and |r| + log1p(e^-2|r|) - log 2.
    Convention: reduction=mean is Keras's LogCosh.
    Source: Green, Bayesian reconstructions from emission tomography data using a modified EM algorithm
    (1990).
    """

    def each(self, r: Array) -> Array:
        size = np.abs(r)
        near = 0.5 * np.log1p(np.sinh(np.minimum(size, 1)) ** 2)
        far = size + np.log1p(np.exp(-2 * size)) - math.log(2)
        return np.where(size < 1, near, far)

    def slope(self, r: Array) -> Array:
        return np.tanh(r)

    def bend(self, r: Array, v: Array) -> Array:
        e = np.exp(-2 * np.abs(r))  # 1 / cosh² r = 4 e / (1 + e)², which cannot overflow
        return 4 * e / (1 + e) ** 2 * v


@hookimpl
def register_losses() -> dict[str, type[Loss]]:
    return {"log_cosh": LogCosh}
