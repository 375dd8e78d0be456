from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from framework.links import LINKS
from framework.tasks import Task
from plugins.metrics.brier import Brier

BINARY, MULTI = Task("binary", (2,), ("n", "y")), Task("multiclass", (2,), tuple("abcd"))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_is_that_of_scikit_learn(classified, dtype):
    p, y, task = classified
    p = p.astype(dtype)
    if p.shape[1] == 1:
        expected = brier_score_loss(y, p[:, 0], pos_label=1)
    else:
        expected = brier_score_loss(y, p, labels=range(p.shape[1]))
    assert Brier()(p, y, task) == expected


def test_one_column_is_the_mean_squared_error_of_class_1():
    assert Brier()(np.array([[0.9], [0.2]]), np.array([1, 1]), BINARY) == pytest.approx(0.325)
    assert Brier()(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]), BINARY) == pytest.approx(
        0.325
    )


def test_more_classes_are_summed_over():
    """Always one sure of the wrong class: 1² for it and 1² for the true one."""
    assert Brier()(np.eye(4)[[0, 0]], np.array([1, 3]), MULTI) == 2
    assert Brier()(np.full((1, 4), 1 / 4), np.array([2]), MULTI) == 3 / 16 + 9 / 16


def test_nan_stays_nan():
    assert np.isnan(Brier()(np.array([[np.nan], [0.2]]), np.array([1, 1]), BINARY))


def test_it_needs_probabilities_and_is_better_when_lower():
    assert Brier().applies(BINARY, LINKS["sigmoid"])
    assert not Brier().applies(BINARY, LINKS["identity"])
    assert not Brier.higher_is_better
