"""Cross-entropy: the negative log-likelihood of the output link."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Array, Head, Link, Loss, Sigmoid, Softmax, hookimpl, refuse_link


class SoftmaxCrossEntropy(Head):
    """Categorical cross-entropy from the logits: value = s logsumexp(z) - ⟨y, z⟩ with s = Σ_k y_k.

    grad = s p - y;  Hessian v = s p ∘ (v - ⟨p, v⟩), which is positive semidefinite, so it is its own
    Gauss-Newton matrix. For one-hot y, s = 1 and the gradient is p - y.
    """

    split = "logits"

    def value(self, z: Array, y: Array) -> Array:
        # log Σ_j exp(z_j - top) as log1p of the terms below the top: right answers keep their digits.
        rows, best = np.arange(len(z)), z.argmax(axis=1)
        top = z[rows, best, None]
        below = np.exp(z - top)
        below[rows, best] = 0
        rest = np.log1p(below.sum(axis=1, keepdims=True))
        return np.einsum("nk,nk->n", y, (top - z) + rest)

    def grad(self, z: Array, y: Array) -> Array:
        return y.sum(axis=1, keepdims=True) * self.link(z) - y

    def hvp(self, z: Array, y: Array, v: Array) -> Array:
        return y.sum(axis=1, keepdims=True) * self.link.vjp(z, self.link(z), v)

    ggn = hvp


class SigmoidCrossEntropy(Head):
    """A sum of Bernoulli cross-entropies from the logits, Σ_k [softplus(z_k) - y_k z_k].

    Computed as Σ_k [y_k max(-z_k, 0) + (1 - y_k) max(z_k, 0) + log1p(exp -|z_k|)], which keeps its digits.

    grad = p - y;  Hessian v = p (1 - p) v, its own Gauss-Newton matrix.
    """

    split = "logits"

    def value(self, z: Array, y: Array) -> Array:
        wrong = y * np.maximum(-z, 0) + (1 - y) * np.maximum(z, 0)
        return (wrong + np.log1p(np.exp(-np.abs(z)))).sum(axis=1)

    def grad(self, z: Array, y: Array) -> Array:
        return self.link(z) - y

    def hvp(self, z: Array, y: Array, v: Array) -> Array:
        return self.link.vjp(z, self.link(z), v)

    ggn = hvp


class Categorical(Loss):
    """-sum_k y_k log p_k over the outputs of a softmax."""

    def value(self, p: Array, y: Array) -> Array:
        return -(y * np.log(p)).sum(axis=1)

    def grad(self, p: Array, y: Array) -> Array:
        return -y / p

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        return y / p**2 * v


class Bernoulli(Loss):
    """-sum_k [y_k log p_k + (1 - y_k) log(1 - p_k)] over the outputs of a sigmoid."""

    def value(self, p: Array, y: Array) -> Array:
        return -(y * np.log(p) + (1 - y) * np.log1p(-p)).sum(axis=1)

    def grad(self, p: Array, y: Array) -> Array:
        return (p - y) / (p * (1 - p))

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        return (y / p**2 + (1 - y) / (1 - p) ** 2) * v


@dataclass
class CrossEntropy(Categorical):
    """Negative log-likelihood of the output link, per sample, in nats.

    Softmax: -sum_k y_k log p_k.  Sigmoid: -sum_k [y_k log p_k + (1 - y_k) log(1 - p_k)].
    p, y: (batch, outputs); value: (batch,).  Through its own link the gradient is p - y.
    Raises ConfigError on a link whose outputs are not probabilities.
    Source: Bishop, Pattern Recognition and Machine Learning (2006), eqs. 4.90 and 4.108.
    """

    def head(self, link: Link) -> Head:
        if isinstance(link, Softmax):
            return SoftmaxCrossEntropy(self, link)
        if isinstance(link, Sigmoid):
            return SigmoidCrossEntropy(Bernoulli(), link)
        raise refuse_link("ce", link, "probabilities", "softmax or sigmoid (for classes)")


@hookimpl
def register_losses() -> dict[str, type[Loss]]:
    return {"ce": CrossEntropy}
