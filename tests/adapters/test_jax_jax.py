from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from framework import LINKS, ConfigError, Model, Objective
from framework.testing import assert_conforms
from framework.tracking.model import requirements
from plugins.losses.cross_entropy import CrossEntropy
from plugins.models.lenet5 import LeNet5
from plugins.models.mlp import MLP

jax = pytest.importorskip("jax")

from framework.adapters.jax import JaxNetwork  # noqa: E402

jnp = jax.numpy


def start(key, widths=(5, 6, 4, 3)):
    """A nested pytree: layers, a tuple of dictionaries, the last of them called otherwise."""
    keys = jax.random.split(key, len(widths) - 1)
    layers = [
        {"w": jax.random.normal(k, (a, b)) / a**0.5, "b": jnp.zeros(b)}
        for k, a, b in zip(keys, widths, widths[1:], strict=False)
    ]
    return {"layers": tuple(layers[:-1]), "top": [layers[-1]["w"], layers[-1]["b"]]}


def logits(params, x):
    """tanh between the layers."""
    for layer in params["layers"]:
        x = jnp.tanh(x @ layer["w"] + layer["b"])
    return x @ params["top"][0] + params["top"][1]


def noisy_logits(params, x, key):
    """Dropout of the inputs with rate ½."""
    if key is not None:
        x = 2 * x * jax.random.bernoulli(key, 0.5, x.shape)
    return logits(params, x)


def alphabetical(views):
    """Our parameters as jax orders those of `start`: "b" before "w", but in a list as they stand."""
    w1, b1, w2, b2, *top = views.values()
    return [b1, w1, b2, w2, *top]


def images(params, x):
    """LeNet-5 on 8×8 images, from a flat list of parameters."""
    order = ("NHWC", "HWIO", "NHWC")
    for kernel, bias in (params[:2], params[2:4]):
        x = jax.lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=order)
        x = jnp.tanh(x + bias)
        x = jax.lax.reduce_window(x, 0.0, jax.lax.add, (1, 2, 2, 1), (1, 2, 2, 1), "VALID") / 4
    x = x.reshape(len(x), -1)
    for w, b in (params[4:6], params[6:8]):
        x = jnp.tanh(x @ w + b)
    return x @ params[8] + params[9]


@pytest.fixture
def x():
    return np.random.default_rng(1).normal(size=(7, 5))


@pytest.fixture
def network():
    return JaxNetwork(start, logits, (5,), 3)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_perceptron_is_ours(dtype, network, x, assert_same):
    assert_same(network, MLP(hidden=[6, 4]).build((5,), 3), alphabetical, x, dtype)


def test_a_convolutional_network_is_ours(assert_same):
    ours = LeNet5().build((8, 8, 1), 3)
    theirs = JaxNetwork(lambda key: [jnp.ones(p.shape) for p in ours.layout], images, (8, 8, 1), 3)
    x = np.random.default_rng(1).normal(size=(3, 8, 8, 1))
    assert_same(theirs, ours, lambda views: list(views.values()), x)


def test_a_function_conforms():
    class Mine(Model):
        example_inputs = (5,)

        def build(self, inputs, outputs):
            return JaxNetwork(start, noisy_logits, inputs, 3)

    assert_conforms(Mine())


def test_parameters_are_named_by_their_paths(network):
    kinds = {p.name: p.kind for p in network.layout}
    assert kinds == {
        "layers.0.b": "bias",
        "layers.0.w": "weight",
        "layers.1.b": "bias",
        "layers.1.w": "weight",
        "top.0": "weight",
        "top.1": "bias",
    }
    (single,) = JaxNetwork(lambda key: jnp.ones((5, 3)), lambda w, x: x @ w, (5,), 3).layout
    assert (single.name, single.kind) == ("params", "weight")


def test_the_start_is_the_rngs(network):
    first, again, other = (network.init(np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert (first.dtype, first.shape) == (np.float64, (network.layout.size,))
    narrow = network.init(np.random.default_rng(3), np.float32)
    assert narrow.dtype == np.float32
    np.testing.assert_array_equal(narrow, first.astype(np.float32))
    assert not np.array_equal(narrow, first)  # drawn in double precision
    assert not network.layout.views(first)["top.1"].any()


@pytest.mark.parametrize("wide", [False, True])
def test_precision_is_thetas_whatever_jax_is_set_to(wide, network, x):
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", wide)
    try:
        theta = network.init(np.random.default_rng(0))
        for dtype in (np.float64, np.float32):
            here = network.linearize(theta.astype(dtype), x.astype(dtype))
            v, dz = theta.astype(dtype), np.ones_like(here.z)
            products = [here.z, here.jvp(v), here.vjp(dz, np.empty_like(v))]
            products.append(here.hvp(v, dz, lambda rz: rz, np.empty_like(v)))
            assert [p.dtype for p in products] == [dtype] * 4
            assert jax.config.jax_enable_x64 is wide
    finally:
        jax.config.update("jax_enable_x64", before)


def test_the_function_is_traced_once_for_a_shape_and_dtype(x):
    traced = []

    def apply(params, x):
        traced.append((x.shape, str(x.dtype)))
        return logits(params, x)

    network = JaxNetwork(start, apply, (5,), 3)
    theta = network.init(np.random.default_rng(0))
    traced.clear()
    for _ in range(4):
        for rows in (4, 3):
            here = network.training(0, 1).linearize(theta, x[:rows])
            here.vjp(here.z, np.empty_like(theta))
    assert traced == [((4, 5), "float64"), ((3, 5), "float64")]
    theta, x = theta.astype(np.float32), x.astype(np.float32)
    network.linearize(theta, x[:4]), network.linearize(theta, x[:4])
    assert traced[2:] == [((4, 5), "float32")]


def test_noise_is_for_mini_batches_and_held_for_a_step(x, assert_derivative):
    network = JaxNetwork(start, noisy_logits, (5,), 3)
    head, y = CrossEntropy().head(LINKS["softmax"]), np.eye(3)[[0, 1, 2, 0, 1, 2, 0]]
    full, theta = Objective(network, head, x, y), network.init(np.random.default_rng(0))
    batch = full.batch(np.arange(7))
    v = np.random.default_rng(2).normal(size=theta.size)
    assert batch.at(theta).value != full.at(theta).value
    assert batch.at(theta).value == batch.at(theta).value
    assert_derivative(lambda t: batch.at(theta + t * v).value, batch.at(theta).grad() @ v)
    np.testing.assert_array_equal(batch.at(theta).hvp(v), full.at(theta).hvp(v))
    steps = [network.training(0, step).linearize(theta, x).z for step in (1, 1, 2)]
    assert np.array_equal(steps[0], steps[1]) and not np.array_equal(steps[0], steps[2])


def test_a_function_without_noise_is_itself_in_training(network):
    assert network.training(0, 1) is network


@pytest.mark.parametrize(
    ("init", "apply", "told"),
    [
        (lambda key: jnp.ones((9, 3)), lambda w, x: x @ w, r"samples of shape \(5,\) do not go"),
        (lambda key: jnp.ones((5, 2)), lambda w, x: x @ w, r"logits of shape \(1, 2\); expected"),
        (
            lambda key: {"n": jnp.arange(3), "w": jnp.ones((5, 3))},
            lambda p, x: x @ p["w"],
            "parameter 'n' is int64: keep what is not trained in `apply`",
        ),
    ],
)
def test_what_cannot_work_is_told_in_one_line(init, apply, told):
    with pytest.raises(ConfigError, match=told) as caught:
        JaxNetwork(init, apply, (5,), 3)
    assert "\n" not in str(caught.value)


def test_a_sample_keeps_what_the_pullback_does(network):
    """At least the inputs of three layers; jax keeps the slopes of tanh besides."""
    assert 5 + 6 + 4 <= network.kept <= 5 + 3 * (6 + 4) + 3


def test_a_logged_model_requires_jax(network):
    predictor = SimpleNamespace(network=network)
    assert f"jax=={jax.__version__}" in requirements(SimpleNamespace(predictor=predictor))
