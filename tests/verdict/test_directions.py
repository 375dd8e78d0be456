"""Which way metrics of unknown origin are better, by whole words of their names; else nobody guesses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from framework.errors import ConfigError
from framework.verdict.directions import by_name, direction
from framework.verdict.judge import Question, judge
from tests.verdict.made import run

UNTAGGED = {"higher_is_better": None}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("iou mIoU reward bleu mcc score val_acc acc@5 valAcc my_auc macro_f1 r2 mAP", True),
        ("error2 iou_loss rmse log_loss gradient_norm perplexity wer brier_score cost", False),
        ("oddness accurate prefix tercet neg_mean_squared_error lossless", None),
    ],
)
def test_names_are_read_by_whole_words(names, expected):
    assert {name: by_name(name) for name in names.split()} == dict.fromkeys(names.split(), expected)


def test_a_tag_that_lists_other_metrics_does_not_turn_a_rising_one_around():
    tagged = [run("a", 0, tags={"higher_is_better": "accuracy"})]
    assert direction("val/iou", tagged) is None
    assert direction("val/oddness", tagged) is False
    assert direction("val/accuracy", tagged) is True


def odd(*names: str):
    """Two arms with these metrics alone, of which the first arm has more."""
    return [
        replace(each, metrics=dict.fromkeys(names, (arm == "a") + 0.1 * seed), history={})
        for arm in "ab"
        for seed in range(8)
        for each in [run(arm, seed, tags=UNTAGGED)]
    ]


def asked(**changes) -> Question:
    return Question("t", "c", ("loss",), **changes)


def test_of_an_unknown_metric_the_way_out_is_told():
    way = "compare --metric test/oddness --better higher .or lower. does"
    for question in (asked(), asked(metric="test/oddness")):
        with pytest.raises(ConfigError, match=f"oddness.*better; {way}"):
            judge(odd("test/oddness"), question)


@pytest.mark.parametrize(("better", "winner"), [("higher", "a"), ("lower", "b")])
def test_better_decides_where_nothing_tells(better, winner):
    for metric in (None, "test/oddness"):
        verdict = judge(odd("test/oddness"), asked(better=better, metric=metric))
        assert verdict.higher_is_better is (better == "higher")
        assert verdict.comparisons[0].pairs[0].better == winner


def test_an_unknown_metric_is_passed_over():
    assert judge(odd("test/oddness", "test/iou"), asked()).metric == "test/iou"


def test_the_target_of_the_same_metric_is_better_on_the_same_side():
    made = [
        run(arm, seed, metrics={"test/accuracy": 0.2}, reach=2 + 3 * (arm == "b"), val=0.1)
        for arm in "ab"
        for seed in range(6)
    ]
    verdict = judge(made, asked(better="lower", target=0.2))
    (pair,) = [p for p in verdict.comparisons[0].pairs if p.outcome == "target/epochs"]
    assert (verdict.higher_is_better, pair.better, pair.difference) == (False, "a", -3)


def test_another_side_is_refused():
    with pytest.raises(ConfigError, match=r"better=more: no such side  \(higher, lower\)"):
        judge(odd("test/iou"), asked(better="more"))
