"""NAdam: Adam with Nesterov's momentum."""

from __future__ import annotations

import math
from dataclasses import dataclass

from framework import Array, Moments, Optimizer, hookimpl, require


@dataclass
class NAdam(Moments):
    """Adam with Nesterov momentum: θ ← θ - lr m̂ / (√(v̂ + eps_root) + eps), with an m̂ that looks a step ahead.

    m̂ = μₜ₊₁ m / (1 - μ₁⋯μₜ₊₁) + (1 - μₜ) g / (1 - μ₁⋯μₜ);
    μₜ = beta1 (1 - ½ 0.96^(t momentum_decay));  v̂ = v / (1 - beta2ᵗ).
    Here m and v are Adam's averages of g and g², by beta1 and beta2.
    momentum_decay: null has μ = beta1 throughout, as optax, so that m̂ = beta1 m / (1 - beta1ᵗ⁺¹)
    + (1 - beta1) g / (1 - beta1ᵗ).
    Convention: PyTorch's, with its defaults. Keras has momentum_decay=1, lr=0.001 and eps=1e-7.
    Source: Dozat, Incorporating Nesterov momentum into Adam (2016), algorithm 2; Sutskever et al., On the
    importance of initialization and momentum (2013), for a momentum that rises.
    """

    lr: float = 2e-3
    momentum_decay: float | None = 0.004

    def __post_init__(self) -> None:
        super().__post_init__()
        decay = self.momentum_decay
        fits = decay is None or 0 <= decay < math.inf
        require(self, "momentum_decay", fits, "it is >= 0, or null for none")

    def direction(self, gradient: Array, theta: Array) -> Array:
        t = self.count()
        now, ahead = self.momentum(t), self.momentum(t + 1)
        product = self.state["product"] = now * self.state.get("product", 1.0)
        m = self.average("m", gradient, self.beta1)
        v = self.average("v", gradient**2, self.beta2) / (1 - self.beta2**t)
        m_ahead = ahead / (1 - product * ahead) * m + (1 - now) / (1 - product) * gradient
        return m_ahead / self.root(v)

    def momentum(self, t: int) -> float:
        """μ in step t."""
        if self.momentum_decay is None:
            return self.beta1
        return self.beta1 * (1 - 0.5 * 0.96 ** (t * self.momentum_decay))


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"nadam": NAdam}
