"""A rotated quadratic bowl of a given condition number."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import Array, Function, Model, Network, hookimpl, refuse_data, require


@dataclass
class Quadratic(Model):
    """f(θ) = ½ θᵀ A θ with A = Q diag(λ) Qᵀ, λ from 1 to `condition` in equal ratios; the minimum is at 0.

    Q: uniform over the orthogonal matrices, drawn by `seed`, a field of its own so that the runs of a study
    share the function; the start is normal, drawn by the run's seed. For data=nothing loss=value.
    Source: Nocedal and Wright, Numerical Optimization (2006), section 5.1; Mezzadri, How to generate random
    matrices from the classical compact groups (2007), for Q.
    """

    dimensions: int = 10
    condition: float = 100.0
    seed: int = 0

    def __post_init__(self) -> None:
        require(self, "dimensions", self.dimensions >= 1, "a number of dimensions is >= 1")
        require(self, "condition", 1 <= self.condition < math.inf, "a condition number is >= 1")
        require(self, "seed", self.seed >= 0, "a seed is >= 0")

    def build(self, inputs: tuple[int, ...], outputs: int) -> Network:
        refuse_data(inputs, outputs)
        values = np.geomspace(1, self.condition, self.dimensions)
        gaussian = np.random.default_rng(self.seed).normal(size=(self.dimensions, self.dimensions))
        vectors, triangle = np.linalg.qr(gaussian)
        vectors *= np.sign(np.diag(triangle))
        return QuadraticFunction(vectors * values @ vectors.T)


class QuadraticFunction(Function):
    """½ θᵀ A θ."""

    def __init__(self, matrix: Array) -> None:
        super().__init__(len(matrix), spread=1.0)
        self.matrix = (matrix + matrix.T) / 2

    def start(self) -> Array:
        return np.zeros(len(self.matrix))

    def value(self, theta: Array) -> float:
        return 0.5 * float(theta @ self.grad(theta))

    def grad(self, theta: Array) -> Array:
        return self.hvp(theta, theta)

    def hvp(self, theta: Array, v: Array) -> Array:
        return self.matrix.astype(theta.dtype, copy=False) @ v


@hookimpl
def register_models() -> dict[str, type[Model]]:
    return {"quadratic": Quadratic}
