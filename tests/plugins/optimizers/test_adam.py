from __future__ import annotations

import math

import numpy as np
import pytest

from framework.errors import FieldError
from plugins.optimizers.adam import Adam


def directions(optimizer, gradients):
    """What it makes of these gradients, one number each."""
    optimizer.reset(np.zeros(1))
    return [float(optimizer.direction(np.array([g]), np.zeros(1))[0]) for g in gradients]


@pytest.mark.parametrize("gradient", [3.0, -0.02])
def test_of_a_constant_gradient_every_step_is_its_sign(gradient):
    path = directions(Adam(eps=1e-3), [gradient] * 50)
    assert path == pytest.approx([gradient / (abs(gradient) + 1e-3)] * 50, rel=1e-12)


def test_two_steps_by_hand():
    """beta1 = ½, beta2 = ¾: m = 1, 4½ and v = 1, 16¾ of the gradients 2 and 8."""
    path = directions(Adam(beta1=0.5, beta2=0.75, eps=1e-12), [2.0, 8.0])
    m, v = 4.5 / (1 - 0.5**2), 16.75 / (1 - 0.75**2)
    assert path == pytest.approx([2 / math.sqrt(4), m / math.sqrt(v)], rel=1e-9)


def test_the_epsilon_is_outside_the_root_and_the_other_inside():
    assert directions(Adam(eps=1.0), [3.0]) == pytest.approx([3 / 4], rel=1e-12)
    assert directions(Adam(eps=0.0, eps_root=16.0), [3.0]) == pytest.approx([3 / 5], rel=1e-12)


def test_without_averages_it_is_the_sign_of_the_gradient():
    path = directions(Adam(beta1=0.0, beta2=0.0), [3.0, -1e-3, 7.0])
    assert path == pytest.approx([1, -1, 1], rel=1e-4)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"beta1": 1.0}, "beta1=1.0: a decay rate is in 0 <= beta < 1"),
        ({"beta2": -0.1}, "beta2=-0.1: a decay rate is in 0 <= beta < 1"),
        ({"eps": -1.0}, "eps=-1.0: an epsilon is >= 0"),
        ({"eps": 0.0}, "eps=0.0: a gradient of 0 needs optim.eps > 0 or optim.eps_root > 0"),
        ({"lr": 0.0}, "lr=0.0: a learning rate is > 0"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        Adam(**fields)
    assert str(caught.value) == text
