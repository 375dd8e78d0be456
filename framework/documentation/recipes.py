"""The figures that the pages of recipes show, from runs at full length."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from framework.conf import Recipe
from framework.drawing import save_small
from framework.errors import ConfigError
from framework.tracking.drawing import draw_into
from framework.tracking.record import records_of

FIGURES = "figures"


def illustrate(recipe: Recipe, pages: Path, scratch: Path) -> list[Path]:
    """Run it at full length below `scratch` and write the figures that `pages` show; returns these."""
    wanted = shown(recipe, pages)
    session = _run(recipe, scratch)
    written = []
    for name, source in _drawn(session):
        place = pages / FIGURES / recipe.name / name
        if place in wanted:
            place.parent.mkdir(parents=True, exist_ok=True)
            save_small(source, place, colours=256)
            written.append(place)
    if missing := wanted - set(written):
        drawn = ", ".join(sorted(name for name, _ in _drawn(session)))
        raise ConfigError(f"{min(missing)}: shown on a page, but not drawn; there are {drawn}")
    return sorted(written)


def shown(recipe: Recipe, pages: Path) -> set[Path]:
    """The figures of a recipe that pages refer to."""
    of_it = re.compile(rf"\]\(({FIGURES}/{recipe.name}/[^)]+)\)")
    texts = (page.read_text(encoding="utf-8") for page in pages.glob("*.md"))
    return {pages / target for text in texts for target in of_it.findall(text)}


def _run(recipe: Recipe, scratch: Path) -> Path:
    """The session's folder; raises ConfigError if the run failed, which has said why."""
    runs = scratch / recipe.name
    words = [f"+experiment={recipe.name}", "tracking.enabled=false", f"tracking.folder={runs}"]
    done = subprocess.run([sys.executable, "-m", "framework", "run", *words], check=False)
    if done.returncode:
        raise ConfigError(f"+experiment={recipe.name}: ended with status {done.returncode}")
    (session,) = runs.iterdir()
    return session


def _drawn(session: Path) -> Iterator[tuple[str, Path]]:
    """Every figure and its name: `<figure>.png` of the study or single run, `<arm>/<figure>.png` of one."""
    arms = {f"{record.run['params']['arm']}/": record.folder for record in records_of(session)}
    for prefix, folder in {"": session, **arms}.items():
        if not (folder / FIGURES).exists():
            draw_into(folder)
        for file in sorted((folder / FIGURES).glob("*.png")):
            yield f"{prefix}{file.name}", file
