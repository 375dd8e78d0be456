"""Functions of the parameters alone as networks, for studies of optimizers without data."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np

from framework.errors import ConfigError
from framework.interfaces import Curve, Linearization, Network
from framework.params import Array, Layout, Parameter


class Function(Network):
    """z_n = f(θ) for every row n, whatever is in it: with the loss `value` the objective is f itself.

    f is R^dimensions → R and gives its value, gradient and Hessian products in closed form. `spread` is the
    standard deviation of a normal offset to the start, drawn by the run's seed.
    """

    def __init__(self, dimensions: int, spread: float = 0.0) -> None:
        self.layout, self.spread = Layout([Parameter("theta", (dimensions,))]), spread

    @abstractmethod
    def start(self) -> Array:
        """The standard start, (dimensions,)."""

    @abstractmethod
    def value(self, theta: Array) -> float:
        """f(θ)."""

    @abstractmethod
    def grad(self, theta: Array) -> Array:
        """∇f(θ), (dimensions,)."""

    @abstractmethod
    def hvp(self, theta: Array, v: Array) -> Array:
        """∇²f(θ) v, (dimensions,)."""

    def init(self, rng: np.random.Generator, dtype: Any = np.float64) -> Array:
        start = self.start()
        return (start + self.spread * rng.normal(size=start.shape)).astype(dtype)

    def linearize(self, theta: Array, x: Array) -> Linearization:
        return _Pass(self, theta, x)


class _Pass(Linearization):
    """With the gradient g and the Hessian H of f:  J = 1 gᵀ,  Jᵀ u = (Σ u) g,  dJ[v]ᵀ u = (Σ u) H v."""

    network: Function

    def __init__(self, network: Function, theta: Array, x: Array) -> None:
        super().__init__(network, theta, x)
        self.z = np.full((len(x), 1), network.value(theta), theta.dtype)

    def vjp(self, dz: Array, out: Array) -> Array:
        np.multiply(dz.sum(), self.network.grad(self.theta), out=out)
        return out

    def jvp(self, v: Array) -> Array:
        return np.full_like(self.z, self.network.grad(self.theta) @ v)

    def hvp(self, v: Array, dz: Array, curve: Curve, out: Array) -> Array:
        self.vjp(curve(self.jvp(v)), out)
        out += dz.sum() * self.network.hvp(self.theta, v)
        return out


def refuse_data(inputs: tuple[int, ...], outputs: int) -> None:
    """Raise ConfigError unless the task is that of the dataset `nothing`: one feature in, one output."""
    if inputs != (1,) or outputs != 1:
        raise ConfigError(
            "a function of its parameters alone, nothing to fit to data; choose data=nothing loss=value"
        )
