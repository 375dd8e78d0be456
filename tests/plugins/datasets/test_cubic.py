from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from framework.data import prepare
from framework.errors import DataError, FieldError
from plugins.datasets.cubic import Cubic

TRAIN, TEST = 4.9357758945, 3.2062598187  # the tutorial's figures, half the sum of squares


def half_squares(cubic, seed=0):
    splits = prepare(cubic, "cubic", seed, "float64", None).splits
    best = LinearRegression().fit(splits["train"].x, splits["train"].y)
    return [
        0.5 * np.square(best.predict(splits[part].x) - splits[part].y).sum()
        for part in ("train", "test")
    ]


@pytest.mark.parametrize("standardize", [True, False])
def test_least_squares_ends_where_the_tutorial_ends(standardize):
    for seed in (0, 1):
        found = half_squares(Cubic(standardize=standardize), seed)
        np.testing.assert_allclose(found, [TRAIN, TEST], atol=5e-11)


def test_minmax_maps_the_rows_that_are_not_for_testing_and_scales_the_figures():
    raw, scaled = Cubic().load(), Cubic(minmax=True).load()
    for values in (scaled.x[:80], scaled.y[:80]):
        np.testing.assert_array_equal(values.min(axis=0), 0)
        np.testing.assert_array_equal(values.max(axis=0), 1)
    square = np.ptp(raw.y[:80]) ** 2
    np.testing.assert_allclose(half_squares(Cubic(minmax=True)), np.array([TRAIN, TEST]) / square)


def test_validation_rows_are_taken_from_the_training_rows():
    data = prepare(Cubic(val=0.25), "cubic", 0, "float64", None)
    assert {name: len(part.rows) for name, part in data.splits.items()} == {
        "train": 60,
        "val": 20,
        "test": 20,
    }
    assert data.splits["test"].rows.tolist() == list(range(80, 100))


def test_the_test_rows_are_fixed():
    with pytest.raises(DataError) as caught:
        prepare(Cubic(test=0.3), "cubic", 0, "float64", None)
    assert str(caught.value) == (
        "data.test=0.3: cubic has test rows of its own; leave data.test alone, or 0 for no test"
    )


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"samples": 9}, "samples=9: a number of rows is >= 10"),
        ({"seed": -1}, "seed=-1: a seed is in 0 <= s < 2^32"),
    ],
)
def test_ranges(fields, text):
    with pytest.raises(FieldError) as caught:
        Cubic(**fields)
    assert str(caught.value) == text
