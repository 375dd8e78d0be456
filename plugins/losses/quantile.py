"""The quantile loss, also called pinball."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Loss, Residual, hookimpl, require


@dataclass
class Quantile(Residual):
    """Σ_k max(τ (y_k - p_k), (τ - 1) (y_k - p_k)); or the mean over the outputs with reduction=mean.

    p, y: (batch, outputs); value: (batch,).  Gradient -τ where p is too low, 1 - τ where it is too high, 0
    where they are equal; Hessian 0.  Its minimiser is the τ-quantile; τ = ½ is half the absolute error.
    Convention: scikit-learn's mean_pinball_loss(alpha=τ) with reduction=mean.
    Source: Koenker and Bassett, Regression quantiles (1978).
    """

    tau: float = 0.5

    def __post_init__(self) -> None:
        require(self, "tau", 0 < self.tau < 1, "a quantile lies between 0 and 1")
        super().__post_init__()

    def each(self, r: Array) -> Array:
        return np.maximum(-self.tau * r, (1 - self.tau) * r)

    def slope(self, r: Array) -> Array:
        side = np.sign(r)
        return 0.5 * side + (0.5 - self.tau) * np.abs(side)

    def bend(self, r: Array, v: Array) -> Array:
        return np.zeros_like(v)


@hookimpl
def register_losses() -> dict[str, type[Loss]]:
    return {"quantile": Quantile}
