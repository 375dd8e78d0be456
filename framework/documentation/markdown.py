"""Plain text as GitHub's Markdown: nothing in it is taken for markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

CODE = re.compile(r"`[^`]+`")
# What a user types: data=nothing, optim.lr=0.1, objective.l2.
TYPED = re.compile(
    r"""(?<![\w.`])(?:
    (?:activation|data|init|loss|model|optim|schedule)=\w+
    | (?:callbacks|data|loss|metrics?|model|objective|optim|plugins|schedule|train)
      (?:\.[a-z]\w*)+ (?:=(?:\[[^\]]*\]|[\w.+-]*\w))?
    )(?![\w`])""",
    re.VERBOSE,
)
SPECIAL = re.compile(
    r"""\\ | ~ | < | \$
    | (?<!\w)\*(?!\w+\*) | (?<=\w)\*(?!\W) | \*\*+  # but *emphasis* stays
    | (?<![^\W_])_ | _(?![^\W_])  # within a word it is none
    | \](?=\()
    """,
    re.VERBOSE,
)
AT_START = re.compile(r"^(#|>|[-+](?= )|\d+(?=[.)] ))")


def text(plain: str) -> str:
    """Running text; what stands in backticks, and what a user would type, is code."""
    marked = TYPED.sub(lambda found: f"`{found[0]}`", plain)
    pieces, end = [], 0
    for code in CODE.finditer(marked):
        pieces += [_escaped(marked[end : code.start()]), code[0]]
        end = code.end()
    joined = "".join([*pieces, _escaped(marked[end:])])
    return AT_START.sub(r"\\\1", joined) if not joined[:1].isdigit() else joined


def code(plain: str) -> str:
    """A word as code."""
    return f"`` {plain} ``" if "`" in plain else f"`{plain}`"


def block(lines: Iterable[str], language: str = "text") -> str:
    return "\n".join([f"```{language}", *lines, "```"])


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [list(head), ["---"] * len(head), *map(list, rows)]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines
    )


def link(label: str, target: str) -> str:
    return f"[{label}]({target})"


def _escaped(plain: str) -> str:
    return SPECIAL.sub(lambda found: "\\" + found[0], plain)
