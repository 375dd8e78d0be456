from __future__ import annotations

import math

import pytest

from framework.errors import FieldError
from plugins.schedules.polynomial import Polynomial


def test_it_is_a_power_of_the_time_left():
    assert [Polynomial()(t, 8.0) for t in (0.0, 2.0, 8.0, 99.0)] == [1, 0.75, 0, 0]
    assert Polynomial(power=2.0, end=0.5)(4.0, 8.0) == 0.5 + 0.5 * 0.25


def test_a_warm_up_takes_its_time_from_the_whole():
    schedule = Polynomial(warmup=2.0)
    assert [schedule(t, 10.0) for t in (0.0, 1.0, 2.0, 6.0, 10.0)] == [0, 0.5, 1, 0.5, 0]


def test_its_own_duration_comes_first_and_without_an_end_it_stays():
    assert Polynomial(duration=4.0)(1.0, 100.0) == 0.75
    assert Polynomial(duration=4.0)(5.0, 100.0) == 0
    assert Polynomial()(5.0, math.inf) == 1


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"power": 0.0}, "power=0.0: a power is > 0"),
        ({"end": -0.1}, "end=-0.1: a factor is >= 0"),
        ({"duration": 0.0}, "duration=0.0: it is longer than the warm-up, schedule.warmup"),
        (
            {"duration": 3.0, "warmup": 3.0},
            "duration=3.0: it is longer than the warm-up, schedule.warmup",
        ),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        Polynomial(**fields)
    assert str(caught.value) == text
