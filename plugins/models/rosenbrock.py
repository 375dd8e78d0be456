"""Rosenbrock's function, a curved valley."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import Array, Function, Model, Network, hookimpl, refuse_data, require


@dataclass
class Rosenbrock(Model):
    """f(θ) = Σ_{i<n} 100 (θ_{i+1} - θ_i²)² + (1 - θ_i)², a curved valley; the minimum is 0 at (1, ..., 1).

    dimensions: n >= 2, chained; from n = 4 there is a second, local minimum near (-1, 1, ..., 1). Starts at
    (-1.2, 1, -1.2, 1, ...) plus `spread` times normal numbers drawn by the seed. For data=nothing loss=value.
    Source: Rosenbrock, An automatic method for finding the greatest or least value of a function (1960);
    the chained form is that of scipy.optimize.rosen.
    """

    dimensions: int = 2
    spread: float = 0.0

    def __post_init__(self) -> None:
        require(self, "dimensions", self.dimensions >= 2, "a number of dimensions is >= 2")
        require(self, "spread", 0 <= self.spread < math.inf, "a standard deviation is >= 0")

    def build(self, inputs: tuple[int, ...], outputs: int) -> Network:
        refuse_data(inputs, outputs)
        return RosenbrockFunction(self.dimensions, self.spread)


class RosenbrockFunction(Function):
    """The chained form with its tridiagonal Hessian; a = θ_{1..n-1}, b = θ_{2..n}, c = b - a²."""

    def start(self) -> Array:
        return np.where(np.arange(self.layout.size) % 2, 1.0, -1.2)

    def value(self, theta: Array) -> float:
        a, c = theta[:-1], theta[1:] - theta[:-1] ** 2
        return float(100 * (c @ c) + (1 - a) @ (1 - a))

    def grad(self, theta: Array) -> Array:
        a, c = theta[:-1], theta[1:] - theta[:-1] ** 2
        gradient = np.zeros_like(theta)
        gradient[:-1] = -400 * a * c - 2 * (1 - a)
        gradient[1:] += 200 * c
        return gradient

    def hvp(self, theta: Array, v: Array) -> Array:
        a, c = theta[:-1], theta[1:] - theta[:-1] ** 2
        product = np.zeros_like(theta)
        product[:-1] = (800 * a**2 - 400 * c + 2) * v[:-1] - 400 * a * v[1:]
        product[1:] += 200 * v[1:] - 400 * a * v[:-1]
        return product


@hookimpl
def register_models() -> dict[str, type[Model]]:
    return {"rosenbrock": Rosenbrock}
