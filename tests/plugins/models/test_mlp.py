from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.neural_network import MLPRegressor

from framework.errors import FieldError
from plugins.models.linear import Linear
from plugins.models.mlp import MLP


def names(network):
    return [(p.name, p.shape) for p in network.layout]


def test_widths_and_names():
    assert names(MLP(hidden=[5, 7]).build((4,), 3)) == [
        ("1.dense.weight", (4, 5)),
        ("1.dense.bias", (5,)),
        ("3.dense.weight", (5, 7)),
        ("3.dense.bias", (7,)),
        ("5.dense.weight", (7, 3)),
        ("5.dense.bias", (3,)),
    ]
    assert names(MLP(hidden=[5], bias=False).build((2, 2), 3)) == [
        ("2.dense.weight", (4, 5)),
        ("4.dense.weight", (5, 3)),
    ]


@pytest.mark.parametrize(
    ("activation", "theirs"), [("tanh", "tanh"), ("relu", "relu"), ("sigmoid", "logistic")]
)
def test_logits_are_those_of_scikit_learn(activation, theirs):
    rng = np.random.default_rng(0)
    x, hidden = rng.normal(size=(9, 4)), [5, 7]
    network = MLP(hidden=hidden, activation=activation).build((4,), 3)
    theta = rng.normal(size=network.layout.size)
    views = list(network.layout.views(theta).values())
    peer = MLPRegressor(hidden_layer_sizes=hidden, activation=theirs, max_iter=1, solver="sgd")
    peer.coefs_, peer.intercepts_ = views[::2], views[1::2]
    peer.n_layers_, peer.out_activation_ = 4, "identity"
    np.testing.assert_allclose(network.linearize(theta, x).z, peer.predict(x), rtol=1e-12)


def test_without_hidden_layers_it_is_the_linear_model():
    x, theta = np.random.default_rng(0).normal(size=(9, 4)), np.arange(15.0)
    deep, flat = MLP(hidden=[]).build((4,), 3), Linear().build((4,), 3)
    np.testing.assert_array_equal(deep.linearize(theta, x).z, flat.linearize(theta, x).z)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"activation": "relu"}, stats.norm(0, np.sqrt(2 / 300))),
        ({"activation": "tanh"}, stats.uniform(-np.sqrt(6 / 500), 2 * np.sqrt(6 / 500))),
        ({"activation": "sigmoid"}, stats.uniform(-np.sqrt(6 / 500), 2 * np.sqrt(6 / 500))),
        ({"activation": "relu", "init": "lecun"}, stats.norm(0, np.sqrt(1 / 300))),
        ({"activation": "silu"}, stats.norm(0, np.sqrt(2 / 300))),
        ({"activation": "selu"}, stats.norm(0, np.sqrt(1 / 300))),
        ({"activation": "softsign"}, stats.uniform(-np.sqrt(6 / 500), 2 * np.sqrt(6 / 500))),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_auto_draws_what_suits_the_activation(fields, expected):
    network = MLP(hidden=[200], **fields).build((300,), 3)
    views = network.layout.views(network.init(np.random.default_rng(0)))
    assert stats.kstest(views["1.dense.weight"].ravel(), expected.cdf).pvalue > 1e-3
    assert not views["1.dense.bias"].any() and not views["3.dense.bias"].any()


@pytest.mark.parametrize("init", ["nielsen_large", "glorot"])
def test_the_output_bias_is_added_to_the_initial_biases_of_the_output_alone(init):
    plain, raised = (
        network.layout.views(network.init(np.random.default_rng(0)))
        for network in (MLP(init=init, output_bias=b).build((4,), 3) for b in (0.0, 4.0))
    )
    for name, start in plain.items():
        np.testing.assert_array_equal(raised[name], start + 4.0 * (name == "3.dense.bias"))


def test_a_change_of_the_last_width_leaves_the_first_layers_start_alone():
    first, second = (
        network.layout.views(network.init(np.random.default_rng(0)))["1.dense.weight"]
        for network in (MLP(hidden=[5, w]).build((4,), w) for w in (3, 8))
    )
    np.testing.assert_array_equal(first, second)


def test_each_hidden_layer_is_normalised_then_activated_then_dropped_out():
    network = MLP(hidden=[5, 7], layer_norm=True, dropout=0.5).build((4,), 3)
    order = ["dense", "layernorm", "tanh", "dropout"]
    assert [name.partition(".")[2] for name in network.names] == [*order, *order, "dense"]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"hidden": [5, 0]}, "hidden=[5, 0]: widths of the hidden layers are > 0"),
        ({"activation": "tahn"}, "activation=tahn: no such choice; did you mean 'tanh'?"),
        ({"dropout": 1.0}, "dropout=1.0: a dropout rate is in 0 <= rate < 1"),
        ({"init": "Glorot"}, "init=Glorot: no such choice; did you mean 'glorot'?"),
        ({"output_bias": np.inf}, "output_bias=inf: a bias is a finite number"),
        (
            {"output_bias": 4.0, "bias": False},
            "output_bias=4.0: there are no biases to add it to; set model.bias=true",
        ),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        MLP(**fields)
    assert str(caught.value).startswith(text)


def test_dropout_acts_in_training_and_repeats_by_seed(command):
    def results(*words):
        done = command("data=iris", "train.epochs=3", *words)
        assert done.status == 0, done.err
        table = [line.split() for line in done.out.splitlines()]
        return next(row for row in table if row[:1] == ["objective"])

    dropped = results("model.dropout=0.5")
    assert dropped == results("model.dropout=0.5") != results()
