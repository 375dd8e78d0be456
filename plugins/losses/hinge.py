"""The hinge loss, and its square, for two classes and for several."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    Array,
    DataError,
    Head,
    Identity,
    Link,
    Loss,
    hookimpl,
    one_of,
    refuse_link,
    require,
    spell_row,
)


@dataclass
class Margins(Loss):
    """Σ_j c_j m_j₊^power: by how much the scores miss the margin, m = margin + L p, with weights c.

    One output: m = margin - s p with s = ±1 for classes 1 and 0. Several, t being the true class:
    one_vs_rest       m_k = margin - s_k p_k for every k, with s_t = 1 and the others -1; c = 1
    weston_watkins    m_j = margin - p_t + p_j for every j ≠ t; c = 1/K
    crammer_singer    the same for the best of them alone, the first of equals; c = 1
    """

    name: ClassVar[str]
    power: ClassVar[int]
    natural_link: ClassVar[Mapping[str, str]] = {"binary": "identity", "multiclass": "identity"}

    multiclass: str = "crammer_singer"
    margin: float = 1.0

    def __post_init__(self) -> None:
        one_of(self, "multiclass", ["crammer_singer", "one_vs_rest", "weston_watkins"])
        require(self, "margin", 0 < self.margin < math.inf, "a margin is > 0")

    def head(self, link: Link) -> Head:
        if not isinstance(link, Identity):
            raise refuse_link(self.name, link, "scores of any size", "identity")
        return super().head(link)

    def prepare(self, targets: Array, outputs: int) -> Array:
        y = super().prepare(targets, outputs)
        fits = ((y == 0) | (y == 1)).all(axis=1)
        if self.pairwise(y):
            fits &= y.sum(axis=1) == 1
        if not fits.all():
            row = int(fits.argmin())
            target = spell_row(y[row])
            raise DataError(f"row {row}: the target {target} is no class; choose data with classes")
        return y

    def pairwise(self, p: Array) -> bool:
        """Whether outputs are compared with each other, not each with 0."""
        return p.shape[1] > 1 and self.multiclass != "one_vs_rest"

    def rise(self, p: Array, y: Array) -> Array:
        """L p: p_j - p_t, or -s_k p_k."""
        return p - (y * p).sum(axis=1, keepdims=True) if self.pairwise(p) else (1 - 2 * y) * p

    def fall(self, a: Array, y: Array) -> Array:
        """Lᵀ a."""
        return a - y * a.sum(axis=1, keepdims=True) if self.pairwise(a) else (1 - 2 * y) * a

    def weights(self, p: Array, y: Array) -> Array:
        """c, 0 for what does not count."""
        if not self.pairwise(p):
            return np.ones_like(p)
        if self.multiclass == "weston_watkins":
            return (1 - y) / p.shape[1]
        best = np.where(y == 1, -np.inf, p).argmax(axis=1)
        return (np.arange(p.shape[1]) == best[:, None]).astype(p.dtype)

    def missed(self, p: Array, y: Array) -> Array:
        """m₊ = max(m, 0)."""
        return np.maximum(self.margin + self.rise(p, y), 0)

    def value(self, p: Array, y: Array) -> Array:
        return (self.weights(p, y) * self.missed(p, y) ** self.power).sum(axis=1)

    def grad(self, p: Array, y: Array) -> Array:
        m = self.missed(p, y)
        return self.fall(self.weights(p, y) * (m > 0) * self.power * m ** (self.power - 1), y)

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        bend = self.weights(p, y) * (self.missed(p, y) > 0) * self.power * (self.power - 1)
        return self.fall(bend * self.rise(v, y), y)


@dataclass
class Hinge(Margins):
    """The hinge loss, linear in what is missing of the margin.

    max(0, margin - p_t + max_{j≠t} p_j), per sample.
    multiclass: crammer_singer, as above and as scikit-learn's hinge_loss; weston_watkins,
    1/K Σ_{j≠t} max(0, margin - p_t + p_j), as PyTorch's MultiMarginLoss; one_vs_rest,
    Σ_k max(0, margin - s_k p_k) with s_t = 1, the others -1, which is K times Keras's Hinge.
    One output: max(0, margin - s p) with s = ±1 for the classes 1 and 0.
    p: (batch, outputs) scores, behind the identity; y: 0/1 (batch, outputs); value: (batch,).
    Gradient 0 where the margin is just kept; Hessian 0.
    Raises ConfigError on other links, and for targets that are no classes.
    Source: Crammer and Singer, On the algorithmic implementation of multiclass kernel-based vector machines
    (2001); Weston and Watkins, Support vector machines for multi-class pattern recognition (1999).
    """

    name: ClassVar[str] = "hinge"
    power: ClassVar[int] = 1


@dataclass
class SquaredHinge(Margins):
    """The hinge loss with each term squared: slopes are linear.

    max(0, margin - p_t + max_{j≠t} p_j)², per sample: a smooth optimizer then knows how far to go.
    multiclass: crammer_singer, max(0, margin - p_t + max_{j≠t} p_j)²; weston_watkins, as PyTorch's
    MultiMarginLoss(p=2); one_vs_rest, Σ_k max(0, margin - s_k p_k)² with s_t = 1, the others -1, as
    scikit-learn's LinearSVC, and K times Keras's SquaredHinge.
    One output: max(0, margin - s p)² with s = ±1 for the classes 1 and 0.
    p: (batch, outputs) scores, behind the identity; y: 0/1 (batch, outputs); value: (batch,).
    Second derivatives are those of the squares whose margin is missed, 0 where it is just kept.
    Raises ConfigError on other links, and for targets that are no classes.
    Source: Lee and Mangasarian, SSVM: a smooth support vector machine (2001).
    """

    name: ClassVar[str] = "squared_hinge"
    power: ClassVar[int] = 2


@hookimpl
def register_losses() -> dict[str, type[Loss]]:
    return {"hinge": Hinge, "squared_hinge": SquaredHinge}
