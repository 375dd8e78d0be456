from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import root_mean_squared_error

from framework.links import LINKS
from framework.tasks import Task
from plugins.metrics.rmse import RMSE

TASK = Task("regression", (2,))


@pytest.mark.parametrize("targets", [1, 3])
def test_it_is_that_of_scikit_learn(targets):
    rng = np.random.default_rng(0)
    y, p = rng.normal(5, 2, size=(2, 101, targets))
    expected = root_mean_squared_error(y, p)
    assert RMSE()(p, y, TASK) == pytest.approx(expected, rel=1e-14)


def test_by_hand_and_values_of_one_dimension():
    assert RMSE()(np.array([[1.0], [2.0]]), np.array([4.0, 6.0]), TASK) == np.sqrt(12.5)


def test_it_applies_to_regression_and_is_better_when_lower():
    assert RMSE().applies(TASK, LINKS["identity"])
    assert not RMSE().applies(Task("binary", (2,), ("n", "y")), LINKS["sigmoid"])
    assert not RMSE.higher_is_better
