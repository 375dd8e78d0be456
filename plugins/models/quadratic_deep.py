"""DeepOBS's noisy quadratic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from framework import (
    Array,
    ConfigError,
    Curve,
    Layout,
    Linearization,
    Model,
    Network,
    Parameter,
    hookimpl,
)

DIMENSIONS = 100


@dataclass
class QuadraticDeep(Model):
    """z_n = ½ (θ - x_n)ᵀ A (θ - x_n) with the rows x_n as centres: a bowl whose place each batch sees anew.

    A: 100 x 100, rotated; 90 of its eigenvalues lie in (0, 1) and 10 in (30, 60), like the Hessians of deep
    networks; the very matrix of DeepOBS, the same in all runs. Starts at (1, ..., 1); the minimum over rows
    of mean m is at θ = m.  For data=quadratic_deep loss=value.
    Source: Schneider, Balles and Hennig, DeepOBS (2019); Chaudhari et al., Entropy-SGD (2017), figure 1, for
    the eigenvalues; Diaconis and Shahshahani, The subgroup algorithm (1987), for the rotation.
    """

    def build(self, inputs: tuple[int, ...], outputs: int) -> Network:
        if inputs != (DIMENSIONS,) or outputs != 1:
            raise ConfigError("it needs its own centres; choose data=quadratic_deep loss=value")
        rng = np.random.RandomState(42)  # theirs
        values = np.concatenate([rng.uniform(0, 1, 90), rng.uniform(30, 60, 10)])
        rotation = _rotation(DIMENSIONS, rng)
        return QuadraticDeepNetwork(rotation.T * values @ rotation)


class QuadraticDeepNetwork(Network):
    """theta is the point itself."""

    def __init__(self, matrix: Array) -> None:
        self.layout, self.matrix = Layout([Parameter("theta", (len(matrix),))]), matrix

    def init(self, rng: np.random.Generator, dtype: Any = np.float64) -> Array:
        return np.ones(self.layout.size, dtype)

    def linearize(self, theta: Array, x: Array) -> Linearization:
        return _Pass(self, theta, x)


class _Pass(Linearization):
    """With d_n = θ - x_n and rows J_n = (A d_n)ᵀ:  Jᵀ u = A Σ u_n d_n,  dJ[v]ᵀ u = (Σ u_n) A v."""

    network: QuadraticDeepNetwork

    def __init__(self, network: QuadraticDeepNetwork, theta: Array, x: Array) -> None:
        super().__init__(network, theta, x)
        self.matrix = network.matrix.astype(theta.dtype, copy=False)
        self.rows = (theta - x) @ self.matrix
        self.z = 0.5 * np.einsum("nd,nd->n", self.rows, theta - x)[:, None]

    def vjp(self, dz: Array, out: Array) -> Array:
        return np.matmul(dz[:, 0], self.rows, out=out)

    def jvp(self, v: Array) -> Array:
        return (self.rows @ v)[:, None]

    def hvp(self, v: Array, dz: Array, curve: Curve, out: Array) -> Array:
        self.vjp(curve(self.jvp(v)), out)
        out += dz.sum() * (self.matrix @ v)
        return out


def _rotation(size: int, rng: np.random.RandomState) -> Array:
    """A uniform rotation: from SO(2) upwards, each time followed by the reflection that takes e_1 to v.

    v is uniform on the sphere; the sign at the end makes the determinant 1 for an even size.
    """
    angle = 2 * np.pi * rng.uniform()
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    for d in range(3, size + 1):
        mirror = -rng.normal(size=d)
        mirror /= np.linalg.norm(mirror)
        mirror[0] += 1
        mirror /= np.linalg.norm(mirror)
        larger = np.zeros((d, d))
        larger[0, 0], larger[1:, 1:] = 1, rotation
        rotation = larger - 2 * np.outer(mirror, mirror @ larger)
    return -rotation


@hookimpl
def register_models() -> dict[str, type[Model]]:
    return {"quadratic_deep": QuadraticDeep}
