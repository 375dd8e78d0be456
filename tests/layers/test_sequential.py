from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from framework.interfaces import Curve
from framework.layers import ACTIVATIONS, INITIALIZERS, Dense, Flatten, RadialBasis, Sequential
from framework.links import LINKS
from plugins.losses.mean_squared_error import MeanSquaredError

GLOROT = INITIALIZERS["glorot"]


def network(activation="tanh", widths=(5, 4), outputs=3, inputs=(2, 3), bias=True):
    layers = [] if len(inputs) == 1 else [Flatten()]
    for width in widths:
        layers += [Dense(width, GLOROT, bias), ACTIVATIONS[activation]()]
    return Sequential([*layers, Dense(outputs, GLOROT, bias)], inputs)


def start(net, n=6, dtype=np.float64, inputs=(2, 3)):
    """theta, x, dz and a direction."""
    rng = np.random.default_rng(0)
    theta = net.init(rng, dtype)
    theta += (0.2 * rng.normal(size=theta.size)).astype(dtype)
    x, dz = rng.normal(size=(n, *inputs)), rng.normal(size=(n, 3))
    return theta, x.astype(dtype), dz.astype(dtype), rng.normal(size=theta.size).astype(dtype)


NETS = {
    "images": lambda: network(),
    "sigmoid": lambda: network("sigmoid"),
    "relu": lambda: network("relu"),
    "without_bias": lambda: network(bias=False),
    "no_hidden": lambda: network(widths=()),
    "activation_first": lambda: Sequential(
        [ACTIVATIONS["tanh"](), Flatten(), Dense(3, GLOROT), ACTIVATIONS["sigmoid"]()], (2, 3)
    ),
}


@pytest.fixture(params=sorted(NETS))
def net(request):
    return NETS[request.param]()


def test_jvp_is_the_derivative_of_the_logits(net, assert_derivative):
    theta, x, _, v = start(net)
    v *= 0.1
    assert_derivative(lambda t: net.linearize(theta + t * v, x).z, net.linearize(theta, x).jvp(v))


def test_vjp_is_the_adjoint_of_jvp(net):
    theta, x, dz, v = start(net)
    made = net.linearize(theta, x)
    out = np.full_like(theta, np.nan)
    assert made.vjp(dz, out) is out
    there, back = np.vdot(made.jvp(v), dz), np.vdot(v, out)
    assert abs(there - back) <= 1e-14 * np.linalg.norm(made.jvp(v)) * np.linalg.norm(dz)


def test_hvp_is_the_derivative_of_vjp(net, assert_derivative):
    theta, x, _, v = start(net)
    v *= 0.1
    head, y = MeanSquaredError().head(LINKS["sigmoid"]), np.eye(3)[[0, 1, 2, 0, 1, 2]]

    def gradient(t):
        made = net.linearize(theta + t * v, x)
        return made.vjp(head.grad(made.z, y), np.full_like(theta, np.nan))

    made, out = net.linearize(theta, x), np.full_like(theta, np.nan)
    assert made.hvp(v, head.grad(made.z, y), Curve(head, made.z, y), out) is out
    assert_derivative(gradient, out)


@pytest.mark.parametrize("bias", [True, False])
def test_one_dense_layer_on_fixed_features_has_a_closed_hessian(bias):
    """Made of the products, column by column; with more parameters below there is none."""
    net = network(widths=(), bias=bias)
    theta, x, _, _ = start(net)
    head, y = MeanSquaredError().head(LINKS["softmax"]), np.eye(3)[[0, 1, 2, 0, 1, 2]]
    made = net.linearize(theta, x)
    dz, curve = head.grad(made.z, y), Curve(head, made.z, y)
    columns = [made.hvp(e, dz, curve, np.empty_like(theta)) for e in np.eye(theta.size)]
    closed = made.hessian(curve)
    np.testing.assert_allclose(closed, np.stack(columns, 1), atol=1e-14 * np.abs(closed).max())
    deep = network(widths=(5,))
    assert deep.linearize(start(deep)[0], x).hessian(curve) is None


def test_hvp_is_symmetric(net):
    theta, x, _, v = start(net)
    u = np.random.default_rng(5).normal(size=theta.size)
    head, y = MeanSquaredError().head(LINKS["softmax"]), np.eye(3)[[0, 1, 2, 0, 1, 2]]
    made = net.linearize(theta, x)
    dz, curve = head.grad(made.z, y), Curve(head, made.z, y)
    hu, hv = (made.hvp(d, dz, curve, np.empty_like(d)) for d in (u, v))
    scale = np.linalg.norm(hu) * np.linalg.norm(v)
    assert abs(np.vdot(u, hv) - np.vdot(v, hu)) <= 1e-13 * scale


def test_parameters_are_named_by_number_and_layer():
    shapes = {p.name: (p.shape, p.kind) for p in network().layout}
    assert shapes == {
        "2.dense.weight": ((6, 5), "weight"),
        "2.dense.bias": ((5,), "bias"),
        "4.dense.weight": ((5, 4), "weight"),
        "4.dense.bias": ((4,), "bias"),
        "6.dense.weight": ((4, 3), "weight"),
        "6.dense.bias": ((3,), "bias"),
    }
    assert network().outputs == (3,)


def initial(net, seed=0):
    theta = net.init(np.random.default_rng(seed))
    return {name: view.copy() for name, view in net.layout.views(theta).items()}


@pytest.mark.parametrize("widths", [(5, 9), (5, 4, 7)])
def test_a_later_layer_leaves_the_start_of_the_earlier_ones_alone(widths):
    one, other = initial(network()), initial(network(widths=widths))
    np.testing.assert_array_equal(one["2.dense.weight"], other["2.dense.weight"])
    if len(widths) == 3:
        np.testing.assert_array_equal(one["4.dense.weight"], other["4.dense.weight"])


def test_an_earlier_layer_leaves_the_start_of_the_later_ones_alone():
    one, other = initial(network()), initial(network(inputs=(7, 9)))
    np.testing.assert_array_equal(one["4.dense.weight"], other["4.dense.weight"])
    np.testing.assert_array_equal(one["6.dense.weight"], other["6.dense.weight"])


def test_layers_of_the_same_shape_start_differently():
    views = initial(network(widths=(4, 4, 4), inputs=(4,)))
    weights = [views[f"{i}.dense.weight"] for i in (1, 3, 5)]
    assert not any(np.isclose(a, b).any() for a, b in pairwise(weights))


def test_the_same_seed_starts_alike_and_biases_at_zero():
    one, again, other = initial(network()), initial(network()), initial(network(), seed=1)
    for name in one:
        np.testing.assert_array_equal(one[name], again[name])
        assert np.array_equal(one[name], other[name]) == name.endswith("bias")


def mean_and_spread(x, rng):
    return np.stack([x.mean(axis=0), x.mean(axis=0) + 1]), np.array([x.std(), 2 * x.std()])


def test_layers_below_the_parameters_learn_from_what_reaches_them():
    """A second layer of centres sees the first one's outputs; one behind a dense layer is not asked."""
    bases = [RadialBasis(2, mean_and_spread) for _ in range(3)]
    layers = [Flatten(), bases[0], bases[1], Dense(3, GLOROT), bases[2]]
    net, x = Sequential(layers, (2, 3)), np.random.default_rng(0).normal(size=(9, 2, 3))
    fresh = dict(net.constants)
    net.fit(x, np.random.default_rng(0))
    flat, _ = mean_and_spread(x.reshape(9, 6), None)
    np.testing.assert_array_equal(net.constants["2.radialbasis.centres"], flat)
    seen, _ = bases[0].forward(bases[0].constants, x.reshape(9, 6))
    expected, _ = mean_and_spread(seen, None)
    np.testing.assert_array_equal(net.constants["3.radialbasis.centres"], expected)
    for name in ("5.radialbasis.centres", "5.radialbasis.log_widths"):
        assert net.constants[name] is fresh[name]


def test_constants_that_are_put_back_are_used():
    """As a saved model's are, into a network that was never fitted."""
    nets = [Sequential([RadialBasis(2, mean_and_spread), Dense(3, GLOROT)], (4,)) for _ in range(2)]
    x, theta = np.random.default_rng(0).normal(size=(9, 4)), np.arange(9.0)
    nets[0].fit(x, np.random.default_rng(0))
    fitted, fresh = (net.linearize(theta, x).z for net in nets)
    assert not np.isclose(fitted, fresh).any()
    nets[1].constants = dict(nets[0].constants)
    np.testing.assert_array_equal(nets[1].linearize(theta, x).z, fitted)


def test_a_network_without_such_layers_does_not_look_at_the_inputs(net):
    assert net.constants == {}
    net.fit(None, None)


def test_float32_stays_float32(net):
    theta, x, dz, v = start(net, dtype=np.float32)
    made = net.linearize(theta, x)
    exact = net.linearize(theta.astype(float), x.astype(float))
    head, y = MeanSquaredError().head(LINKS["sigmoid"]), np.eye(3, dtype=np.float32)[[0] * 6]

    def products(made, dtype):
        curve = Curve(head, made.z, y.astype(dtype))
        grads = made.vjp(dz.astype(dtype), np.empty(theta.size, dtype))
        hv = made.hvp(v.astype(dtype), dz.astype(dtype), curve, np.empty(theta.size, dtype))
        return made.z, made.jvp(v.astype(dtype)), grads, hv

    for got, expected in zip(products(made, "f4"), products(exact, "f8"), strict=True):
        assert got.dtype == np.float32
        assert np.linalg.norm(got - expected) <= 1e-5 * np.linalg.norm(expected)


def test_an_empty_batch(net):
    theta, x, dz, v = start(net, n=0)
    made = net.linearize(theta, x)
    assert made.z.shape == made.jvp(v).shape == (0, 3)
    np.testing.assert_array_equal(made.vjp(dz, np.full_like(theta, np.nan)), 0)
    curve = Curve(MeanSquaredError().head(LINKS["identity"]), made.z, dz)
    np.testing.assert_array_equal(made.hvp(v, dz, curve, np.full_like(theta, np.nan)), 0)


def test_images_are_flattened_row_by_row():
    theta, x, _, _ = start(network())
    flat = network(inputs=(6,))
    np.testing.assert_array_equal(
        network().linearize(theta, x).z, flat.linearize(theta, x.reshape(6, 6)).z
    )


def test_stages_end_at_the_logits(net):
    theta, x, _, _ = start(net)
    made = net.linearize(theta, x)
    stages = dict(made.stages())
    assert list(stages) == [f"the output of layer '{name}'" for name in net.names]
    np.testing.assert_array_equal(list(stages.values())[-1], made.z)


def test_nothing_is_changed_in_passing(net):
    theta, x, dz, v = start(net)
    kept = [a.copy() for a in (theta, x, dz, v)]
    made = net.linearize(theta, x)
    made.jvp(v)
    made.vjp(dz, np.empty_like(theta))
    curve = Curve(MeanSquaredError().head(LINKS["identity"]), made.z, dz)
    made.hvp(v, dz, curve, np.empty_like(theta))
    for before, after in zip(kept, (theta, x, dz, v), strict=True):
        np.testing.assert_array_equal(before, after)
