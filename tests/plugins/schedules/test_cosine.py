from __future__ import annotations

import math

import pytest

from framework.errors import FieldError
from framework.testing import assert_conforms
from plugins.schedules.cosine import Cosine


def test_it_is_half_a_cosine():
    schedule = Cosine(end=0.2)
    factors = [schedule(t, 6.0) for t in (0.0, 2.0, 3.0, 4.0, 6.0, 99.0)]
    assert factors == pytest.approx([1, 0.8, 0.6, 0.4, 0.2, 0.2], rel=1e-14)


def test_it_starts_again_but_not_at_the_end():
    schedule = Cosine(cycle=2.0)
    times = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)
    expected = [1, 0.5, 1, 0.5, 1, 0.5, 0, 0]
    assert [schedule(t, 6.0) for t in times] == pytest.approx(expected, abs=1e-15)
    assert [schedule(t) for t in times] == pytest.approx([1, 0.5] * 4, abs=1e-15)


def test_cycles_grow_and_their_peaks_fall():
    schedule = Cosine(cycle=1.0, growth=3.0, peak_decay=0.5, end=0.2)
    starts = [schedule(t) for t in (0.0, 1.0, 4.0, 13.0, 40.0)]
    assert starts == pytest.approx([0.2 + 0.8 * 0.5**n for n in range(5)], rel=1e-14)
    assert schedule(2.5) == pytest.approx(0.2 + 0.8 * 0.5 / 2, rel=1e-14)


def test_a_million_cycles_are_no_more_work():
    assert Cosine(cycle=1.0)(1e12 + 0.5) == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("growth", [1.0, 2.0])
def test_the_checks_hold_with_restarts(growth):
    assert_conforms(Cosine(cycle=3.0, growth=growth, peak_decay=0.5))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"end": 1.5}, "end=1.5: a factor is in 0 <= end <= 1"),
        ({"cycle": 0.0}, "cycle=0.0: a length is > 0, or null for a single cycle"),
        ({"cycle": math.inf}, "cycle=inf: a length is > 0, or null for a single cycle"),
        ({"cycle": 1.0, "growth": 0.5}, "growth=0.5: cycles grow by a factor >= 1"),
        ({"growth": 2.0}, "growth=2.0: it is for restarts; set schedule.cycle"),
        ({"peak_decay": 0.5}, "peak_decay=0.5: it is for restarts; set schedule.cycle"),
        ({"cycle": 1.0, "peak_decay": 0.0}, "peak_decay=0.0: a factor is in 0 < d <= 1"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        Cosine(**fields)
    assert str(caught.value) == text
