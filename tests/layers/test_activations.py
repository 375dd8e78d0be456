from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from framework.layers import ACTIVATIONS

REFERENCE = {
    "sigmoid": (special.expit, lambda x: special.expit(x) * special.expit(-x)),
    "tanh": (np.tanh, lambda x: np.cosh(x) ** -2),
    "relu": (lambda x: x * np.heaviside(x, 0), lambda x: np.heaviside(x, 0)),
}


@pytest.fixture(params=sorted(ACTIVATIONS))
def layer(request):
    built = ACTIVATIONS[request.param]()
    assert built.build((3, 2)) == (3, 2)
    return built


@pytest.fixture
def x():
    """Away from the origin, where ReLU has its kink."""
    rng = np.random.default_rng(0)
    return rng.choice([-1, 1], size=(5, 3, 2)) * rng.uniform(0.2, 2, size=(5, 3, 2))


def test_each_has_a_reference():
    assert set(ACTIVATIONS) == set(REFERENCE)
    assert all(cls.name == name for name, cls in ACTIVATIONS.items())


def test_value_and_slope_are_those_of_scipy(layer, x):
    value, slope = REFERENCE[layer.name]
    y, saved = layer.forward({}, x)
    np.testing.assert_allclose(y, value(x), rtol=1e-14)
    np.testing.assert_allclose(layer.slope(*saved), slope(x), rtol=1e-13)


def test_the_products_are_exact(layer, x, check_products):
    check_products(layer, x)


def test_bend_is_the_derivative_of_slope(layer, x, assert_derivative):
    bend = layer.bend(x, layer.value(x))
    if bend is None:
        np.testing.assert_array_equal(layer.slope(x + 0.1, x), layer.slope(x - 0.1, x))
    else:
        assert_derivative(lambda t: layer.slope(x + t, layer.value(x + t)), bend)


def test_without_a_tangent_below_there_is_none_above(layer, x):
    _, saved = layer.forward({}, x)
    assert layer.jvp({}, saved, {}, None) is None
    dy, tdy = np.random.default_rng(1).normal(size=(2, *x.shape))
    dx, tdx = layer.hvp({}, saved, {}, None, dy, tdy, {}, first=False)
    _, expected = layer.hvp({}, saved, {}, np.zeros_like(x), dy, tdy, {}, first=False)
    np.testing.assert_array_equal(tdx, expected)
    np.testing.assert_array_equal(dx, layer.vjp({}, saved, dy, {}, first=False))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_any_input_gives_finite_numbers_of_its_dtype(layer, dtype):
    x = np.array([-1e4, -100.0, -0.0, 0.0, 100.0, 1e4], dtype)
    y, saved = layer.forward({}, x)
    tangent = layer.jvp({}, saved, {}, np.ones_like(x))
    for array in (y, tangent, *layer.hvp({}, saved, {}, tangent, x, x, {}, first=False)):
        assert array.dtype == dtype and np.isfinite(array).all()


def test_the_slope_of_relu_at_its_kink_is_zero():
    zero = np.zeros(1)
    assert ACTIVATIONS["relu"]().slope(zero, zero) == 0


def test_nan_is_not_hidden(layer):
    assert np.isnan(layer.value(np.array([np.nan]))).all()
