"""`python -m framework recipes`: what can be run by +experiment=..., and the figures of its pages."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from textwrap import fill

import click

from framework.conf import Recipe, find_recipes, recipes

DEFAULT = Path("docs/recipes")


@click.command("recipes")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "everything", is_flag=True, help="Run all of them.")
@click.option("--out", default=DEFAULT, show_default=True, type=click.Path(path_type=Path))
def command(names: tuple[str, ...], everything: bool, out: Path) -> None:
    """List the recipes; run those named at full length and write the figures that their pages show."""
    from framework.documentation.recipes import illustrate

    chosen = list(recipes().values()) if everything else find_recipes(names)
    if not chosen:
        _list(list(recipes().values()))
    for recipe in chosen:
        start = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="framework-") as scratch:
            written = illustrate(recipe, out, Path(scratch))
        seconds = time.monotonic() - start
        click.echo(f"{recipe.name}: {len(written)} figures in {out}, {seconds:.0f} s")


def _list(known: list[Recipe]) -> None:
    indent = max(len(recipe.name) for recipe in known) + 4
    for recipe in known:
        label = f"  {recipe.name:<{indent - 2}}"
        click.echo(fill(recipe.title, 80, initial_indent=label, subsequent_indent=" " * indent))
    click.echo("\n  python run.py +experiment=<name>")
