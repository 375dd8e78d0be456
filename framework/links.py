"""Output links: the activation p = link(z) between a network's logits and the loss.

The link is an axis of its own, chosen by the task (`model.output=auto`) and settable, so that `loss=ce`
against `loss=mse` swaps the loss and nothing else. All arrays are (batch, outputs); rows are independent.
Every Jacobian here is symmetric, so `vjp` is also the forward product J v.
Source: Bishop, Pattern Recognition and Machine Learning (2006), section 4.3.6 (canonical links).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from framework.params import Array


class Link(ABC):
    """p = link(z), with its first and second derivatives as products."""

    name: ClassVar[str]
    probabilities: ClassVar[bool] = False  # are the outputs probabilities?

    @abstractmethod
    def __call__(self, z: Array) -> Array:
        """Outputs p for logits z, both (N, K)."""

    @abstractmethod
    def vjp(self, z: Array, p: Array, u: Array) -> Array:
        """J(z) u, row by row; J is symmetric."""

    @abstractmethod
    def curvature(self, z: Array, p: Array, u: Array, v: Array) -> Array:
        """The derivative of J(z) u along v with u held: sum_k u_k (d²p_k/dz²) v."""


class Identity(Link):
    """p = z."""

    name = "identity"

    def __call__(self, z: Array) -> Array:
        return z

    def vjp(self, z: Array, p: Array, u: Array) -> Array:
        return u

    def curvature(self, z: Array, p: Array, u: Array, v: Array) -> Array:
        return np.zeros_like(v)


class Sigmoid(Link):
    """p = 1 / (1 + exp(-z)), without overflow.  p' = p (1 - p),  p'' = p (1 - p) (1 - 2p)."""

    name = "sigmoid"
    probabilities = True

    def __call__(self, z: Array) -> Array:
        return sigmoid(z)

    def vjp(self, z: Array, p: Array, u: Array) -> Array:
        return p * (1 - p) * u

    def curvature(self, z: Array, p: Array, u: Array, v: Array) -> Array:
        return p * (1 - p) * (1 - 2 * p) * u * v


class Tanh(Link):
    """p = tanh z.  p' = 1 - p²,  p'' = -2 p (1 - p²)."""

    name = "tanh"

    def __call__(self, z: Array) -> Array:
        return np.tanh(z)

    def vjp(self, z: Array, p: Array, u: Array) -> Array:
        return (1 - p * p) * u

    def curvature(self, z: Array, p: Array, u: Array, v: Array) -> Array:
        return -2 * p * (1 - p * p) * u * v


class Exp(Link):
    """p = exp z, the canonical link of counts and rates.  p' = p'' = p."""

    name = "exp"

    def __call__(self, z: Array) -> Array:
        return np.exp(z)

    def vjp(self, z: Array, p: Array, u: Array) -> Array:
        return p * u

    def curvature(self, z: Array, p: Array, u: Array, v: Array) -> Array:
        return p * u * v


class Softmax(Link):
    """p_k = exp z_k / sum_j exp z_j, without overflow.

    J = diag(p) - p pᵀ;  J u = p ∘ (u - ⟨p, u⟩).  Along v, with ṗ = J v:
    d(J u)[v] = ṗ ∘ (u - ⟨p, u⟩) - p ⟨ṗ, u⟩.
    """

    name = "softmax"
    probabilities = True

    def __call__(self, z: Array) -> Array:
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        return p

    def vjp(self, z: Array, p: Array, u: Array) -> Array:
        return p * (u - _dot(p, u))

    def curvature(self, z: Array, p: Array, u: Array, v: Array) -> Array:
        p_dot = self.vjp(z, p, v)
        return p_dot * (u - _dot(p, u)) - p * _dot(p_dot, u)


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)) with full relative accuracy in both tails and no overflow."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def _dot(a: Array, b: Array) -> Array:
    return np.einsum("nk,nk->n", a, b)[:, None]


LINKS: dict[str, Link] = {
    link.name: link for link in (Identity(), Sigmoid(), Softmax(), Tanh(), Exp())
}
