from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from framework.layers import ACTIVATIONS, INITIALIZERS
from framework.layers.activations import activation

SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772  # Klambauer et al. (2017), eq. 14


def sides(above, below):
    """A function in two pieces, above and below zero."""
    return lambda x: np.where(x > 0, above(x), below(x))


def one(x):
    return 1.0


REFERENCE = {
    "identity": (lambda x: x, lambda x: np.ones_like(x)),
    "sigmoid": (special.expit, lambda x: special.expit(x) * special.expit(-x)),
    "tanh": (np.tanh, lambda x: np.cosh(x) ** -2),
    "relu": (lambda x: x * np.heaviside(x, 0), lambda x: np.heaviside(x, 0)),
    "leaky_relu": (sides(lambda x: x, lambda x: x / 100), sides(one, lambda x: 1 / 100)),
    "elu": (sides(lambda x: x, special.expm1), sides(one, np.exp)),
    "selu": (
        sides(lambda x: SCALE * x, lambda x: SCALE * ALPHA * special.expm1(x)),
        sides(lambda x: SCALE, lambda x: SCALE * ALPHA * np.exp(x)),
    ),
    "gelu": (
        lambda x: x * (1 + special.erf(x / np.sqrt(2))) / 2,
        lambda x: stats.norm.cdf(x) + x * stats.norm.pdf(x),
    ),
    "silu": (
        lambda x: x * special.expit(x),
        lambda x: special.expit(x) * (1 + x * special.expit(-x)),
    ),
    "softplus": (lambda x: -special.log_expit(-x), special.expit),
    "softsign": (lambda x: x / (1 + abs(x)), lambda x: (1 + abs(x)) ** -2),
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
    assert all(cls.initializer in INITIALIZERS for cls in ACTIVATIONS.values())


def test_value_and_slope_are_those_of_scipy(layer, x):
    value, slope = REFERENCE[layer.name]
    y, saved = layer.forward({}, x)
    np.testing.assert_allclose(y, value(x), rtol=1e-14)
    np.testing.assert_allclose(layer.slope(*saved), slope(x), rtol=1e-13, atol=1e-15)


def test_the_products_are_exact(layer, x, check_products):
    check_products(layer, x, step=0.5)  # within 0.2 of the kinks


def test_conventions(layer, x, check_conventions):
    check_conventions(layer, x)


def test_blocks_change_nothing(layer, x, monkeypatch):
    """Where there are many samples they are taken a few at a time."""
    w, (tx, dy, tdy) = {}, np.random.default_rng(1).normal(size=(3, *x.shape))

    def everything():
        y, saved = layer.forward(w, x)
        below = layer.hvp(w, saved, w, tx, dy, tdy, w, first=False)
        return [y, layer.vjp(w, saved, dy, w, first=False), layer.jvp(w, saved, w, tx), *below]

    whole = everything()
    monkeypatch.setattr(activation, "BLOCK", 2 * x[0].size)
    for in_blocks, at_once in zip(everything(), whole, strict=True):
        np.testing.assert_array_equal(in_blocks, at_once)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("softplus", [0, 0, np.log(2), 100, 1e4]),
        ("gelu", [0, 0, 0, 100, 1e4]),
        ("silu", [0, -100 * np.exp(-100), 0, 100, 1e4]),
        ("elu", [-1, -1, 0, 100, 1e4]),
        ("selu", [-SCALE * ALPHA, -SCALE * ALPHA, 0, 100 * SCALE, 1e4 * SCALE]),
        ("softsign", [-1e4 / 10001, -100 / 101, 0, 100 / 101, 1e4 / 10001]),
    ],
)
def test_far_out(name, expected):
    x = np.array([-1e4, -100.0, 0.0, 100.0, 1e4])
    np.testing.assert_allclose(ACTIVATIONS[name]().value(x), expected, rtol=1e-13, atol=1e-40)


def test_selu_keeps_mean_0_and_variance_1():
    """Klambauer et al. (2017), theorem 1: the fixed point; by quadrature against the normal density."""
    selu = ACTIVATIONS["selu"]()
    x = np.linspace(-12, 12, 200_001)
    weight = stats.norm.pdf(x) * (x[1] - x[0])
    y = selu.value(x)
    assert abs(weight @ y) < 1e-8 and abs(weight @ y**2 - 1) < 1e-8


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
