from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import mean_squared_error

from framework.links import LINKS
from framework.tasks import Task
from plugins.metrics.half_sse import HalfSSE

TASK = Task("regression", (2,))


@pytest.mark.parametrize("targets", [1, 3])
def test_it_is_half_of_what_scikit_learn_takes_the_mean_of(targets):
    y, p = np.random.default_rng(0).normal(5, 2, size=(2, 101, targets))
    expected = mean_squared_error(y, p) * y.size / 2
    assert HalfSSE()(p, y, TASK) == pytest.approx(expected, rel=1e-14)


def test_by_hand_and_values_of_one_dimension():
    assert HalfSSE()(np.array([[1.0], [2.0]]), np.array([4.0, 6.0]), TASK) == 12.5


def test_it_applies_to_regression_and_is_better_when_lower():
    assert HalfSSE().applies(TASK, LINKS["identity"])
    assert not HalfSSE().applies(Task("binary", (2,), ("n", "y")), LINKS["sigmoid"])
    assert not HalfSSE.higher_is_better
