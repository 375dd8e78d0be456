"""One page: what a component or part is, how it is chosen, its formula, fields and properties."""

from __future__ import annotations

import re
from collections.abc import Sequence

from framework.catalogue import PARTS, Entry, Shelf
from framework.docstring import Text, is_formula, parse
from framework.documentation import markdown
from framework.fields import Field, fields

WIDE = 100  # letters that a block shows in a line
TELLING = 20  # letters of a title that says more than a name
SEPARATOR = re.compile(r"(?<=[;.])\s\s+")


def page(
    entry: Entry,
    words: str,
    facts: Sequence[str],
    neighbours: Sequence[Entry],
    place: str,
    figure: tuple[str, str] | None,
) -> str:
    """The page as Markdown. place: its file, in Markdown. figure: a file beside the page, and a caption."""
    own = fields(entry.subject) if entry.component else []
    doc = parse(entry.doc, [field.name for field in own])
    parts = [
        f"# {markdown.text(entry.name)}",
        *map(_heading, entry.headings),
        markdown.block([f"python run.py {words}"], "sh"),
        *_body(doc.body),
    ]
    if figure:
        name, caption = figure
        parts += [f"![{entry.label}]({name})", markdown.text(caption)]
    if own:
        parts += ["## Fields", *_tables(own)]
    if facts:
        parts += ["## Properties", "\n".join(f"- {fact}" for fact in facts)]
    if doc.source:
        parts += ["## Source", markdown.text(doc.source)]
    parts += ["---", _foot(entry, neighbours, place)]
    return "\n\n".join(parts) + "\n"


def index(shelf: Shelf, families: dict[str, list[Entry]]) -> str:
    """The page of one kind: all of it, a line each."""
    parts = [f"# {shelf.plural.capitalize()}", f"Chosen by `{shelf.choice}`."]
    if shelf.fields:
        parts[-1] = f"Chosen by `{shelf.choice}`, set by `{shelf.fields}`."
    for family, entries in families.items():
        parts += [f"## {family.capitalize()}"] if family else []
        rows = [
            (markdown.link(e.name, f"{e.name}.md"), " ".join(map(_in_line, e.headings)))
            for e in entries
        ]
        parts.append(markdown.table([shelf.what, ""], rows))
    return "\n\n".join([*parts, "---", "[all components](../README.md)"]) + "\n"


def contents(kinds: dict[str, tuple[Shelf, list[Entry]]]) -> str:
    """The page of all kinds."""
    parts = [
        "# Components",
        "All that can be chosen by name, from the docstrings and from what the classes tell of themselves. "
        "`python -m framework list` shows the same in a terminal. Regenerate these pages by "
        "`python -m framework docs`.",
    ]
    for shelf, entries in kinds.values():
        title = markdown.link(shelf.plural.capitalize(), f"{shelf.plural}/README.md")
        rows = [(markdown.link(e.name, f"{shelf.plural}/{e.name}.md"), _short(e)) for e in entries]
        count = f"{len(entries)}, chosen by `{shelf.choice}`"
        parts += [f"## {title}", count, markdown.table([shelf.what, ""], rows)]
    return "\n\n".join(parts) + "\n"


def _short(entry: Entry) -> str:
    """What it is called; its first line too if that is just a name."""
    told = entry.headings if len(entry.headings[0]) < TELLING else entry.headings[:1]
    return " ".join(map(_in_line, told))


def _in_line(line: str) -> str:
    """A first line as Markdown in one line."""
    return markdown.code(line) if is_formula(line) else markdown.text(line)


def _heading(line: str) -> str:
    return _formula(line) if is_formula(line) else markdown.text(line)


def _body(paragraphs: Sequence[Text]) -> list[str]:
    return [_formula(p.text) if p.formula else markdown.text(p.text) for p in paragraphs]


def _formula(line: str) -> str:
    """Each formula of a line on its own, as two spaces keep them apart; as text if one is too long."""
    lines = [part.removesuffix(";") for part in SEPARATOR.split(line)]
    return markdown.block(lines) if max(map(len, lines)) <= WIDE else markdown.text(line)


def _tables(every: Sequence[Field]) -> list[str]:
    """The fields of its own, then those of each class of the framework that it extends."""
    parts: list[str] = []
    for owner in dict.fromkeys("" if field.own else field.owner.__name__ for field in every):
        shown = [f for f in every if owner == ("" if f.own else f.owner.__name__)]
        parts += [f"Inherited from `{owner}`:"] if owner else []
        rows = [(markdown.code(f.name), _type(f), _value(f.default), _meaning(f)) for f in shown]
        parts.append(markdown.table(["field", "type", "default", "meaning"], rows))
    return parts


def _type(field: Field) -> str:
    """In words; the names of all parts of a kind are on the page of the kind."""
    for shelf, parts in PARTS.values():
        extra = [choice for choice in field.choices if choice not in parts]
        if field.choices and len(field.choices) == len(parts) + len(extra) and len(extra) < 2:
            kind = markdown.link(shelf.plural, f"../{shelf.plural}/README.md")
            return " or ".join([*map(markdown.code, extra), f"one of the {kind}"])
    if field.choices:
        return "one of " + ", ".join(markdown.code(choice) for choice in field.choices)
    return markdown.text(field.takes)


def _value(default: str) -> str:
    return default if default == "required" else markdown.code(default or '""')


def _meaning(field: Field) -> str:
    """The note, and the rule unless the note has it."""
    meaning = markdown.text(field.meaning)
    if not field.rule:
        return meaning
    rule = markdown.text(field.rule)
    return f"{meaning} *({rule})*" if meaning else rule


def _foot(entry: Entry, neighbours: Sequence[Entry], place: str) -> str:
    names = [
        f"**{e.name}**" if e.name == entry.name else markdown.link(e.name, f"{e.name}.md")
        for e in neighbours
    ]
    up = f"[all {entry.shelf.plural}](README.md) · [all components](../README.md) · {place}"
    return f"{' · '.join(names)}\n\n{up}" if len(names) > 1 else up
