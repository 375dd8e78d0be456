"""The negative log-likelihood of counts, behind exp."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Array, DataError, Exp, Head, Link, Loss, hookimpl, refuse_link


class ExpPoisson(Head):
    """Poisson from the logits, the log-rates: value = Σ_k [e^z_k - y_k z_k].

    grad = p - y;  Hessian v = p v, positive semidefinite, its own Gauss-Newton matrix.
    """

    split = "logits"
    loss: Poisson

    def value(self, z: Array, y: Array) -> Array:
        return (self.link(z) - y * z).sum(axis=1) + self.loss.constant(y)

    def grad(self, z: Array, y: Array) -> Array:
        return self.link(z) - y

    def hvp(self, z: Array, y: Array, v: Array) -> Array:
        return self.link(z) * v

    ggn = hvp


@dataclass
class Poisson(Loss):
    """Negative log-likelihood of counts y at rates p, per sample: Σ_k [p_k - y_k log p_k], without log y!.

    p, y: (batch, outputs), p > 0, y >= 0; value: (batch,), nats.  Behind exp the gradient is p - y.
    full: add log y! by Stirling, y log y - y + ½ log(2π y) where y > 1, as PyTorch's PoissonNLLLoss does; no
    derivative depends on it.
    Twice the difference from its value at p = y is scikit-learn's mean_poisson_deviance.
    Raises ConfigError on links other than exp, and for negative targets.
    Source: McCullagh and Nelder, Generalized Linear Models (1989), section 6.2.
    """

    natural_link: ClassVar[Mapping[str, str]] = {"regression": "exp"}

    full: bool = False

    def head(self, link: Link) -> Head:
        if not isinstance(link, Exp):
            raise refuse_link("poisson", link, "rates of any size > 0", "exp")
        return ExpPoisson(self, link)

    def prepare(self, targets: Array, outputs: int) -> Array:
        y = super().prepare(targets, outputs)
        if (y < 0).any():
            row, column = np.argwhere(y < 0)[0]
            raise DataError(f"row {row}: target {y[row, column]:g} is negative; a count is >= 0")
        return y

    def constant(self, y: Array) -> Array:
        """Σ_k log y_k! by Stirling, or nothing."""
        if not self.full:
            return np.zeros(len(y), y.dtype)
        many = np.maximum(y, 1)
        log_factorial = many * np.log(many) - many + 0.5 * np.log(2 * math.pi * many)
        return np.where(y > 1, log_factorial, 0).sum(axis=1)

    def value(self, p: Array, y: Array) -> Array:
        return (p - y * np.log(p)).sum(axis=1) + self.constant(y)

    def grad(self, p: Array, y: Array) -> Array:
        return 1 - y / p

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        return y / p**2 * v


@hookimpl
def register_losses() -> dict[str, type[Loss]]:
    return {"poisson": Poisson}
