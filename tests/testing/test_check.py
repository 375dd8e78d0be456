"""The checks as their users meet them: names, lines, the cheap ones, and a plugin author's tests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from framework.interfaces import Loss, Model
from framework.links import LINKS
from framework.testing import (
    assert_conforms,
    callbacks,
    cheap,
    check,
    conformance,
    datasets,
    losses,
    metrics,
    models,
    optimizers,
    schedules,
)
from framework.testing.outcome import Check
from plugins.datasets.csv import Csv
from plugins.losses.cross_entropy import CrossEntropy
from plugins.losses.mean_squared_error import MeanSquaredError
from plugins.models.mlp import MLP
from plugins.optimizers.sgd import SGD

TOPICS = (callbacks, datasets, losses, metrics, models, optimizers, schedules)
FUNCTIONS = [function for topic in TOPICS for function in topic.CHECKS]


@dataclass
class Wrong(MeanSquaredError):
    """With the sign of the gradient flipped."""

    def grad(self, p, y):
        return y - p


@dataclass
class Required(Loss):
    """With a field that has no default."""

    scale: float

    def value(self, p, y):
        return self.scale * ((p - y) ** 2).sum(axis=1)

    def grad(self, p, y):
        return 2 * self.scale * (p - y)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f"{f.__module__}.{f.__name__}")
def test_name_and_docstring_make_a_line_of_80_columns(function):
    found = Check(function, [])
    assert 0 < len(found.name) <= 22
    assert 0 < len(found.compared) <= 46


@pytest.mark.parametrize("topic", TOPICS, ids=lambda t: t.__name__)
def test_the_cheap_checks_are_some_of_all(topic):
    assert set(topic.CHEAP) <= set(topic.CHECKS)


def test_a_class_and_an_instance_conform():
    assert_conforms(MeanSquaredError)
    assert_conforms(SGD(momentum=0.9, nesterov=True))
    assert_conforms(Csv)


def test_a_failure_is_told_with_both_sides_and_what_it_means():
    with pytest.raises(AssertionError) as caught:
        assert_conforms(Wrong())
    (line,) = (line for line in str(caught.value).splitlines() if line.startswith("gradient"))
    assert line.startswith(
        "gradient (⟨grad, v⟩ against the value's slope along v): behind identity"
    )
    assert line.endswith("; the sign is flipped")
    analytic, numeric = (
        float(word.strip(";,"))
        for word in line.split()
        if word.strip(";,-").replace(".", "").isdigit() and "." in word
    )
    assert analytic == pytest.approx(-numeric, rel=1e-4)


@pytest.mark.parametrize("each", conformance(CrossEntropy), ids=str)
def test_checks_can_be_tests_of_their_own(each):
    each()


def test_a_check_called_on_its_own_raises():
    (gradient,) = (each for each in conformance(Wrong) if each.name == "gradient")
    with pytest.raises(AssertionError, match="the sign is flipped"):
        gradient()


def test_a_required_field_needs_an_instance():
    (outcome,) = check(Required)
    assert (outcome.check, outcome.passed) == ("construction", False)
    assert "scale" in outcome.says
    assert_conforms(Required(scale=2.0))


def test_the_cheap_checks_of_a_loss_keep_to_the_link_of_the_run():
    outcomes = cheap(CrossEntropy(), LINKS["softmax"])
    assert {o.check for o in outcomes} == {f.__name__.replace("_", " ") for f in losses.CHEAP}
    assert all(o.passed and "softmax" in o.where for o in outcomes)


@pytest.mark.parametrize("part", [Wrong(), MLP(hidden=[3]), SGD()], ids=lambda p: type(p).__name__)
def test_the_cheap_checks_find_what_is_wrong_and_nothing_else(part):
    failed = [o.check for o in cheap(part, LINKS["identity"]) if o.passed is False]
    assert failed == (["gradient", "hessian"] if isinstance(part, Wrong) else [])


def test_refused_combinations_are_told_and_no_failure():
    """Cross-entropy refuses links without probabilities; the others are checked all the same."""
    names = {case.name for case in losses.cases(CrossEntropy())}
    assert all("softmax" in name or "sigmoid" in name for name in names)
    assert any("1 output" in name for name in names)


def test_a_model_may_say_what_it_takes():
    class Picky(MLP):
        """Takes samples of 7 numbers."""

        example_inputs = (7,)

        def build(self, inputs, outputs):
            assert inputs == (7,)
            return super().build(inputs, outputs)

    (case,) = models.cases(Picky(), cheap=True)
    assert case.x.shape[1:] == (7,)


def test_what_is_no_component_is_refused():
    with pytest.raises(AssertionError, match="is no component"):
        assert_conforms(np.zeros(3))  # type: ignore[arg-type]
    assert issubclass(MLP, Model)
