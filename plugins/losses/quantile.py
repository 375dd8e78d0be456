"""The quantile loss, also called pinball."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Loss, hookimpl, one_of, require


@dataclass
class Quantile(Loss):
    """Σ_k max(τ (y_k - p_k), (τ - 1) (y_k - p_k)); or the mean over the outputs with reduction=mean.

    p, y: (batch, outputs); value: (batch,).  Gradient -τ where p is too low, 1 - τ where it is too high, 0
    where they are equal; Hessian 0.  Its minimiser is the τ-quantile; τ = ½ is half the absolute error.
    Convention: scikit-learn's mean_pinball_loss(alpha=τ) with reduction=mean.
    Source: Koenker and Bassett, Regression quantiles (1978).
    """

    tau: float = 0.5
    reduction: str = "sum"

    def __post_init__(self) -> None:
        require(self, "tau", 0 < self.tau < 1, "a quantile lies between 0 and 1")
        one_of(self, "reduction", ["mean", "sum"])

    def share(self, p: Array) -> float:
        """The weight of one output."""
        return 1 / p.shape[1] if self.reduction == "mean" else 1.0

    def value(self, p: Array, y: Array) -> Array:
        r = y - p
        return self.share(p) * np.maximum(self.tau * r, (self.tau - 1) * r).sum(axis=1)

    def grad(self, p: Array, y: Array) -> Array:
        side = np.sign(p - y)
        return self.share(p) * (0.5 * side + (0.5 - self.tau) * np.abs(side))

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        return np.zeros_like(v)


@hookimpl
def register_losses() -> dict[str, type[Loss]]:
    return {"quantile": Quantile}
