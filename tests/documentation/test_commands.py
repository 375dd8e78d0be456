"""The commands on the pages run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from framework.catalogue import catalogue, find
from framework.documentation.commands import command as words_of
from framework.documentation.commands import default_choices
from framework.registry import discover
from framework.settings import CHOICES

Command = Callable[..., Any]

ODD = [  # each needs something else beside it, or a form of its own
    "data=nothing",
    "model=quadratic_deep",
    "metric=rmse",
    "callbacks=console",
    "link=exp",
    "pool=average",
]


@pytest.mark.parametrize("label", ODD)
def test_the_words_of_a_page_run(command: Command, label: str) -> None:
    registry = discover()
    (entry,) = find(catalogue(registry), [label])
    words = words_of(entry, registry)
    done = command(*words, "train.epochs=1", "quiet=true", "plugins.unchecked=true")
    assert (done.status, done.err) == (0, ""), words


def test_no_more_is_chosen_than_is_needed() -> None:
    registry = discover()
    entries = catalogue(registry)

    def words(label: str) -> list[str]:
        return words_of(*find(entries, [label]), registry)

    assert words("loss=mse") == ["loss=mse"]
    assert words("data=diabetes") == ["data=diabetes", "loss=mse"]
    assert words("model=rosenbrock") == ["model=rosenbrock", "data=nothing", "loss=value"]
    assert words("data=csv") == ["data=csv", "data.path=..."]


def test_the_usual_choices_are_those_of_the_configuration() -> None:
    assert default_choices().keys() == set(CHOICES)
