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


@pytest.fixture
def check_conventions():
    """check_conventions(layer, x): float32, empty batches, data without a tangent, the first layer."""

    def check(layer, x):
        layer.build(x.shape[1:])
        for dtype in (np.float32, np.float64):
            everything = products(layer, x.astype(dtype), dtype)
            assert all(array.dtype == dtype for array in everything)
        exact = products(layer, x.astype(np.float32).astype(float), float)
        for got, expected in zip(products(layer, x.astype("f4"), "f4"), exact, strict=True):
            assert np.linalg.norm(got - expected) <= 1e-5 * np.linalg.norm(expected)
        for array in products(layer, x[:0], float):
            assert array.size == 0 or not array.any()  # nothing, or the gradient of no samples

    return check


def products(layer, x, dtype):
    """All that a layer gives, arrays of parameters last; consistent where no tangent or no dx is wanted."""
    rng = np.random.default_rng(0)

    def like(array):
        return rng.normal(size=array.shape).astype(dtype)

    def block():
        return {p.name: np.full(p.shape, np.nan, dtype) for p in layer.parameters}

    w, tw = ({name: like(array) for name, array in block().items()} for _ in range(2))
    y, saved = layer.forward(w, x)
    dy, tdy, tx = like(y), like(y), like(x)
    dw, again, hw, still, without = (block() for _ in range(5))
    dx, ty = layer.vjp(w, saved, dy, dw, first=False), layer.jvp(w, saved, tw, tx)
    below = layer.hvp(w, saved, tw, tx, dy, tdy, hw, first=False)
    layer.vjp(w, saved, dy, again, first=True)
    layer.hvp(w, saved, tw, np.zeros_like(x), dy, tdy, still, first=False)
    layer.hvp(w, saved, tw, None, dy, tdy, without, first=True)
    for name in w:
        np.testing.assert_array_equal(dw[name], again[name])
        np.testing.assert_array_equal(still[name], without[name])
    data, zero = layer.jvp(w, saved, tw, None), layer.jvp(w, saved, tw, np.zeros_like(x))
    np.testing.assert_array_equal(np.zeros_like(zero) if data is None else data, zero)
    assert data is not None or not layer.parameters
    return [y, dx, ty, *below, *dw.values(), *hw.values()]
