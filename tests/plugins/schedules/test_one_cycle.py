from __future__ import annotations

import math

import pytest

from framework.errors import FieldError
from plugins.schedules.one_cycle import OneCycle


def test_it_rises_and_falls_along_cosines():
    schedule = OneCycle(start=0.2, end=0.1, peak=0.25)
    times = (0.0, 1.0, 2.0, 5.0, 8.0, 9.0)
    expected = [0.2, 0.6, 1.0, 0.55, 0.1, 0.1]
    assert [schedule(t, 8.0) for t in times] == pytest.approx(expected, rel=1e-14)


def test_it_may_be_back_at_its_start_before_the_end():
    schedule = OneCycle(start=0.2, end=0.0, peak=0.25, back=0.5, anneal="linear")
    times = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
    expected = [0.2, 0.6, 1.0, 0.6, 0.2, 0.1, 0.0]
    assert [schedule(t, 8.0) for t in times] == pytest.approx(expected, rel=1e-14)


def test_by_default_it_rises_for_three_tenths_of_the_time():
    assert [OneCycle()(t, 10.0) for t in (0.0, 3.0, 10.0)] == pytest.approx([1 / 25, 1, 1 / 25e4])


def test_of_a_training_without_an_end_it_never_leaves_its_start():
    assert OneCycle()(1e6, math.inf) == pytest.approx(0.04, rel=1e-14)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"start": 1.5}, "start=1.5: a factor is in 0 <= start <= 1"),
        ({"end": -0.1}, "end=-0.1: a factor is in 0 <= end <= 1"),
        ({"peak": 1.0}, "peak=1.0: a share of the time is in 0 < peak < 1"),
        ({"peak": 0.0}, "peak=0.0: a share of the time is in 0 < peak < 1"),
        ({"back": 0.2}, "back=0.2: a share of the time is in schedule.peak < back < 1, or null"),
        (
            {"back": 1.0},
            "back=1.0: a share of the time is in schedule.peak < back < 1, or null",
        ),
        ({"anneal": "cos"}, "anneal=cos: no such choice; did you mean 'cosine'?  (cosine, linear)"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        OneCycle(**fields)
    assert str(caught.value) == text
