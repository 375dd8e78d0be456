"""A docstring taken apart: its first line, paragraphs, formulas, notes on fields, and its source.

Docstrings are plain text. A sentence's end at which the next word would still have fitted into the line was
made on purpose, so what follows is a line of its own; all other lines are one running text.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

WORD = re.compile(r"[A-Za-z][a-z]{2,}(?:'s)?(?![\w(])")
FUNCTIONS = {"argmin", "cos", "cosh", "diag", "exp", "log", "max", "mean", "median", "min", "mod"}
FUNCTIONS |= {"prox", "sign", "sin", "sqrt", "std", "sum", "tanh", "trace", "var", "else", "for"}
RELATION, OPERATOR = re.compile(r"[=←∝≈→]"), re.compile(r"[=←∝≈→+²‖Σ]|_[a-z]")
SOURCE = re.compile(r"(?:^|(?<=\s))Sources?: ")
OPENERS = re.compile(r"(?<=\.) +(?=(?:Ends,|Raises |Convention: |Starts |For [a-z]+=))")
ENDS = (".", ":", ";")
SLACK = 6  # a line may be this much shorter than the longest one and still be full
NARROW, FULL = 80, 88  # from the one on, a text is taken to be folded at the other at least


@dataclass
class Text:
    """A paragraph: running text, or lines of formulas."""

    text: str
    formula: bool = False


@dataclass
class Docstring:
    """summary: its first line. body: the paragraphs after it. notes: of fields, by name. source: last."""

    summary: str = ""
    body: list[Text] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    source: str = ""


def parse(doc: str, fields: Collection[str] = ()) -> Docstring:
    """Take a docstring, without indentation, apart; `name: ...` for a name in `fields` is a note."""
    result = Docstring()
    longest = max(map(len, doc.splitlines()), default=0)
    width = longest - SLACK if longest < NARROW else max(longest - SLACK, FULL)
    for number, paragraph in enumerate(re.split(r"\n\s*\n", doc)):
        lines, source = _without_source(_lines(paragraph, width))
        result.source = source or result.source
        if number == 0 and lines:
            result.summary = lines.pop(0)
        for line in lines:
            rest, notes = _notes(line, fields)
            result.notes |= notes
            result.body += [Text(rest, is_formula(rest))] if rest else []
    return result


def is_formula(line: str) -> bool:
    """Whether a line is mathematics rather than a sentence: few words, and fewer still without a relation."""
    words = [w for w in WORD.findall(line) if w.removesuffix("'s") not in FUNCTIONS]
    share = len(words) / max(1, len(line.split()))
    return bool(
        (share <= 0.25 and RELATION.search(line)) or (share <= 0.15 and OPERATOR.search(line))
    )


def _lines(paragraph: str, width: int) -> list[str]:
    """The lines that were meant, each running text in one."""
    result: list[str] = []
    before = ""
    for line in paragraph.splitlines():
        first = line.split(" ", 1)[0]
        ended = len(before) + 1 + len(first) <= width and before.rstrip().endswith(ENDS)
        if result and not ended:
            result[-1] += f" {line.strip()}"
        else:
            result.append(line.strip())
        before = line
    return [part.strip() for line in result for part in OPENERS.split(line)]


def _without_source(lines: list[str]) -> tuple[list[str], str]:
    """The lines before `Source: ...`, and what follows it."""
    for number, line in enumerate(lines):
        if found := SOURCE.search(line):
            before = line[: found.start()].strip()
            kept = lines[:number] + ([before] if before else [])
            return kept, " ".join([line[found.end() :], *lines[number + 1 :]])
    return lines, ""


def _notes(line: str, fields: Collection[str]) -> tuple[str, dict[str, str]]:
    """What of a line is no note, and the notes in it: `name: ...`, `a, b: ...`, or `Name is ...`."""
    if not fields:
        return line, {}
    name = "|".join(map(re.escape, sorted(fields, key=len, reverse=True)))
    begin = r"(?:^|(?<=[.;] )|(?<=[.;]  ))"
    start = re.compile(
        rf"{begin}(?P<names>(?:{name})(?:(?:, | and )(?:{name}))*)(?P<colon>: | (?=[a-z]))"
    )
    starts, notes = list(start.finditer(line)), dict[str, str]()
    if not starts:
        return line, notes
    for found, end in zip(starts, [*(s.start() for s in starts[1:]), len(line)], strict=True):
        text = line[found.end() if found["colon"] == ": " else found.start() : end].strip()
        for each in re.split(", | and ", found["names"]):
            notes[each] = f"{notes[each]} {text}" if each in notes else text
    return line[: starts[0].start()].strip(), notes
