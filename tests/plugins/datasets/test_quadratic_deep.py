from __future__ import annotations

import math

import numpy as np
import pytest

from framework.data import prepare
from framework.errors import FieldError
from plugins.datasets.quadratic_deep import QuadraticDeep


def test_the_centres_are_normal_with_the_spread_asked_for():
    x = QuadraticDeep(samples=2000, noise=0.3).load().x
    assert x.shape == (2000, 100)
    assert abs(x.mean()) < 4 * 0.3 / math.sqrt(x.size)
    assert x.std() == pytest.approx(0.3, rel=4 / math.sqrt(2 * x.size))


def test_they_are_not_standardised_by_default():
    data = prepare(QuadraticDeep(), "quadratic_deep", 0, "float64", None)
    rows = data.splits["train"]
    np.testing.assert_array_equal(rows.x, data.raw("train"))
    assert {name: len(part.x) for name, part in data.splits.items()} == {
        "train": 600,
        "val": 200,
        "test": 200,
    }


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"samples": 0}, "samples=0: a number of rows is >= 1"),
        ({"noise": -1.0}, "noise=-1.0: a standard deviation is >= 0"),
        ({"seed": -1}, "seed=-1: a seed is in 0 <= s < 2^32"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        QuadraticDeep(**fields)
    assert str(caught.value) == text
