from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss

from framework.links import LINKS
from framework.tasks import Task
from plugins.metrics.log_loss import LogLoss

BINARY, MULTI = Task("binary", (2,), ("n", "y")), Task("multiclass", (2,), tuple("abcd"))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("scale", [1, 1000])
@pytest.mark.parametrize(("task", "link"), [(BINARY, "sigmoid"), (MULTI, "softmax")])
def test_it_is_that_of_scikit_learn(task, link, scale, dtype):
    rng = np.random.default_rng(0)
    p = LINKS[link](scale * rng.normal(size=(301, task.outputs(LINKS[link])))).astype(dtype)
    y = rng.integers(len(task.classes), size=301)
    expected = log_loss(y, p, labels=range(len(task.classes)))
    assert LogLoss()(p, y, task) == pytest.approx(expected, rel=float(10 * np.finfo(dtype).eps))


def test_several_sigmoids_are_normalised():
    rng = np.random.default_rng(0)
    p, y = LINKS["sigmoid"](rng.normal(size=(301, 4))), rng.integers(4, size=301)
    expected = log_loss(y, p / p.sum(axis=1, keepdims=True), labels=range(4))
    assert LogLoss()(p, y, MULTI) == pytest.approx(expected, rel=1e-14)


def test_wholly_wrong_and_all_zero_rows_stay_finite():
    worst = -np.log(np.finfo(float).eps)
    assert LogLoss()(np.array([[0.0]]), np.array([1]), BINARY) == pytest.approx(worst, rel=1e-14)
    assert LogLoss()(np.zeros((1, 4)), np.array([2]), MULTI) == pytest.approx(worst, rel=1e-14)


def test_it_needs_probabilities_and_is_better_when_lower():
    assert LogLoss().applies(BINARY, LINKS["sigmoid"])
    assert not LogLoss().applies(BINARY, LINKS["identity"])
    assert not LogLoss.higher_is_better
