from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from framework.interfaces import Curve
from framework.layers import ACTIVATIONS, INITIALIZERS, Dense, RadialBasis, Sequential
from framework.links import LINKS
from plugins.losses.mean_squared_error import MeanSquaredError


def first_rows(x, rng):
    """The first three inputs as centres."""
    return x[:3], np.array([0.5, 1.0, 2.0])


@pytest.fixture
def x():
    return np.random.default_rng(1).normal(size=(6, 4))


def test_the_products_are_exact(x, check_products):
    check_products(RadialBasis(3, first_rows, trained=True), x, step=0.3)


def test_conventions(x, check_conventions):
    check_conventions(RadialBasis(3, first_rows, trained=True), x)


def test_a_normal_density_up_to_its_height():
    layer = RadialBasis(3, first_rows)
    layer.build((1,))
    layer.fit(np.array([[0.0], [1.0], [-3.0]]), np.random.default_rng(0))
    x = np.linspace(-5, 5, 21)[:, None]
    y, _ = layer.forward(layer.constants, x)
    for j, (centre, width) in enumerate([(0, 0.5), (1, 1), (-3, 2)]):
        density = norm(centre, width).pdf(x[:, 0])
        np.testing.assert_allclose(y[:, j], density * width * np.sqrt(2 * np.pi), rtol=1e-12)


def test_far_from_the_origin_distances_keep_their_digits():
    """x and c near 1e6: plain ‖x‖² - 2 x·c + ‖c‖² would be off by 1e-4."""
    layer, x = RadialBasis(3, first_rows), np.random.default_rng(1).normal(size=(6, 4))
    layer.build((4,))
    layer.fit(x, np.random.default_rng(0))
    near, _ = layer.forward(layer.constants, x)
    shifted = {**layer.constants, "centres": layer.constants["centres"] + 2**20}
    far, _ = layer.forward(shifted, x + 2**20)
    np.testing.assert_allclose(far, near, rtol=1e-8)


@pytest.mark.parametrize("trained", [False, True])
def test_centres_are_constants_or_parameters_that_no_l2_pulls_at(x, trained):
    network = Sequential([RadialBasis(3, first_rows, trained), Dense(2, INITIALIZERS["he"])], (4,))
    network.fit(x, np.random.default_rng(0))
    theta = network.init(np.random.default_rng(0))
    views = network.layout.views(theta)
    free = {p.name for p in network.layout if p.kind == "bias"}
    names = {"1.radialbasis.centres", "1.radialbasis.log_widths"}
    assert set(network.constants) == (set() if trained else names)
    assert free - {"2.dense.bias"} == (names if trained else set())
    found = views if trained else network.constants
    np.testing.assert_array_equal(found["1.radialbasis.centres"], x[:3])
    np.testing.assert_allclose(np.exp(found["1.radialbasis.log_widths"]), [0.5, 1, 2], rtol=1e-15)


def test_without_fit_the_centres_are_the_same_every_time():
    made = [RadialBasis(3, first_rows) for _ in range(2)]
    for layer in made:
        assert layer.build((4,)) == (3,)
    for name in ("centres", "log_widths"):
        np.testing.assert_array_equal(*(layer.constants[name] for layer in made))


def test_constants_above_a_layer_with_parameters(x, assert_derivative):
    """The inputs' tangent goes through them, both ways."""
    layers = [Dense(4, INITIALIZERS["lecun"]), RadialBasis(3, first_rows)]
    network = Sequential(
        [*layers, ACTIVATIONS["tanh"](), Dense(2, INITIALIZERS["lecun"])], x.shape[1:]
    )
    rng = np.random.default_rng(0)
    theta = network.init(rng)
    v, y = 0.1 * rng.normal(size=theta.size), rng.normal(size=(6, 2))
    head = MeanSquaredError().head(LINKS["identity"])

    def gradient(t):
        made = network.linearize(theta + t * v, x)
        return made.vjp(head.grad(made.z, y), np.full_like(theta, np.nan))

    made = network.linearize(theta, x)
    assert_derivative(lambda t: network.linearize(theta + t * v, x).z, made.jvp(v))
    dz, curve = head.grad(made.z, y), Curve(head, made.z, y)
    assert_derivative(gradient, made.hvp(v, dz, curve, np.full_like(theta, np.nan)))
    assert np.vdot(made.jvp(v), dz) == pytest.approx(np.vdot(v, gradient(0)), rel=1e-12)


def test_samples_that_are_not_flat_are_refused():
    with pytest.raises(ValueError, match=r"take flat samples, not of shape \(2, 2\)"):
        RadialBasis(3, first_rows).build((2, 2))
