from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from framework.errors import one_of, require
from framework.testing.variants import variants


class Colour(Enum):
    """Two of them."""

    RED = 1
    BLUE = 2


@dataclass
class Thing:
    """A field of every kind."""

    rate: float = 0.1
    momentum: float = 0.0
    count: int = 0
    nesterov: bool = False
    method: str = "plain"
    path: str = "???"
    colour: Colour = Colour.RED
    widths: list[int] = field(default_factory=list)
    hidden: int = field(default=0, init=False)

    def __post_init__(self):
        one_of(self, "method", ["plain", "damped", "none"])
        require(self, "nesterov", not self.nesterov or self.momentum > 0, "needs momentum")
        require(self, "method", self.method != "none", "not today")


def test_each_field_is_once_away_from_its_default_where_that_is_allowed():
    thing = Thing()
    names = [name for name, _ in variants(thing)]
    assert names == ["", "momentum=0.5", "count=1", "method=damped", "colour=Colour.BLUE"]
    assert next(variants(thing))[1] is thing
    for name, variant in list(variants(thing))[1:]:
        key = name.partition("=")[0]
        assert {k: v for k, v in vars(variant).items() if k != key} == {
            k: v for k, v in vars(thing).items() if k != key
        }


def test_what_is_set_makes_others_possible():
    assert "nesterov=true" in [name for name, _ in variants(Thing(momentum=0.9))]


def test_fields_can_be_left_out():
    names = [name for name, _ in variants(Thing(), skip=("method", "colour"))]
    assert names == ["", "momentum=0.5", "count=1"]
