"""`python -m framework list`: all that can be chosen by name, and what was set aside."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import click

from framework.catalogue import Entry, Shelf, catalogue, families, find, shelves
from framework.docstring import Text, is_formula, parse
from framework.fields import Field, fields
from framework.registry import Registry, discover
from framework.settings import flat, store

WIDTH = 80


@click.command("list")
@click.argument("words", nargs=-1, metavar="[KIND | NAME | KIND=NAME]...")
@click.option("--plugins", "paths", multiple=True, help="A file or folder of plugins of your own.")
@click.option("--json", "as_json", is_flag=True, help="For programs: with fields and origin.")
def command(words: tuple[str, ...], paths: tuple[str, ...], as_json: bool) -> None:
    """Show what can be chosen by name.

    \b
    list               every name, with what it is in a line
    list optim         those of one kind, with their fields and defaults
    list adam          one of them whole: its formula, fields and source
    list optim adam    the same, where a name is taken twice
    """
    registry = discover(paths)
    store(registry)  # sets aside what cannot be configured
    entries = catalogue(registry)
    kinds, names = _meant(words)
    chosen = find(entries, [*kinds, *names])
    if as_json:
        shown = chosen if words else entries
        click.echo(json.dumps(_as_data(shown, registry), indent=2, ensure_ascii=False))
        return
    for entry in find(entries, names):
        _show_whole(entry)
    for name, shelf in shelves().items():
        if name in kinds or not words:
            _show_kind(shelf, [e for e in entries if e.shelf == shelf], fully=name in kinds)
    if not words:
        _show_way()
    for refused in registry.quarantined:
        click.secho(str(refused), fg="yellow")


def _meant(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Kinds to be shown, and names: `optim adam` is `optim=adam`."""
    kinds, names = [w for w in words if w in shelves()], [w for w in words if w not in shelves()]
    if len(kinds) == 1 and names and not any("=" in name for name in names):
        return [], [f"{kinds[0]}={name}" for name in names]
    return kinds, names


# -- a kind


def _show_kind(shelf: Shelf, entries: Sequence[Entry], fully: bool) -> None:
    click.secho(shelf.name, bold=True, nl=False)
    click.secho(f" ({len(entries)})", dim=True, nl=False)
    click.echo(f"  {shelf.usage}")
    column = max([len(entry.name) for entry in entries], default=0) + 4
    for family, group in families(entries).items():
        if family:
            click.secho(f"  -- {family}", dim=True)
        for entry in group:
            (_show_fully if fully else _show_line)(entry, column)
    click.echo()


def _show_line(entry: Entry, column: int) -> None:
    """Its name, and as much of what it is called as there is room for."""
    click.echo(f"  {entry.name:<{column - 2}}{_cut(entry.headings[0], WIDTH - column)}")


def _show_fully(entry: Entry, column: int) -> None:
    """Its name, what it is called, its first line, and its fields."""
    where = "" if entry.origin.found == "built-in" else f"  [{entry.origin}]"
    click.secho(f"  {entry.name:<{column - 2}}", bold=True, nl=False)
    *lines, last = entry.headings
    indent = ""
    for line in [*lines, last + where]:
        click.echo(indent + _folded(line, column))
        indent = " " * column
    if own := " ".join(f"{f}={value}" for f, value in _fields(entry).items()):
        click.secho(indent + _folded(own, column), dim=True)


def _show_way() -> None:
    for words, what in (
        ("list optim", "one kind, with fields and defaults"),
        ("list adam", "one of them whole: formula, fields, source"),
        ("docs", "a page for each, with figures"),
    ):
        click.echo(f"python -m framework {words:<12} {what}")


# -- one of them


def _show_whole(entry: Entry) -> None:
    own = fields(entry.subject) if entry.component else ()
    doc = parse(entry.doc, [field.name for field in own])
    click.secho(entry.name, bold=True, nl=False)
    click.echo(f"  {entry.shelf.what}, {entry.choice}")
    for paragraph in [*(Text(line, is_formula(line)) for line in entry.headings), *doc.body]:
        click.echo()
        for line in (
            re.split(r"(?<=[;.])\s\s+", paragraph.text) if paragraph.formula else [paragraph.text]
        ):
            click.echo(f"  {_folded(line, 2)}")
    for owner in dict.fromkeys("" if field.own else field.owner.__name__ for field in own):
        click.echo()
        click.secho(f"  fields of every {owner}" if owner else "  fields", dim=True)
        for field in own:
            if owner == ("" if field.own else field.owner.__name__):
                _show_field(entry, field)
    click.echo()
    if doc.source:
        click.echo(f"  Source: {_folded(doc.source, 10)}")
    click.secho(f"  {_folded(str(entry.origin), 2)}\n", dim=True)


def _show_field(entry: Entry, field: Field) -> None:
    """`optim.lr=0.1`, and what it takes and means."""
    place = entry.shelf.fields.removesuffix("<field>=...").replace("<name>", entry.name)
    click.secho(f"    {place}{field.name}={field.default or repr('')}", bold=True)
    takes = " | ".join(field.choices) or field.takes
    told = [f"{takes}; {field.rule}" if field.rule else takes, field.meaning]
    for line in filter(None, told):
        click.echo(f"      {_folded(line, 6)}")


# -- the same for programs


def _as_data(entries: Sequence[Entry], registry: Registry) -> dict[str, Any]:
    components = [
        {
            "kind": entry.shelf.name,
            "name": entry.name,
            "title": entry.title,
            "description": parse(entry.doc).summary,
            "choice": entry.choice,
            "family": entry.family,
            "fields": entry.fields,
            "origin": vars(entry.origin),
        }
        for entry in entries
    ]
    return {"components": components, "quarantined": [vars(q) for q in registry.quarantined]}


def _fields(entry: Entry) -> dict[str, str]:
    values = flat(entry.fields)
    return {name: "(required)" if value == "???" else value for name, value in values.items()}


def _folded(text: str, indent: int) -> str:
    """Text in 80 columns, the first line starting after `indent` columns."""
    wrapped = click.wrap_text(text, WIDTH, " " * indent, " " * indent)
    return wrapped[indent:]


def _cut(text: str, width: int) -> str:
    """Text on one line; what does not fit is left out from the last word that does."""
    return text if len(text) <= width else text[: width - 1].rsplit(" ", 1)[0].rstrip(",;:") + " …"
