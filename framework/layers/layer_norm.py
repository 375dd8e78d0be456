"""Layer normalisation."""

from __future__ import annotations

from typing import Any

import numpy as np

from framework.layers.layer import Layer, Views
from framework.params import Array, Parameter

EPS = 1e-5  # added to the variance, as in PyTorch


class LayerNorm(Layer):
    """y = g ∘ n + b with n = (x - μ) / s,  μ the mean and s² the variance plus 1e-5, over the last axis.

    x: (N, ..., features); gain g, starting at 1, and bias b: (features,), neither of them regularised.
    With ⟨·⟩ the mean over the last axis and P u = u - ⟨u⟩ - n ⟨n u⟩, dn = g dy:
    dg = Σ n dy,  db = Σ dy,  dx = P dn / s.
    Along (G, c): tn = P tx / s,  ts = ⟨n tx⟩,  ty = G n + g tn + c,  R{dg} = Σ (n tdy + tn dy),  R{db} = Σ
    tdy, R{dx} = (P tdn - tn ⟨n dn⟩ - n ⟨tn dn⟩ - ts dx) / s,  tdn = g tdy + G dy.
    Source: Ba, Kiros and Hinton, Layer normalization (2016), eqs. 3 and 4.
    """

    def build(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        features = shape[-1:]
        self.parameters = (Parameter("gain", features, "bias"), Parameter("bias", features, "bias"))
        return shape

    def init(self, rng: np.random.Generator) -> dict[str, Array]:
        return {
            "gain": np.ones(self.parameters[0].shape),
            "bias": np.zeros(self.parameters[1].shape),
        }

    def forward(self, w: Views, x: Array) -> tuple[Array, Any]:
        n = x - _mean(x)
        s = np.sqrt(_mean(n * n) + EPS)
        n /= s
        return n * w["gain"] + w["bias"], (n, s)

    def vjp(self, w: Views, saved: Any, dy: Array, dw: Views, first: bool) -> Array | None:
        n, s = saved
        dw["gain"][...] = _total(n * dy)
        dw["bias"][...] = _total(dy)
        return None if first else _project(n, w["gain"] * dy) / s

    def jvp(self, w: Views, saved: Any, tw: Views, tx: Array | None) -> Array | None:
        n, s = saved
        ty = n * tw["gain"] + tw["bias"]
        return ty if tx is None else ty + w["gain"] * _project(n, tx) / s

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
        n, s = saved
        tx = np.zeros_like(n) if tx is None else tx
        tn, ts = _project(n, tx) / s, _mean(n * tx)
        hw["gain"][...] = _total(n * tdy + tn * dy)
        hw["bias"][...] = _total(tdy)
        if first:
            return None
        dn, tdn = w["gain"] * dy, w["gain"] * tdy + tw["gain"] * dy
        dx = _project(n, dn) / s
        tdx = _project(n, tdn) - tn * _mean(n * dn) - n * _mean(tn * dn) - ts * dx
        return dx, tdx / s


def _mean(u: Array) -> Array:
    return u.mean(axis=-1, keepdims=True)


def _total(u: Array) -> Array:
    return u.sum(axis=tuple(range(u.ndim - 1)))


def _project(n: Array, u: Array) -> Array:
    """P u: what is left of u without its mean and its part along n, both per row."""
    return u - _mean(u) - n * _mean(n * u)
