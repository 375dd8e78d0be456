"""A wrong cross-entropy, kept to show how the check finds it: its delta is divided by len(y).

A question-and-answer page on Nielsen's `Network` gives (a - y)/len(y) as the derivative for cross-entropy,
len(y) being the number of outputs. The cost is a sum over the outputs, so its delta is a - y; with ten
outputs the answer's steps are a tenth of what the learning rate says.

    python -m framework check examples/mistakes/divided_by_len.py
"""

from dataclasses import dataclass

import numpy as np

from framework import Head, Loss, Sigmoid, hookimpl, refuse_link


class DividedHead(Head):
    """The value and the curvature of cross-entropy behind a sigmoid, and a wrong gradient."""

    split = "logits"

    def value(self, z, y):
        return (np.logaddexp(0, z) - y * z).sum(axis=1)

    def grad(self, z, y):
        return (self.link(z) - y) / y.shape[1]  # wrong: a - y is the derivative

    def hvp(self, z, y, v):
        return self.link(z) * self.link(-z) * v

    ggn = hvp


@dataclass
class DividedByLen(Loss):
    """-Σ_k [y_k log a_k + (1 - y_k) log(1 - a_k)], whose delta is claimed to be (a - y)/len(y).

    Source: a mistake, to be found by the check of gradients.
    """

    def value(self, p, y):
        return -(y * np.log(p) + (1 - y) * np.log1p(-p)).sum(axis=1)

    def grad(self, p, y):
        return (p - y) / (p * (1 - p))

    def head(self, link):
        if not isinstance(link, Sigmoid):
            raise refuse_link("divided_by_len", link, "a sigmoid", "sigmoid")
        return DividedHead(self, link)


@hookimpl
def register_losses():
    return {"divided_by_len": DividedByLen}
