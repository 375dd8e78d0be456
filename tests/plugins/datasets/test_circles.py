from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import rice
from sklearn.datasets import make_circles
from sklearn.linear_model import LogisticRegression

from framework.data import check
from framework.errors import FieldError
from plugins.datasets.circles import Circles


@pytest.mark.parametrize(("factor", "noise", "seed"), [(0.5, 0.1, 0), (0.8, 0.0, 0), (0.2, 0.3, 5)])
def test_they_are_those_of_scikit_learn(factor, noise, seed):
    table = check(Circles(samples=30, factor=factor, noise=noise, seed=seed).load(), "circles")
    x, y = make_circles((30, 30), factor=factor, noise=noise, random_state=seed, shuffle=False)
    np.testing.assert_allclose(table.x, x, atol=1e-15)
    np.testing.assert_array_equal(table.y, y)


def test_the_best_error_is_that_of_the_docstring():
    """The radius decides; with noise it has Rice's distribution."""
    outer, inner = rice(1 / 0.1, scale=0.1), rice(0.5 / 0.1, scale=0.1)
    cut = brentq(lambda r: outer.pdf(r) - inner.pdf(r), 0.5, 1)
    best = (outer.cdf(cut) + inner.sf(cut)) / 2
    assert best == pytest.approx(0.006, abs=5e-4)
    table = Circles(samples=50_000).load()
    wrong = np.mean((np.hypot(*table.x.T) < cut) != table.y)
    assert wrong == pytest.approx(best, abs=4 * np.sqrt(best / 100_000))


def test_a_line_is_near_chance():
    table, fresh = Circles(samples=2000).load(), Circles(samples=2000, seed=1).load()
    assert LogisticRegression().fit(table.x, table.y).score(fresh.x, fresh.y) < 0.6


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"samples": 0}, "samples=0: a number of rows a class is >= 1"),
        ({"factor": 1.0}, "factor=1.0: a radius within the circle, 0 <= f < 1"),
        ({"noise": -0.1}, "noise=-0.1: a standard deviation is >= 0"),
        ({"seed": -1}, "seed=-1: a seed is in 0 <= s < 2^32"),
    ],
)
def test_ranges(fields, text):
    with pytest.raises(FieldError) as caught:
        Circles(**fields)
    assert str(caught.value) == text
