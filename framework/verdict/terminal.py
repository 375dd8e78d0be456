"""A verdict on the terminal, in 80 columns: the arms, the pairs, and at the end what it comes to."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from framework.verdict.facts import Told
from framework.verdict.measures import points
from framework.verdict.verdict import ArmResult, Comparison, Pair, Verdict
from framework.verdict.wording import (
    UNITS,
    changed,
    estimated,
    number,
    percent,
    probability,
    reached,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

WIDTH = 80
INDENT = "  "
TIE = "\u00a0"  # a blank at which no line is broken
MOST_PAIRS = 6  # of an outcome; of more, those with the best arm
NAME = 12  # columns that it has at least, if it needs them
WHOLE = 10**6  # letters: a name that is not folded
GAP = 2  # columns between two of a table
COSTS = ("seconds", "epochs")
SHORT = "grad.-equivalents"
GOOD, BAD, FAINT, LOUD = "bold green", "red", "dim", "bold"

Cell = tuple[str, str]  # text and style


def show(verdict: Verdict, console: Console | None = None) -> None:
    """Print it; without colour and lines where the console is no terminal."""
    from rich.console import Console

    console = console or Console(highlight=False)
    for comparison in verdict.comparisons:
        _show(verdict, comparison, console)
    _say(console, "check", verdict.lint, "yellow")
    refused = [verdict.pairing] if "refused" in verdict.pairing else []
    _say(console, "note", [*refused, *verdict.notes], FAINT)
    console.print()
    for comparison in verdict.comparisons:
        for sentence in comparison.sentences:
            _wrapped(console, sentence, LOUD)


def _show(verdict: Verdict, comparison: Comparison, console: Console) -> None:
    if not console.is_terminal:
        console.print()
    if comparison.title:
        _wrapped(console, comparison.title.capitalize(), LOUD)
    _print(console, _arms(verdict, comparison, console))
    told = Told(verdict, comparison)
    for outcome in _outcomes(comparison):
        pairs = told.pairs(outcome)
        best = told.best(outcome) if len(pairs) > MOST_PAIRS else ""
        shown = [pair for pair in pairs if not best or best in (pair.first, pair.second)]
        _print(console, _pairs(verdict, comparison, shown, len(pairs) > 1, console))
        if len(shown) < len(pairs):
            what = "the best mean" if outcome == verdict.metric else "the first there"
            rest = f"all {len(pairs)} pairs are in the Markdown, HTML and JSON of the verdict"
            _wrapped(console, f"(pairs with {best}, {what}; {rest})", FAINT)
            console.print()


# -- tables --------------------------------------------------------------------------------------------


def _arms(verdict: Verdict, comparison: Comparison, console: Console) -> Table:
    interval = f"{verdict.metric}\nmean [{percent(verdict.confidence)}]"
    heads = ["arm", "seeds", interval, "median"]
    if verdict.target is not None:
        heads.append(
            _goal(verdict).replace(UNITS["gradient_equivalents"], SHORT).replace(" to ", "\nto ")
        )
    heads.append("seconds" if verdict.axis != "seconds" else "epochs")
    best = _decided_best(comparison, verdict.metric)
    rows = [_arm(verdict, arm, arm.arm == best) for arm in comparison.arms]
    median, cost = 3, len(heads) - 1
    room = _room(console)
    for left_out, name in (
        ([], WHOLE),
        ([median], WHOLE),
        ([median], NAME),
        ([median, cost], NAME),
    ):
        if _width(heads, rows, left_out, name) <= room:
            break
    return _table(heads, rows, console, left_out)


def _room(console: Console) -> int:
    """Columns that a table has."""
    return min(console.width, WIDTH) - len(INDENT)


def _width(
    heads: Sequence[str], rows: Sequence[Sequence[Cell]], left_out: Sequence[int], name: int
) -> int:
    """Columns that a table needs, if names, in the first one, are folded after so many letters."""
    kept = [column for column in range(len(heads)) if column not in left_out]
    widths = [_natural(heads, rows, column) for column in kept]
    return min(name, widths[0]) + sum(widths[1:]) + GAP * (len(kept) - 1)


def _natural(heads: Sequence[str], rows: Sequence[Sequence[Cell]], column: int) -> int:
    cells = [heads[column], *(row[column][0] for row in rows)]
    return max(len(line) for cell in cells for line in cell.split("\n"))


def _arm(verdict: Verdict, arm: ArmResult, best: bool) -> list[Cell]:
    found = arm.metrics.get(verdict.metric)
    cost = arm.costs.get("seconds" if verdict.axis != "seconds" else "epochs")
    target = [(reached(arm.targets.get(verdict.axis), verdict.axis), "")]
    return [
        (arm.arm, GOOD if best else ""),
        _seeds(arm),
        (estimated(found), GOOD if best else ""),
        (number(found.median if found else None), ""),
        *(target if verdict.target is not None else []),
        (number(cost.mean if cost else None, 3), ""),
    ]


def _seeds(arm: ArmResult) -> Cell:
    lost = [f"{n} {word}" for n, word in ((arm.failed, "failed"), (arm.diverged, "diverged")) if n]
    return "\n".join([str(arm.finished), *lost]), BAD if lost else ""


def _decided_best(comparison: Comparison, metric: str) -> str:
    """The arm that is better than every other one, "" where there is none."""
    pairs = _of(comparison, metric)
    winners = {pair.better for pair in pairs}
    for arm in (each.arm for each in comparison.arms if each.arm in winners):
        mine = [pair for pair in pairs if arm in (pair.first, pair.second)]
        if len(mine) == len(comparison.arms) - 1 and all(pair.better == arm for pair in mine):
            return arm
    return ""


def _pairs(
    verdict: Verdict, comparison: Comparison, pairs: Sequence[Pair], several: bool, console: Console
) -> Table:
    """The differences in one outcome; of times that were not always reached there is none to show."""
    outcome = pairs[0].outcome
    known = any(pair.difference is not None for pair in pairs)
    shares = outcome == verdict.metric and points(verdict.metric, comparison.arms)
    what = outcome if outcome == verdict.metric else _goal(verdict)
    heads = [f"{what}:\nfirst - second", f"difference\n[{percent(verdict.confidence)}]", "n"]
    heads += ["p\n(Holm)" if several else "p", "better"]
    return _table(heads, [_pair(pair, shares) for pair in pairs], console, [] if known else [1])


def _goal(verdict: Verdict) -> str:
    """`epochs to accuracy 0.95`."""
    name, value = verdict.target or ("", None)
    return f"{UNITS.get(verdict.axis, verdict.axis)} to {name.rpartition('/')[2]} {number(value)}"


def _pair(pair: Pair, shares: bool) -> list[Cell]:
    return [
        (f"{pair.first} - {pair.second}", ""),
        (changed(pair, shares), ""),
        (str(pair.n), ""),
        (probability(pair.p_holm), ""),
        (pair.better, GOOD) if pair.better else ("not decided", FAINT),
    ]


def _outcomes(comparison: Comparison) -> list[str]:
    return list(dict.fromkeys(pair.outcome for pair in comparison.pairs))


def _of(comparison: Comparison, outcome: str) -> list[Pair]:
    return [pair for pair in comparison.pairs if pair.outcome == outcome]


def _table(
    heads: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    console: Console,
    left_out: Sequence[int] = (),
) -> Table:
    """Without the columns left out. Words are broken in the first and the last one, in all if need be."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    lines = box.SIMPLE_HEAD if console.is_terminal else None
    table = Table(box=lines, pad_edge=False, header_style=LOUD, padding=(0, GAP, 0, 0))
    kept = [column for column in range(len(heads)) if column not in left_out]
    widths = {column: _natural(heads, rows, column) for column in kept}
    folded = {0, *([] if heads[kept[-1]] in COSTS else kept[-1:])}
    least = sum(min(NAME, widths[c]) if c in folded else widths[c] for c in kept)
    tight = least + GAP * (len(kept) - 1) > _room(console)
    for column in kept:
        whole = not tight and column not in folded
        narrow = min(NAME, widths[column]) if column == 0 or tight else None
        table.add_column(Text(heads[column]), overflow="fold", no_wrap=whole, min_width=narrow)
    for row in rows:
        table.add_row(*(Text(row[column][0], style=row[column][1]) for column in kept))
    return table


# -- text ----------------------------------------------------------------------------------------------


def _print(console: Console, table: Table) -> None:
    from rich.padding import Padding

    console.print(
        Padding(table, (0, 0, 0, len(INDENT) if table.box is None else 1)),
        width=min(console.width, WIDTH),
    )
    console.print()


def _say(console: Console, label: str, lines: Iterable[str], style: str) -> None:
    """`  note    text`, the lines below it indented as far."""
    for line in lines:
        _wrapped(console, line, style, label)


def _wrapped(console: Console, text: str, style: str, label: str = "") -> None:
    from rich.text import Text

    before = f"{INDENT}{label:<8}" if label else INDENT
    after = " " * len(before)
    width = min(console.width, WIDTH)
    tied = re.sub(r"(?<=\d) (?=%)|(?<=\bp) (?=[=<] )|(?<=[=<]) (?=[\d.])", TIE, text)
    filled = textwrap.fill(
        tied, width, initial_indent=before, subsequent_indent=after, break_on_hyphens=False
    )
    console.print(Text(filled.replace(TIE, " "), style=style))
