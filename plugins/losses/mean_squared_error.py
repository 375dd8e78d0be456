"""Squared error."""

from __future__ import annotations

from dataclasses import dataclass

from framework import Array, Loss, hookimpl


@dataclass
class MeanSquaredError(Loss):
    """Half the squared error, per sample: ½ ‖p - y‖², summed over the outputs.

    p, y: (batch, outputs); value: (batch,).  Gradient p - y, Hessian the identity.
    Convention: the mean is over samples, by the objective; PyTorch's MSELoss also averages over the K
    outputs and has no ½, which is 2/K of this value.
    Source: Bishop, Pattern Recognition and Machine Learning (2006), eq. 5.14.
    """

    def value(self, p: Array, y: Array) -> Array:
        return 0.5 * ((p - y) ** 2).sum(axis=1)

    def grad(self, p: Array, y: Array) -> Array:
        return p - y

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        return v


@hookimpl
def register_losses() -> dict[str, type[Loss]]:
    return {"mse": MeanSquaredError}
