from __future__ import annotations

import numpy as np
import pytest

from framework.layers import ACTIVATIONS
from plugins.models.mlp import MLP

jax = pytest.importorskip("jax")

THEIRS = {
    "identity": lambda x: x,
    "sigmoid": jax.nn.sigmoid,
    "tanh": jax.numpy.tanh,
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "elu": jax.nn.elu,
    "selu": jax.nn.selu,
    "gelu": lambda x: jax.nn.gelu(x, approximate=False),
    "silu": jax.nn.silu,
    "softplus": jax.nn.softplus,
    "softsign": jax.nn.soft_sign,
}


@pytest.fixture
def x():
    return np.random.default_rng(1).normal(size=(12, 5))


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_all_derivatives_are_those_of_jax(activation, x, check_jax):
    def logits(weights, x):
        for w, b in zip(weights[:-2:2], weights[1:-2:2], strict=True):
            x = THEIRS[activation](x @ w + b)
        return x @ weights[-2] + weights[-1]

    check_jax(MLP(hidden=[6, 4], activation=activation).build((5,), 3), logits, x)


def test_layer_norm_is_that_of_jax(x, check_jax):
    def logits(weights, x):
        w, b, gain, bias, last, shift = weights
        h = jax.nn.standardize(x @ w + b, epsilon=1e-5)
        return jax.numpy.tanh(h * gain + bias) @ last + shift

    check_jax(MLP(hidden=[6], layer_norm=True).build((5,), 3), logits, x)
