"""What holds for every recipe: a page tells of it, whose commands are run as all of the docs are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from framework.__main__ import cli
from framework.conf import find_recipes, recipes
from framework.documentation.recipes import illustrate, shown

PAGES = Path(__file__).parents[2] / "docs/recipes"
INDEX = PAGES / "README.md"
RECIPES = list(recipes().values())


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_a_page_tells_of_it_shows_a_figure_and_the_index_leads_there(recipe: Any):
    assert recipe.title
    assert shown(recipe, PAGES)
    command = f"python run.py +experiment={recipe.name}"
    pages = set(PAGES.glob("*.md")) - {INDEX}
    (page,) = [page for page in pages if f"{command}\n" in page.read_text()]
    start = f"| [`{recipe.name}`]({page.name})"
    assert [line.startswith(start) for line in INDEX.read_text().splitlines()].count(True) == 1


def test_every_figure_is_shown_and_there():
    texts = [page.read_text() for page in PAGES.glob("*.md")]
    named = {
        PAGES / target for text in texts for target in re.findall(r"\]\((figures/[^)]+)\)", text)
    }
    assert named == set(PAGES.glob("figures/**/*.png"))


def test_the_list_has_a_line_for_each():
    done = CliRunner().invoke(cli, ["recipes"])
    assert done.exit_code == 0
    lines = done.output.splitlines()
    text = " ".join(done.output.split())
    for recipe in RECIPES:
        assert f"{recipe.name} {recipe.title}" in text
    assert max(map(len, lines)) <= 80


def test_figures_are_written_where_the_page_shows_them(workplace: Path):
    """The study's own, and one of an arm; those that no page shows are not."""
    (recipe,) = find_recipes(("newton_linear",))
    figures = [f"figures/newton_linear/{name}.png" for name in ("comparison", "joint/residuals")]
    Path("page.md").write_text("".join(f"![It]({figure})\n" for figure in figures))
    assert illustrate(recipe, Path(), workplace / "scratch") == [Path(it) for it in figures]
    for figure in figures:
        assert Path(figure).read_bytes().startswith(b"\x89PNG")
    assert len(list(Path("figures").glob("**/*.png"))) == 2
