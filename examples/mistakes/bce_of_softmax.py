"""A loss and the gradient of another: BCE of a softmax.

A tutorial on a network for five clusters takes -Σ_k [y_k log p_k + (1 - y_k) log(1 - p_k)] of its softmax
outputs p for the loss, and goes back with p - y, the gradient of the first sum alone. That of both is
p - y + s - p Σ_k s_k, with s_k = (1 - y_k) p_k / (1 - p_k).

    python -m framework check examples/mistakes/bce_of_softmax.py
"""

from dataclasses import dataclass

import numpy as np

from framework import ComposedHead, Loss, Softmax, hookimpl, refuse_link


class ClaimedHead(ComposedHead):
    """The value by the chain rule, and the gradient of another loss."""

    def grad(self, z, y):
        return self.link(z) - y  # wrong: the gradient of -Σ_k y_k log p_k


@dataclass
class BceOfSoftmax(Loss):
    """-Σ_k [y_k log p_k + (1 - y_k) log(1 - p_k)] behind a softmax, whose gradient is claimed to be p - y.

    Source: a mistake, to be found by the check of gradients.
    """

    def value(self, p, y):
        return -(y * np.log(p) + (1 - y) * np.log1p(-p)).sum(axis=1)

    def grad(self, p, y):
        return (p - y) / (p * (1 - p))

    def hvp(self, p, y, v):
        return (y / p**2 + (1 - y) / (1 - p) ** 2) * v

    def head(self, link):
        if not isinstance(link, Softmax):
            raise refuse_link("bce_of_softmax", link, "a softmax", "softmax")
        return ClaimedHead(self, link)


@hookimpl
def register_losses():
    return {"bce_of_softmax": BceOfSoftmax}
