from __future__ import annotations

import numpy as np
import pytest

from framework.errors import ConfigError
from framework.layers import ACTIVATIONS, INITIALIZERS, Dense, LayerNorm, Sequential
from framework.links import LINKS
from framework.objective import Objective
from framework.solvers import dense_weights, kronecker_factors, squared_gradients
from plugins.losses.cross_entropy import CrossEntropy
from plugins.losses.mean_squared_error import MeanSquaredError
from plugins.models.linear import Linear

INIT = INITIALIZERS["lecun"]
CASES = [("ce", "softmax"), ("ce", "sigmoid"), ("mse", "softmax"), ("mse", "identity")]


def objective_of(network, loss, link, rows):
    rng = np.random.default_rng(0)
    loss = {"ce": CrossEntropy, "mse": MeanSquaredError}[loss]()
    y = np.eye(3)[rng.integers(3, size=rows)]
    return Objective(network, loss.head(LINKS[link]), rng.normal(size=(rows, 4)), y)


def deep(activation="tanh", bias=True):
    layers = [Dense(5, INIT, bias), ACTIVATIONS[activation](), Dense(3, INIT, bias)]
    return Sequential(layers, (4,))


def blocks(objective, theta):
    """Each dense layer's weight and bias, in rows of the weights, then the bias: its rows in theta."""
    layout = objective.network.layout
    for parameter in layout:
        if parameter.name.endswith("weight"):
            rows = np.arange(theta.size)[layout.slices[parameter.name]]
            bias = parameter.name.removesuffix("weight") + "bias"
            if bias in layout.slices:
                rows = np.concatenate([rows, np.arange(theta.size)[layout.slices[bias]]])
            yield parameter.name, rows


@pytest.mark.parametrize(("loss", "link"), CASES)
@pytest.mark.parametrize("make", [deep, lambda: deep(bias=False), lambda: Linear().build((4,), 3)])
def test_for_one_sample_the_product_is_the_exact_block(make, loss, link):
    objective = objective_of(make(), loss, link, 1)
    theta = np.random.default_rng(1).normal(size=objective.network.layout.size)
    exact, factors = objective.at(theta).gauss_newton(), kronecker_factors(objective.at(theta))
    assert np.abs(exact).max() > 1e-3
    for name, rows in blocks(objective, theta):
        product = np.kron(factors[name].inputs, factors[name].outputs)
        np.testing.assert_allclose(product, exact[np.ix_(rows, rows)], rtol=1e-9, atol=1e-13)


def test_for_linear_networks_and_squared_error_every_block_is_exact():
    """The gradients at the outputs do not depend on the sample. Bernacchia et al. (2018)."""
    layers = [Dense(5, INIT), Dense(6, INIT), Dense(3, INIT)]
    objective = objective_of(Sequential(layers, (4,)), "mse", "identity", 20)
    theta = np.random.default_rng(1).normal(size=objective.network.layout.size)
    exact, factors = objective.at(theta).gauss_newton(), kronecker_factors(objective.at(theta))
    for name, rows in blocks(objective, theta):
        product = np.kron(factors[name].inputs, factors[name].outputs)
        np.testing.assert_allclose(product, exact[np.ix_(rows, rows)], rtol=1e-9, atol=1e-12)


def test_factors_are_means_over_samples_and_the_models_own_labels():
    """By a loop over samples and labels k: E[ā āᵀ], E[Σ_k p_k s sᵀ], s = d(-log p_k) at the outputs."""
    objective = objective_of(deep(), "ce", "softmax", 7)
    theta = np.random.default_rng(1).normal(size=objective.network.layout.size)
    views = objective.network.layout.views(theta)
    inner, outer = np.zeros((6, 6)), np.zeros((5, 5))
    for x in objective.x:
        h = np.tanh(x @ views["1.dense.weight"] + views["1.dense.bias"])
        z = h @ views["3.dense.weight"] + views["3.dense.bias"]
        p = np.exp(z) / np.exp(z).sum()
        inner += np.outer([*h, 1], [*h, 1]) / 7
        for k in range(3):
            s = (1 - h**2) * (views["3.dense.weight"] @ (p - np.eye(3)[k]))
            outer += p[k] * np.outer(s, s) / 7
    factors = kronecker_factors(objective.at(theta))
    np.testing.assert_allclose(factors["3.dense.weight"].inputs, inner, rtol=1e-12)
    np.testing.assert_allclose(factors["1.dense.weight"].outputs, outer, rtol=1e-10, atol=1e-15)


def test_the_damped_inverses():
    rng = np.random.default_rng(0)
    objective = objective_of(deep(), "ce", "softmax", 30)
    theta = rng.normal(size=objective.network.layout.size)
    factor = kronecker_factors(objective.at(theta))["1.dense.weight"]
    a, g = factor.inputs, factor.outputs
    pi = np.sqrt((np.trace(a) / 5) / (np.trace(g) / 5))
    left, right = factor.inverses(0.04)
    np.testing.assert_allclose(left, np.linalg.inv(a + pi * 0.2 * np.eye(5)), rtol=1e-9)
    np.testing.assert_allclose(right, np.linalg.inv(g + 0.2 / pi * np.eye(5)), rtol=1e-9)


@pytest.mark.parametrize(("loss", "link"), CASES)
def test_squared_gradients_are_those_of_single_samples(loss, link):
    objective = objective_of(deep(), loss, link, 9)
    theta = np.random.default_rng(1).normal(size=objective.network.layout.size)
    each = [objective.batch(np.array([n])).at(theta).grad() for n in range(9)]
    expected = (np.square(each) / 81).sum(axis=0)
    np.testing.assert_allclose(squared_gradients(objective.at(theta)), expected, rtol=1e-10)


def test_passes_are_counted():
    objective = objective_of(deep(), "ce", "softmax", 7)
    kronecker_factors(objective.at(np.zeros(objective.network.layout.size)))
    # softmax: the root of p (1 - p) has one column less than there are outputs
    assert (objective.work.forward, objective.work.backward) == (7, 14)


def test_networks_of_other_layers_are_refused():
    assert set(dense_weights(objective_of(deep(), "ce", "softmax", 2), "")) == {
        "1.dense.weight",
        "3.dense.weight",
    }
    mixed = Sequential([Dense(5, INIT), LayerNorm(), Dense(3, INIT)], (4,))
    with pytest.raises(ConfigError) as caught:
        dense_weights(objective_of(mixed, "ce", "softmax", 2), "try")
    assert str(caught.value) == (
        "it needs a network of dense layers, and '2.layernorm.gain' belongs to none; try"
    )
