"""Sentences as whole texts, made from verdicts written by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from framework.verdict.sentences import sentences
from framework.verdict.verdict import ArmResult, Comparison, Estimate, Pair, TimeToTarget, Verdict

SIX = "no test can decide: with 3 seeds the smallest p is 0.25; six seeds can"


def arm(
    name: str,
    mean: float | None,
    median: float | None = None,
    reached: int = 10,
    of: int = 10,
    metric: str = "test/accuracy",
    **lost: int,
) -> ArmResult:
    """Its runs all end at `mean`; `reached` of them got to the target."""
    estimate = None if mean is None else Estimate(of, mean, mean, mean, mean, mean, mean)
    time = TimeToTarget(reached, of, median, median, median)
    finished = 0 if mean is None else of - lost.get("diverged", 0)
    return ArmResult(
        name,
        of,
        finished,
        lost.get("failed", 0),
        lost.get("diverged", 0),
        {} if estimate is None else {metric: estimate},
        {"epochs": time, "seconds": time},
        {},
    )


def pair(first: str, second: str, outcome: str, better: str = "", **told: Any) -> Pair:
    defaults = {"n": 10, "difference": 0.001, "low": -0.003, "high": 0.005, "p": 0.5, "note": ""}
    found: Mapping[str, Any] = defaults | told
    return Pair(
        first,
        second,
        outcome,
        found["n"],
        found.get("paired", True),
        found["difference"],
        found["low"],
        found["high"],
        found["p"],
        found.get("p_holm", found["p"]),
        2 / 2**10,
        0.1,
        "exact test",
        better,
        found["note"],
    )


def said(arms: Sequence[ArmResult], pairs: Sequence[Pair], title: str = "", **told: Any) -> str:
    comparison = Comparison(title, tuple(arms), tuple(pairs), ())
    facts: dict[str, Any] = {
        "title": "t",
        "command": "c",
        "metric": "test/accuracy",
        "higher_is_better": True,
        "target": ("val/accuracy", 0.95),
        "axis": "epochs",
        "confidence": 0.95,
        "factors": ("loss",),
        "comparisons": (comparison,),
        "pairing": "",
        "lint": (),
        "fixed": {},
        "differed": {},
        "environment": {},
        "runs": (),
    }
    verdict = Verdict(**facts | told)
    found = sentences(verdict, comparison)
    assert 1 <= len(found) <= 3
    return " ".join(found)


def final(first: str = "ce", second: str = "mse", better: str = "", **told: Any) -> Pair:
    return pair(first, second, "test/accuracy", better, **told)


def time(first: str = "ce", second: str = "mse", better: str = "", **told: Any) -> Pair:
    return pair(
        first,
        second,
        "target/epochs",
        better,
        **{"difference": None, "low": None, "high": None} | told,
    )


def test_a_decided_time_and_an_undecided_metric():
    wide = final(difference=0.001, low=-0.013, high=0.015, p=0.61)
    assert said(
        [arm("ce", 0.97, 4), arm("mse", 0.97, 8)], [wide, time(better="ce", p=0.001953)]
    ) == (
        "ce reaches val/accuracy 0.95 in 4 epochs against 8 for mse (median, 10 seeds, p = 0.002). "
        "No difference found in final test/accuracy: ce minus mse is +0.1 points, "
        "95 % interval -1.3 to 1.5 (10 seeds, p = 0.61)."
    )


def test_an_interval_inside_a_point_says_so_and_no_more():
    text = said([arm("ce", 0.97), arm("mse", 0.97)], [final(p=0.61)], target=None)
    assert text == (
        "Final test/accuracy differs by less than 1 point: ce minus mse is +0.1 points, "
        "95 % interval -0.3 to 0.5 (10 seeds, p = 0.61)."
    )


@pytest.mark.parametrize(
    ("p", "text"), [(0.0004, "p < 0.001"), (0.0494, "p = 0.0494"), (0.012, "p = 0.012")]
)
def test_a_decided_metric_has_its_amount_however_small(p, text):
    tiny = final(better="mse", difference=-0.0021, low=-0.0024, high=-0.0018, p=p)
    assert said([arm("ce", 0.97), arm("mse", 0.97)], [tiny], target=None) == (
        "mse is better than ce in final test/accuracy: 0.21 points higher, "
        f"95 % interval 0.18 to 0.24 (10 seeds, {text})."
    )


def test_an_interval_that_leaves_the_point_on_one_side_says_no_such_thing():
    text = said([arm("ce", 0.97), arm("mse", 0.97)], [final(high=0.015)], target=None)
    assert text.startswith(
        "No difference found in final test/accuracy: ce minus mse is +0.1 points"
    )


def test_the_amount_is_that_of_the_better_arm_on_either_side():
    for first, second, sign in (("ce", "mse", 1), ("mse", "ce", -1)):
        low, high = sorted((sign * 0.008, sign * 0.016))
        better = final(first, second, "ce", difference=sign * 0.012, low=low, high=high, p=0.002)
        assert said([arm("ce", 0.97), arm("mse", 0.95)], [better], target=None) == (
            "ce is better than mse in final test/accuracy: 1.2 points higher, "
            "95 % interval 0.8 to 1.6 (10 seeds, p = 0.002)."
        )


def test_a_falling_metric_is_told_in_its_own_units():
    better = pair("a", "b", "test/rmse", "a", difference=-0.457, low=-0.569, high=-0.346, p=0.002)
    arms = [arm("a", 1.5, metric="test/rmse"), arm("b", 2.0, metric="test/rmse")]
    told = {"metric": "test/rmse", "higher_is_better": False, "target": None, "confidence": 0.9}
    assert said(arms, [better], **told) == (
        "a is better than b in final test/rmse: 0.457 lower, 90 % interval 0.346 to 0.569 "
        "(10 seeds, p = 0.002)."
    )


def test_runs_that_never_got_there_are_told():
    arms = [arm("ce", 0.97, 4), arm("mse", 0.97, None, reached=3)]
    assert said(arms, [final(), time(better="ce", p=0.002)]).startswith(
        "ce reaches val/accuracy 0.95 in 4 epochs (median); "
        "mse got there in 3 of 10 runs (10 seeds, p = 0.002). "
    )
    arms = [arm("ce", 0.97, 4, reached=9), arm("mse", 0.97, 8, reached=6)]
    assert said(arms, [final(), time(better="ce", p=0.002)]).startswith(
        "ce reaches val/accuracy 0.95 in 4 epochs against 8 for mse (median, 10 seeds, p = 0.002); "
        "ce got there in 9 of 10 runs, mse in 6 of 10 runs. "
    )
    arms = [arm("ce", 0.97, None, reached=0), arm("mse", 0.97, None, reached=0)]
    assert said(arms, [final(), time(p=1.0)]).startswith("No run reached val/accuracy 0.95. ")


def test_an_undecided_time():
    arms = [arm("ce", 0.97, 4), arm("mse", 0.97, 5, reached=8)]
    assert said(arms, [final(), time(p=0.34)]).startswith(
        "No difference found in the epochs to val/accuracy 0.95: 4 epochs for ce, 5 for mse "
        "(median, 10 seeds, p = 0.34); mse got there in 8 of 10 runs. "
    )


def test_a_decided_time_with_equal_medians_is_not_made_larger():
    arms = [arm("ce", 0.97, 4), arm("mse", 0.97, 4)]
    assert said(arms, [final(), time(better="ce", p=0.03)]).startswith(
        "ce reaches val/accuracy 0.95 first in more seeds: 4 epochs for ce, 4 for mse "
        "(median, 10 seeds, p = 0.03). "
    )


def test_few_seeds_decide_nothing_and_only_values_are_told():
    arms = [arm("ce", 0.97, 4, of=3, reached=3), arm("mse", 0.95, 8, of=3, reached=3)]
    assert said(arms, [final(n=3, note=SIX), time(n=3, note=SIX)]) == (
        "No test can decide: with 3 seeds the smallest p is 0.25; six seeds can. "
        "val/accuracy 0.95 took 4 epochs for ce, 8 for mse (median); "
        "the mean final test/accuracy is 0.97 for ce and 0.95 for mse."
    )


def test_of_several_arms_the_best_is_set_against_the_others():
    arms = [arm("d", 0.94, 9), arm("a", 0.97, 4), arm("b", 0.96, 8), arm("c", 0.969, 4, reached=9)]
    pairs = [
        final("d", "a", "a", difference=-0.03, low=-0.04, high=-0.02, p_holm=0.006),
        final("a", "b", "a", difference=0.012, low=0.008, high=0.016, p_holm=0.012),
        final("a", "c", difference=0.001, low=-0.013, high=0.015, p_holm=0.61),
        final("d", "b", p_holm=0.3),
        time("d", "a", "a", p_holm=0.012),
        time("a", "b", "a", p_holm=0.012),
        time("a", "c", p_holm=1.0),
        time("b", "c", "c", p_holm=0.012),
    ]
    assert said(arms, pairs) == (
        "a has the best median time to val/accuracy 0.95, 4 epochs: sooner than d (9) and b (8) (p = 0.012); "
        "no difference found from c (4, 9 of 10 runs) (p = 1); besides, c is sooner than b (p = 0.012); "
        "10 seeds, p Holm-corrected. "
        "a has the best mean of final test/accuracy, 0.97: better than d and b by 1.2 to 3.0 points "
        "(p <= 0.012); no difference found from c, a minus c is +0.1 points, 95 % interval -1.3 to 1.5 "
        "(p = 0.61); 10 seeds, p Holm-corrected."
    )


def test_several_arms_of_which_none_is_better():
    arms = [arm("a", 0.97), arm("b", 0.969), arm("c", 0.968)]
    pairs = [final("a", "b", p_holm=0.3), final("a", "c", p_holm=0.45), final("b", "c", p_holm=1.0)]
    assert said(arms, pairs, target=None) == (
        "a has the best mean of final test/accuracy, 0.97: no difference found from b and c (p >= 0.3); "
        "10 seeds, p Holm-corrected."
    )


def test_lost_runs_and_runs_without_pairs_are_said():
    arms = [arm("ce", 0.97, 4, failed=1), arm("mse", 0.97, 8, reached=8, diverged=2)]
    told = said(arms, [final(n=8, paired=False), time(better="ce", p=0.002)])
    assert "(unpaired, at least 8 runs each, p = 0.5)" in told
    assert told.endswith(
        "ce failed in 1 of 11 runs and mse diverged in 2 of 10 runs, which averages leave out."
    )


def test_an_arm_alone_is_compared_with_nothing():
    arms = [arm("ce", 0.97), arm("mse", None, diverged=10)]
    assert said(arms, []) == (
        "There is nothing to compare ce with; its mean final test/accuracy is 0.97 (10 runs). "
        "mse diverged in 10 of 10 runs, which averages leave out."
    )


def test_a_title_opens_its_comparison():
    arms, pairs = [arm("ce", 0.97), arm("mse", 0.97)], [final(low=-0.02, high=0.02)]
    assert said(arms, pairs, "each at its best rate", target=None).startswith(
        "Each at its best rate: no difference found in final test/accuracy"
    )


def test_seconds_have_their_unit_at_both_values():
    arms = [arm("ce", 0.97, 0.22), arm("mse", 0.97, 1.441)]
    quick = pair("ce", "mse", "target/seconds", "ce", difference=-0.2, p=0.002)
    assert said(arms, [final(), quick], axis="seconds").startswith(
        "ce reaches val/accuracy 0.95 in 0.22 s against 1.44 s for mse (median, 10 seeds, p = 0.002). "
    )


def test_differences_that_are_all_equal_have_no_interval_and_no_margin():
    arms = [arm("ce", 0.97), arm("mse", 0.96)]
    equal = {"low": None, "high": None}
    assert said(arms, [final(difference=0.0, p=1.0, **equal)], target=None) == (
        "Final test/accuracy is the same in all 10 seeds (p = 1)."
    )
    assert said(arms, [final(better="ce", difference=0.01, p=0.002, **equal)], target=None) == (
        "ce is better than mse in final test/accuracy: 1.0 points higher in every seed "
        "(10 seeds, p = 0.002)."
    )
    small = final(difference=0.001, p_holm=0.06, **equal)
    assert said(arms, [small], target=None).startswith(
        "Not decided in final test/accuracy: ce minus mse is +0.1 points in every seed"
    )


def test_an_interval_without_zero_is_not_called_no_difference():
    arms = [arm("ce", 0.97), arm("mse", 0.96), arm("mae", 0.95)]
    open_ = final(difference=0.01, low=0.001, high=0.02, p=0.06)
    assert said(arms[:2], [open_], target=None) == (
        "Not decided in final test/accuracy: ce minus mse is +1.0 points, "
        "95 % interval 0.1 to 2.0 (10 seeds, p = 0.06)."
    )
    many = [open_, final("ce", "mae", p=0.7), final("mse", "mae", p=0.9)]
    text = said(arms, many, target=None)
    assert "not decided against mse, ce minus mse is" in text
    assert "no difference found from mae" in text


def test_sooner_in_the_mean_is_not_told_by_medians_that_say_the_opposite():
    arms = [
        replace(each, targets={"epochs": TimeToTarget(10, 10, median, 1, 60, mean)})
        for each, median, mean in ((arm("a", 0.97), 7.0, 27.4), (arm("b", 0.97), 8.0, 8.0))
    ]
    found = time("a", "b", "b", difference=19.4, low=8.0, high=30.0, p=0.008)
    assert said(arms, [final("a", "b"), found]).startswith(
        "b reaches val/accuracy 0.95 sooner in the mean, 8 epochs against 27.4 for a; "
        "8 epochs for b, 7 for a (median, 10 seeds, p = 0.008). "
    )


def test_an_arm_that_no_test_can_set_against_others_is_not_the_best_and_what_is_decided_is_told():
    arms = [arm("c", 0.99, diverged=9), arm("a", 0.97), arm("b", 0.95)]
    pairs = [
        final("c", "a", n=1, low=None, high=None, note=SIX),
        final("c", "b", n=1, low=None, high=None, note=SIX),
        final("a", "b", "a", difference=0.02, low=0.01, high=0.03, p_holm=0.006),
    ]
    assert said(arms, pairs, target=None).startswith(
        "a has the best mean of final test/accuracy of a and b, 0.97: better than b, "
        "a minus b is +2.0 points, 95 % interval 1.0 to 3.0 (p = 0.006); "
        f"nothing is said against c ({SIX}); 10 seeds, p Holm-corrected. "
    )


def test_what_is_decided_besides_the_best_arm_is_told():
    arms = [arm("a", 0.97), arm("b", 0.969), arm("c", 0.95)]
    pairs = [
        final("a", "b", p_holm=0.9),
        final("a", "c", p_holm=0.2),
        final("b", "c", "b", difference=0.02, low=0.01, high=0.03, p_holm=0.006),
    ]
    assert "; besides, b is better than c (p = 0.006); 10 seeds" in said(arms, pairs, target=None)
