"""AdamW: Adam with weight decay apart from the gradient."""

from __future__ import annotations

from dataclasses import dataclass

from framework import Array, Moments, Optimizer, hookimpl


@dataclass
class AdamW(Moments):
    """θ ← (1 - lr weight_decay) θ - lr m̂ / (√(v̂ + eps_root) + eps).

    m ← beta1 m + (1 - beta1) g;  v ← beta2 v + (1 - beta2) g²;  m̂ = m / (1 - beta1ᵗ);  v̂ = v / (1 - beta2ᵗ).
    Convention: PyTorch's, with its defaults: the decay is multiplied by lr. But biases do not decay. optax
    has weight_decay=1e-4, Keras 0.004. The decay of the paper follows the schedule, but not lr.
    Source: Loshchilov and Hutter, Decoupled weight decay regularization (2019), algorithm 2.
    """

    lr: float = 1e-3
    weight_decay: float = 0.01

    def direction(self, gradient: Array, theta: Array) -> Array:
        m, v = self.corrected(gradient)
        return m / self.root(v)


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"adamw": AdamW}
