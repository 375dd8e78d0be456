"""The errors a user can cause, each a single line that names the key, the value and the way out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any


class FrameworkError(Exception):
    """Base of the errors that are told in one line and never shown as a traceback."""


class ConfigError(FrameworkError):
    """A choice, a field or a file cannot work; nothing was started. Exit status 2."""


class FieldError(ConfigError):
    """A field of a component has a value it cannot take.

    Raised by `require` in a component's `__post_init__`; whoever builds the component adds the key
    under which the user knows it, so that the message reads `optim.lr=-1: a learning rate is > 0`.
    """

    def __init__(self, name: str, value: Any, rule: str) -> None:
        super().__init__(f"{name}={value}: {rule}")
        self.name, self.value, self.rule = name, value, rule

    def __reduce__(self) -> tuple[type[FieldError], tuple[str, Any, str]]:
        return type(self), (self.name, self.value, self.rule)

    def under(self, prefix: str) -> ConfigError:
        """The same error with the full key, for example `optim.lr`."""
        return ConfigError(f"{prefix}.{self.name}={spell(self.value)}: {self.rule}")


class DataError(ConfigError):
    """The data cannot be used: a missing file, a malformed cell, NaN, a class with too few rows."""


class NonFinite(FrameworkError):
    """NaN or infinity arose in training; the message says in which quantity first."""


class CallbackError(FrameworkError):
    """A callback raised; the message names it and its cause."""


def require(component: object, name: str, holds: bool, rule: str) -> None:
    """Raise FieldError for field `name` of `component` unless `holds`; a NaN fails every comparison.

    >>> require(self, "lr", 0 < self.lr < math.inf, "a learning rate is > 0")
    """
    if not holds:
        raise FieldError(name, getattr(component, name), rule)


def one_of(component: object, name: str, choices: Iterable[str]) -> None:
    """Raise FieldError unless field `name` is one of `choices`."""
    value, choices = str(getattr(component, name)), sorted(choices)
    require(component, name, value in choices, unknown("choice", value, choices))


def unknown(what: str, name: str, choices: Iterable[str], guess: str = "") -> str:
    """`no such <what>; did you mean 'x'?  (all choices)`; guess: what else to say of it."""
    choices = sorted(choices)
    close = difflib.get_close_matches(name, choices, n=1, cutoff=0.5)
    guess = guess or (f"; did you mean '{close[0]}'?" if close else "")
    return f"no such {what}{guess}  ({', '.join(choices) or 'there are none'})"


def spell(value: Any) -> str:
    """A value as the user would type it on the command line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{','.join(spell(item) for item in value)}]"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


def spell_row(values: Sequence[Any], most: int = 5) -> str:
    """The entries of a row, the first few if there are many."""
    more = "..." if len(values) > most else ""
    return spell([float(value) for value in values[:most]]).removesuffix("]") + f"{more}]"
