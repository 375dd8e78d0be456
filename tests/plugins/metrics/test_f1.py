from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from framework.errors import ConfigError, FieldError
from framework.links import LINKS
from framework.tasks import Task
from plugins.metrics.f1 import F1

BINARY, MULTI = Task("binary", (2,), ("n", "y")), Task("multiclass", (2,), tuple("abcd"))


def test_it_is_that_of_scikit_learn(classified):
    p, y, task = classified
    predicted = p[:, 0] > 0.5 if p.shape[1] == 1 else p.argmax(axis=1)
    for average in ("macro", "weighted", "micro"):
        expected = f1_score(y, predicted, average=average, zero_division=0)
        assert F1(average)(p, y, task) == expected


def test_of_class_1_alone_it_is_scikit_learns_default():
    rng = np.random.default_rng(0)
    p, y = rng.random(size=(50, 1)), rng.integers(2, size=50)
    assert F1("binary")(p, y, BINARY) == f1_score(y, p[:, 0] > 0.5)


def test_by_hand():
    """True 0 0 1 2, predicted 0 2 0 2: of the class 0 2/4, of 1 0, of 2 2/3."""
    p, y = np.eye(4)[[0, 2, 0, 2]], np.array([0, 0, 1, 2])
    assert F1()(p, y, MULTI) == pytest.approx((1 / 2 + 0 + 2 / 3) / 3, rel=1e-15)
    assert F1("weighted")(p, y, MULTI) == pytest.approx((2 / 2 + 0 + 2 / 3) / 4, rel=1e-15)
    assert F1("micro")(p, y, MULTI) == 1 / 2


def test_class_1_alone_is_for_two_classes():
    assert F1("binary").applies(BINARY, LINKS["sigmoid"])
    with pytest.raises(ConfigError) as caught:
        F1("binary").applies(MULTI, LINKS["softmax"])
    rule = "there are 4 classes; choose macro, weighted or micro"
    assert str(caught.value) == f"metric.f1.average=binary: {rule}"


def test_an_unknown_average_is_refused():
    with pytest.raises(FieldError, match=r"^average=makro: no such choice; did you mean 'macro'"):
        F1("makro")


def test_it_applies_to_classes_behind_any_link():
    assert F1().applies(MULTI, LINKS["identity"])
    assert not F1().applies(Task("regression", (2,)), LINKS["identity"])
    assert F1.higher_is_better
