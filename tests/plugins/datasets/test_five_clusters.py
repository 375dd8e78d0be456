from __future__ import annotations

import numpy as np
import pytest
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression

from framework.data import check
from framework.errors import FieldError
from plugins.datasets.five_clusters import FiveClusters

TRAIN, FRESH = FiveClusters(samples=2000).load(), FiveClusters(samples=2000, seed=1).load()


def test_the_moments_are_those_of_the_docstring():
    table = check(TRAIN, "five_clusters")
    assert np.bincount(table.y).tolist() == [2000] * 5
    ray, down = np.array([np.cos(np.pi / 6), 0.5]), np.array([0, -1.0])
    mirror = np.array([-1, 1])
    for label, centre, width in (
        (0, mirror * ray, 0.4),
        (1, 3 * mirror * ray, 1.1),
        (2, ray, 0.4),
        (3, 3 * ray, 1.1),
        (4, 4 * down, 1.1),
    ):
        x = table.x[table.y == label]
        np.testing.assert_allclose(x.mean(axis=0), centre, atol=5 * width / np.sqrt(2000))
        np.testing.assert_allclose(x.std(axis=0), width, rtol=0.08)
    np.testing.assert_allclose(table.x.mean(axis=0), 0, atol=0.1)


def test_a_linear_model_is_near_the_best_and_not_there():
    linear = LogisticRegression(max_iter=1000).fit(TRAIN.x, TRAIN.y).score(FRESH.x, FRESH.y)
    best = QuadraticDiscriminantAnalysis().fit(TRAIN.x, TRAIN.y).score(FRESH.x, FRESH.y)
    assert 0.90 < linear < best - 0.005
    assert 0.93 < best < 0.96


def test_the_direction_from_the_origin_does_not_suffice():
    """The most frequent class of each of 360 directions: what a net without biases can learn."""
    sector = np.degrees(np.arctan2(FRESH.x[:, 1], FRESH.x[:, 0])).astype(int)
    right = sum(np.bincount(FRESH.y[sector == s]).max() for s in np.unique(sector))
    assert right / len(FRESH.y) < 0.66


def test_spread_scales_and_seed_repeats():
    none = FiveClusters(samples=3, spread=0).load()
    once, twice = (FiveClusters(samples=3, spread=spread).load() for spread in (1.0, 2.0))
    np.testing.assert_allclose(twice.x - none.x, 2 * (once.x - none.x))
    np.testing.assert_array_equal(FiveClusters(samples=3).load().x, once.x)
    assert (FiveClusters(samples=3, seed=1).load().x != once.x).all()


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"samples": 0}, "samples=0: a number of rows a class is >= 1"),
        ({"spread": float("nan")}, "spread=nan: a factor of distances is >= 0"),
        ({"seed": -1}, "seed=-1: a seed is >= 0"),
        ({"val": 1.0}, "val=1.0: a fraction of the rows, 0 <= f < 1"),
    ],
)
def test_ranges(fields, text):
    with pytest.raises(FieldError) as caught:
        FiveClusters(**fields)
    assert str(caught.value) == text
