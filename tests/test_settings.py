"""Dataclasses to configuration and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import pytest

from framework.errors import ConfigError, require
from framework.settings import Settings, Train, build, flat, schema, settings


class Colour(Enum):
    RED = 1
    BLUE = 2


@dataclass
class Inner:
    depth: int = 2

    def __post_init__(self) -> None:
        require(self, "depth", self.depth > 0, "a depth is > 0")


@dataclass
class Outer:
    rate: float = 0.5
    name: str = "x"
    maybe: float | None = None
    sizes: list[int] = field(default_factory=lambda: [1, 2])
    colour: Colour = Colour.RED
    inner: Inner = field(default_factory=Inner)
    path: str = "here"
    hidden: object = field(default=None, init=False, metadata={"omegaconf_ignore": True})


def test_a_schema_is_plain_data() -> None:
    plain = schema(Outer)
    assert plain["sizes"] == [1, 2]
    assert plain["inner"] == {"depth": 2}
    assert "hidden" not in plain


def test_what_is_built_has_the_types_of_the_fields() -> None:
    made = build(Outer, {**schema(Outer), "rate": 1, "colour": "BLUE", "inner": {"depth": 3}}, "k")
    assert made == Outer(rate=1.0, colour=Colour.BLUE, inner=Inner(3))
    assert isinstance(made.rate, float)
    assert isinstance(made.sizes, list)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"rate": "fast"}, "k.rate=fast: expected a number"),
        ({"sizes": ["a"]}, "k.sizes=[a]: expected a whole number"),
        ({"sizs": [1]}, "k.sizs=[1]: no such field; did you mean 'sizes'?"),
        ({"inner": {"depth": 0}}, "k.inner.depth=0: a depth is > 0"),
        ({"inner": {"dept": 1}}, "k.inner.dept=1: no such field; did you mean 'depth'?"),
        ({"inner": 3}, "k.inner=3: inner has fields; set one of them, k.inner.<field>=..."),
        ({"path": "???"}, "k.path: this field is required; set k.path=..."),
    ],
)
def test_a_wrong_value_is_told_under_its_full_key(values: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build(Outer, values, "k")
    assert str(caught.value).startswith(message)


def test_flat_spells_values_as_they_are_typed() -> None:
    values = {"a": {"b": 1.0, "c": None}, "d": True, "e": [1, 2]}
    assert flat(values) == {"a.b": "1", "a.c": "null", "d": "true", "e": "[1,2]"}


def test_the_default_settings_are_valid_and_unknown_keys_are_not() -> None:
    assert settings(schema(Settings)) == Settings()
    with pytest.raises(ConfigError, match="sead=1: no such key; did you mean 'seed'"):
        settings({**schema(Settings), "sead": 1})


def test_any_single_budget_will_do() -> None:
    assert Train(epochs=None, seconds=1.0).seconds == 1.0
    with pytest.raises(ConfigError):
        Train(epochs=None)
    with pytest.raises(ConfigError):
        Train(epochs=0)
