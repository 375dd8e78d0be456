"""Losses of the residual, entry by entry: squared error's robust relatives."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field

from framework.errors import one_of
from framework.interfaces import Loss
from framework.params import Array


@dataclass
class Residual(Loss):
    """Σ_k ρ(r_k) with r = p - y, per sample; or the mean over the outputs.

    p, y, r: (batch, outputs); value: (batch,).  A loss gives ρ, ρ' and ρ'' v, each entry by itself.
    reduction: over the outputs; over the samples it is the objective's.
    """

    reduction: str = field(default="sum", kw_only=True)

    def __post_init__(self) -> None:
        one_of(self, "reduction", ["mean", "sum"])

    @abstractmethod
    def each(self, r: Array) -> Array:
        """ρ(r), (N, K)."""

    @abstractmethod
    def slope(self, r: Array) -> Array:
        """ρ'(r), (N, K)."""

    @abstractmethod
    def bend(self, r: Array, v: Array) -> Array:
        """ρ''(r) v, (N, K)."""

    def share(self, p: Array) -> float:
        """The weight of one output."""
        return 1 / p.shape[1] if self.reduction == "mean" else 1.0

    def value(self, p: Array, y: Array) -> Array:
        return self.share(p) * self.each(p - y).sum(axis=1)

    def grad(self, p: Array, y: Array) -> Array:
        return self.share(p) * self.slope(p - y)

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        return self.share(p) * self.bend(p - y, v)
