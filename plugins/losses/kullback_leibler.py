"""The Kullback-Leibler divergence from target distributions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    Array,
    DataError,
    Head,
    Link,
    Loss,
    Sigmoid,
    Softmax,
    hookimpl,
    refuse_link,
    spell_row,
)


class SoftmaxDivergence(Head):
    """KL(y ‖ softmax(z)) from the logits.

    grad = p - y;  Hessian v = p ∘ (v - ⟨p, v⟩), positive semidefinite, its own Gauss-Newton matrix.
    """

    split = "logits"

    def value(self, z: Array, y: Array) -> Array:
        below = z - z.max(axis=1, keepdims=True)
        log_p = below - np.log(np.exp(below).sum(axis=1, keepdims=True))
        return excess(y, log_p).sum(axis=1)

    def grad(self, z: Array, y: Array) -> Array:
        return self.link(z) - y

    def hvp(self, z: Array, y: Array, v: Array) -> Array:
        return self.link.vjp(z, self.link(z), v)

    ggn = hvp


class SigmoidDivergence(Head):
    """Σ_k KL(Bernoulli(y_k) ‖ Bernoulli(σ(z_k))) from the logits.

    grad = p - y;  Hessian v = p (1 - p) v, its own Gauss-Newton matrix.
    """

    split = "logits"

    def value(self, z: Array, y: Array) -> Array:
        log_p = np.minimum(z, 0) - np.log1p(np.exp(-np.abs(z)))
        log_q = np.minimum(-z, 0) - np.log1p(np.exp(-np.abs(z)))
        return (excess(y, log_p) + excess(1 - y, log_q)).sum(axis=1)

    def grad(self, z: Array, y: Array) -> Array:
        return self.link(z) - y

    def hvp(self, z: Array, y: Array, v: Array) -> Array:
        return self.link.vjp(z, self.link(z), v)

    ggn = hvp


def excess(y: Array, log_p: Array) -> Array:
    """y log(y/p) - y + p >= 0, elementwise: where y and p sum to 1, it sums to KL(y ‖ p).

    As y (e^d - 1 - d), d = log(p/y), which keeps its digits where p is close to y; for y = 0 it is p, and
    for subnormal y too, where p/y can overflow.
    """
    tiny = np.finfo(y.dtype).tiny
    d = log_p - np.log(np.maximum(y, tiny))
    return np.where(y >= tiny, y * (np.expm1(d) - d), np.exp(log_p))


@dataclass
class KullbackLeibler(Loss):
    """KL(y ‖ p), per sample, in nats: how much is lost by taking p for the distribution y.

    Softmax: Σ_k y_k log(y_k / p_k).  Sigmoid: the same for y_k, p_k and for 1 - y_k, 1 - p_k, over all k.
    p, y: (batch, outputs); value: (batch,) >= 0, and 0 where p = y: cross-entropy minus the entropy of y.
    Through its own link the gradient is p - y.  Labels are one-hot rows, whose entropy is 0; behind softmax
    rows sum to 1 up to 1e-5, and are made to do so exactly.
    Convention: the sum over outputs; PyTorch's KLDivLoss wants reduction="batchmean" for that.
    Raises ConfigError on a link whose outputs are not probabilities, and for targets that are none.
    Source: Kullback and Leibler, On information and sufficiency (1951).
    """

    natural_link: ClassVar[Mapping[str, str]] = {"regression": "softmax"}

    def head(self, link: Link) -> Head:
        if isinstance(link, Softmax):
            return SoftmaxDivergence(self, link)
        if isinstance(link, Sigmoid):
            return SigmoidDivergence(BernoulliDivergence(), link)
        raise refuse_link(
            "kl", link, "probabilities", "softmax or sigmoid (for each output its own)"
        )

    def prepare(self, targets: Array, outputs: int) -> Array:
        y = super().prepare(targets, outputs)
        fits = (y >= 0).all(axis=1) & (np.abs(y.sum(axis=1) - 1) <= 1e-5)
        if not fits.all():
            row = int(fits.argmin())
            raise DataError(
                f"row {row}: the targets {spell_row(y[row])} are no distribution; behind softmax "
                f"they are >= 0 and sum to 1"
            )
        return y / y.sum(axis=1, keepdims=True)

    def value(self, p: Array, y: Array) -> Array:
        return (y * np.log(np.where(y > 0, y, 1) / p)).sum(axis=1)

    def grad(self, p: Array, y: Array) -> Array:
        return -y / p

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        return y / p**2 * v


@dataclass
class BernoulliDivergence(KullbackLeibler):
    """Σ_k KL(Bernoulli(y_k) ‖ Bernoulli(p_k)) over the outputs of a sigmoid."""

    def prepare(self, targets: Array, outputs: int) -> Array:
        y = Loss.prepare(self, targets, outputs)
        fits = ((y >= 0) & (y <= 1)).all(axis=1)
        if not fits.all():
            row = int(fits.argmin())
            raise DataError(
                f"row {row}: the targets {spell_row(y[row])} are no probabilities; behind sigmoid "
                f"each is between 0 and 1"
            )
        return y

    def value(self, p: Array, y: Array) -> Array:
        return super().value(p, y) + super().value(1 - p, 1 - y)

    def grad(self, p: Array, y: Array) -> Array:
        return super().grad(p, y) - super().grad(1 - p, 1 - y)

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        return super().hvp(p, y, v) + super().hvp(1 - p, 1 - y, v)


@hookimpl
def register_losses() -> dict[str, type[Loss]]:
    return {"kl": KullbackLeibler}
