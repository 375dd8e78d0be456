"""A component as it is, and with each of its fields once away from its default."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from enum import Enum
from typing import Any, TypeVar

from framework.errors import ConfigError, FieldError, spell

T = TypeVar("T")

NONSENSE = "no-such-choice"


def variants(component: T, skip: tuple[str, ...] = ()) -> Iterator[tuple[str, T]]:
    """(what differs, component): the component itself first, with nothing to tell.

    A switch is flipped, a number that is 0 set to ½ or 1, a choice set to each of its values. What the
    component refuses is left out, as are the fields in `skip`.
    """
    yield "", component
    for field in dataclasses.fields(component):  # type: ignore[arg-type]
        if not field.init or field.name in skip or field.metadata.get("omegaconf_ignore"):
            continue
        value = getattr(component, field.name)
        for other in _others(component, field.name, value):
            try:
                changed = dataclasses.replace(component, **{field.name: other})  # type: ignore[type-var]
            except (ConfigError, ValueError, TypeError):
                continue
            yield f"{field.name}={spell(other)}", changed


def _others(component: Any, name: str, value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, Enum):
        return [other for other in type(value) if other is not value]
    if isinstance(value, int | float) and value == 0:
        return [1 if isinstance(value, int) else 0.5]
    if isinstance(value, str):
        return [choice for choice in _choices(component, name) if choice != value]
    return []


def _choices(component: Any, name: str) -> list[str]:
    """The choices that `one_of` offers when it is given nonsense."""
    try:
        dataclasses.replace(component, **{name: NONSENSE})
    except FieldError as error:
        offered = re.search(r"\(([^()]*)\)$", error.rule)
        return offered.group(1).split(", ") if offered and error.name == name else []
    except Exception:  # whatever the component thinks of nonsense
        return []
    return []
