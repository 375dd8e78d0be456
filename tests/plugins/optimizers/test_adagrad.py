from __future__ import annotations

import math

import numpy as np
import pytest

from framework.errors import FieldError
from plugins.optimizers.adagrad import Adagrad


def directions(optimizer, gradients):
    """What it makes of these gradients, one number each."""
    optimizer.reset(np.zeros(1))
    return [float(optimizer.direction(np.array([g]), np.zeros(1))[0]) for g in gradients]


def test_a_gradient_is_divided_by_the_length_of_all_so_far():
    assert directions(Adagrad(), [3.0, 4.0, -12.0]) == pytest.approx([1, 4 / 5, -12 / 13])
    assert directions(Adagrad(initial=16.0), [3.0]) == pytest.approx([3 / 5])
    assert directions(Adagrad(eps=1.0, eps_root=16.0), [3.0]) == pytest.approx([3 / 6])


def test_of_a_constant_gradient_it_takes_a_root_of_time():
    path = directions(Adagrad(), [-7.0] * 100)
    assert path == pytest.approx([-1 / math.sqrt(t) for t in range(1, 101)], rel=1e-9)


def test_where_there_is_no_gradient_nothing_moves():
    assert directions(Adagrad(), [0.0, 0.0]) == [0, 0]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"initial": -0.1}, "initial=-0.1: a sum of squares is >= 0"),
        ({"eps": -1e-8}, "eps=-1e-08: an epsilon is >= 0"),
        ({"eps_root": math.inf}, "eps_root=inf: an epsilon is >= 0"),
        ({"eps": 0.0}, "eps=0.0: a gradient of 0 needs optim.eps > 0 or optim.eps_root > 0"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        Adagrad(**fields)
    assert str(caught.value) == text
