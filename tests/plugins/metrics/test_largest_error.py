from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import max_error

from framework.tasks import Task
from plugins.metrics.largest_error import LargestError

VALUES = Task("regression", (2,))


def test_of_numbers_it_is_that_of_scikit_learn():
    y, p = np.random.default_rng(0).normal(size=(2, 50))
    assert LargestError()(p[:, None], y, VALUES) == max_error(y, p)


def test_of_several_targets_it_is_the_largest():
    p = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert LargestError()(p, np.array([[1.0, 2.5], [3.0, 1.0]]), VALUES) == 3


@pytest.mark.parametrize(
    ("kind", "p", "y", "expected"),
    [
        ("binary", [[0.1], [0.8], [0.95]], [0, 1, 1], 0.2),
        ("binary", [[0.75, 0.25], [0.5, 0.5]], [0, 1], 0.5),
        ("multiclass", [[0.7, 0.1, 0.2], [0.0, 0.25, 0.75]], [0, 1], 0.75),
    ],
)
def test_of_classes_it_is_the_farthest_from_0_and_1(kind, p, y, expected):
    task = Task(kind, (2,), ("a", "b", "c")[: 2 if kind == "binary" else 3])
    assert LargestError()(np.array(p), np.array(y), task) == pytest.approx(expected, rel=1e-15)
