from __future__ import annotations

import math

import numpy as np
import pytest

from framework.errors import ConfigError, FieldError
from plugins.models.neuron import Neuron


@pytest.mark.parametrize("inputs", [(3,), (3, 1)])
def test_z_is_the_sum_of_weighted_inputs_and_the_bias(inputs):
    network = Neuron(weight=0.5, bias=-1.0).build(inputs, 1)
    x = np.array([[1.0, 2.0, 4.0], [0.0, -2.0, 1.0]]).reshape(2, *inputs)
    theta = network.init(np.random.default_rng(0))
    assert theta.tolist() == [0.5, 0.5, 0.5, -1.0]
    np.testing.assert_array_equal(network.linearize(theta, x).z, [[2.5], [-1.5]])


def test_the_start_is_the_same_for_every_seed():
    network = Neuron().build((1,), 1)
    for seed in (0, 1):
        assert network.init(np.random.default_rng(seed)).tolist() == [2.0, 2.0]


def test_it_has_one_output():
    with pytest.raises(ConfigError) as caught:
        Neuron().build((64,), 10)
    assert str(caught.value) == "it has one output, 10 are needed; model=linear has as many"


@pytest.mark.parametrize("field", ["weight", "bias"])
def test_ranges(field):
    with pytest.raises(FieldError) as caught:
        Neuron(**{field: math.nan})
    assert str(caught.value) == f"{field}=nan: a start is a finite number"
