"""Gaussian radial basis functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from framework.layers.layer import Layer, Views
from framework.params import Array, Parameter

Placing = Callable[[Array, np.random.Generator], tuple[Array, Array]]


class RadialBasis(Layer):
    """y[n, j] = exp(-q[n, j]),  q[n, j] = ‖x_n - c_j‖² / (2 w_j²).

    x: (N, inputs); centres c: (units, inputs); log_widths ℓ = log w: (units,). Constants, unless `trained`:
    then parameters, neither of them regularised. place(x, rng) says where the inputs x want them, (centres,
    widths); without `fit` they are standard-normal points, always the same, and w = sqrt(inputs).
    With s = 1/w² and u = -y dy:  dc_j = -s_j Σ_n u_nj (x_n - c_j),  dℓ_j = -2 Σ_n u_nj q_nj,
    dx_n = Σ_j u_nj s_j (x_n - c_j).
    Along (C, L):  tq = s (x - c)·(tx - C) - 2 q L,  ty = -y tq;  R{·} by the product rule from
    tu = -y (tdy - dy tq) and ts = -2 s L.
    Source: Bishop, Neural Networks for Pattern Recognition (1995), section 5.2; Wettschereck and Dietterich,
    Improving the performance of radial basis function networks by learning center locations (1992).
    """

    def __init__(self, units: int, place: Placing, trained: bool = False) -> None:
        self.units, self.place, self.trained = units, place, trained

    def build(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        if len(shape) != 1:
            raise ValueError(f"radial basis functions take flat samples, not of shape {shape}")
        centres = np.random.default_rng(0).standard_normal((self.units, *shape))
        self._keep(centres, np.full(self.units, np.sqrt(shape[0])))
        if self.trained:
            names = {"centres": centres.shape, "log_widths": (self.units,)}
            self.parameters = tuple(Parameter(name, size, "bias") for name, size in names.items())
        return (self.units,)

    def fit(self, x: Array, rng: np.random.Generator) -> None:
        self._keep(*self.place(x, rng))

    def init(self, rng: np.random.Generator) -> dict[str, Array]:
        return self._fresh

    def forward(self, w: Views, x: Array) -> tuple[Array, Any]:
        middle = w["centres"].mean(axis=0)  # which changes no distance, only their rounding
        x, c, s = x - middle, w["centres"] - middle, np.exp(-2 * w["log_widths"])
        squares = np.square(x).sum(axis=1)[:, None] + np.square(c).sum(axis=1) - 2 * (x @ c.T)
        q = 0.5 * s * np.maximum(squares, 0)
        y = np.exp(-q)
        return y, (x, c, s, q, y)

    def vjp(self, w: Views, saved: Any, dy: Array, dw: Views, first: bool) -> Array | None:
        x, c, s, q, y = saved
        u = -y * dy
        if self.trained:
            dw["centres"][...] = -s[:, None] * _on_centres(u, x, c)
            dw["log_widths"][...] = -2 * (u * q).sum(axis=0)
        return None if first else _on_inputs(u * s, x, c)

    def jvp(self, w: Views, saved: Any, tw: Views, tx: Array | None) -> Array | None:
        if tx is None and not self.trained:
            return None
        return -saved[-1] * _along(saved, *self._direction(w, tw), tx)

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
        x, c, s, q, y = saved
        tc, tl = self._direction(w, tw)
        tq = _along(saved, tc, tl, tx)
        tx = np.zeros_like(x) if tx is None else tx
        u, tu, ts = -y * dy, -y * (tdy - dy * tq), -2 * s * tl
        if self.trained:
            bent = s[:, None] * (_on_centres(tu, x, c) + _on_centres(u, tx, tc))
            hw["centres"][...] = -bent - ts[:, None] * _on_centres(u, x, c)
            hw["log_widths"][...] = -2 * (tu * q + u * tq).sum(axis=0)
        if first:
            return None
        tdx = _on_inputs(tu * s + u * ts, x, c) + _on_inputs(u * s, tx, tc)
        return _on_inputs(u * s, x, c), tdx

    def _keep(self, centres: Array, widths: Array) -> None:
        values = {"centres": centres, "log_widths": np.log(widths)}
        self._fresh, self.constants = (values, {}) if self.trained else ({}, values)

    def _direction(self, w: Views, tw: Views) -> tuple[Array, Array]:
        """That of the centres and of the log widths; zero where they are constants."""
        if self.trained:
            return tw["centres"], tw["log_widths"]
        return np.zeros_like(w["centres"]), np.zeros_like(w["log_widths"])


def _along(saved: Any, tc: Array, tl: Array, tx: Array | None) -> Array:
    """tq, the derivative of q along (tc, tl, tx)."""
    x, c, s, q, _ = saved
    approach = np.sum(c * tc, axis=1) - x @ tc.T
    if tx is not None:
        approach += np.sum(x * tx, axis=1, keepdims=True) - tx @ c.T
    return s * approach - 2 * q * tl


def _on_centres(u: Array, x: Array, c: Array) -> Array:
    """Σ_n u_nj (x_n - c_j), (units, inputs)."""
    return u.T @ x - u.sum(axis=0)[:, None] * c


def _on_inputs(u: Array, x: Array, c: Array) -> Array:
    """Σ_j u_nj (x_n - c_j), (N, inputs)."""
    return u.sum(axis=1)[:, None] * x - u @ c
