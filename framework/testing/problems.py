"""Small problems to try optimizers on: least squares, whose minimum is known, and logistic regression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from framework.heads import ComposedHead, Head
from framework.interfaces import Linearization, Loss, Network
from framework.layers import INITIALIZERS, Dense, Sequential
from framework.links import LINKS
from framework.objective import Objective, Point
from framework.params import Array
from framework.random import stream

ROWS, INPUTS = 24, 3


@dataclass
class Squared(Loss):
    """½ ‖p - y‖².  Source: Legendre (1805)."""

    def value(self, p: Array, y: Array) -> Array:
        return 0.5 * ((p - y) ** 2).sum(axis=1)

    def grad(self, p: Array, y: Array) -> Array:
        return p - y

    def hvp(self, p: Array, y: Array, v: Array) -> Array:
        return v.copy()


class LogisticHead(Head):
    """Σ_k softplus(z_k) - y_k z_k, with p = sigmoid(z).  Source: Bishop (2006), eq. 4.90."""

    split = "logits"

    def value(self, z: Array, y: Array) -> Array:
        return (np.logaddexp(0, z) - y * z).sum(axis=1)

    def grad(self, z: Array, y: Array) -> Array:
        return self.link(z) - y

    def hvp(self, z: Array, y: Array, v: Array) -> Array:
        return self.link.vjp(z, self.link(z), v)

    ggn = hvp


class Watched(Objective):
    """An objective that remembers what it handed out, and counts the passes that its network really makes."""

    def __init__(self, network: Network, head: Head, x: Array, y: Array) -> None:
        super().__init__(network, head, x, y)
        self.given: list[tuple[str, Array, Array]] = []  # what, the array handed out, a copy of it
        self.passes = {"forward": 0, "backward": 0}
        _count(self.network, self.passes)

    def batch(self, rows: Array) -> Objective:
        part = object.__new__(Watched)
        part.__dict__ |= super().batch(rows).__dict__ | {"given": self.given, "passes": self.passes}
        return part

    def at(self, theta: Array) -> Point:
        return WatchedPoint(self, theta)


class WatchedPoint(Point):
    """Remembers a copy of each gradient that it made, to see whether it is left alone."""

    objective: Watched

    def grad(self, out: Array | None = None) -> Array:
        result = super().grad(out)
        if out is None:
            self.objective.given.append(("the gradient", result, result.copy()))
        return result


def least_squares(dtype: Any = np.float64, outputs: int = 1) -> Watched:
    """½ mean ‖x A - y‖², with a well-conditioned Hessian of eigenvalues near 1."""
    rng = stream(0, "least squares")
    x = rng.normal(size=(ROWS, INPUTS))
    y = x @ rng.normal(size=(INPUTS, outputs)) + 1 + 0.1 * rng.normal(size=(ROWS, outputs))
    head = ComposedHead(Squared(), LINKS["identity"])
    return Watched(network(outputs), head, x.astype(dtype), y.astype(dtype))


def diagonal(curvatures: Array) -> Watched:
    """½ Σ_k curvatures_k w_k², without a bias: its steps fall apart into one recurrence a weight."""
    x = np.diag(np.sqrt(len(curvatures) * curvatures))
    net = Sequential([Dense(1, INITIALIZERS["lecun"], bias=False)], (len(curvatures),))
    return Watched(net, ComposedHead(Squared(), LINKS["identity"]), x, np.zeros((len(x), 1)))


def logistic(mix: Array | None = None, dtype: Any = np.float64) -> Watched:
    """Logistic regression of noisy labels; mix: (3, 3), the inputs are x mix."""
    rng = stream(0, "logistic")
    x = rng.normal(size=(ROWS, INPUTS))
    y = (x @ [1.0, -1.0, 0.5] + 2 * rng.normal(size=ROWS) > 0).astype(float)[:, None]
    x = x if mix is None else x @ mix
    head = LogisticHead(Squared(), LINKS["sigmoid"])
    return Watched(network(1), head, x.astype(dtype), y.astype(dtype))


def network(outputs: int) -> Sequential:
    """z = x W + b."""
    return Sequential([Dense(outputs, INITIALIZERS["lecun"])], (INPUTS,))


def minimum(objective: Objective) -> Array:
    """The theta of least squares, weights row by row, then biases."""
    ones = np.column_stack([objective.x, np.ones(len(objective))])
    return np.linalg.lstsq(ones, objective.y, rcond=None)[0].ravel()


def _count(net: Any, passes: dict[str, int]) -> None:
    """Let every linearization of this network, and its backward passes, add its samples to `passes`."""
    linearize = net.linearize

    def counted(theta: Array, x: Array) -> Linearization:
        result: Any = linearize(theta, x)
        vjp, dense_signals = result.vjp, result.dense_signals

        def back(dz: Array, out: Array) -> Array:
            passes["backward"] += len(x)
            return vjp(dz, out)

        def signals(dz: Array) -> dict[str, tuple[Array, Array]]:
            passes["backward"] += len(x)
            return dense_signals(dz)

        passes["forward"] += len(x)
        result.vjp, result.dense_signals = back, signals
        return result

    net.linearize = counted


def mini_batches(objective: Objective, size: int | None, count: int) -> Iterator[Objective]:
    """`count` batches in a fixed order; size None: the whole of it."""
    rng = stream(0, "mini-batches")
    for _ in range(count):
        rows = rng.permutation(len(objective))[: size or None]
        yield objective if size is None else objective.batch(rows)
