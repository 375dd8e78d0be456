"""Adam: running means of the gradient and of its square."""

from __future__ import annotations

from dataclasses import dataclass

from framework import Array, Moments, Optimizer, hookimpl


@dataclass
class Adam(Moments):
    """m ← beta1 m + (1 - beta1) g;  v ← beta2 v + (1 - beta2) g²;  θ ← θ - lr m̂ / (√(v̂ + eps_root) + eps).

    m̂ = m / (1 - beta1ᵗ);  v̂ = v / (1 - beta2ᵗ).
    These undo, in step t = 1, 2, ..., the start at 0.
    Convention: PyTorch's and optax's, with their defaults: eps outside the root, after the correction. Keras
    adds eps=1e-7 to √v before the correction, which makes it eps / √(1 - beta2ᵗ) here. PyTorch's
    weight_decay is objective.l2; ours is AdamW's.
    Source: Kingma and Ba, Adam: a method for stochastic optimization (2015), algorithm 1.
    """

    lr: float = 1e-3

    def direction(self, gradient: Array, theta: Array) -> Array:
        m, v = self.corrected(gradient)
        return m / self.root(v)


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"adam": Adam}
