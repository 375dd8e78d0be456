from __future__ import annotations

import math

import numpy as np
import pytest

from framework.errors import FieldError
from plugins.optimizers.adamax import Adamax


def directions(optimizer, gradients):
    """What it makes of these gradients, one number each."""
    optimizer.reset(np.zeros(1))
    return [float(optimizer.direction(np.array([g]), np.zeros(1))[0]) for g in gradients]


def test_three_steps_by_hand():
    """beta1 = 0, beta2 = ½, gradients 4, 1, -3: u = 4, 2, 3."""
    path = directions(Adamax(beta1=0.0, beta2=0.5, eps=1e-12), [4.0, 1.0, -3.0])
    assert path == pytest.approx([1, 1 / 2, -1], rel=1e-9)


def test_of_a_constant_gradient_every_step_is_its_sign():
    path = directions(Adamax(eps=1.0), [-3.0] * 20)
    assert path == pytest.approx([-3 / 4] * 20, rel=1e-12)


def test_no_step_is_longer_than_1():
    """For beta1 = 0 |m| <= u, whatever the gradients."""
    gradients = np.random.default_rng(0).standard_cauchy(200)
    assert np.abs(directions(Adamax(beta1=0.0), gradients)).max() <= 1


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"beta1": 1.0}, "beta1=1.0: a decay rate is in 0 <= beta < 1"),
        ({"beta2": math.nan}, "beta2=nan: a decay rate is in 0 <= beta < 1"),
        ({"eps": 0.0}, "eps=0.0: an epsilon is > 0"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        Adamax(**fields)
    assert str(caught.value) == text
