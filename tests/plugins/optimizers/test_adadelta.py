from __future__ import annotations

import math

import numpy as np
import pytest

from framework.errors import FieldError
from plugins.optimizers.adadelta import Adadelta


def directions(optimizer, gradients):
    """What it makes of these gradients, one number each."""
    optimizer.reset(np.zeros(1))
    return [float(optimizer.direction(np.array([g]), np.zeros(1))[0]) for g in gradients]


def test_two_steps_by_hand():
    """rho = ½, eps = 1, gradients 4 and 2: v = 8, 6; Δ = 4 / 3, then d = 8 / 9."""
    path = directions(Adadelta(rho=0.5, eps=1.0), [4.0, 2.0])
    assert path == pytest.approx([4 / 3, 2 * math.sqrt(8 / 9 + 1) / math.sqrt(7)], rel=1e-14)


def test_steps_do_not_depend_on_the_units_of_the_loss():
    gradients = np.sin(np.arange(1.0, 40.0))
    here = directions(Adadelta(eps=1e-12), gradients)
    there = directions(Adadelta(eps=1e-12), 1e3 * gradients)
    assert there == pytest.approx(here, rel=1e-6)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"rho": 1.0}, "rho=1.0: a decay rate is in 0 <= rho < 1"),
        ({"eps": 0.0}, "eps=0.0: it is > 0: the first step starts from it"),
        ({"eps": math.nan}, "eps=nan: it is > 0: the first step starts from it"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        Adadelta(**fields)
    assert str(caught.value) == text
