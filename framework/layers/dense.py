"""The fully connected layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from framework.interfaces import Curve
from framework.layers.initializers import Initializer
from framework.layers.layer import Layer, Views
from framework.params import Array, Parameter


class Dense(Layer):
    """y = x W + b.   W: (inputs, units), b: (units,), x: (N, inputs).

    dW = xᵀ dy,  db = Σ dy,  dx = dy Wᵀ.   Along (V, c): ty = tx W + x V + c.
    R{dW} = txᵀ dy + xᵀ tdy,  R{db} = Σ tdy,  R{dx} = tdy Wᵀ + dy Vᵀ.
    bias_start: added to the initial biases.
    Source: Bishop, Neural Networks for Pattern Recognition (1995), sections 4.8 and 4.10.5.
    """

    def __init__(
        self, units: int, init: Initializer, bias: bool = True, bias_start: float = 0.0
    ) -> None:
        self.units, self._init, self.bias, self.bias_start = units, init, bias, bias_start

    def build(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        if len(shape) != 1:
            raise ValueError(f"a dense layer takes flat samples, not samples of shape {shape}")
        self.inputs = shape[0]
        kernel = Parameter("weight", (self.inputs, self.units))
        self.parameters = (kernel, Parameter("bias", (self.units,), "bias"))[: 1 + self.bias]
        return (self.units,)

    def init(self, rng: np.random.Generator) -> dict[str, Array]:
        fresh = {"weight": self._init(rng, self.inputs, self.units)}
        if self.bias:
            fresh["bias"] = self._init.biases(rng, self.units) + self.bias_start
        return fresh

    def forward(self, w: Views, x: Array) -> tuple[Array, Any]:
        y = x @ w["weight"]
        if self.bias:
            y += w["bias"]
        return y, x

    def vjp(self, w: Views, saved: Any, dy: Array, dw: Views, first: bool) -> Array | None:
        np.matmul(saved.T, dy, out=dw["weight"])
        if self.bias:
            np.add.reduce(dy, axis=0, out=dw["bias"])
        return None if first else dy @ w["weight"].T

    def jvp(self, w: Views, saved: Any, tw: Views, tx: Array | None) -> Array | None:
        ty = saved @ tw["weight"]
        if tx is not None:
            ty += tx @ w["weight"]
        if self.bias:
            ty += tw["bias"]
        return ty

    def hvp(
        self,
        w: Views,
        saved: Any,
        tw: Views,
        tx: Array | None,
        dy: Array,
        tdy: Array,
        hw: Views,
        first: bool,
    ) -> tuple[Array, Array] | None:
        np.matmul(saved.T, tdy, out=hw["weight"])
        if tx is not None:
            hw["weight"][...] += tx.T @ dy
        if self.bias:
            np.add.reduce(tdy, axis=0, out=hw["bias"])
        if first:
            return None
        return dy @ w["weight"].T, tdy @ w["weight"].T + dy @ tw["weight"].T


def dense_hessian(x: Array, curve: Curve, units: int, bias: bool) -> Array:
    """Σ_n x_n x_nᵀ ⊗ C_n: the Hessian in theta = (W row by row, b) where y = x W + b are the logits.

    x: (N, inputs), and 1 for the bias; C_n: the (units, units) Hessian of sample n's loss in its logits, and
    curve(v) the products C_n v_n. One product Xᵀ (c ∘ X) for each pair of units, about 6 times cheaper than
    products with unit vectors.
    """
    x = np.hstack([x, np.ones((len(x), int(bias)), x.dtype)])
    blocks = np.empty((x.shape[1], units, x.shape[1], units), x.dtype)
    for j, unit in enumerate(np.eye(units, dtype=x.dtype)):
        column = curve(np.broadcast_to(unit, (len(x), units)))
        for k in range(j + 1):
            blocks[:, k, :, j] = x.T @ (column[:, k, None] * x)
            blocks[:, j, :, k] = blocks[:, k, :, j]
    return blocks.reshape(x.shape[1] * units, -1)
