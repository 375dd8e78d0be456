from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_moons
from sklearn.linear_model import LogisticRegression

from framework.data import check
from framework.errors import FieldError
from plugins.datasets.moons import Moons


@pytest.mark.parametrize(("noise", "seed"), [(0.0, 0), (0.1, 0), (0.3, 5)])
def test_they_are_those_of_scikit_learn(noise, seed):
    table = check(Moons(samples=30, noise=noise, seed=seed).load(), "moons")
    x, y = make_moons((30, 30), noise=noise, random_state=seed, shuffle=False)
    np.testing.assert_allclose(table.x, x, atol=1e-15)
    np.testing.assert_array_equal(table.y, y)


def test_a_line_is_right_on_some():
    table, fresh = Moons(samples=2000).load(), Moons(samples=2000, seed=1).load()
    line = LogisticRegression().fit(table.x, table.y)
    assert line.score(fresh.x, fresh.y) == pytest.approx(0.88, abs=0.01)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"samples": 0}, "samples=0: a number of rows a class is >= 1"),
        ({"noise": -0.1}, "noise=-0.1: a standard deviation is >= 0"),
        ({"seed": 2**32}, "seed=4294967296: a seed is in 0 <= s < 2^32"),
    ],
)
def test_ranges(fields, text):
    with pytest.raises(FieldError) as caught:
        Moons(**fields)
    assert str(caught.value) == text
