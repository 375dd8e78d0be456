from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from framework.data import check
from framework.errors import FieldError
from plugins.datasets.spirals import Spirals


@pytest.mark.parametrize(("classes", "turns"), [(2, 1.5), (3, 1.0), (5, 0.25)])
def test_each_arm_is_its_closed_form(classes, turns):
    table = check(Spirals(classes=classes, samples=8, turns=turns, noise=0).load(), "spirals")
    assert np.bincount(table.y).tolist() == [8] * classes
    for arm in range(classes):
        for step, (x1, x2) in enumerate(table.x[table.y == arm], 1):
            r = step / 8
            point = r * np.exp(2j * np.pi * (turns * r + arm / classes))
            assert complex(x1, x2) == pytest.approx(point, abs=1e-15)


def test_arms_lie_as_far_apart_as_the_docstring_says():
    """Along the positive axis, where two arms of 1.5 turns pass in turn."""
    table = Spirals(samples=30_000, noise=0).load()
    x1, x2 = table.x.T
    crossings = np.sort(x1[(np.abs(x2) < 1e-4) & (x1 > 0.05)])
    radii = [
        group.mean() for group in np.split(crossings, np.flatnonzero(np.diff(crossings) > 0.1) + 1)
    ]
    np.testing.assert_allclose(np.diff(radii), 1 / (1.5 * 2), atol=1e-3)


def test_noise_has_the_deviation_asked_for_and_the_seed_repeats():
    none, some = (Spirals(samples=5000, noise=noise).load().x for noise in (0, 0.3))
    assert (some - none).std() == pytest.approx(0.3, rel=4 / np.sqrt(2 * some.size))
    np.testing.assert_array_equal(Spirals().load().x, Spirals().load().x)
    assert (Spirals(seed=1).load().x != Spirals().load().x).all()


def test_a_line_is_near_chance():
    table, fresh = Spirals(samples=2000).load(), Spirals(samples=2000, seed=1).load()
    assert LogisticRegression().fit(table.x, table.y).score(fresh.x, fresh.y) < 0.7


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"classes": 1}, "classes=1: a number of arms is >= 2"),
        ({"samples": 0}, "samples=0: a number of rows an arm is >= 1"),
        ({"turns": -1.0}, "turns=-1.0: a number of turns is >= 0"),
        ({"noise": -0.1}, "noise=-0.1: a standard deviation is >= 0"),
        ({"seed": -1}, "seed=-1: a seed is >= 0"),
    ],
)
def test_ranges(fields, text):
    with pytest.raises(FieldError) as caught:
        Spirals(**fields)
    assert str(caught.value) == text
