from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from framework.links import LINKS
from framework.tasks import Task
from plugins.metrics.accuracy import Accuracy

BINARY, MULTI = Task("binary", (2,), ("n", "y")), Task("multiclass", (2,), tuple("abcd"))


@pytest.mark.parametrize(
    ("task", "link"),
    [(BINARY, "sigmoid"), (BINARY, "softmax"), (MULTI, "softmax"), (MULTI, "identity")],
)
def test_it_is_that_of_scikit_learn(task, link):
    rng = np.random.default_rng(0)
    p = LINKS[link](rng.normal(size=(301, task.outputs(LINKS[link]))))
    y = rng.integers(len(task.classes), size=301)
    predicted = p[:, 0] > 0.5 if p.shape[1] == 1 else p.argmax(axis=1)
    assert Accuracy()(p, y, task) == accuracy_score(y, predicted)


def test_by_hand():
    p = np.array([[0.9], [0.2], [0.5], [0.6]])
    assert Accuracy()(p, np.array([1, 0, 1, 0]), BINARY) == 0.5


def test_it_applies_to_classes_behind_any_link():
    assert Accuracy().applies(MULTI, LINKS["identity"])
    assert not Accuracy().applies(Task("regression", (2,)), LINKS["identity"])
    assert Accuracy.higher_is_better
