"""RAdam: Adam that waits until its mean square is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

from framework import Array, Moments, Optimizer, hookimpl, require


@dataclass
class RAdam(Moments):
    """Adam that divides by √v̂ only once that is known well enough, and at first with a smaller step.

    ρₜ = ρ - 2 t beta2ᵗ / (1 - beta2ᵗ), with ρ = 2 / (1 - beta2) - 1, is how many gradients v amounts to.
    θ ← θ - lr m̂ as long as ρₜ <= threshold, then θ ← θ - lr r m̂ / (√(v̂ + eps_root) + eps), with Adam's
    m̂ = m / (1 - beta1ᵗ), v̂ = v / (1 - beta2ᵗ), and r² = (ρₜ - 4) (ρₜ - 2) ρ / ((ρ - 4) (ρ - 2) ρₜ).
    eps_hat: the epsilons go into the root of v, before its correction (PyTorch), not into that of v̂ (optax).
    Convention: PyTorch's, with its defaults; the paper's threshold is 4.
    Source: Liu et al., On the variance of the adaptive learning rate and beyond (2020), algorithm 2.
    """

    lr: float = 1e-3
    threshold: float = 5.0
    eps_hat: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        rule = "it is >= 4, below which there is no variance"
        require(self, "threshold", 4 <= self.threshold < math.inf, rule)

    def direction(self, gradient: Array, theta: Array) -> Array:
        t = self.count()
        m = self.average("m", gradient, self.beta1) / (1 - self.beta1**t)
        v = self.average("v", gradient**2, self.beta2)
        correction = 1 - self.beta2**t
        most = 2 / (1 - self.beta2) - 1
        rho = most - 2 * t * self.beta2**t / correction
        if rho <= self.threshold:
            return m
        r = math.sqrt((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho))
        if self.eps_hat:
            return r * math.sqrt(correction) * m / self.root(v)
        return r * m / self.root(v / correction)


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"radam": RAdam}
