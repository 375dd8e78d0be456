"""Docstrings taken apart."""

from __future__ import annotations

import inspect

import pytest

from framework.docstring import is_formula, parse

DOC = inspect.cleandoc(
    """Step by the sign of the gradient, which is a sentence that goes on for a line to be full enough.

    m ← beta m + (1 - beta) g;  θ ← θ - lr sign(m).
    The first formula is what the memory does; this text is long enough to be folded at the end of its
    line, so that both lines are one paragraph. beta: how much is kept. lr, floor: rates, of which the second
    is the least.  limit: none if null.
    Ends, on the full batch, when nothing is left.

    Convention: ours.
    Source: Somebody, A paper with a title of some length so that it needs a second line (2020),
    section 3.
    """
)


def test_a_docstring_is_summary_paragraphs_notes_and_source() -> None:
    doc = parse(DOC, ["beta", "lr", "floor", "limit"])
    assert doc.summary.startswith("Step by the sign")
    assert [p.formula for p in doc.body] == [True, False, False, False]
    assert doc.body[0].text == "m ← beta m + (1 - beta) g;  θ ← θ - lr sign(m)."
    assert doc.body[1].text.endswith("so that both lines are one paragraph.")
    assert doc.body[2].text == "Ends, on the full batch, when nothing is left."
    assert doc.body[3].text == "Convention: ours."
    both = "rates, of which the second is the least."
    assert doc.notes == {
        "beta": "how much is kept.",
        "lr": both,
        "floor": both,
        "limit": "none if null.",
    }
    assert doc.source.startswith("Somebody, A paper")
    assert doc.source.endswith("(2020), section 3.")


def test_a_source_in_the_first_line_is_no_part_of_the_summary() -> None:
    doc = parse("½ ‖p - y‖².  Source: Legendre (1805).")
    assert (doc.summary, doc.source, doc.body) == ("½ ‖p - y‖².", "Legendre (1805).", [])


def test_a_sentence_about_a_field_is_a_note_too() -> None:
    doc = parse("Steps.\n\nThe rest. decay is decoupled. rate: the first.", ["decay", "rate"])
    assert doc.notes == {"decay": "decay is decoupled.", "rate": "the first."}


def test_nothing_is_lost_where_no_field_is_known() -> None:
    assert parse("One.\n\nrate: the first.").body[0].text == "rate: the first."
    assert parse("").summary == ""


@pytest.mark.parametrize(
    "line",
    [
        "v ← momentum v + g;  θ ← θ - lr v",
        "f(x) = x Φ(x);  f' = Φ + x φ",
        "Softmax: -sum_k y_k log p_k.  Sigmoid: -sum_k [y_k log p_k + (1 - y_k) log(1 - p_k)].",
        "θ ← θ - lr m̂ / (√(v̂ + eps_root) + eps)",
    ],
)
def test_formulas(line: str) -> None:
    assert is_formula(line)


@pytest.mark.parametrize(
    "line",
    [
        "Convention: PyTorch's, v starts at 0 and no dampening.",
        "Starts at (1, ..., 1); the minimum over rows of mean m is at θ = m.",
        "p, y: (batch, outputs); value: (batch,).",
        "Raises ConfigError on another link.",
        "The share of rows = those that are right.",
    ],
)
def test_sentences(line: str) -> None:
    assert not is_formula(line)
