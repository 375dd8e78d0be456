from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import r2_score

from framework.links import LINKS
from framework.tasks import Task
from plugins.metrics.r2 import R2

TASK = Task("regression", (2,))


@pytest.mark.parametrize("targets", [1, 3])
def test_it_is_that_of_scikit_learn(targets):
    rng = np.random.default_rng(0)
    y, p = rng.normal(5, 2, size=(2, 101, targets))
    assert R2()(p, y, TASK) == pytest.approx(r2_score(y, p), rel=1e-13)
    assert R2()(p[:, :1], y[:, 0], TASK) == pytest.approx(r2_score(y[:, 0], p[:, 0]), rel=1e-13)


def test_a_constant_target_as_in_scikit_learn():
    y = np.full((4, 2), 3.0)
    p = y + np.array([0, 1])
    assert R2()(p, y, TASK) == r2_score(y, p) == 0.5


def test_a_constant_whose_rounded_mean_is_another_number_is_constant():
    y = np.full((359, 1), -0.3353)
    assert y.mean() != y[0, 0]
    assert R2()(y + 1, y, TASK) == 0 and R2()(y.copy(), y, TASK) == 1


def test_one_row_has_none():
    assert np.isnan(R2()(np.ones((1, 1)), np.ones(1), TASK))


def test_it_applies_to_regression():
    assert R2().applies(TASK, LINKS["identity"])
    assert not R2().applies(Task("binary", (2,), ("n", "y")), LINKS["sigmoid"])
    assert R2.higher_is_better
