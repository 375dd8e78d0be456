from __future__ import annotations

import inspect
import math
import pickle
from dataclasses import dataclass

import pytest

from framework import errors
from framework.errors import (
    ConfigError,
    FieldError,
    FrameworkError,
    one_of,
    require,
    spell,
    unknown,
)


@dataclass
class Step:
    lr: float = 0.1
    rule: str = "wolfe"

    def __post_init__(self):
        require(self, "lr", 0 < self.lr < math.inf, "a learning rate is > 0")
        one_of(self, "rule", ["wolfe", "armijo"])


@pytest.mark.parametrize("lr", [0, -1.0, math.nan, math.inf])
def test_require_refuses_what_breaks_the_rule(lr):
    with pytest.raises(FieldError, match=r"lr=.*: a learning rate is > 0"):
        Step(lr)


def test_a_field_error_is_told_under_the_key_that_the_user_typed():
    with pytest.raises(FieldError) as caught:
        Step(-1.0)
    error = caught.value.under("optim")
    assert type(error) is ConfigError
    assert str(error) == "optim.lr=-1: a learning rate is > 0"


def test_a_choice_is_refused_with_the_nearest_one():
    with pytest.raises(FieldError) as caught:
        Step(rule="wolf")
    assert str(caught.value.under("optim")) == (
        "optim.rule=wolf: no such choice; did you mean 'wolfe'?  (armijo, wolfe)"
    )


@pytest.mark.parametrize(
    ("name", "choices", "text"),
    [
        ("hinge2", ["mse", "hinge"], "no such loss; did you mean 'hinge'?  (hinge, mse)"),
        ("zzz", ["mse", "hinge"], "no such loss  (hinge, mse)"),
        ("zzz", [], "no such loss  (there are none)"),
    ],
)
def test_an_unknown_name_is_told_with_all_names(name, choices, text):
    assert unknown("loss", name, choices) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (0.5, "0.5"),
        (1.0, "1"),
        (1e-10, "1e-10"),
        (-3, "-3"),
        ("auto", "auto"),
        ([32, None, 1.0], "[32,null,1]"),
        ([], "[]"),
    ],
)
def test_values_are_spelt_as_a_user_types_them(value, text):
    assert spell(value) == text


ALL = [
    cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, FrameworkError)
]


@pytest.mark.parametrize("cls", ALL)
def test_errors_come_back_from_other_processes_as_they_were(cls):
    error = cls("lr", -1.0, "a learning rate is > 0") if cls is FieldError else cls("one line")
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is cls and str(back) == str(error) and vars(back) == vars(error)
