"""Heads: a loss seen from the logits, loss ∘ link, per sample and never divided by the batch size.

A *composed* head chains the link's derivative (mean squared error on a sigmoid keeps σ'). A *fused* head
is the same function worked out on paper (cross-entropy on softmax: p - y): it stays finite, and keeps its
gradient, where the composed form is silently dead. All arrays are (batch, outputs), values (batch,).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from framework.links import Link
from framework.params import Array

if TYPE_CHECKING:
    from framework.interfaces import Loss


class Head(ABC):
    """value, gradient and curvature of the loss with respect to the logits z, given targets y."""

    split: ClassVar[str]  # where the Gauss-Newton matrix is split: "logits" or "outputs"

    def __init__(self, loss: Loss, link: Link) -> None:
        self.loss, self.link = loss, link

    @property
    def semidefinite(self) -> bool:
        """Whether the Gauss-Newton matrix is; that of a loss which is convex in its outputs is."""
        return self.loss.convex

    def predict(self, z: Array) -> Array:
        """The predictions, link(z); a head of more logits takes the first, which are theirs."""
        return self.link(z)

    @abstractmethod
    def value(self, z: Array, y: Array) -> Array:
        """Loss of each sample, (N,)."""

    @abstractmethod
    def grad(self, z: Array, y: Array) -> Array:
        """d value / d z, (N, K)."""

    @abstractmethod
    def hvp(self, z: Array, y: Array, v: Array) -> Array:
        """(d² value / d z²) v, row by row."""

    @abstractmethod
    def ggn(self, z: Array, y: Array, v: Array) -> Array:
        """The positive semidefinite part that the generalised Gauss-Newton matrix keeps, times v."""


class ComposedHead(Head):
    """loss(link(z)) by the chain rule, for any loss and link.

    With J the link's Jacobian and g, H the loss's derivatives at p:
    gradient J g;  Hessian J H J + sum_k g_k p_k'';  Gauss-Newton J H J (split at the outputs).
    Source: Schraudolph, Fast Curvature Matrix-Vector Products (2002), section 3.
    """

    split = "outputs"

    def value(self, z: Array, y: Array) -> Array:
        return self.loss.value(self.link(z), y)

    def grad(self, z: Array, y: Array) -> Array:
        p = self.link(z)
        return self.link.vjp(z, p, self.loss.grad(p, y))

    def hvp(self, z: Array, y: Array, v: Array) -> Array:
        p = self.link(z)
        bend = self.link.curvature(z, p, self.loss.grad(p, y), v)
        return self._through(z, p, y, v) + bend

    def ggn(self, z: Array, y: Array, v: Array) -> Array:
        return self._through(z, self.link(z), y, v)

    def _through(self, z: Array, p: Array, y: Array, v: Array) -> Array:
        return self.link.vjp(z, p, self.loss.hvp(p, y, self.link.vjp(z, p, v)))
