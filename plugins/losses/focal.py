"""Focal loss: cross-entropy for what is not right yet."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import (
    Array,
    ConfigError,
    DataError,
    Head,
    Link,
    Loss,
    Sigmoid,
    Softmax,
    hookimpl,
    refuse_link,
    require,
    sigmoid,
    spell,
    spell_row,
)


class Focus:
    """G(m) = -(1 - p)^γ log p of a margin m, with p = σ(m), q = 1 - p and L = -log p; and its derivatives.

    G' = -q^γ (γ p L + q);  G'' = p q^γ (γ² p L + (2γ + 1 - γ L) q), negative where L is large.
    All are finite for any m and keep their digits in both tails.
    """

    def __init__(self, gamma: float, m: Array) -> None:
        self.gamma, self.p, self.q = gamma, sigmoid(m), sigmoid(-m)
        self.surprise = np.maximum(-m, 0) + np.log1p(np.exp(-np.abs(m)))

    def value(self) -> Array:
        return self.q**self.gamma * self.surprise

    def slope(self) -> Array:
        return -(self.q**self.gamma) * (self.gamma * self.p * self.surprise + self.q)

    def bend(self) -> Array:
        g, p, q, loss = self.gamma, self.p, self.q, self.surprise
        return p * q**g * (g * g * p * loss + (2 * g + 1 - g * loss) * q)


class SigmoidFocal(Head):
    """Σ_k α_k G(m_k) with m_k = z_k for y_k = 1 and -z_k for y_k = 0; α_k = α or 1 - α, or 1 without α.

    The Gauss-Newton matrix keeps G'' where it is positive, so that it is the Hessian where that is.
    """

    split = "logits"
    loss: BernoulliFocal

    def value(self, z: Array, y: Array) -> Array:
        return (self.loss.balance(y) * self._focus(z, y).value()).sum(axis=1)

    def grad(self, z: Array, y: Array) -> Array:
        return self.loss.balance(y) * (2 * y - 1) * self._focus(z, y).slope()

    def hvp(self, z: Array, y: Array, v: Array) -> Array:
        return self.loss.balance(y) * self._focus(z, y).bend() * v

    def ggn(self, z: Array, y: Array, v: Array) -> Array:
        return self.loss.balance(y) * np.maximum(self._focus(z, y).bend(), 0) * v

    def _focus(self, z: Array, y: Array) -> Focus:
        return Focus(self.loss.gamma, (2 * y - 1) * z)


class SoftmaxFocal(Head):
    """G(m) with m = z_t - log Σ_{j≠t} e^z_j, t the true class: p_t = σ(m).

    With r the softmax over the other classes, ∇m = d = e_t - r and ∇²m = -(diag r - r rᵀ): gradient G' d,
    Hessian G'' d dᵀ - G' (diag r - r rᵀ), where G' <= 0. The Gauss-Newton matrix keeps G'' where it is
    positive, so that it is the Hessian where that is.
    """

    split = "logits"
    loss: Focal

    def value(self, z: Array, y: Array) -> Array:
        return self._focus(z, y)[0].value()[:, 0]

    def grad(self, z: Array, y: Array) -> Array:
        focus, r = self._focus(z, y)
        return focus.slope() * (y - r)

    def hvp(self, z: Array, y: Array, v: Array) -> Array:
        focus, r = self._focus(z, y)
        return self._curved(focus.bend(), focus.slope(), r, y, v)

    def ggn(self, z: Array, y: Array, v: Array) -> Array:
        focus, r = self._focus(z, y)
        return self._curved(np.maximum(focus.bend(), 0), focus.slope(), r, y, v)

    def _focus(self, z: Array, y: Array) -> tuple[Focus, Array]:
        """G at the margins, (N, 1), and r, (N, K)."""
        others = np.where(y > 0, -np.inf, z)
        top = others.max(axis=1, keepdims=True)
        e = np.exp(others - top)
        total = e.sum(axis=1, keepdims=True)
        own = (y * z).sum(axis=1, keepdims=True)
        return Focus(self.loss.gamma, (own - top) - np.log(total)), e / total

    def _curved(self, bend: Array, slope: Array, r: Array, y: Array, v: Array) -> Array:
        d, mean = y - r, (r * v).sum(axis=1, keepdims=True)
        return bend * d * (d * v).sum(axis=1, keepdims=True) - slope * r * (v - mean)


@dataclass
class Focal(Loss):
    """Focal loss: cross-entropy with each label's part weighted by how much of it is missing, (1 - p_t)^γ.

    Softmax: -(1 - p_t)^γ log p_t with the true class t.  Sigmoid: Σ_k -α_k (1 - p_tk)^γ log p_tk, where p_tk
    is p_k for y_k = 1 and 1 - p_k for y_k = 0, and α_k is α and 1 - α.  γ = 0 is cross-entropy; it is convex
    in p for every γ, in the logits for γ = 0 alone.
    p, y: (batch, outputs), y of 0 and 1, behind softmax a single 1; value: (batch,), nats.
    Convention: alpha=null is no balance; torchvision's sigmoid_focal_loss, which this sums over the outputs,
    and the paper have α = 0.25.
    Raises ConfigError on a link whose outputs are not probabilities, for α behind softmax, and for targets
    that are no classes.
    Source: Lin et al., Focal loss for dense object detection (2017), eqs. 4 and 5.
    """

    gamma: float = 2.0
    alpha: float | None = None

    def __post_init__(self) -> None:
        require(self, "gamma", 0 <= self.gamma < math.inf, "a focusing exponent is >= 0")
        fits = self.alpha is None or 0 <= self.alpha <= 1
        require(self, "alpha", fits, "a share of the positives, 0 <= alpha <= 1, or null")

    def head(self, link: Link) -> Head:
        if isinstance(link, Sigmoid):
            return SigmoidFocal(BernoulliFocal(self.gamma, self.alpha), link)
        if not isinstance(link, Softmax):
            raise refuse_link("focal", link, "probabilities", "softmax or sigmoid (for classes)")
        if self.alpha is not None:
            raise ConfigError(
                f"loss.alpha={spell(self.alpha)}: behind softmax no class is the positive one; "
                f"set loss.alpha=null, or model.output=sigmoid"
            )
        return SoftmaxFocal(self, link)

    def prepare(self, targets: Array, outputs: int) -> Array:
        y = super().prepare(targets, outputs)
        fits = ((y == 0) | (y == 1)).all(axis=1) & self.complete(y)
        if not fits.all():
            row = int(fits.argmin())
            target = spell_row(y[row])
            raise DataError(f"row {row}: the target {target} is no class; choose data with classes")
        return y

    def complete(self, y: Array) -> Array:
        """Whether a row of 0 and 1 is a target: behind softmax it has a single 1."""
        return y.sum(axis=1) == 1

    def part(self, p: Array) -> Array:
        """f(p) = -(1 - p)^γ log p."""
        return -((1 - p) ** self.gamma) * np.log(p)

    def part_slope(self, p: Array) -> Array:
        """f'(p)."""
        q, g = 1 - p, self.gamma
        return g * q ** (g - 1) * np.log(p) - q**g / p

    def part_bend(self, p: Array) -> Array:
        """f''(p) > 0."""
        q, g = 1 - p, self.gamma
        return q**g / p**2 + 2 * g * q ** (g - 1) / p - g * (g - 1) * q ** (g - 2) * np.log(p)

    def value(self, p: Array, y: Array) -> Array:
        return (y * self.part(p)).sum(axis=1)

    def grad(self, p: Array, y: Array) -> Array:
        return y * self.part_slope(p)

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        return y * self.part_bend(p) * v


@dataclass
class BernoulliFocal(Focal):
    """Σ_k -α_k (1 - p_tk)^γ log p_tk over the outputs of a sigmoid."""

    def complete(self, y: Array) -> Array:
        return np.ones(len(y), bool)

    def balance(self, y: Array) -> Array:
        """α_k."""
        if self.alpha is None:
            return np.ones_like(y)
        return self.alpha * y + (1 - self.alpha) * (1 - y)

    def value(self, p: Array, y: Array) -> Array:
        return (self.balance(y) * self.part(self._true(p, y))).sum(axis=1)

    def grad(self, p: Array, y: Array) -> Array:
        return self.balance(y) * (2 * y - 1) * self.part_slope(self._true(p, y))

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        return self.balance(y) * self.part_bend(self._true(p, y)) * v

    def _true(self, p: Array, y: Array) -> Array:
        """p_t."""
        return np.where(y == 1, p, 1 - p)


@hookimpl
def register_losses() -> dict[str, type[Loss]]:
    return {"focal": Focal}
