"""Fields as their class tells of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from framework import FirstOrder, one_of, require
from framework.fields import Field, fields


class Side(Enum):
    left = 1
    right = 2


@dataclass(kw_only=True)
class Base(FirstOrder):
    """Base.

    share: of the rows.
    """

    share: float = 0.5

    def direction(self, gradient, theta):
        return gradient


@dataclass(kw_only=True)
class Component(Base):
    """All kinds of fields.

    mode: how. steps, limit: bounds.
    """

    mode: str = "fast"
    steps: int = 3
    limit: float | None = None
    widths: list[int] = field(default_factory=lambda: [1, 2])
    side: Side = Side.left
    on: bool = True  # whether it is
    path: str = "???"
    hidden: int = field(init=False, default=0, metadata={"omegaconf_ignore": True})

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of(self, "mode", ["slow", "fast"])
        require(self, "steps", self.steps > 0, "a number of steps is > 0")
        require(self, "share", 0 <= self.share < 1, "a share is in 0 <= s < 1")


FOUND = {found.name: found for found in fields(Component)}


def test_own_fields_come_first_and_hidden_ones_not() -> None:
    names = list(FOUND)
    assert names[:7] == ["mode", "steps", "limit", "widths", "side", "on", "path"]
    assert names[7] == "share"
    assert {"lr", "clip_norm"} <= set(names[8:])
    assert "hidden" not in names
    assert [name for name in names if FOUND[name].own] == names[:8]
    assert FOUND["lr"].owner is FirstOrder


def test_types_in_words() -> None:
    takes = {name: found.takes for name, found in FOUND.items()}
    assert takes["mode"] == "text"
    assert takes["limit"] == "number or null"
    assert takes["widths"] == "list of whole numbers"
    assert takes["side"] == "one of left, right"
    assert takes["on"] == "true or false"


def test_defaults_as_they_are_typed() -> None:
    defaults = {name: found.default for name, found in FOUND.items()}
    assert (defaults["limit"], defaults["widths"], defaults["side"]) == ("null", "[1,2]", "left")
    assert (defaults["on"], defaults["path"], defaults["share"]) == ("true", "required", "0.5")


def test_meanings_are_notes_of_the_class_or_its_bases_or_comments() -> None:
    assert FOUND["mode"].meaning == "how."
    assert FOUND["steps"].meaning == FOUND["limit"].meaning == "bounds."
    assert FOUND["share"].meaning == "of the rows."
    assert FOUND["on"].meaning == "whether it is"
    assert FOUND["clip_value"].meaning.startswith("each entry of the gradient is cut")


def test_rules_are_what_the_errors_say() -> None:
    assert FOUND["mode"].choices == ("fast", "slow")
    assert FOUND["steps"].rule == "a number of steps is > 0"
    assert FOUND["share"].rule == "a share is in 0 <= s < 1"
    assert FOUND["limit"].rule == FOUND["on"].rule == ""


def test_a_component_without_fields_has_none() -> None:
    @dataclass
    class Empty:
        """Nothing."""

    assert fields(Empty) == ()
    assert isinstance(FOUND["lr"], Field)
