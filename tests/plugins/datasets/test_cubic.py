from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import MinMaxScaler

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


@pytest.mark.parametrize("minmax", ["columns", "all"])
def test_minmax_changes_no_fit(minmax):
    np.testing.assert_allclose(half_squares(Cubic(minmax=minmax)), [TRAIN, TEST], atol=5e-11)


def test_minmax_by_columns_leaves_the_test_rows_out():
    raw = Cubic().load().x
    theirs = MinMaxScaler().fit(raw[:80]).transform(raw)
    np.testing.assert_allclose(Cubic(minmax="columns").load().x, theirs, rtol=0, atol=1e-15)


def test_minmax_of_all_takes_one_pair_of_numbers():
    raw, scaled = Cubic().load().x, Cubic(minmax="all").load().x
    theirs = MinMaxScaler().fit_transform(raw.reshape(-1, 1)).reshape(raw.shape)
    np.testing.assert_allclose(scaled, theirs, rtol=0, atol=1e-15)
    assert (scaled.min(), scaled.max()) == (0, 1)


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
        (
            {"minmax": "rows"},
            "minmax=rows: no such choice  (all, columns, none)",
        ),
        ({"samples": 9}, "samples=9: a number of rows is >= 10"),
        ({"seed": -1}, "seed=-1: a seed is in 0 <= s < 2^32"),
    ],
)
def test_ranges(fields, text):
    with pytest.raises(FieldError) as caught:
        Cubic(**fields)
    assert str(caught.value) == text
