import numpy as np
import pytest
from scipy import stats

from framework.verdict.outcome import DIVERGED, TUNING, Outcome
from framework.verdict.self_comparison import compare_with_itself, self_comparisons

METRIC = "test/accuracy"


def test_an_arm_does_not_differ_from_itself():
    values = np.random.default_rng(0).binomial(360, 0.97, 20) / 360
    found = compare_with_itself("loss=ce", METRIC, values)
    assert (found.runs, found.per_half, found.splits, found.least_p) == (20, 10, 1000, 2 / 1024)
    assert found.alarms <= stats.binom.ppf(0.999, 1000, 0.05) / 1000
    assert found.covered >= 0.93
    assert found.can_alarm
    assert found.sentence == (
        f"loss=ce against itself on test/accuracy: 20 runs, cut into 10 and 10 in 1,000 ways: "
        f"p <= 0.05 in {100 * found.alarms:.1f} %, 0 within the 95 % interval in {100 * found.covered:.1f} %."
    )


def test_halves_are_apart_as_often_as_chance_has_it():
    """Of 0, 0, 1, 1 a third of the halves are, 2 of C(4, 2): then p = 2 / 2^2, and 1 otherwise."""
    found = compare_with_itself("a", METRIC, [0.0, 0.0, 1.0, 1.0], confidence=0.5)
    assert found.alarms == pytest.approx(1 / 3, abs=3 * np.sqrt(2 / 9 / 1000))


@pytest.mark.parametrize("confidence", [0.95, 0.99])
def test_small_halves_cannot_alarm_and_it_says_so(confidence):
    found = compare_with_itself("a", METRIC, range(11), splits=20, confidence=confidence)
    assert (found.per_half, found.alarms, found.can_alarm) == (5, 0.0, False)
    needed = {0.95: 12, 0.99: 16}[confidence]
    assert found.sentence.endswith(
        f"Halves of 5 reach p = 0.062 at best, so that they cannot alarm: {needed} runs are needed."
    )
    assert compare_with_itself("a", METRIC, range(needed), 1, confidence).can_alarm
    assert not compare_with_itself("a", METRIC, range(needed - 1), 1, confidence).can_alarm


def test_three_runs_are_not_cut():
    found = compare_with_itself("a", METRIC, [1.0, 2.0, 3.0])
    assert (found.alarms, found.covered, found.splits) == (None, None, 0)
    assert found.sentence == (
        "a against itself on test/accuracy: 3 runs; four are needed to cut them in two."
    )


def test_the_seed_decides():
    values = np.random.default_rng(1).normal(size=13)
    first, again, other = (compare_with_itself("a", METRIC, values, 50, seed=s) for s in (0, 0, 1))
    assert first == again != other


def test_every_arm_has_its_finished_runs():
    runs = [Outcome(arm, seed, metrics={METRIC: seed}) for arm in "ab" for seed in range(4)]
    runs += [
        Outcome("a", 9, status=DIVERGED, metrics={METRIC: 0.0}),
        Outcome("a", 10, metrics={METRIC: np.nan}),
        Outcome("a", 11, metrics={METRIC: 1.0}, phase=TUNING),
        Outcome("b", 4, metrics={METRIC: 1.0}),
        Outcome("c", 0),
    ]
    found = self_comparisons(runs, METRIC, splits=5)
    assert [(each.arm, each.runs) for each in found] == [("a", 4), ("b", 5)]
