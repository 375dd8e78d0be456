"""A wrong derivative of softmax: p (1 - p), entry by entry.

A page on the derivatives of cross-entropy treats softmax as a function of each entry, like the sigmoid, and
drops ∂p_j/∂z_k = -p_j p_k for j ≠ k. With -Σ_k y_k log p_k that leaves -y_k (1 - p_k), which is right for the
logit of the true class, and 0 instead of p_k for every other.

    python -m framework check examples/mistakes/softmax_gradient.py
"""

from dataclasses import dataclass

import numpy as np

from framework import ComposedHead, Loss, Softmax, hookimpl, refuse_link


class EntryByEntryHead(ComposedHead):
    """The chain rule with the diagonal of the Jacobian in place of the whole."""

    def grad(self, z, y):
        p = self.link(z)
        return p * (1 - p) * self.loss.grad(p, y)  # wrong: J = diag(p) - p pᵀ


@dataclass
class SoftmaxGradient(Loss):
    """-Σ_k y_k log p_k behind a softmax whose derivative is claimed to be p (1 - p), entry by entry.

    Source: a mistake, to be found by the check of gradients.
    """

    def value(self, p, y):
        return -(y * np.log(p)).sum(axis=1)

    def grad(self, p, y):
        return -y / p

    def hvp(self, p, y, v):
        return y / p**2 * v

    def head(self, link):
        if not isinstance(link, Softmax):
            raise refuse_link("softmax_gradient", link, "a softmax", "softmax")
        return EntryByEntryHead(self, link)


@hookimpl
def register_losses():
    return {"softmax_gradient": SoftmaxGradient}
