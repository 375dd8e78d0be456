from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from framework.layers import LayerNorm


@pytest.fixture(params=[(7,), (3, 2, 5)], ids=str)
def x(request):
    return np.random.default_rng(1).normal(2, 3, size=(4, *request.param))


def test_the_products_are_exact(x, check_products):
    check_products(LayerNorm(), x)


def test_conventions(x, check_conventions):
    check_conventions(LayerNorm(), x)


def test_it_starts_as_scipys_z_score(x):
    layer = LayerNorm()
    assert layer.build(x.shape[1:]) == x.shape[1:]
    w = layer.init(np.random.default_rng(0))
    y, _ = layer.forward(w, 1e3 * x)  # so large that 1e-5 is nothing beside the variance
    np.testing.assert_allclose(y, stats.zscore(x, axis=-1), rtol=1e-9, atol=1e-10)


def test_gain_and_bias_act_on_features(x):
    layer = LayerNorm()
    layer.build(x.shape[1:])
    gain, bias = np.random.default_rng(2).normal(size=(2, x.shape[-1]))
    plain, _ = layer.forward({"gain": np.ones_like(gain), "bias": np.zeros_like(bias)}, x)
    y, _ = layer.forward({"gain": gain, "bias": bias}, x)
    np.testing.assert_allclose(y, gain * plain + bias, rtol=1e-12)


def test_neither_parameter_is_regularised():
    layer = LayerNorm()
    layer.build((3, 5))
    declared = [(p.name, p.shape, p.kind) for p in layer.parameters]
    assert declared == [("gain", (5,), "bias"), ("bias", (5,), "bias")]


def test_constant_rows_give_the_bias():
    layer = LayerNorm()
    layer.build((4,))
    w = {"gain": np.full(4, 9.0), "bias": np.arange(4.0)}
    np.testing.assert_array_equal(layer.forward(w, np.full((2, 4), 7.0))[0], [w["bias"]] * 2)
