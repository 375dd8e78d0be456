from __future__ import annotations

import pytest

from framework import ConfigError
from framework.adapters.naming import check_logits, named_layout


@pytest.mark.parametrize(
    ("name", "shape", "kind"),
    [
        ("0.weight", (3, 4), "weight"),
        ("0.bias", (3,), "bias"),
        ("rnn.bias_ih_l0", (12,), "bias"),
        ("attention.in_proj_bias", (9,), "bias"),
        ("attention.bias_k", (1, 1, 3), "bias"),
        ("bias.weight", (3, 4), "weight"),
        ("norm.weight", (3,), "weight"),
        ("norm.scale", (3,), "bias"),
        ("layers.0.b", (3,), "bias"),
        ("0.1", (3,), "bias"),
        ("0.0", (3, 4), "weight"),
        ("temperature", (), "bias"),
    ],
)
def test_the_rule_of_biases(name, shape, kind):
    (parameter,) = named_layout({name: shape})
    assert (parameter.name, parameter.shape, parameter.kind) == (name, shape, kind)


def test_names_of_biases_take_the_rules_place():
    layout = named_layout({"w": (2, 2), "b": (2,), "norm.weight": (2,)}, biases=["norm.weight"])
    assert [p.kind for p in layout] == ["weight", "weight", "bias"]
    assert [p.kind for p in named_layout({"b": (2,)}, biases=[])] == ["weight"]


def test_a_bias_that_is_no_parameter_is_told():
    with pytest.raises(
        ConfigError, match=r"biases=0\.bais: no such parameter; did you mean '0\.bias'"
    ):
        named_layout({"0.bias": (3,)}, biases=["0.bais"])


def test_logits_of_another_shape_are_told():
    check_logits((2, 3), 2, 3)
    with pytest.raises(
        ConfigError, match=r"2 samples gave logits of shape \(2,\); expected \(2, 1\)"
    ):
        check_logits((2,), 2, 1)
