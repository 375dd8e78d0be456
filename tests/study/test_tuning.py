"""A search for a rate: curves whose best value is known by construction."""

import math
import subprocess
import sys

import numpy as np
import pytest

from framework.errors import ConfigError
from framework.study.tuning import Search, log_range, tuning_seeds

START, LOW, HIGH = 0.1, 1e-4, 10.0


def parabola(best):
    """Greatest at `best`, and as wide as accuracy is over rates: decades."""
    return lambda value: -(math.log10(value / best) ** 2)


def batches(score, trials=16, higher_is_better=True, seed=0, start=START, low=LOW, high=HIGH):
    """What was asked for, batch by batch, and what came of it."""
    search = Search("ce", "optim.lr", start, low, high, trials, higher_is_better, seed)
    asked = []
    while values := search.ask():
        asked.append(values)
        search.tell({value: score(value) for value in values})
    return asked, search.result()


def found(score, **kwargs):
    return batches(score, **kwargs)[1]


def factor(value, other):
    return math.exp(abs(math.log(value / other)))


@pytest.mark.parametrize("best", [0.00015, 0.0031, 0.02, 0.1, 0.77, 4.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_best_value_is_found_within_a_factor_of_one_and_a_half(best, seed):
    result = found(parabola(best), seed=seed)
    assert factor(result.best, best) < 1.5
    assert result.edge == ""
    assert (result.arm, result.field) == ("ce", "optim.lr")


def test_less_is_better():
    error = found(lambda v: -parabola(0.02)(v), higher_is_better=False)
    score = found(parabola(0.02))
    assert error.best == score.best
    assert error.values == score.values
    assert error.scores == tuple(-s for s in score.scores)


def test_scores_are_told_by_value():
    score = parabola(0.02)
    result = found(score)
    assert list(result.values) == sorted(result.values)
    assert result.scores == tuple(score(value) for value in result.values)
    assert result.best == max(result.values, key=score)


@pytest.mark.parametrize("trials", [1, 2, 3, 4, 5, 7, 15, 16, 33])
@pytest.mark.parametrize("best", [1e-9, 0.02, 1e9])
def test_every_arm_gets_exactly_as_many_trials(trials, best):
    asked, result = batches(parabola(best), trials=trials)
    assert len({v for values in asked for v in values}) == trials
    assert len(result.values) == len(set(result.values)) == trials


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.001), (0.99999, 1.0), (1e-8, 1e8)])
@pytest.mark.parametrize("trials", [3, 16, 40])
def test_a_narrow_or_a_wide_range_has_no_value_twice(low, high, trials):
    for score in (parabola(1.0), lambda value: round(value * 1000) % 7, lambda value: None):
        assert len(found(score, low=low, high=high, trials=trials).values) == trials


@pytest.mark.parametrize("start", [1e-4, 0.00123, 0.1, 9.87, 10.0])
def test_the_first_half_is_a_grid_with_the_start_on_it(start):
    grid = batches(parabola(0.02), start=start)[0][0]
    assert len(grid) == 8
    assert start in grid
    steps = np.diff(np.log10(grid))
    assert steps == pytest.approx(np.full(7, 5 / 8), abs=0.01)  # three digits of each value
    assert grid[0] >= LOW
    assert grid[-1] <= HIGH


@pytest.mark.parametrize(("trials", "sizes"), [(7, [4, 2, 1]), (4, [2, 2]), (16, [8, 2, 2, 2, 2])])
def test_half_is_a_grid_and_the_rest_comes_in_pairs(trials, sizes):
    assert [len(values) for values in batches(parabola(0.02), trials=trials)[0]] == sizes


def test_the_second_half_lies_beside_the_best_of_the_grid():
    grid, *rest = batches(parabola(0.02))[0]
    place = int(np.argmin(np.abs(np.log(grid) - math.log(0.02))))
    assert all(grid[place - 1] < v < grid[place + 1] for values in rest for v in values)


def test_no_two_values_are_nearly_the_same():
    """0.6 decades lie between points of the grid; a seventeenth of that is the least a gap can be."""
    gaps = np.diff(np.log10(found(parabola(0.02)).values))
    assert gaps.min() > 5 / 8 / 17


@pytest.mark.parametrize("start", [1e-7, 0.0, 50.0])
def test_a_start_outside_the_range_is_not_tried(start):
    result = found(parabola(0.02), start=start)
    assert result.values[0] >= LOW
    assert result.values[-1] <= HIGH
    assert factor(result.best, 0.02) < 1.5


def test_one_trial_is_the_start():
    asked, result = batches(parabola(0.02), trials=1)
    assert asked == [[START]]
    assert result.best == START
    assert result.edge == "tune.trials=1: too few to tell a best value; more of them search on"


@pytest.mark.parametrize(("best", "low", "high"), [(1e-5, 1e-6, 10), (200, 1e-4, 1000)])
def test_the_range_grows_to_a_best_value_outside(best, low, high):
    result = found(parabola(best))
    assert (result.low, result.high) == (low, high)
    assert factor(result.best, best) < 2.5  # with five trials there instead of eight
    assert result.edge == ""


def test_where_the_range_grows_half_of_what_is_left_goes_there():
    asked, result = batches(parabola(100), start=1, low=1, high=10)
    beyond = [
        end * 10**k for end in (max(asked[0]),) for k in np.log10(1000 / end) * np.arange(1, 5) / 4
    ]
    assert asked[1] == pytest.approx(beyond, rel=0.01)
    assert factor(result.best, 100) < 2


def test_two_points_are_no_grid_that_tells_an_edge():
    result = found(parabola(1e9), trials=4)
    assert (result.low, result.high) == (LOW, HIGH)


def test_a_best_value_far_above_is_flagged():
    result = found(parabola(1e9))
    assert result.best == result.values[-1] == 1000
    way = "tune.range=[0.0001,100000] searches on"
    assert result.edge == f"best at the upper end 1000 of [0.0001,1000]: {way}"


def test_a_best_value_far_below_is_flagged():
    result = found(parabola(1e-12))
    assert result.best == result.values[0] == 1e-6
    way = "tune.range=[1e-08,10] searches on"
    assert result.edge == f"best at the lower end 1e-06 of [1e-06,10]: {way}"


def test_diverged_values_bound_the_best_one():
    def score(value):
        return None if value > 0.05 else value  # the faster the better, up to where it breaks

    asked, result = batches(score)
    assert (result.low, result.high) == (LOW, HIGH)
    assert 0.05 / 1.5 < result.best <= 0.05
    assert result.edge == ""
    assert [s is None for s in result.scores] == [v > 0.05 for v in result.values]
    assert sum(v > 0.05 for values in asked[1:] for v in values) < 8


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("higher_is_better", [True, False])
def test_what_is_not_finite_diverged(broken, higher_is_better):
    sign = 1 if higher_is_better else -1
    result = found(
        lambda v: broken if v > 1 else sign * parabola(0.02)(v), higher_is_better=higher_is_better
    )
    assert factor(result.best, 0.02) < 1.5
    assert all(s is None for v, s in zip(result.values, result.scores, strict=True) if v > 1)


def test_the_start_stays_where_everything_diverged():
    asked, result = batches(lambda value: None)
    assert result.best == START
    assert result.scores == (None,) * 16
    assert max(asked[1]) < min(asked[0])  # smaller rates are tried next
    way = "tune.range=[1e-08,10] searches below"
    assert result.edge == f"no value of [1e-06,10] got through: {way}"


def test_of_a_plateau_the_value_nearest_to_the_start_is_best():
    """An accuracy that is 0.97 from 0.3 to 3: of two rates as good, the one that changes less."""
    result = found(lambda v: 0.97 if 0.3 < v < 3 else 0.9 - abs(math.log10(v)) / 100)
    level = [v for v, s in zip(result.values, result.scores, strict=True) if s == 0.97]
    assert result.best == min(level) > 0.3
    assert result.best < 1
    assert result.edge == ""


def test_a_start_on_the_plateau_stays():
    result = found(lambda v: round(1 - abs(math.log10(v / 0.1)) / 4, 1))
    assert result.best == START


def test_rounding_does_not_decide():
    """Means over seeds in another order differ in their last digit."""
    result = found(lambda v: 0.3 if v == START else 0.1 + 0.2 if 0.01 < v < 1 else 0.2)
    assert 0.1 + 0.2 > 0.3
    assert result.best == START


def test_a_plateau_up_to_the_end_is_flagged():
    result = found(lambda v: 0.97 if v > 0.3 else 0.9)
    assert (result.low, result.high) == (1e-4, 1000)
    assert result.best < 1
    assert result.edge.startswith("best at the upper end 1000 of [0.0001,1000]: ")


def test_a_score_that_does_not_depend_on_the_field():
    result = found(lambda value: 0.1)
    assert result.best == START
    assert (result.low, result.high) == (LOW, HIGH)
    assert result.edge == "all values of [0.0001,10] score the same"


def test_noise_costs_little():
    """Noise of 0.02 against a curve that falls by 0.02 within a factor of 1.4 of its best."""
    off = []
    for seed in range(20):
        noise = np.random.default_rng(seed)
        best = 10 ** noise.uniform(-3, 0)
        curve = parabola(best)
        result = found(lambda v, f=curve, n=noise: f(v) + 0.02 * n.standard_normal(), seed=seed)
        off.append(factor(result.best, best))
    assert np.median(off) < 1.4
    assert max(off) < 2.5


def test_the_same_seed_asks_for_the_same_values():
    once, again, other = (batches(parabola(0.02), seed=seed)[0] for seed in (3, 3, 4))
    assert once == again
    assert once[0] == other[0]
    assert once[1:] != other[1:]


def test_asking_again_is_no_new_trial():
    search = Search("ce", "optim.lr", START, LOW, HIGH, 16, True, 0)
    first = search.ask()
    first.clear()
    assert len(search.ask()) == 8
    search.tell(dict.fromkeys(search.ask(), 0.5))
    assert search.ask() == search.ask()


def test_a_batch_is_told_as_a_whole():
    search = Search("ce", "optim.lr", START, LOW, HIGH, 16, True, 0)
    search.ask()
    with pytest.raises(ValueError, match=r"told of \[0.1\]"):
        search.tell({0.1: 0.5})


def test_order_of_what_is_told_does_not_matter():
    def search(reverse):
        it = Search("ce", "optim.lr", START, LOW, HIGH, 16, True, 0)
        while values := it.ask():
            it.tell({v: parabola(0.02)(v) for v in sorted(values, reverse=reverse)})
        return it.result()

    assert search(True) == search(False)


def test_values_are_short():
    for values in batches(parabola(0.02))[0]:
        assert all(float(f"{v:.3g}") == v for v in values)


def test_an_own_range_is_five_decades_around_the_default():
    assert log_range(0.1) == (1e-4, 10)
    assert log_range(1e-3) == (1e-6, 0.1)


@pytest.mark.parametrize("default", [0.0, -1.0, math.inf, math.nan])
def test_a_default_without_decades(default):
    with pytest.raises(
        ConfigError, match=r"tune\.fields: a default of .*; tune\.range=\[low,high\]"
    ):
        log_range(default)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (1, 1), (2, 1), (-1, 1), (1, math.inf)])
def test_a_range_that_is_none(low, high):
    with pytest.raises(
        ConfigError, match=r"tune\.range=\[.*\]: a range is \[low,high\] with 0 < low < high"
    ):
        Search("ce", "optim.lr", START, low, high, 16, True, 0)


def test_no_trials():
    with pytest.raises(ConfigError, match=r"tune\.trials=0: a number of trials is > 0"):
        Search("ce", "optim.lr", START, LOW, HIGH, 0, True, 0)


@pytest.mark.parametrize(
    "final", [range(10), [], [1_000_000, 1_000_002], range(999_990, 1_000_050)]
)
def test_tuning_seeds_are_not_those_of_the_final_runs(final):
    seeds = tuning_seeds(final, 3)
    assert len(set(seeds)) == 3
    assert not set(seeds) & set(final)
    assert min(seeds) >= 1_000_000
    assert seeds == tuning_seeds(list(final), 3)


def test_optuna_is_silent_and_comes_late():
    """In a process of its own: no output, and no import before the grid is spent."""
    code = f"""
import sys
from framework.study.tuning import Search
search = Search("ce", "optim.lr", {START}, {LOW}, {HIGH}, 4, True, 0)
search.tell(dict.fromkeys(search.ask(), 0.5))
assert "optuna" not in sys.modules
search.ask()
assert "optuna" in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, check=True
    )
    assert done.stdout == done.stderr == b""
