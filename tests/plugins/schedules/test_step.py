from __future__ import annotations

import math

import pytest

from framework.errors import FieldError
from plugins.schedules.step import Step


def test_it_falls_at_multiples():
    schedule = Step(every=3.0, gamma=0.5)
    times = (0.0, 2.999, 3.0, 5.9, 6.0, 30.0)
    assert [schedule(t) for t in times] == [1, 1, 0.5, 0.5, 0.25, 0.5**10]


def test_the_first_step_is_counted_from_the_end_of_the_warm_up():
    schedule = Step(every=3.0, gamma=0.5, warmup=2.0)
    assert [schedule(t) for t in (0.0, 1.0, 2.0, 4.9, 5.0)] == [0, 0.5, 1, 1, 0.5]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"every": 0.0}, "every=0.0: a time between two steps is > 0"),
        ({"every": math.nan}, "every=nan: a time between two steps is > 0"),
        ({"gamma": 0.0}, "gamma=0.0: a factor is in 0 < gamma <= 1"),
        ({"gamma": 1.5}, "gamma=1.5: a factor is in 0 < gamma <= 1"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        Step(**fields)
    assert str(caught.value) == text
