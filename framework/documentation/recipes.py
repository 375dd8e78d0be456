"""The figures that the pages of recipes show, from runs at full length."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from framework.conf import Recipe
from framework.drawing import save_small
from framework.errors import ConfigError
from framework.tracking.drawing import draw_into
from framework.tracking.record import records_of

FIGURES = "figures"


def illustrate(recipe: Recipe, pages: Path, scratch: Path) -> list[Path]:
    """Run it at full length below `scratch` and write the figures that `pages` show; returns these."""
    wanted = sorted(shown(recipe, pages))
    folders = _folders(_run(recipe, scratch))
    for place in wanted:
        arm = place.parent.relative_to(pages / FIGURES / recipe.name).as_posix()
        if arm not in folders:
            raise ConfigError(f"{place}: shown on a page, but there are only {', '.join(folders)}")
        source = _drawn(folders[arm], place)
        place.parent.mkdir(parents=True, exist_ok=True)
        save_small(source, place, colours=256)
    return wanted


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


def _folders(session: Path) -> dict[str, Path]:
    """The run folders by arm, and by "." that of the study or of the single run."""
    arms = {record.run["params"]["arm"]: record.folder for record in records_of(session)}
    return {".": session, **arms}


def _drawn(folder: Path, place: Path) -> Path:
    """The figure of a run or study that is shown at `place`."""
    figures = folder / FIGURES
    if not figures.exists():
        draw_into(folder)
    if not (figures / place.name).exists():
        there = ", ".join(sorted(file.stem for file in figures.glob("*.png")))
        raise ConfigError(f"{place}: shown on a page, but not drawn; there are {there}")
    return figures / place.name
