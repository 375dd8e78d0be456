from __future__ import annotations

import math

import pytest

from framework.errors import FieldError
from plugins.schedules.exponential import Exponential


def test_it_halves_in_every_period():
    schedule = Exponential(gamma=0.5, every=2.0)
    assert [schedule(t) for t in (0.0, 2.0, 4.0)] == [1, 0.5, 0.25]
    assert schedule(1.0) == pytest.approx(math.sqrt(0.5), rel=1e-15)


def test_a_staircase_waits_for_the_end_of_a_period():
    schedule = Exponential(gamma=0.5, every=2.0, staircase=True)
    assert [schedule(t) for t in (0.0, 1.9, 2.0, 3.9, 4.0)] == [1, 1, 0.5, 0.5, 0.25]


def test_it_falls_no_lower_than_its_end():
    assert Exponential(gamma=0.5, end=0.2)(9.0) == 0.2
    assert Exponential(gamma=0.5, end=0.2)(2.0) == 0.25


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"gamma": 1.1}, "gamma=1.1: a factor is in 0 < gamma <= 1"),
        ({"every": -1.0}, "every=-1.0: a time is > 0"),
        ({"end": -0.1}, "end=-0.1: a factor is in 0 <= end <= 1"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        Exponential(**fields)
    assert str(caught.value) == text
