"""Runs whose seed changed nothing are one run, however often they are repeated."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from framework.verdict.copies import origins
from framework.verdict.judge import Question, judge
from framework.verdict.outcome import Outcome
from framework.verdict.verdict import Pair, Verdict
from tests.verdict.made import diverged, failed, run

SAME = {"pairing.split": "s", "pairing.batches": "full", "pairing.init": "shapes:i"}
VALUES = 0.9 + 0.01 * np.random.default_rng(0).standard_normal(8)


def copies(arm: str, value: float, n: int = 8) -> list[Outcome]:
    return [run(arm, seed, value, tags=SAME) for seed in range(n)]


def judged(*outcomes: Outcome) -> Verdict:
    return judge(outcomes, Question("t", "c", ("loss",), target=0.9))


def final(verdict: Verdict) -> Pair:
    (pair,) = [p for p in verdict.comparisons[0].pairs if p.outcome == "test/accuracy"]
    return pair


def test_copies_decide_nothing_and_are_told():
    verdict = judged(*copies("a", 0.91), *copies("b", 0.9))
    for pair in verdict.comparisons[0].pairs:
        assert (pair.n, pair.better, pair.low, pair.least_p) == (1, "", None, 1.0)
        assert "the seed changes nothing, 8 seeds are one run of each" in pair.note
    assert [arm.metrics["test/accuracy"].n for arm in verdict.comparisons[0].arms] == [1, 1]
    assert [arm.targets["epochs"].of for arm in verdict.comparisons[0].arms] == [1, 1]
    assert "the seed changes nothing in a and b: their 8 runs are one run each" in verdict.notes
    assert len(verdict.runs) == 16


def test_seconds_are_no_result():
    """The runs made by hand differ in seconds."""
    assert len({each.metrics["work/seconds"] for each in copies("a", 0.9)}) == 8
    assert origins(copies("a", 0.9)) == [None, *[0] * 7]


@pytest.mark.parametrize(
    "other",
    [
        run("a", 1, 0.91, tags=SAME),
        run("a", 1, 0.9, tags={**SAME, "pairing.init": "shapes:j"}),
        run("a", 1, 0.9, tags={**SAME, "pairing.split": None}),
        failed("a", 1, tags=SAME),
        diverged("a", 1, tags=SAME),
    ],
)
def test_runs_that_differ_in_a_value_a_hash_or_their_end_are_no_copies(other):
    assert origins([run("a", 0, 0.9, tags=SAME), other]) == [None, None]


def test_an_arm_that_the_seed_changes_keeps_its_pairs():
    """Against one run, the seeds of the other arm are as many pairs."""
    full = {**SAME, "pairing.batches": "full"}
    other = [
        run("b", s, v, tags={**full, "pairing.batches": f"b{s}"}) for s, v in enumerate(VALUES)
    ]
    verdict = judged(*copies("a", 0.905), *other)
    test = stats.permutation_test(
        (0.905 - VALUES,), np.mean, permutation_type="samples", n_resamples=np.inf, vectorized=False
    )
    assert (final(verdict).n, final(verdict).p) == (8, pytest.approx(test.pvalue))
    assert "the seed changes nothing in a: its 8 runs are one run" in verdict.notes


def test_without_pairs_a_copy_counts_no_more():
    other = [run("b", 100 + seed, value) for seed, value in enumerate(VALUES)]
    pair = final(judged(*copies("a", 0.99), *other))
    assert (pair.paired, pair.n, pair.better) == (False, 1, "")
    assert pair.p == pytest.approx(2 / 9)


def test_a_seed_that_ran_twice_with_the_same_results_is_paired_once():
    twice = [run("a", s, v) for s, v in enumerate(VALUES)] * 2
    verdict = judged(*twice, *(run("b", s, v - 0.1) for s, v in enumerate(VALUES)))
    assert (final(verdict).paired, final(verdict).n) == (True, 8)
    assert "a has seeds 0-7 twice, with the same results: each counts once" in verdict.notes


def test_runs_that_failed_alike_are_no_copies():
    assert origins([failed("a", seed, tags=SAME) for seed in range(3)]) == [None] * 3
    lost = [diverged("a", seed, tags=SAME) for seed in range(3)]
    assert origins(lost) == [None, 0, 0]  # the same course to the same end
