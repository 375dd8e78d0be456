from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error

from framework.links import LINKS
from framework.tasks import Task
from plugins.metrics.mae import MAE

TASK = Task("regression", (2,))


@pytest.mark.parametrize("targets", [1, 3])
def test_it_is_that_of_scikit_learn(targets):
    rng = np.random.default_rng(0)
    y, p = rng.normal(5, 2, size=(2, 101, targets))
    assert MAE()(p, y, TASK) == mean_absolute_error(y, p)


def test_by_hand_and_values_of_one_dimension():
    assert MAE()(np.array([[1.0], [2.0]]), np.array([4.0, 1.0]), TASK) == 2


def test_it_applies_to_regression_and_is_better_when_lower():
    assert MAE().applies(TASK, LINKS["identity"])
    assert not MAE().applies(Task("binary", (2,), ("n", "y")), LINKS["sigmoid"])
    assert not MAE.higher_is_better
