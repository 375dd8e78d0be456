from __future__ import annotations

import math

import pytest

from framework.errors import FieldError
from plugins.schedules.inverse_time import InverseTime


def test_it_is_a_power_of_time():
    schedule = InverseTime(decay=0.5, every=2.0)
    assert [schedule(t) for t in (0.0, 4.0, 12.0)] == [1, 0.5, 0.25]
    assert InverseTime(decay=1.0, power=0.5)(3.0) == 0.5
    assert InverseTime(decay=1.0, every=2.0)(1.0) == 1 / 1.5
    assert InverseTime(decay=1.0, power=2.0)(1.0) == 0.25


def test_a_staircase_waits_for_the_end_of_a_period():
    schedule = InverseTime(decay=1.0, every=2.0, staircase=True)
    assert [schedule(t) for t in (0.0, 1.9, 2.0, 5.9, 6.0)] == [1, 1, 0.5, 1 / 3, 0.25]


def test_the_sum_of_its_steps_diverges_and_that_of_their_squares_does_not():
    """What Robbins and Monro ask for: Σ 1 / (1 + t) grows like log, Σ 1 / (1 + t)² to π² / 6."""
    factors = [InverseTime(decay=1.0)(float(t)) for t in range(10_000)]
    assert sum(factors) == pytest.approx(math.log(10_000) + 0.5772156649, abs=1e-4)
    assert sum(f * f for f in factors) == pytest.approx(math.pi**2 / 6, abs=2e-4)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"decay": -0.1}, "decay=-0.1: a decay is >= 0"),
        ({"every": 0.0}, "every=0.0: a time is > 0"),
        ({"power": 0.0}, "power=0.0: a power is > 0"),
        ({"power": math.inf}, "power=inf: a power is > 0"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        InverseTime(**fields)
    assert str(caught.value) == text
