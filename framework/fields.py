"""The fields of a component: type, default, what it means, and what it may be, as its class tells."""

from __future__ import annotations

import dataclasses
import inspect
import math
import re
import types
import typing
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

from framework.docstring import parse
from framework.errors import FieldError, spell

WORDS = {int: "whole number", float: "number", bool: "true or false", str: "text"}
WRONG: dict[type, Any] = {int: -1, float: math.nan, str: "no-such-choice"}
OFFER = re.compile(r"^no such choice.*\((?P<choices>[^()]*)\)$")


@dataclass(frozen=True)
class Field:
    """One field of a component."""

    name: str
    takes: str  # its type in words
    default: str
    meaning: str  # as a docstring tells it
    rule: str  # what it may be, as the error for what it may not be tells it
    choices: tuple[str, ...]
    owner: Any  # the class that declares it first
    own: bool  # that class is in the component's file


@cache
def fields(cls: type) -> tuple[Field, ...]:
    """The configuration of a dataclass: its own fields first, then inherited ones."""
    hints = typing.get_type_hints(cls)
    found = [
        _field(cls, each, hints[each.name])
        for each in dataclasses.fields(cls)
        if each.init and not each.metadata.get("omegaconf_ignore")
    ]
    return tuple(sorted(found, key=lambda field: cls.__mro__.index(field.owner)))


def _field(cls: type, field: dataclasses.Field[Any], hint: Any) -> Field:
    owner = [b for b in cls.__mro__ if field.name in vars(b).get("__annotations__", {})][-1]
    rule = _rule(cls, field, hint)
    offer = OFFER.match(rule)
    return Field(
        field.name,
        _spelt(hint),
        _default(field),
        _meaning(cls, field.name),
        "" if offer else rule,
        tuple(offer["choices"].split(", ")) if offer else (),
        owner,
        owner.__module__ == cls.__module__,
    )


def _meaning(cls: type, name: str) -> str:
    """The note on a field in the docstring of the class, else in a base's, else the comment beside it."""
    names = [field.name for field in dataclasses.fields(cls)]
    bases = [base for base in cls.__mro__ if dataclasses.is_dataclass(base)]
    for base in bases:
        notes = parse(inspect.cleandoc(vars(base).get("__doc__") or ""), names).notes
        if name in notes:
            return notes[name]
    for base in bases:
        if beside := re.search(rf"^    {name}: .*?  # (.+)$", _source(base), re.MULTILINE):
            return beside[1]
    return ""


@cache
def _source(cls: type) -> str:
    try:
        return inspect.getsource(cls)
    except (OSError, TypeError):  # typed at a prompt
        return ""


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default_factory is not dataclasses.MISSING:
        return spell(field.default_factory())
    if field.default is dataclasses.MISSING or field.default == "???":
        return "required"
    return spell(field.default.name if isinstance(field.default, Enum) else field.default)


def _spelt(hint: Any) -> str:
    """A type in words."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        parts = [part for part in typing.get_args(hint) if part is not type(None)]
        words = [_spelt(part) for part in parts]
        return " or ".join([*words, "null"] if len(parts) < len(typing.get_args(hint)) else words)
    if typing.get_origin(hint) is list:
        (part,) = typing.get_args(hint) or (Any,)
        return f"list of {_spelt(part)}s" if part in (int, float) else "list"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return "one of " + ", ".join(hint.__members__)
    return WORDS.get(hint, getattr(hint, "__name__", "value"))


def _rule(cls: Any, field: dataclasses.Field[Any], hint: Any) -> str:
    """What `__post_init__` says of a value that cannot be right; "" if it has nothing to say."""
    kinds = [part for part in typing.get_args(hint) or (hint,) if part in WRONG]
    for kind in kinds if typing.get_origin(hint) is not list else ():
        try:
            cls(**_required(cls) | {field.name: WRONG[kind]})
        except FieldError as error:
            return error.rule if error.name == field.name else ""
        except Exception:  # whatever the component thinks of nonsense
            return ""
    return ""


def _required(cls: Any) -> dict[str, Any]:
    """Something for each field without a default."""
    missing = dataclasses.MISSING
    return {
        f.name: "x"
        for f in dataclasses.fields(cls)
        if f.init and f.default is missing and f.default_factory is missing
    }
