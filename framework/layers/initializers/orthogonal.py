"""Orthogonal matrices."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from framework.layers.initializers.initializer import Initializer
from framework.params import Array


class Orthogonal(Initializer):
    """W with WᵀW = 1, or WWᵀ = 1 if there are more units than inputs, uniform among all of these.

    G = QR for a normal matrix G, (larger, smaller) of the two sizes; W = Q with the sign of each column that
    makes the diagonal of R positive: without that Q would not be uniform. A convolution's W is its flattened
    kernel, (kernel² · channels, filters).
    Source: Saxe, McClelland and Ganguli, Exact solutions to the nonlinear dynamics of learning in deep linear
    neural networks (2014); Mezzadri, How to generate random matrices from the classical compact groups
    (2007), for the signs.
    """

    name: ClassVar[str] = "orthogonal"

    def __call__(
        self, rng: np.random.Generator, inputs: int, units: int, fan_out: int = 1
    ) -> Array:
        normal = rng.standard_normal((max(inputs, units), min(inputs, units)))
        q, r = np.linalg.qr(normal)
        q *= np.where(np.diag(r) < 0, -1.0, 1.0)
        return q if inputs >= units else np.ascontiguousarray(q.T)
