"""Himmelblau's function of two variables, with four minima."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from framework import Array, Function, Model, Network, hookimpl, refuse_data, require


@dataclass
class Himmelblau(Model):
    """f(x, y) = (x² + y - 11)² + (x + y² - 7)², with four minima of value 0, one of them at (3, 2).

    Its one maximum is near (-0.27, -0.92), with four saddles around it. Starts at the origin plus `spread`
    times normal numbers drawn by the seed: spread=3 reaches all four minima. For data=nothing loss=value.
    Source: Himmelblau, Applied Nonlinear Programming (1972).
    """

    spread: float = 0.0

    def __post_init__(self) -> None:
        require(self, "spread", 0 <= self.spread < math.inf, "a standard deviation is >= 0")

    def build(self, inputs: tuple[int, ...], outputs: int) -> Network:
        refuse_data(inputs, outputs)
        return HimmelblauFunction(2, self.spread)


class HimmelblauFunction(Function):
    """r² + s² with r = x² + y - 11, s = x + y² - 7."""

    def start(self) -> Array:
        return np.zeros(2)

    def value(self, theta: Array) -> float:
        r, s = _residuals(theta)
        return float(r * r + s * s)

    def grad(self, theta: Array) -> Array:
        (x, y), (r, s) = theta, _residuals(theta)
        return np.array([4 * x * r + 2 * s, 2 * r + 4 * y * s], theta.dtype)

    def hvp(self, theta: Array, v: Array) -> Array:
        (x, y), (r, s) = theta, _residuals(theta)
        across = 4 * x + 4 * y
        xx, yy = 8 * x * x + 4 * r + 2, 8 * y * y + 4 * s + 2
        return np.array([xx * v[0] + across * v[1], across * v[0] + yy * v[1]], theta.dtype)


def _residuals(theta: Array) -> tuple[float, float]:
    x, y = theta
    return x * x + y - 11, x + y * y - 7


@hookimpl
def register_models() -> dict[str, type[Model]]:
    return {"himmelblau": Himmelblau}
