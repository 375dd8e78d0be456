from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm
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


CROSS = {"arrangement": "cross", "samples": 2000}


def by_direction(r):
    """(1/5) ∫ max_k f_k(θ) dθ of a centre and four clusters r standard deviations around it.

    f of a cluster is the projected normal density: Mardia and Jupp, Directional Statistics (2000), 3.5.6.
    """

    def density(angle):
        c = r * np.cos(angle)
        return norm.pdf(r) / np.sqrt(2 * np.pi) * (1 + c * norm.cdf(c) / norm.pdf(c))

    best = quad(
        lambda angle: max(density(angle), 1 / (2 * np.pi)), -np.pi / 4, np.pi / 4, limit=200
    )
    return 4 * best[0] / 5


def test_the_cross_is_a_centre_and_four_around_it():
    table = check(FiveClusters(**CROSS).load(), "five_clusters")
    assert table.classes == ("centre", "east", "north", "west", "south")
    for label, centre in enumerate([(0, 0), (4, 0), (0, 4), (-4, 0), (0, -4)]):
        x = table.x[table.y == label]
        np.testing.assert_allclose(x.mean(axis=0), centre, atol=5 * 0.8 / np.sqrt(2000))
        np.testing.assert_allclose(x.std(axis=0), 0.8, rtol=0.08)


def test_the_cross_by_direction_and_by_place():
    """0.86 by the integral and by counting in 360 sectors; 0.99 by the nearest centre, Bayes's rule here."""
    table = FiveClusters(**CROSS, seed=3).load()
    sector = np.degrees(np.arctan2(*table.x.T[::-1])).astype(int)
    right = sum(np.bincount(table.y[sector == s]).max() for s in np.unique(sector)) / len(table.y)
    assert by_direction(4 / 0.8) == pytest.approx(0.862, abs=5e-4)
    assert right == pytest.approx(by_direction(4 / 0.8), abs=0.015)  # counting fits its own noise
    centres = np.array([(0, 0), (4, 0), (0, 4), (-4, 0), (0, -4)])
    nearest = np.linalg.norm(table.x[:, None] - centres, axis=2).argmin(axis=1)
    assert (nearest == table.y).mean() == pytest.approx(0.99, abs=0.005)


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
        ({"arrangement": "x"}, "arrangement=x: no such choice  (cross, rays)"),
        ({"val": 1.0}, "val=1.0: a fraction of the rows, 0 <= f < 1"),
    ],
)
def test_ranges(fields, text):
    with pytest.raises(FieldError) as caught:
        FiveClusters(**fields)
    assert str(caught.value) == text
