from __future__ import annotations

import numpy as np
import pytest

from plugins.models.convnet import ConvNet
from plugins.models.lenet5 import LeNet5

jax = pytest.importorskip("jax")
lax = jax.lax


def convolve(x, w, b, padding):
    pads = [(padding, padding)] * 2
    dimensions = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(x, w, (1, 1), pads, dimension_numbers=dimensions) + b


def average(x):
    return lax.reduce_window(x, 0.0, lax.add, (1, 2, 2, 1), (1, 2, 2, 1), "VALID") / 4


def largest(x):
    return lax.reduce_window(x, -np.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def lenet5(pool, act, padding):
    def logits(weights, x):
        w1, b1, w3, b3, w5, b5, w6, b6, w7, b7 = weights
        x = pool(act(convolve(x, w1, b1, 2)))
        x = pool(act(convolve(x, w3, b3, padding)))
        x = act(act(x.reshape(len(x), -1) @ w5 + b5) @ w6 + b6)
        return x @ w7 + b7

    return logits


@pytest.mark.parametrize(
    ("pool", "theirs", "side", "padding"), [("average", average, 8, 2), ("max", largest, 13, 0)]
)
def test_all_derivatives_are_those_of_jax(pool, theirs, side, padding, check_jax):
    network = LeNet5(pool=pool).build((side, side, 1), 3)
    x = np.random.default_rng(1).normal(size=(4, side, side, 1))
    check_jax(network, lenet5(theirs, jax.numpy.tanh, padding), x)


def test_the_whole_dense_hessian_of_a_smaller_net_of_these_layers_is_that_of_jax(check_jax):
    network = ConvNet(channels=[2, 3], kernel=5, activation="tanh", pool="average")

    def logits(weights, x):
        w1, b1, w2, b2, w3, b3 = weights
        x = average(jax.numpy.tanh(convolve(x, w1, b1, 2)))
        x = average(jax.numpy.tanh(convolve(x, w2, b2, 2)))
        return x.reshape(len(x), -1) @ w3 + b3

    x = np.random.default_rng(1).normal(size=(5, 8, 8, 1))
    check_jax(network.build((8, 8, 1), 3), logits, x)
