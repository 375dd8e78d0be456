"""Squared error: the mean, and slopes as large as the error."""

from __future__ import annotations

from dataclasses import dataclass

from framework import Array, Loss, hookimpl, one_of


@dataclass
class MeanSquaredError(Loss):
    """Squared error, per sample: c ‖p - y‖² with c = ½, 1 or 1/K, summed over the K outputs.

    reduction: half_sum (½), sum (1), mean (1/K).
    p, y: (batch, outputs); value: (batch,).  Gradient 2c (p - y), Hessian 2c times the identity.
    Convention: the mean over samples is the objective's. PyTorch's MSELoss and Keras's average over the
    outputs too and have no ½, which is `mean`; scikit-learn's MLPRegressor has ½ and the mean.
    Source: Bishop, Pattern Recognition and Machine Learning (2006), eq. 5.14.
    """

    reduction: str = "half_sum"

    def __post_init__(self) -> None:
        one_of(self, "reduction", ["half_sum", "mean", "sum"])

    def factor(self, outputs: int) -> float:
        """c."""
        return {"half_sum": 0.5, "sum": 1.0, "mean": 1 / outputs}[self.reduction]

    def value(self, p: Array, y: Array) -> Array:
        return self.factor(p.shape[1]) * ((p - y) ** 2).sum(axis=1)

    def grad(self, p: Array, y: Array) -> Array:
        return 2 * self.factor(p.shape[1]) * (p - y)

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        return 2 * self.factor(p.shape[1]) * v


@hookimpl
def register_losses() -> dict[str, type[Loss]]:
    return {"mse": MeanSquaredError}
