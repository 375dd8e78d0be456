from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression

from framework.data import check
from framework.errors import FieldError
from plugins.datasets.xor import Xor


def test_without_noise_it_is_the_truth_table():
    table = check(Xor(samples=2, noise=0).load(), "xor")
    assert table.x.tolist() == [[1, 1], [-1, -1], [1, -1], [-1, 1]]
    assert [table.classes[label] for label in table.y] == ["same"] * 2 + ["different"] * 2


def test_the_best_error_is_that_of_the_docstring():
    table = Xor(samples=50_000).load()
    wrong = np.mean((table.x.prod(axis=1) < 0) != table.y)
    q = norm.cdf(-1 / 0.4)
    exact = 2 * q * (1 - q)
    assert exact == pytest.approx(0.0123, abs=5e-5)
    assert wrong == pytest.approx(exact, abs=4 * np.sqrt(exact / 100_000))


def test_a_linear_model_is_near_chance():
    table, fresh = Xor(samples=2000).load(), Xor(samples=2000, seed=1).load()
    assert LogisticRegression().fit(table.x, table.y).score(fresh.x, fresh.y) < 0.6


def test_the_seed_repeats():
    np.testing.assert_array_equal(Xor().load().x, Xor().load().x)
    assert (Xor(seed=1).load().x != Xor().load().x).all()


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"samples": 0}, "samples=0: a number of rows a class is >= 1"),
        ({"noise": -1.0}, "noise=-1.0: a standard deviation is >= 0"),
        ({"seed": -1}, "seed=-1: a seed is >= 0"),
    ],
)
def test_ranges(fields, text):
    with pytest.raises(FieldError) as caught:
        Xor(**fields)
    assert str(caught.value) == text
