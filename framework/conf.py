"""The files of configuration: where they are, and which recipes are among them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from framework.errors import ConfigError, unknown

RECIPES = "experiment"  # the group of recipes
STUDIES = "study"  # the group of named studies


@dataclass(frozen=True)
class Recipe:
    """`+experiment=<name>`, and what the first comment of its file calls it."""

    name: str
    title: str


def conf() -> Path:
    """Their folder: shipped inside an installed package, beside it in a checkout."""
    here = Path(__file__).resolve().parent
    shipped = here / "_conf"
    return shipped if shipped.is_dir() else here.parent / "conf"


def presets(group: str) -> list[str]:
    """The names of the files of a group."""
    return sorted(file.stem for file in (conf() / group).glob("*.yaml"))


def recipes() -> dict[str, Recipe]:
    """All of them, by name."""
    return {name: Recipe(name, _title(name)) for name in presets(RECIPES)}


def find_recipes(names: tuple[str, ...]) -> list[Recipe]:
    """Those with these names; raises ConfigError where there is none of a name."""
    known = recipes()
    for name in names:
        if name not in known:
            raise ConfigError(f"{name}: {unknown('recipe', name, known)}")
    return [known[name] for name in names]


def _title(name: str) -> str:
    text = (conf() / RECIPES / f"{name}.yaml").read_text(encoding="utf-8")
    comments = (line[1:].strip() for line in text.splitlines() if line.startswith("#"))
    return next((comment for comment in comments if not comment.startswith("@")), "")
