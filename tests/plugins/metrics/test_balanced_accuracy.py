from __future__ import annotations

import warnings

import numpy as np
from sklearn.metrics import balanced_accuracy_score

from framework.links import LINKS
from framework.tasks import Task
from plugins.metrics.balanced_accuracy import BalancedAccuracy

TASK = Task("multiclass", (2,), tuple("abcd"))


def test_it_is_that_of_scikit_learn(classified):
    p, y, task = classified
    predicted = p[:, 0] > 0.5 if p.shape[1] == 1 else p.argmax(axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's, that predicted classes are absent
        expected = balanced_accuracy_score(y, predicted)
    assert BalancedAccuracy()(p, y, task) == expected


def test_by_hand():
    """Of three rows of the class 0 two are right, of one of 1 none; 2 and 3 do not occur."""
    p, y = np.eye(4)[[0, 0, 3, 0]], np.array([0, 0, 0, 1])
    assert BalancedAccuracy()(p, y, TASK) == (2 / 3 + 0) / 2


def test_it_applies_to_classes_behind_any_link():
    assert BalancedAccuracy().applies(TASK, LINKS["identity"])
    assert not BalancedAccuracy().applies(Task("regression", (2,)), LINKS["identity"])
    assert BalancedAccuracy.higher_is_better
