"""Verdicts on runs made by hand; statistics are recomputed by SciPy on the same values."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy import stats

from framework.errors import ConfigError
from framework.verdict import pairs
from framework.verdict.judge import Question, judge
from framework.verdict.outcome import TUNING, Outcome
from framework.verdict.pairs import Measure, Value, best_of
from framework.verdict.verdict import Sensitivity, Verdict
from tests.verdict.made import PARAMS, diverged, failed, run, runs

RNG = np.random.default_rng(0)
A = 0.95 + 0.01 * RNG.standard_normal(10)
B = 0.90 + 0.01 * RNG.standard_normal(10)
C = 0.949 + 0.01 * RNG.standard_normal(10)


KEPT = "Each at its best rate: the same, no search found a better one than that given."


def asked(**changes) -> Question:
    return Question(
        **{"title": "a or b", "command": "python run.py -m", "factors": ("loss",)} | changes
    )


def only(verdict: Verdict, outcome: str = "test/accuracy"):
    """The one pair of an outcome."""
    (pair,) = [p for p in verdict.comparisons[0].pairs if p.outcome == outcome]
    return pair


def sign_flips(d) -> float:
    """Two-sided exact p of the mean of differences, by all patterns of signs."""
    result = stats.permutation_test(
        (d,), np.mean, permutation_type="samples", n_resamples=np.inf, vectorized=False
    )
    return float(result.pvalue)


def test_a_pair_is_what_scipy_says_of_the_differences():
    pair = only(judge(runs("a", A) + runs("b", C), asked()))
    assert (pair.n, pair.paired) == (10, True)
    assert pair.difference == pytest.approx(np.mean(A - C))
    assert pair.p == pytest.approx(sign_flips(A - C))
    assert pair.p_holm == pair.p
    assert pair.better == ""
    boot = stats.bootstrap((A - C,), np.mean, method="percentile", rng=1)
    width = boot.confidence_interval.high - boot.confidence_interval.low
    assert pair.low < np.mean(A - C) < pair.high
    assert width < pair.high - pair.low < 1.5 * width  # expanded for few values


def test_rows_are_means_with_students_interval_over_finished_runs():
    verdict = judge([*runs("a", A), diverged("a", 10), failed("a", 11), *runs("b", B)], asked())
    row = verdict.comparisons[0].arms[0]
    assert (row.seeds, row.finished, row.failed, row.diverged) == (12, 10, 1, 1)
    found = row.metrics["test/accuracy"]
    low, high = stats.t.interval(0.95, 9, A.mean(), stats.sem(A))
    assert (found.n, found.mean, found.low, found.high) == pytest.approx((10, A.mean(), low, high))
    assert (found.median, found.least, found.greatest) == (np.median(A), A.min(), A.max())
    assert row.costs["epochs"].mean == 10
    assert row.costs["gradient_equivalents"].mean == 20_000
    assert row.costs["seconds"].mean == pytest.approx(0.1 * 5.5)  # 0.01 (1 + seed) an epoch


def test_holm_is_over_the_pairs_of_one_outcome():
    verdict = judge(runs("a", A) + runs("b", B) + runs("c", C), asked())
    pairs = [p for p in verdict.comparisons[0].pairs if p.outcome == "test/accuracy"]
    ps = [sign_flips(A - B), sign_flips(A - C), sign_flips(B - C)]
    assert [p.p for p in pairs] == pytest.approx(ps)
    order = np.argsort(ps)
    scaled = np.maximum.accumulate(np.array(ps)[order] * [3, 2, 1])
    assert [pairs[i].p_holm for i in order] == pytest.approx(np.minimum(scaled, 1))
    assert [p.better for p in pairs] == ["a", "", "c"]


def test_times_to_the_target_on_every_axis_with_censoring():
    a = [run("a", seed, A[seed], reach=2 + seed % 2) for seed in range(8)]
    b = [run("b", seed, B[seed], reach=8 if seed < 5 else 99) for seed in range(7)]
    verdict = judge([*a, *b, diverged("b", 7, reach=99)], asked(target=0.9))
    first, second = (arm.targets for arm in verdict.comparisons[0].arms)
    assert verdict.target == ("val/accuracy", 0.9)
    assert (first["epochs"].reached, first["epochs"].of, first["epochs"].median) == (8, 8, 2.5)
    assert (second["epochs"].reached, second["epochs"].of, second["epochs"].median) == (5, 8, 8)
    assert first["samples"].median == 2500
    assert second["gradient_equivalents"].greatest == 16_000
    assert first["seconds"].least == pytest.approx(0.02)
    pair = only(verdict, "target/epochs")
    assert (pair.n, pair.difference, pair.better) == (8, None, "a")
    assert pair.p == pytest.approx(stats.binomtest(0, 8).pvalue)


def test_a_run_that_ended_of_itself_would_never_have_got_there():
    """A censored run may have been on its way, one that converged was not."""
    a = [run("a", s, A[s], reach=8) for s in range(8)]
    short = {"val/accuracy": (np.arange(4), np.full(4, 0.5))}
    for told, known in (("the optimizer has converged", 8), ("the budget of 3 epochs is spent", 0)):
        b = [run("b", s, B[s], history=short, tags={"stopped": told}) for s in range(8)]
        pair = only(judge(a + b, asked(target=0.9)), "target/epochs")
        assert pair.p == pytest.approx(stats.binomtest(0, known).pvalue if known else 1.0)


@pytest.mark.parametrize(
    ("values", "target", "words"),
    [
        ((0.97, 0.92), 0.9, "of every arm"),
        ((0.97, 0.9996), 0.95, "of every arm"),
        ((0.42, 0.83), 0.8, "of some arm"),
        ((0.42, 0.317), 0.31, "the weakest arm"),
    ],
)
def test_a_target_is_chosen_from_the_median_runs(values, target, words):
    outcomes = [
        run(arm, seed, val=value if seed else 0.35)
        for arm, value in zip("ab", values, strict=True)
        for seed in range(4)
    ]
    verdict = judge(outcomes, asked())
    assert verdict.target == ("val/accuracy", target)
    assert words in verdict.notes[0] and "set study.target" in verdict.notes[0]


def test_a_target_of_a_falling_metric_is_the_weakest_arms_rounded_up():
    def curve(value):
        epochs = np.arange(3)
        return {"val/rmse": (epochs, np.array([5.0, 4.0, value]))}

    outcomes = [
        run(
            arm,
            seed,
            history=curve(value),
            metrics={"val/rmse": value},
            tags={"primary": "val/rmse"},
        )
        for arm, value in (("a", 0.4312), ("b", 0.3333))
        for seed in range(3)
    ]
    verdict = judge(outcomes, asked())
    assert verdict.target == ("val/rmse", 0.44)
    times = [arm.targets["epochs"] for arm in verdict.comparisons[0].arms]
    assert [(time.reached, time.median) for time in times] == [(3, 2), (3, 2)]


def test_a_value_at_the_target_has_reached_it():
    verdict = judge(runs("a", A, val=0.9, reach=7) + runs("b", B, val=0.89), asked(target=0.9))
    first, second = (arm.targets["epochs"] for arm in verdict.comparisons[0].arms)
    assert (first.reached, first.median, second.reached) == (10, 7, 0)


def test_losses_with_unlike_formulas_are_never_ranked_by_their_values():
    outcomes = runs("ce", A) + runs("mse", B, loss="mse")
    for name in ("test/loss", "train/objective"):
        with pytest.raises(
            ConfigError, match=f"{name}: .*do not compare; set metric=test/accuracy"
        ):
            judge(outcomes, asked(metric=name))
        with pytest.raises(ConfigError, match="do not compare"):
            judge(outcomes, asked(target_metric=name))
    verdict = judge(outcomes, asked())
    assert [*verdict.comparisons[0].arms[0].metrics] == ["test/accuracy"]
    assert "test/loss" not in verdict.to_json()


def test_losses_of_one_formula_compare_but_not_objectives_of_unlike_penalties():
    outcomes = runs("a", A, params={"objective.l2": "0"}) + runs(
        "b", B, params={"objective.l2": "1"}
    )
    verdict = judge(outcomes, asked(metric="test/loss"))
    assert not verdict.higher_is_better
    assert "test/loss" in verdict.comparisons[0].arms[0].metrics
    with pytest.raises(ConfigError, match="do not compare"):
        judge(outcomes, asked(metric="train/objective"))


def test_runs_that_measure_nothing_but_their_loss_are_judged_by_it():
    def bare(outcome):
        epochs = np.arange(3)
        loss = {"train/loss": (epochs, np.array([3.0, 2.0, 1.0]))}
        return type(outcome)(
            outcome.arm, outcome.seed, metrics={"train/loss": 1.0 + outcome.seed}, history=loss,
            params=outcome.params, tags=outcome.tags,
        )  # fmt: skip

    verdict = judge([bare(each) for each in runs("a", A) + runs("b", B)], asked())
    assert (verdict.metric, verdict.higher_is_better) == ("train/loss", False)
    unlike = [bare(each) for each in runs("a", A) + runs("b", B, loss="mse")]
    with pytest.raises(ConfigError, match="no metric is shared by all arms"):
        judge(unlike, asked())


def test_a_metric_that_an_arm_lacks_is_refused_by_name():
    outcomes = runs("a", A, metrics={"test/f1": 0.5}) + runs("b", B)
    with pytest.raises(ConfigError, match="metric=test/f1: not measured by every arm"):
        judge(outcomes, asked(metric="test/f1"))


def test_directions_come_from_the_tag_else_the_registry_else_the_name():
    def direction(name, tag):
        made = [
            run(a, s, metrics={name: 1.0}, tags={"higher_is_better": tag})
            for a in "ab"
            for s in (0, 1)
        ]
        return judge(made, asked(metric=name)).higher_is_better

    assert direction("test/oddness", "accuracy oddness")
    assert not direction("test/accuracy", "oddness")
    assert not direction("test/rmse", None)  # registered
    assert direction("test/balanced_accuracy", None)
    assert direction("test/my_auc", None) and not direction("test/wer", None)  # by name


# -- pairing -------------------------------------------------------------------------------------------


def mixed(**tags):
    """b's runs of seeds 3 and 4 have other tags."""
    b = runs("b", B)
    return runs("a", A) + [
        run("b", each.seed, B[each.seed], tags=tags) if each.seed in (3, 4) else each for each in b
    ]


@pytest.mark.parametrize(
    ("tag", "word"),
    [
        ("pairing.split", "the split differs"),
        ("pairing.batches", "the order of the batches differs"),
        ("pairing.init", "the start differs"),
    ],
)
def test_pairing_is_refused_where_hashes_differ(tag, word):
    verdict = judge(mixed(**{tag: "shapes:other"}), asked())
    assert verdict.pairing.startswith(f"pairing refused: a and b: {word} for seeds 3, 4")
    pair = only(verdict)
    assert not pair.paired
    result = stats.permutation_test(
        (A, B), lambda x, y: np.mean(x) - np.mean(y), n_resamples=9999, vectorized=False, rng=0
    )
    assert pair.p == pytest.approx(result.pvalue, abs=2e-3)


def test_missing_hashes_are_not_taken_for_equal_ones():
    verdict = judge(mixed(**{"pairing.split": None}), asked())
    assert "no hash of the split is logged for seeds 3, 4" in verdict.pairing


def test_full_batches_agree_with_any_order():
    assert only(judge(mixed(**{"pairing.batches": "full"}), asked())).paired


def test_starts_are_compared_only_where_shapes_agree():
    assert only(judge(mixed(**{"pairing.init": "others:i3"}), asked())).paired
    assert only(judge(mixed(**{"pairing.init": "shapes:z"}), asked(factors=("model.init",)))).paired
    larger = [
        run("b", s, B[s], params={"parameters": "9"}, tags={"pairing.init": "shapes:z"})
        for s in range(10)
    ]
    assert only(judge(runs("a", A) + larger, asked())).paired


def test_runs_of_other_seeds_are_compared_unpaired():
    others = [run("b", 100 + seed, value) for seed, value in enumerate(B)]
    verdict = judge(runs("a", A) + others, asked())
    assert not only(verdict).paired
    assert "they share no seed" in verdict.pairing


def test_only_shared_seeds_that_finished_are_paired():
    a = [run("a", s, A[s]) for s in range(9)]
    b = [failed("b", 0), *(run("b", s, B[s]) for s in range(1, 10))]
    pair = only(judge(a + b, asked()))
    assert pair.n == 8
    assert pair.difference == pytest.approx(np.mean(A[1:9] - B[1:9]))


# -- what cannot be decided ----------------------------------------------------------------------------


def test_five_seeds_decide_nothing_and_six_can():
    five = only(judge(runs("a", A[:5]) + runs("b", B[:5]), asked()))
    assert five.better == ""
    assert five.note == ("no test can decide: with 5 seeds the smallest p is 0.0625; six seeds can")
    six = only(judge(runs("a", A[:6]) + runs("b", B[:6]), asked()))
    assert (six.better, six.note, six.p) == ("a", "", 2 / 2**6)


def test_six_seeds_cannot_decide_among_three_pairs():
    pair = (
        judge(runs("a", A[:6]) + runs("b", B[:6]) + runs("c", C[:6]), asked())
        .comparisons[0]
        .pairs[0]
    )
    assert pair.better == ""
    assert pair.note.endswith(
        "with 6 seeds the smallest p, corrected for 3 pairs, is 0.0938; seven seeds can"
    )


def test_few_unpaired_runs_decide_nothing_either():
    others = [run("b", 100 + s, B[s]) for s in range(5)]
    pair = only(judge(runs("a", A[:5]) + others, asked()))
    assert pair.p == pytest.approx(2 / 252)
    assert (pair.better, pair.note) == ("", "nothing is decided on fewer than 6 runs")


def test_lost_seeds_are_told_with_the_side_that_it_favours():
    verdict = judge([*runs("a", A), *runs("b", B[:8]), diverged("b", 8), failed("b", 9)], asked())
    notes = " ".join(verdict.notes)
    assert "b diverged with seed 8: left out of its averages and pairs, which favours b" in notes
    assert "b failed with seed 9: left out" in notes
    assert {
        "arm": "b",
        "seed": "9",
        "status": "failed",
        "reason": "killed by signal 9",
    }.items() <= (verdict.runs[-1].items())


def test_nothing_finished_is_an_error_and_one_arm_is_none():
    with pytest.raises(ConfigError, match="none of 2 runs finished"):
        judge([failed("a", 0), diverged("b", 0)], asked())
    assert judge(runs("a", A), asked()).comparisons[0].pairs == ()
    assert judge([*runs("a", A), failed("b", 0)], asked()).comparisons[0].pairs == ()


# -- several comparisons, many arms --------------------------------------------------------------------


def test_tuned_arms_are_compared_apart_and_what_needs_no_tuning_is_in_both():
    tuned = runs("b (tuned)", C, params={"optim.lr": "0.3"})
    trials = [run("b", 1000, 0.1, phase=TUNING)]
    found = Sensitivity("b", "optim.lr", (0.1, 0.3), (0.9, 0.95), 0.3, 0.1, 1.0)
    verdict = judge([*runs("a", A), *runs("b", B), *tuned, *trials], asked(), [found])
    given, best = verdict.comparisons
    assert (given.title, [arm.arm for arm in given.arms]) == ("as given", ["a", "b"])
    assert (best.title, [arm.arm for arm in best.arms]) == (
        "each at its best rate",
        ["a", "b (tuned)"],
    )
    assert best.arms[1].tuned == {"optim.lr": 0.3}
    assert only(verdict).p_holm == pytest.approx(sign_flips(A - B))  # of its own comparison
    assert len(verdict.runs) == 30
    assert verdict.lint == ()


def test_of_many_arms_pairs_with_the_best_are_told_and_corrected_for_all(monkeypatch):
    monkeypatch.setattr(pairs, "MOST_ARMS", 6)
    arms = {f"arm{k}": A - 0.01 * k for k in range(7)}
    outcomes = [each for arm, values in arms.items() for each in runs(arm, values)]
    verdict = judge(outcomes, asked())
    found = [p for p in verdict.comparisons[0].pairs if p.outcome == "test/accuracy"]
    assert [(p.first, p.second) for p in found] == [("arm0", f"arm{k}") for k in range(1, 7)]
    assert found[0].p_holm == pytest.approx(21 * 2 / 2**10)  # 7 * 6 / 2 pairs
    assert any(
        "of the 21 pairs in test/accuracy those with the best arm, arm0" in n for n in verdict.notes
    )


def test_the_best_arm_of_times_is_by_median_then_by_how_many_got_there():
    def times(arm, *costs):
        return [Value(run(arm, seed), float(cost)) for seed, cost in enumerate(costs)]

    never = np.inf
    rare, often = (
        times("rare", 1, never, never, never, never),
        times("often", 9, 9, never, never, never),
    )
    slow = times("slow", 7, 7, 8, 9, never)
    measure = Measure("target/epochs", False, {"rare": rare, "often": often, "none": []}, True)
    assert best_of(measure) == "often"
    assert best_of(replace(measure, values={**measure.values, "slow": slow})) == "slow"


def test_runs_of_another_tool_are_judged_by_what_they_have():
    """No tags, no counters of work, no splits: unpaired, on epochs alone, directions by name."""
    steps = np.arange(4)

    def foreign(arm, seed, value):
        curve = {"accuracy": (steps, np.array([0.1, 0.5, value, value]))}
        return Outcome(arm, seed, metrics={"accuracy": value, "loss": seed}, history=curve)

    made = [foreign(arm, s, v[s]) for arm, v in (("a", A), ("b", B)) for s in range(10)]
    verdict = judge(made, asked())
    assert (verdict.metric, verdict.higher_is_better) == ("accuracy", True)
    assert verdict.target == ("accuracy", 0.8)  # at least half of b's runs end below 0.9
    assert "no hash of the split, order of the batches and start is logged" in verdict.pairing
    row = verdict.comparisons[0].arms[0]
    assert list(row.targets) == list(row.costs) == ["epochs"]
    assert row.targets["epochs"].median == 2


def test_a_seed_with_several_runs_is_no_pair():
    verdict = judge([*runs("a", A), run("a", 3, 0.95), *runs("b", B)], asked())
    assert "a seed has several runs" in verdict.pairing
    assert not only(verdict).paired


def test_json_has_no_nan_and_comes_back_equal():
    strange = runs("a", A, metrics={"test/ece": float("nan"), "test/mae": float("inf")})
    never = [run("b", s, B[s], reach=99) for s in range(9)]
    verdict = judge([*strange, *never, diverged("b", 9), failed("c", 0)], asked())
    text = verdict.to_json()
    json.loads(text, parse_constant=lambda name: pytest.fail(name))
    assert Verdict.from_json(text) == verdict


def test_params_are_fixed_or_differ():
    verdict = judge(runs("a", A) + runs("b", B, loss="mse"), asked())
    assert verdict.differed == {"loss": {"a": "ce", "b": "mse"}}
    assert verdict.fixed == {key: value for key, value in PARAMS.items() if key != "loss"}
    assert verdict.environment == {"platform": "Linux", "threads": "1", "version.numpy": "2.4"}


def test_patterns_of_signs_are_all_counted():
    """The helper above against an enumeration of its own."""
    d = (A - C)[:6]
    means = [np.mean(d * signs) for signs in product((1, -1), repeat=6)]
    tail = min(
        np.mean(np.array(means) >= d.mean() - 1e-15), np.mean(np.array(means) <= d.mean() + 1e-15)
    )
    assert sign_flips(d) == pytest.approx(2 * tail)


@pytest.mark.parametrize(("best", "same"), [(0.1, True), (0.3, False)])
def test_a_search_that_kept_the_given_rate_is_told_once(best, same):
    rates = {"params": {"optim.lr": "0.1"}}, {"params": {"optim.lr": str(best)}}
    made = [*runs("a", A, **rates[0]), *runs("b", B, **rates[0])]
    made += [*runs("a (tuned)", A, **rates[1]), *runs("b (tuned)", B, **rates[1])]
    searches = [
        Sensitivity(arm, "optim.lr", (0.1, 0.3), (0.5, 0.6), best, 0.01, 1.0) for arm in "ab"
    ]
    verdict = judge(made, Question("t", "c", ("loss",)), searches)
    told = verdict.comparisons[1].sentences
    assert (told == (KEPT,)) == same
    assert [f"a: optim.lr = {best:g} was the best of 2" in note for note in verdict.notes].count(
        True
    )


def test_an_edge_is_flagged_and_an_arm_without_a_search_is_named():
    made = [*runs("a", A), *runs("b", B), *runs("b (tuned)", C, params={"optim.lr": "0.3"})]
    edge = "best at the upper end 0.3 of [0.01,0.3]: tune.range=[0.01,30] searches on"
    search = Sensitivity("b", "optim.lr", (0.1, 0.3), (0.5, 0.6), 0.3, 0.01, 0.3, edge)
    verdict = judge(made, Question("t", "c", ("loss",)), [search])
    assert f"b: optim.lr: {edge}" in verdict.lint
    assert "a has none of tune.fields: it is as given in both" in verdict.notes


# -- runs that are missing -----------------------------------------------------------------------------


@pytest.mark.parametrize(("lost", "better"), [("a", ""), ("b", "a"), ("ab", "a")])
def test_an_arm_that_diverged_more_often_is_not_called_better(lost, better):
    """What is left of it are the easier seeds."""
    made = [
        diverged(arm, seed) if arm in lost and seed < 3 else run(arm, seed, values[seed])
        for arm, values in (("a", A), ("b", B))
        for seed in range(10)
    ]
    verdict = judge(made, asked())
    pair = only(verdict)
    assert (pair.n, pair.p, pair.better) == (7, 2 / 2**7, better)
    ahead = "a is ahead in the 7 seeds where both finished (p = 0.016), but diverged in 3 of 10"
    assert pair.note == ("" if better else ahead)
    assert (ahead in verdict.sentence) == (not better)


def test_a_run_reaches_the_target_before_it_diverges():
    made = [*runs("a", A[:8], reach=8), *(diverged("b", s, reach=2) for s in range(7)), run("b", 7)]
    verdict = judge(made, asked(target=0.9))
    found = verdict.comparisons[0].arms[1].targets["epochs"]
    assert (found.reached, found.of, found.median) == (8, 8, 2)
    assert only(verdict, "target/epochs").better == "b"
    assert any("never reaching the target, where it had not before" in n for n in verdict.notes)


def test_an_arm_of_which_no_run_finished_has_times_alone():
    made = [*runs("a", A), *(diverged("b", s, reach=99) for s in range(10))]
    verdict = judge(made, asked(target=0.9))
    assert [p.outcome for p in verdict.comparisons[0].pairs] == ["target/epochs"]
    assert only(verdict, "target/epochs").better == "a"
    told, alone, _ = verdict.comparisons[0].sentences
    assert told.startswith(
        "a reaches val/accuracy 0.9 in 4 epochs (median); b got there in 0 of 10"
    )
    assert alone.startswith("There is nothing to compare a with")
    (note,) = [n for n in verdict.notes if "diverged" in n]
    assert note == (
        "b diverged with seeds 0-9: it has no final values to compare; "
        "counted as never reaching the target"
    )


def test_all_pairs_of_sixteen_arms_are_in_the_verdict():
    made = [each for k in range(16) for each in runs(f"arm{k}", A[:6] - 0.01 * k)]
    found = [p for p in judge(made, asked()).comparisons[0].pairs if p.outcome == "test/accuracy"]
    assert len(found) == 16 * 15 / 2


def test_no_target_is_chosen_among_roundings():
    epochs = np.arange(3)
    made = [
        run(arm, seed, metrics={"train/loss": 1e-20}, history={"train/loss": (epochs, 10.0**-epochs**4)},
            tags={"primary": "train/loss"})
        for arm in "ab" for seed in range(3)
    ]  # fmt: skip
    verdict = judge(made, asked())
    assert verdict.target is None
    assert verdict.notes[0].startswith("no target: train/loss comes down to rounding, 1e-16")
    assert judge(made, asked(target=0.5)).target == ("train/loss", 0.5)
