"""The verdict on a terminal of 80 columns and in a pipe."""

from __future__ import annotations

import io

import numpy as np
from rich.console import Console

from framework.verdict.judge import Question, judge
from framework.verdict.terminal import show
from tests.verdict.made import diverged, run, runs

A = 0.95 + 0.001 * np.arange(10)
LONG = "loss=cross_entropy optim=newton optim.damping=0.001 model.hidden=[64,32]"


def shown(outcomes, terminal: bool = False, **asked) -> str:
    file = io.StringIO()
    width = {"width": 100} if terminal else {}
    console = Console(file=file, force_terminal=terminal, highlight=False, **width)
    show(judge(outcomes, Question("t", "c", ("loss",), **asked)), console)
    return file.getvalue()


def test_a_pipe_gets_plain_text_that_ends_with_the_sentences():
    outcomes = runs("ce", A) + runs("mse", A - 0.03, loss="mse", reach=8)
    text = shown(outcomes)
    assert text.isascii()
    verdict = judge(outcomes, Question("t", "c", ("loss",)))
    assert " ".join(text.split()).endswith(verdict.sentence)
    words = [line.split() for line in text.splitlines()]
    assert ["ce", "10", "0.9545", "[0.9523,", "0.9567]", "0.9545", "4", "0.55"] in words
    assert ["ce", "-", "mse", "+3.0", "points", "10", "0.002", "ce"] in words
    assert "both are at optim.lr=0.1" in text
    assert "median" in text.partition("ce ")[0]


def test_long_names_take_the_room_of_the_medians():
    text = shown(runs("a" * 20, A) + runs("b", A - 0.03))
    assert "a" * 20 in text and "median" not in text.partition("first - second")[0]


def test_lines_stay_within_80_columns_and_no_name_is_lost():
    outcomes = runs(LONG, A) + runs(LONG + "x" * 90, A - 0.03) + [diverged("b", 0), run("b", 1)]
    for terminal in (False, True):
        text = shown(outcomes, terminal)
        plain = [line for line in text.splitlines() if "\x1b" not in line]
        assert max(map(len, plain)) <= 80
        assert text.count("x") >= 90
        assert "[64,32]" in text  # no markup


def test_a_terminal_gets_colour_and_lines():
    text = shown(runs("ce", A) + runs("mse", A - 0.03), terminal=True)
    assert "\x1b[1;32mce" in text and "\u2500" in text


def test_of_many_pairs_those_with_the_best_arm_are_shown():
    outcomes = [each for k in range(5) for each in runs(f"arm{k}", A - 0.01 * k)]
    text = shown(outcomes)
    flat = " ".join(text.split())
    assert "pairs with arm0, the best mean; all 10 pairs are in the Markdown, HTML" in flat
    assert "pairs with arm0, the first there" in flat
    assert "arm0 - arm4" in text and "arm1 - arm2" not in text


def test_refused_pairing_and_lost_runs_are_noted():
    other = [run("b", seed, A[seed], tags={"pairing.split": "x"}) for seed in range(9)]
    text = " ".join(shown([*runs("a", A), *other, diverged("b", 9)]).split())
    assert "note pairing refused" in text
    assert "1 diverged" in text and "which favours b" in text


def test_two_comparisons_have_their_titles_and_seconds_their_unit():
    outcomes = runs("a", A) + runs("b", A - 0.03) + runs("b (tuned)", A - 0.01)
    text = shown(outcomes, axis="seconds")
    assert text.index("  As given\n") < text.index("  Each at its best rate\n")
    assert "s to" in text and "epochs" in text


def test_nothing_is_cut_however_wide_the_numbers_are():
    """Medians and costs make room, then names are folded."""
    name = "test/mean_pinball_error"
    made = [
        run(arm, seed, metrics={name: 1e-23 * (1 + seed)}, tags={"primary": name})
        for arm in ("optim=newton", "optim=sgd") for seed in range(6)
    ]  # fmt: skip
    lost = [diverged("optim=bfgs", seed) for seed in range(6)]
    for terminal in (False, True):
        text = shown([*made, *lost], terminal, target=0.9, target_metric="val/accuracy")
        for words in (
            "optim=newton",
            "optim=bfgs",
            "6 diverged",
            "3.500e-23 [",
            "to accuracy 0.9",
            "arm",
        ):
            assert words in text, (words, text)
        assert max(len(line) for line in text.splitlines() if "\x1b" not in line) <= 80
