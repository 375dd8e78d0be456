from __future__ import annotations

import numpy as np
import pytest

from plugins.models.rbf import RBF

jax = pytest.importorskip("jax")


def logits(weights, x):
    centres, log_widths, w, b = weights
    squares = ((x[:, None] - centres) ** 2).sum(axis=2)
    return jax.numpy.exp(-squares / (2 * jax.numpy.exp(log_widths) ** 2)) @ w + b


@pytest.mark.parametrize("trained", [False, True])
def test_all_derivatives_are_those_of_jax(trained, check_jax):
    x = np.random.default_rng(1).normal(size=(30, 4))
    network = RBF(centres=5, train_centres=trained, init="normal").build((4,), 3)
    network.fit(x, np.random.default_rng(0))
    constants = list(network.constants.values())
    check_jax(network, lambda weights, x: logits([*constants, *weights], x), x)
