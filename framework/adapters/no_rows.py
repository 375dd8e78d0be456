"""A batch without samples, which many a module cannot reshape."""

from __future__ import annotations

import numpy as np

from framework.interfaces import Curve, Linearization, Network
from framework.params import Array


class NoRows(Linearization):
    """No logits, (0, outputs), and derivatives that are zero."""

    def __init__(self, network: Network, theta: Array, x: Array, outputs: int) -> None:
        super().__init__(network, theta, x)
        self.z = np.zeros((0, outputs), theta.dtype)

    def vjp(self, dz: Array, out: Array) -> Array:
        out[...] = 0
        return out

    def jvp(self, v: Array) -> Array:
        return self.z

    def hvp(self, v: Array, dz: Array, curve: Curve, out: Array) -> Array:
        return self.vjp(dz, out)
