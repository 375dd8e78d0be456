from __future__ import annotations

import math

import pytest

from framework.errors import FieldError
from plugins.schedules.constant import Constant


def test_it_is_1_after_a_line():
    assert [Constant()(t) for t in (0.0, 0.5, 1e9)] == [1, 1, 1]
    warm = Constant(warmup=4.0, warmup_start=0.5)
    assert [warm(t) for t in (0.0, 1.0, 3.0, 4.0, 9.0)] == [0.5, 0.625, 0.875, 1.0, 1.0]


def test_a_warm_up_may_come_down():
    assert Constant(warmup=2.0, warmup_start=3.0)(1.0) == 2.0


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"unit": "hour"}, "unit=hour: no such choice  (epoch, step)"),
        ({"warmup": -1.0}, "warmup=-1.0: a warm-up's length is >= 0"),
        ({"warmup": math.inf}, "warmup=inf: a warm-up's length is >= 0"),
        ({"warmup_start": -0.1}, "warmup_start=-0.1: a factor is >= 0"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        Constant(**fields)
    assert str(caught.value) == text
