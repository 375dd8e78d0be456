"""What there is to choose and to set, in 80 columns: the body of `python run.py --help`."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill

from framework.catalogue import catalogue, shelves
from framework.conf import RECIPES, STUDIES, presets, recipes
from framework.registry import Registry
from framework.settings import Settings, flat, schema

WIDTH, COLUMN = 80, 20


def choices(registry: Registry) -> str:
    """The names of every kind, and those of presets and recipes."""
    entries, rows = catalogue(registry), dict[str, str]()
    for shelf in shelves().values():
        names = [entry.name for entry in entries if entry.shelf == shelf]
        rows[shelf.choice.partition("=")[0].removesuffix(".enabled")] = ", ".join(names)
    rows["diagnostics"] = ", ".join(presets("diagnostics"))
    rows["tune"] = ", ".join(presets("tune"))
    rows[f"+{RECIPES}"] = ", ".join(recipes())
    rows[f"+{STUDIES}"] = ", ".join(presets(STUDIES))
    return _table(rows)


def fields() -> str:
    """The settings of a run beside its components, with their defaults."""
    sections: dict[str, list[str]] = {}
    for key, value in flat(schema(Settings)).items():
        section, dot, name = key.rpartition(".")
        sections.setdefault(section + dot, []).append(f"{name}={value}")
    return _table({section: " ".join(words) for section, words in sections.items()})


def _table(rows: Mapping[str, str]) -> str:
    return "\n".join(
        fill(
            text,
            WIDTH,
            initial_indent=f"  {label:<{COLUMN - 2}}",
            subsequent_indent=" " * COLUMN,
            break_on_hyphens=False,
        )
        for label, text in rows.items()
    )
