"""AMSGrad: Adam whose rates never grow again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Moments, Optimizer, hookimpl, one_of


@dataclass
class AMSGrad(Moments):
    """Adam with the largest v so far in place of v, so that no entry's learning rate grows.

    m ← beta1 m + (1 - beta1) g;  v ← beta2 v + (1 - beta2) g²;
    θ ← θ - lr m̂ / (√(v̂ + eps_root) + eps);  m̂ = m / (1 - beta1ᵗ).
    maximum: "uncorrected" corrects the largest v, v̂ = max v / (1 - beta2ᵗ), as PyTorch and Keras do;
    "corrected" takes the largest v / (1 - beta2ᵗ), as optax does.
    Convention: PyTorch's, with its defaults. Keras adds eps=1e-7 to the root before the correction; the
    paper corrects neither m nor v.
    Source: Reddi, Kale and Kumar, On the convergence of Adam and beyond (2018), algorithm 2.
    """

    lr: float = 1e-3
    maximum: str = "uncorrected"

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of(self, "maximum", ["corrected", "uncorrected"])

    def direction(self, gradient: Array, theta: Array) -> Array:
        t = self.count()
        m = self.average("m", gradient, self.beta1) / (1 - self.beta1**t)
        v = self.average("v", gradient**2, self.beta2)
        correction = 1 - self.beta2**t
        if self.maximum == "corrected":
            return m / self.root(self.largest(v / correction))
        return m / self.root(self.largest(v) / correction)

    def largest(self, v: Array) -> Array:
        """The entrywise maximum of all v so far."""
        most = self.memory("most", v)
        return np.maximum(most, v, out=most)


@hookimpl
def register_optimizers() -> dict[str, type[Optimizer]]:
    return {"amsgrad": AMSGrad}
