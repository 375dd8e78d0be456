from __future__ import annotations

import numpy as np
import pytest

from framework import chunks
from framework.diagnostics import (
    gradient_norms,
    output_saturation,
    signal_sizes,
    update_ratios,
)
from framework.layers import ACTIVATIONS, INITIALIZERS, Conv2D, Dense, Flatten, Image, Sequential
from framework.links import LINKS, sigmoid
from framework.objective import Objective
from framework.params import Layout, Parameter
from plugins.losses.cross_entropy import CrossEntropy
from plugins.losses.mean_squared_error import MeanSquaredError

GLOROT = INITIALIZERS["glorot"]
LAYOUT = Layout(
    [Parameter("a.weight", (2,)), Parameter("a.bias", (1,), "bias"), Parameter("b.c.scale", (1,))]
)


def test_norms_go_by_the_layers_that_parameters_belong_to():
    norms = gradient_norms(LAYOUT, np.array([1.0, 2.0, 2.0, -7.0]))
    assert norms == {"a": 3.0, "b.c": 7.0}


def test_updates_are_measured_against_the_parameters_before():
    before = np.array([3.0, 0.0, 4.0, 2.0])
    ratios = update_ratios(LAYOUT, before, np.array([3.0, 0.5, 4.0, 1.0]))
    assert ratios == pytest.approx({"a": 0.1, "b.c": 0.5})


def test_a_layer_of_zeros_has_no_update_ratio():
    assert update_ratios(LAYOUT, np.array([0.0, 0, 0, 2]), np.ones(4)) == {"b.c": 0.5}


def test_deltas_are_those_of_backpropagation_by_hand(mlp):
    """Nielsen's BP1 and BP2 for mean squared error on sigmoids, one sample after the other."""
    objective, theta = mlp("sigmoid", link="sigmoid", loss="mse")
    w = objective.network.layout.views(theta)
    last, hidden = [], []
    for x, y in zip(objective.x, objective.y, strict=True):
        a1 = sigmoid(x @ w["1.dense.weight"] + w["1.dense.bias"])
        a2 = sigmoid(a1 @ w["3.dense.weight"] + w["3.dense.bias"])
        scale = MeanSquaredError().grad(a2[None], y[None])[0]
        delta2 = scale * a2 * (1 - a2)
        delta1 = (w["3.dense.weight"] @ delta2) * a1 * (1 - a1)
        last.append(np.linalg.norm(delta2))
        hidden.append(np.linalg.norm(delta1))
    found = signal_sizes(objective.at(theta))["delta_norm"]
    assert list(found) == ["1.dense", "3.dense"]
    np.testing.assert_allclose(list(found.values()), [np.mean(hidden), np.mean(last)], rtol=1e-12)


def test_the_scale_of_a_loss_is_in_its_deltas(mlp):
    """p - y for cross-entropy behind softmax, whatever the number of rows."""
    objective, theta = mlp()
    expected = np.linalg.norm(objective.at(theta).outputs - objective.y, axis=1).mean()
    found = signal_sizes(objective.at(theta))["delta_norm"]["3.dense"]
    assert found == pytest.approx(expected, rel=1e-12)


def images(activation="relu"):
    """A convolution, an activation and a dense layer on images of 4 x 4 pixels."""
    rng = np.random.default_rng(3)
    layers = [Image(), Conv2D(2, 3, GLOROT), ACTIVATIONS[activation](), Flatten(), Dense(3, GLOROT)]
    network = Sequential(layers, (4, 4))
    x, y = rng.normal(size=(9, 4, 4)), np.eye(3)[rng.integers(3, size=9)]
    return Objective(network, CrossEntropy().head(LINKS["softmax"]), x, y), network.init(rng)


def test_deltas_of_a_convolution_are_all_its_pixels():
    """Against differences: a bias of each output pixel cannot be had, so the sum over pixels is compared."""
    objective, theta = images("tanh")
    layout, delta = objective.network.layout, {}
    for signal in objective.at(theta).signals():
        delta[signal.name] = signal.delta
    assert delta["2.conv2d"].shape == (9, 2, 2, 2)
    gradient = layout.views(objective.at(theta).grad())
    total = delta["2.conv2d"].sum(axis=(0, 1, 2)) / 9
    np.testing.assert_allclose(total, gradient["2.conv2d.bias"], rtol=1e-12)
    expected = np.mean([np.linalg.norm(each) for each in delta["2.conv2d"]])
    assert signal_sizes(objective.at(theta))["delta_norm"]["2.conv2d"] == pytest.approx(expected)


def test_chunks_give_what_the_whole_gives(monkeypatch):
    objective, theta = images()
    whole = signal_sizes(objective.at(theta))
    monkeypatch.setattr(chunks, "KEPT", 4 * 8 * objective.network.kept)
    parts = signal_sizes(objective.at(theta))
    assert {name: list(sizes) for name, sizes in parts.items()} == {
        "delta_norm": ["2.conv2d", "5.dense"],
        "saturation": ["3.relu"],
        "dead": ["3.relu"],
    }
    for name, sizes in whole.items():
        assert parts[name] == pytest.approx(sizes, rel=1e-12)


def activated(activation, sums):
    """The sizes where a hidden layer's sums are these, (N, units): the identity as weights."""
    sums = np.asarray(sums, float)
    units = sums.shape[1]
    layers = [Dense(units, GLOROT), ACTIVATIONS[activation](), Dense(2, GLOROT)]
    network = Sequential(layers, (units,))
    theta = network.init(np.random.default_rng(0))
    views = network.layout.views(theta)
    views["1.dense.weight"][...], views["1.dense.bias"][...] = np.eye(units), 0
    head = CrossEntropy().head(LINKS["softmax"])
    return signal_sizes(Objective(network, head, sums, np.eye(2)[[0] * len(sums)]).at(theta))


@pytest.mark.parametrize(
    "activation, edge",
    [
        ("sigmoid", np.log((1 + np.sqrt(0.95)) / (1 - np.sqrt(0.95)))),  # 4 σ (1 - σ) = 0.05
        ("tanh", np.arctanh(np.sqrt(0.95))),  # 1 - tanh² = 0.05
        ("softsign", 1 / np.sqrt(0.05) - 1),  # (1 + |x|)⁻² = 0.05
    ],
)
def test_saturation_counts_where_the_slope_is_small(activation, edge):
    sums = [[0.0, 0.99 * edge, 1.01 * edge], [1.01 * edge, -1.01 * edge, -0.99 * edge]]
    found = activated(activation, sums)
    assert found["saturation"]["2." + activation] == 3 / 6
    assert found["dead"] == {}


@pytest.mark.parametrize("activation", ["identity", "elu", "gelu", "silu", "selu", "softplus"])
def test_around_zero_nothing_is_saturated(activation):
    assert activated(activation, [[0.0, 0.5, -0.2]])["saturation"] == {f"2.{activation}": 0.0}


def test_dead_units_answer_to_no_sample():
    found = activated("relu", [[-1.0, 2.0, -3.0, 0.0], [-1.0, -2.0, 1.0, -1.0]])
    assert found["dead"] == {"2.relu": 2 / 4}
    assert found["saturation"] == {"2.relu": 6 / 8}


def test_a_unit_that_answers_in_one_chunk_alone_is_alive(monkeypatch):
    """The third answers to the first sample, the fourth to none; each sample is a chunk."""
    monkeypatch.setattr(chunks, "KEPT", 8)
    found = activated("relu", [[-1.0, 1.0, 3.0, -1.0], [1.0, -2.0, -1.0, -1.0]])
    assert found["dead"] == {"2.relu": 1 / 4}


def test_signals_come_chunk_by_chunk_in_the_order_of_the_samples(mlp, monkeypatch):
    objective, theta = mlp(rows=7)
    whole = {signal.name: signal.delta for signal in objective.at(theta).signals()}
    monkeypatch.setattr(chunks, "KEPT", 2 * 8 * objective.network.kept)
    parts = list(objective.at(theta).signals())
    assert len(parts) == 4 * len(whole)
    for name, delta in whole.items():
        joined = np.concatenate([part.delta for part in parts if part.name == name])
        np.testing.assert_allclose(joined, delta, rtol=1e-12)


def test_behind_a_dead_layer_the_deltas_are_zero_and_are_told():
    """No sample opens the second ReLU: nothing flows back through it, and the last layer sees its bias."""
    rng = np.random.default_rng(4)
    relu = ACTIVATIONS["relu"]
    layers = [Dense(5, GLOROT), relu(), Dense(4, GLOROT), relu(), Dense(3, GLOROT)]
    network = Sequential(layers, (6,))
    theta = network.init(rng)
    network.layout.views(theta)["3.dense.bias"][...] = -1e3
    y = np.eye(3)[rng.integers(3, size=8)]
    head = CrossEntropy().head(LINKS["softmax"])
    sizes = signal_sizes(Objective(network, head, rng.normal(size=(8, 6)), y).at(theta))
    thirds = np.linalg.norm([[2 / 3, -1 / 3, -1 / 3]])
    assert sizes["delta_norm"] == pytest.approx({"1.dense": 0, "3.dense": 0, "5.dense": thirds})
    assert sizes["dead"]["4.relu"] == 1


def test_a_leaky_unit_is_never_dead():
    assert activated("leaky_relu", [[-1.0, -2.0]])["dead"] == {}


def test_a_dead_filter_is_zero_at_every_pixel():
    objective, theta = images()
    bias = objective.network.layout.views(theta)["2.conv2d.bias"]
    bias[...] = [-1e3, 0]
    assert signal_sizes(objective.at(theta))["dead"] == {"3.relu": 0.5}


@pytest.mark.parametrize("link, share", [("sigmoid", 3 / 4), ("softmax", 3 / 4), ("tanh", 2 / 4)])
def test_outputs_near_the_ends_of_their_range_are_saturated(link, share):
    p = {
        "sigmoid": np.array([[0.001, 0.5], [0.999, 0.012]]),
        "softmax": np.array([[0.001, 0.5], [0.999, 0.012]]),
        "tanh": np.array([[-0.99, 0.99], [0.9, 0.0]]),
    }[link]
    assert output_saturation(LINKS[link], p) == share


@pytest.mark.parametrize("link", ["identity", "exp"])
def test_unbounded_outputs_do_not_saturate(link):
    assert output_saturation(LINKS[link], np.ones((2, 2))) is None


def test_a_function_without_targets_has_no_deltas(quadratic):
    sizes = signal_sizes(quadratic(np.eye(3)).at(np.ones(3)))
    assert sizes == {"delta_norm": {}, "saturation": {}, "dead": {}}
