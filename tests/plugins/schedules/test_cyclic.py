from __future__ import annotations

import math

import pytest

from framework.errors import FieldError
from plugins.schedules.cyclic import Cyclic


def test_it_goes_up_and_down_along_lines():
    schedule = Cyclic(low=0.2, up=2.0, down=4.0)
    times = (0.0, 1.0, 2.0, 4.0, 5.0, 6.0, 8.0)
    assert [schedule(t) for t in times] == pytest.approx([0.2, 0.6, 1.0, 0.6, 0.4, 0.2, 1.0])


def test_peaks_fall_with_cycles_and_with_time():
    halved = Cyclic(low=0.2, up=1.0, shrink=0.5)
    assert [halved(t) for t in (1.0, 3.0, 5.0)] == pytest.approx([1.0, 0.6, 0.4])
    faded = Cyclic(low=0.2, up=1.0, gamma=0.5)
    assert [faded(t) for t in (1.0, 3.0)] == pytest.approx([0.2 + 0.8 / 2, 0.2 + 0.8 / 8])


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"low": 1.5}, "low=1.5: a factor is in 0 <= low <= 1"),
        ({"up": 0.0}, "up=0.0: a time is > 0"),
        ({"down": math.inf}, "down=inf: a time is > 0, or null for schedule.up"),
        ({"shrink": 0.0}, "shrink=0.0: a factor is in 0 < shrink <= 1"),
        ({"gamma": 1.1}, "gamma=1.1: a factor is in 0 < gamma <= 1"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        Cyclic(**fields)
    assert str(caught.value) == text
