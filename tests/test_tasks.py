from __future__ import annotations

import numpy as np
import pytest

from framework.errors import ConfigError
from framework.links import LINKS
from framework.tasks import Task

TASKS = {
    "binary": Task("binary", (4,), ("no", "yes")),
    "multiclass": Task("multiclass", (4,), ("a", "b", "c")),
    "regression": Task("regression", (4,), targets=2),
}


@pytest.mark.parametrize(
    ("kind", "link"),
    [("binary", "sigmoid"), ("multiclass", "softmax"), ("regression", "identity")],
)
def test_auto_is_the_natural_link(kind, link):
    assert TASKS[kind].link("auto") is LINKS[link]


@pytest.mark.parametrize("kind", sorted(TASKS))
@pytest.mark.parametrize("name", sorted(LINKS))
def test_any_link_can_be_set(kind, name):
    assert TASKS[kind].link(name) is LINKS[name]


def test_an_unknown_link_is_refused_with_all_names():
    with pytest.raises(ConfigError) as caught:
        TASKS["binary"].link("sigmoyd")
    assert str(caught.value) == (
        "model.output=sigmoyd: no such link; did you mean 'sigmoid'?"
        "  (auto, exp, identity, sigmoid, softmax, tanh)"
    )


@pytest.mark.parametrize(
    ("kind", "link", "outputs"),
    [
        ("binary", "sigmoid", 1),
        ("binary", "softmax", 2),
        ("binary", "identity", 2),
        ("multiclass", "softmax", 3),
        ("multiclass", "sigmoid", 3),
        ("regression", "identity", 2),
        ("regression", "sigmoid", 2),
    ],
)
def test_columns_of_the_output(kind, link, outputs):
    assert TASKS[kind].outputs(LINKS[link]) == outputs


def test_labels_of_one_output_are_split_at_one_half():
    p = np.array([[0.0], [0.5], [np.nextafter(0.5, 1)], [1.0]])
    np.testing.assert_array_equal(TASKS["binary"].labels(p), [0, 0, 1, 1])


def test_labels_of_several_outputs_are_the_largest_and_the_first_of_equals():
    p = np.array([[0.2, 0.5, 0.3], [0.4, 0.2, 0.4], [0.0, 0.0, 1.0]])
    np.testing.assert_array_equal(TASKS["multiclass"].labels(p), [1, 0, 2])
    assert TASKS["multiclass"].labels(p[:0]).shape == (0,)


def test_only_regression_is_no_classification():
    assert {k for k, task in TASKS.items() if task.classification} == {"binary", "multiclass"}
