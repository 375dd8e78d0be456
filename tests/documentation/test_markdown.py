"""Plain text as Markdown, against what a Markdown parser makes of it."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from framework.documentation.markdown import block, code, link, table, text

PLAIN = [
    "(N, *inputs), flattened; (P, *rest) too",
    "sum_k y_k log p_k and _x_ or __y__",
    "a < b, <b>, |x| and x^2, a*b*c, y **k",
    "x ~ N(0, 1), ~~not~~ struck",
    "a[i](b) is no link",
    "- no list",
    "# no title",
    "> no quote",
    "a backslash \\ stays",
]


def rendered(markdown: str) -> str:
    """The words of what a reader sees, and the tags that are in it."""
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown)


@pytest.mark.parametrize("plain", PLAIN)
def test_nothing_is_taken_for_markup(plain: str) -> None:
    html = rendered(text(plain))
    assert set(re.findall(r"<(\w+)", html)) == {"p"}
    seen = re.sub(r"</?p>|\n", "", html)
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        seen = seen.replace(entity, sign)
    assert seen == plain


def test_emphasis_and_code_stay() -> None:
    assert rendered(text("the *training* rows of `x_y`")) == (
        "<p>the <em>training</em> rows of <code>x_y</code></p>\n"
    )


@pytest.mark.parametrize(
    "typed", ["data=nothing", "optim.lr=0.1", "objective.l2", "model.hidden=[64,32]", "loss=mse"]
)
def test_what_a_user_types_is_code(typed: str) -> None:
    assert text(f"as {typed}. Then") == f"as `{typed}`. Then"
    assert text(f"as `{typed}` it is") == f"as `{typed}` it is"


def test_a_table_keeps_its_columns() -> None:
    html = rendered(table(["a", "b"], [("|x|", code("p|q")), ("1", "2")]))
    assert html.count("<td>") == 4
    assert "<td>|x|</td>" in html
    assert "<code>p|q</code>" in html


def test_blocks_and_links() -> None:
    assert block(["a", "b"]) == "```text\na\nb\n```"
    assert link("a", "b.md") == "[a](b.md)"
