"""Linear, logistic or softmax regression, by the link."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from framework import (
    INITIALIZERS,
    Array,
    ConfigError,
    Curve,
    Layout,
    Linearization,
    Model,
    Network,
    Parameter,
    dense_hessian,
    hookimpl,
    one_of,
    require,
    spell,
)


@dataclass
class Linear(Model):
    """z = x W + b: linear regression (identity), logistic (sigmoid) or softmax regression, by the link.

    x: (N, *inputs), flattened; W: (inputs, outputs); b: (outputs,). Starts at zero unless `init`
    says otherwise: the convex losses do not care. The Hessian of all parameters jointly is in closed form.
    start: the initial W, row by row, then b, where they are to be given, whatever `init` and the seed.
    Source: Bishop, Pattern Recognition and Machine Learning (2006), sections 3.1, 4.3.2 and 4.3.4.
    """

    bias: bool = True
    init: str = "zeros"
    start: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        one_of(self, "init", INITIALIZERS)
        finite = all(math.isfinite(number) for number in self.start)
        require(self, "start", finite, "a start is finite numbers")

    def build(self, inputs: tuple[int, ...], outputs: int) -> Network:
        network = LinearNetwork(prod(inputs), outputs, self.bias, self.init, self.start)
        if len(self.start) not in (0, network.layout.size):
            count = f"{len(self.start)} numbers for {network.layout.size} parameters"
            raise ConfigError(
                f"model.start={spell(self.start)}: {count}; give W and b, or [] for init's"
            )
        return network


class LinearNetwork(Network):
    """theta = (W row by row, then b); both are one matrix A of shape (inputs + bias, outputs)."""

    def __init__(
        self, inputs: int, outputs: int, bias: bool, init: str, start: Sequence[float] = ()
    ) -> None:
        self.shape, self.bias, self._init = (inputs, outputs), bias, INITIALIZERS[init]
        self._start = start
        self.kept = outputs
        parameters = [Parameter("weight", self.shape)]
        if bias:
            parameters.append(Parameter("bias", (outputs,), "bias"))
        self.layout = Layout(parameters)

    def init(self, rng: np.random.Generator, dtype: Any = np.float64) -> Array:
        if self._start:
            return np.array(self._start, dtype)
        theta = np.zeros(self.layout.size, dtype)
        views = self.layout.views(theta)
        views["weight"][...] = self._init(rng, *self.shape)
        if self.bias:
            views["bias"][...] = self._init.biases(rng, self.shape[1])
        return theta

    def linearize(self, theta: Array, x: Array) -> Linearization:
        return _Pass(self, theta, x)


class _Pass(Linearization):
    """z = X A with X = (x, 1); J v = X V, Jᵀ u = Xᵀ u, and no curvature of its own."""

    network: LinearNetwork

    def __init__(self, network: LinearNetwork, theta: Array, x: Array) -> None:
        super().__init__(network, theta, x)
        self.rows = x.reshape(len(x), network.shape[0])
        self.z = self.jvp(theta)

    def jvp(self, v: Array) -> Array:
        views = self.network.layout.views(v)
        z = self.rows @ views["weight"]
        if self.network.bias:
            z += views["bias"]
        return z

    def vjp(self, dz: Array, out: Array) -> Array:
        views = self.network.layout.views(out)
        np.matmul(self.rows.T, dz, out=views["weight"])
        if self.network.bias:
            np.sum(dz, axis=0, out=views["bias"])
        return out

    def hvp(self, v: Array, dz: Array, curve: Curve, out: Array) -> Array:
        return self.vjp(curve(self.jvp(v)), out)

    def dense_signals(self, dz: Array) -> dict[str, tuple[Array, Array]]:
        return {"weight": (self.rows, dz)}

    def hessian(self, curve: Curve) -> Array | None:
        return dense_hessian(self.rows, curve, self.z.shape[1], self.network.bias)


@hookimpl
def register_models() -> dict[str, type[Model]]:
    return {"linear": Linear}
