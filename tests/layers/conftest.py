"""A layer's four products against each other and against its forward pass."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def check_products(assert_derivative):
    """check_products(layer, x, step=1): vjp is jvp's adjoint, jvp and hvp are derivatives."""

    def check(layer, x, step=1.0):
        rng = np.random.default_rng(0)
        shape = layer.build(x.shape[1:])

        def draw():
            return {p.name: rng.normal(size=p.shape) for p in layer.parameters}

        w, tw, tx = draw(), draw(), step * rng.uniform(-1, 1, size=x.shape)
        y, saved = layer.forward(w, x)
        dy, tdy = rng.normal(size=(2, *y.shape))
        kept = [a.copy() for a in (x, tx, dy, tdy, *w.values(), *tw.values())]
        assert y.shape == (len(x), *shape)

        def moved(t):
            return {name: w[name] + t * tw[name] for name in w}, x + t * tx

        def backward(t):
            weights, inputs = moved(t)
            dw = {name: np.full_like(value, np.nan) for name, value in w.items()}
            _, now = layer.forward(weights, inputs)
            dx = layer.vjp(weights, now, dy + t * tdy, dw, first=False)
            return flat(dx, dw)

        ty = layer.jvp(w, saved, tw, tx)
        assert_derivative(lambda t: layer.forward(*moved(t))[0], ty)
        there, back = np.vdot(ty, dy), flat(tx, tw) @ backward(0)
        scale = np.linalg.norm(ty) * np.linalg.norm(dy)
        assert abs(there - back) <= 1e-14 * scale

        hw = {name: np.full_like(value, np.nan) for name, value in w.items()}
        dx, tdx = layer.hvp(w, saved, tw, tx, dy, tdy, hw, first=False)
        np.testing.assert_array_equal(dx.ravel(), backward(0)[: dx.size])
        assert_derivative(backward, flat(tdx, hw))
        after = (x, tx, dy, tdy, *w.values(), *tw.values())
        for before, array in zip(kept, after, strict=True):
            np.testing.assert_array_equal(before, array)

    return check


def flat(x, w):
    return np.concatenate([x.ravel(), *(w[name].ravel() for name in w)])
