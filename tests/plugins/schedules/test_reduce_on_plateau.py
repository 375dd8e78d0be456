from __future__ import annotations

import math

import pytest

from framework.errors import FieldError
from plugins.schedules.reduce_on_plateau import ReduceOnPlateau


def factors(losses, **fields):
    schedule = ReduceOnPlateau(**fields)
    schedule.reset()
    path = []
    for t, loss in enumerate(losses):
        schedule.observe(loss)
        path.append(schedule(float(t)))
    return path


def test_it_falls_after_more_than_patience_evaluations():
    assert factors([1.0] * 6, patience=1, gamma=0.5) == [1, 1, 0.5, 0.5, 0.25, 0.25]
    assert factors([1.0, 1.0, 0.5, 0.5, 0.4], patience=1, gamma=0.5) == [1] * 5


def test_a_little_better_is_not_better():
    losses = [1.0, 0.99, 0.98, 0.97]
    assert factors(losses, patience=1, gamma=0.5, threshold=0.05) == [1, 1, 0.5, 0.5]
    assert factors(losses, patience=1, gamma=0.5, threshold=0.005) == [1] * 4
    assert factors([-1.0, -0.99999], patience=0, gamma=0.5) == [1, 0.5]  # PyTorch: [1, 1]


def test_the_threshold_is_a_share_of_the_best_or_a_number():
    losses = [2.0, 1.85, 1.7]
    assert factors(losses, patience=0, gamma=0.5, threshold=0.1) == [1, 0.5, 0.5]
    fields = {"threshold": 0.1, "threshold_mode": "abs"}
    assert factors(losses, patience=0, gamma=0.5, **fields) == [1, 1, 1]
    assert factors([2.0, 2.0], patience=0, gamma=0.5, threshold=0.0) == [1, 0.5]


def test_it_rests_after_a_reduction_and_has_an_end():
    path = factors([1.0] * 6, patience=0, gamma=0.5, cooldown=2, end=0.3)
    assert path == [1, 0.5, 0.5, 0.5, 0.3, 0.3]


def test_nan_is_not_better():
    assert factors([1.0, math.nan, math.nan, 0.5], patience=1, gamma=0.5) == [1, 1, 0.5, 0.5]


def test_a_warm_up_goes_to_where_the_factor_is():
    schedule = ReduceOnPlateau(warmup=4.0, patience=0, gamma=0.5)
    schedule.reset()
    assert schedule(2.0) == 0.5
    schedule.observe(1.0)
    schedule.observe(1.0)
    assert (schedule(2.0), schedule(4.0)) == (0.25, 0.5)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"gamma": 1.0}, "gamma=1.0: a factor is in 0 < gamma < 1"),
        ({"patience": -1}, "patience=-1: a number of evaluations is >= 0"),
        ({"threshold": 1.0}, "threshold=1.0: a threshold is in 0 <= threshold < 1"),
        ({"threshold": -0.1}, "threshold=-0.1: a threshold is in 0 <= threshold < 1"),
        (
            {"threshold_mode": "relative"},
            "threshold_mode=relative: no such choice; did you mean 'rel'?  (abs, rel)",
        ),
        ({"cooldown": -1}, "cooldown=-1: a number of evaluations is >= 0"),
        ({"end": 2.0}, "end=2.0: a factor is in 0 <= end <= 1"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        ReduceOnPlateau(**fields)
    assert str(caught.value) == text
