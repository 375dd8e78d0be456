"""Figures show the numbers of runs and verdict: means and bands by NumPy and SciPy, every lost run."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from scipy import stats

from framework.drawing import MOST_ARMS
from framework.verdict.curves import average, curves
from framework.verdict.figures import differences, distribution, draw, sensitivity
from framework.verdict.looks import arms_of, frame
from framework.verdict.outcome import AXES, DIVERGED, FAILED, TUNING, Outcome
from framework.verdict.verdict import Comparison, Verdict

Make = Callable[..., Any]
COSTS = {
    "epochs": "epochs",
    "samples": "samples",
    "gradient_equivalents": "gradient-equivalents",
    "seconds": "seconds of training",
}


def drawn(verdict: Make, outcomes: list[Outcome], **changes: Any) -> dict[str, Any]:
    return draw(verdict(outcomes, **changes), outcomes)


def panel(figure: Any, label: str) -> Any:
    """The axes of this x label."""
    return next(axes for axes in figure.axes if axes.get_xlabel() == label)


def line(axes: Any, label: str) -> Any:
    return next(each for each in axes.lines if each.get_label() == label)


def bands(axes: Any) -> list[dict[float, tuple[float, float]]]:
    """Cost -> (low, high) of each band."""
    found = []
    for band in axes.collections:
        if isinstance(band, PolyCollection):
            x, y = band.get_paths()[0].vertices.T
            found.append({at: (y[x == at].min(), y[x == at].max()) for at in np.unique(x)})
    return found


def words(axes: Any) -> list[str]:
    return [text.get_text().strip() for text in axes.texts]


def dots(axes: Any, marker: str) -> list[tuple[float, int]]:
    """(cost or value, row) of every dot of this marker."""
    return sorted(
        (float(x), round(float(y)))
        for each in axes.lines
        if each.get_marker() == marker
        for x, y in zip(*each.get_data(), strict=True)
    )


# -- learning curves -----------------------------------------------------------------------------------


def test_a_curve_is_the_mean_in_the_band_of_student(outcomes: Make, verdict: Make) -> None:
    runs = outcomes({"ce": 0.4, "mse": 0.2})
    figure = drawn(verdict, runs)["curves"]
    for number, arm in enumerate(("ce", "mse")):
        mine = [run for run in runs if run.arm == arm]
        values = np.array([run.history["val/accuracy"][1] for run in mine])
        ends = stats.t.interval(0.95, 9, values.mean(axis=0), stats.sem(values, axis=0))
        for axis in ("epochs", "samples", "gradient_equivalents"):
            axes, cost = panel(figure, COSTS[axis]), mine[0].spent(axis)[1]
            found, band = line(axes, arm), bands(axes)[number]
            np.testing.assert_allclose(found.get_xdata(), cost)
            np.testing.assert_allclose(found.get_ydata(), values.mean(axis=0), rtol=1e-12)
            np.testing.assert_allclose([band[x] for x in cost], np.stack(ends, 1), rtol=1e-10)


def test_seeds_of_unlike_cost_are_averaged_at_equal_cost() -> None:
    quick = np.array([0.0, 1.0, 2.0]), np.array([0.0, 0.4, 0.8])
    slow = np.array([0.5, 2.5, 4.5]), np.array([0.0, 0.4, 0.8])
    found = average([quick, slow], 0.9)
    np.testing.assert_allclose(found.cost, [0.5, 1, 2, 2.5, 4.5])
    np.testing.assert_allclose(
        found.mean, [0.1, 0.25, 0.55, 0.6, 0.8]
    )  # the quick one stays at 0.8
    half = stats.t.ppf(0.95, 1) * np.std([0.4, 0.1], ddof=1) / np.sqrt(2)
    np.testing.assert_allclose([found.low[1], found.high[1]], [0.25 - half, 0.25 + half])


def test_one_seed_has_a_curve_and_no_band(outcomes: Make, verdict: Make) -> None:
    axes = drawn(verdict, outcomes(seeds=1))["curves"].axes[0]
    assert line(axes, "ce") and line(axes, "mse") and not bands(axes)


def test_runs_that_did_not_finish_are_counted_and_not_averaged(
    outcomes: Make, verdict: Make
) -> None:
    runs = outcomes(lost={("mse", 3): DIVERGED, ("mse", 4): FAILED})
    runs += [replace(run, phase=TUNING) for run in outcomes({"ce": 0.01})]
    axes = drawn(verdict, runs)["curves"].axes[0]
    kept = [run for run in runs[:20] if run.finished]
    for label, arm in (("ce", "ce"), ("mse (8 of 10 finished)", "mse")):
        values = [run.history["val/accuracy"][1] for run in kept if run.arm == arm]
        np.testing.assert_allclose(line(axes, label).get_ydata(), np.mean(values, axis=0))


def test_the_target_is_a_dotted_line_and_far_costs_are_logarithmic(
    outcomes: Make, verdict: Make
) -> None:
    runs = [
        replace(run, history=run.history | {"work/samples": (steps, 30 * samples)})
        for run in outcomes({"mse": 0.2})
        for steps, samples in [run.history["work/samples"]]
    ]
    figure = drawn(verdict, outcomes({"ce": 0.4}) + runs)["curves"]
    assert [panel(figure, COSTS[axis]).get_xscale() for axis in AXES] == [
        "linear",
        "symlog",
        "linear",
        "linear",
    ]
    target = line(figure.axes[0], "target 0.9")
    assert target.get_linestyle() == ":" and set(target.get_ydata()) == {0.9}


@pytest.mark.parametrize("sign", [1, -1])
def test_a_start_that_flattens_the_rest_is_cut_off(sign: int) -> None:
    late = np.linspace(0.9, 1.0, 19)
    values = np.array([0.0, *late, np.nan])  # a tenth of 20 values ends between the first and 0.9
    low, high, cut = frame(sign * values)
    edge = float(np.quantile(values[:-1], 0.1))
    room = 0.08 * (1 - edge)
    assert cut and (low, high) == pytest.approx(sorted([sign * (edge - room), sign * (1 + room)]))
    assert frame(sign * late)[2] is False, "what is even is whole"
    assert frame(np.array([2.0, 2.0])) == (2.0 - 0.16, 2.0 + 0.16, False)


def test_what_decides_is_in_the_frame_and_the_title_says_what_is_not(
    outcomes: Make, verdict: Make
) -> None:
    def axes(rate: float, **changes: Any) -> Any:
        runs = outcomes({"ce": rate}, seeds=2 if changes else 5)
        told = verdict(runs, **changes)
        return curves(told, arms_of(told, runs)).axes

    for each in axes(0.9):
        low, high = each.get_ylim()
        assert 0.5 < low < 0.9 < 0.97 < high <= 1.02
        assert each.get_title() == "the start lies beyond the axis"
    slow = axes(0.05)[0]
    assert slow.get_title() == "" and slow.get_ylim()[0] < 0.37
    vague = axes(0.9, confidence=0.9999999)[0]
    assert vague.get_title() == "", "an interval that reaches further brings the start back"
    assert vague.get_ylim() == (-0.02, 1.02), "no share is above 1, whatever its interval"


def test_without_a_target_curves_are_of_the_deciding_metric_on_validation_data(
    outcomes: Make, verdict: Make
) -> None:
    figures = drawn(verdict, outcomes(), target=None)
    assert "time_to_target" not in figures
    assert figures["curves"].axes[0].get_ylabel() == "accuracy (validation)"
    no_val = [
        replace(run, history={k: v for k, v in run.history.items() if k != "val/accuracy"})
        for run in outcomes()
    ]
    figures = draw(replace(verdict(outcomes()), target=None), no_val)
    assert figures["curves"].axes[0].get_ylabel() == "accuracy (test)"


# -- what it took to reach the target -----------------------------------------------------------------


def test_every_run_is_a_dot_or_an_open_triangle(outcomes: Make, verdict: Make) -> None:
    """A run that diverged after it was there is a dot, one that did before a triangle."""
    lost = {("ce", 3): DIVERGED, ("ce", 4): FAILED, ("slow", 3): DIVERGED}
    runs = outcomes({"ce": 0.4, "slow": 0.11}, lost=lost)
    figure = drawn(verdict, runs)["time_to_target"]
    for axis in AXES:
        axes = panel(figure, COSTS[axis])
        there, never = arrived(runs, axis)
        assert len(there) > 8 and len(never) > 2
        assert dots(axes, "o") == pytest.approx(np.array(there))
        assert dots(axes, ">") == pytest.approx(np.array(never))
        assert {each.get_mfc() for each in axes.lines if each.get_marker() == ">"} == {"none"}
        assert words(axes) == [f"{len(never)} of 10 never"]


def arrived(runs: list[Outcome], axis: str) -> tuple[list[Any], list[Any]]:
    """(cost, row) of those at 0.9, and of those that never were."""
    there, never = [], []
    for run in runs:
        cost, values = run.spent(axis)[1], run.history["val/accuracy"][1]
        row = ("ce", "slow").index(run.arm)
        if run.status != FAILED and values.max() >= 0.9:
            there.append((float(cost[values >= 0.9][0]), row))
        elif run.status != FAILED:
            never.append((float(cost[-1]), row))
    return sorted(there), sorted(never)


def test_the_median_is_that_of_the_verdict(outcomes: Make, verdict: Make) -> None:
    runs = outcomes({"ce": 0.4, "never": 0.01})
    axes = drawn(verdict, runs)["time_to_target"].axes[0]
    times = [np.flatnonzero(run.history["val/accuracy"][1] >= 0.9)[0] for run in runs[:10]]
    assert dots(axes, "|") == [(np.median(times), 0)]


def test_less_may_be_better(outcomes: Make, verdict: Make) -> None:
    epochs = np.arange(21)
    error = {"val/error": (epochs, 0.5 * 0.8**epochs), "work/steps": (epochs, epochs)}
    runs = [
        replace(run, history=error, metrics={}, tags={"higher_is_better": "accuracy"})
        for run in outcomes({"ce": 0.4}, seeds=2)
    ]
    told = replace(verdict(outcomes(seeds=2)), target=("val/error", 0.1), higher_is_better=False)
    told = replace(told, comparisons=(replace(told.comparisons[0], pairs=()),))
    figure = draw(told, runs)["time_to_target"]
    # 0.5 · 0.8^k <= 0.1 from k = ln 5 / ln 1.25 = 7.2 on
    assert dots(figure.axes[0], "o") == [(8.0, 0), (8.0, 0)]


# -- final values and differences ---------------------------------------------------------------------


def test_final_values_are_dots_with_the_interval_of_the_verdict(
    outcomes: Make, verdict: Make
) -> None:
    runs = outcomes(seeds=6, lost={("mse", 1): DIVERGED})
    told = verdict(runs)
    axes = distribution(told, arms_of(told, runs)).axes[0]
    ends = [
        [run.metrics["test/accuracy"] for run in runs if run.arm == arm and run.finished]
        for arm in ("ce", "mse")
    ]
    assert dots(axes, "o") == pytest.approx(np.array([(x, 0) for x in sorted(ends[0])]))
    assert dots(axes, "s") == pytest.approx(np.array([(x, 1) for x in sorted(ends[1])]))
    bars = [segment[:, 0] for each in axes.collections for segment in each.get_segments()]
    intervals = [stats.t.interval(0.95, len(x) - 1, np.mean(x), stats.sem(x)) for x in ends]
    np.testing.assert_allclose(bars, intervals)
    joined = [each for each in axes.lines if each.get_color() == "0.75"]
    assert len(joined) == 5  # the pair of seed 1 is not whole
    assert [text.get_text() for text in axes.get_yticklabels()] == ["ce", "mse (5 of 6 finished)"]


def test_only_two_paired_arms_are_joined(outcomes: Make, verdict: Make) -> None:
    def joins(told: Verdict, runs: list[Outcome]) -> int:
        figure = distribution(told, arms_of(told, runs))
        axes = figure.axes[0]
        return sum(each.get_color() == "0.75" for each in axes.lines)

    runs = outcomes(seeds=4)
    told = verdict(runs)
    compared = told.comparisons[0]
    apart = replace(compared, pairs=tuple(replace(pair, paired=False) for pair in compared.pairs))
    assert joins(told, runs) == 4
    assert joins(replace(told, comparisons=(apart,)), runs) == 0
    three = outcomes({"a": 0.1, "b": 0.2, "c": 0.3}, seeds=4)
    told = verdict(three)
    one = replace(told.comparisons[0], pairs=told.comparisons[0].pairs[:1])
    assert joins(replace(told, comparisons=(one,)), three) == 0


def test_differences_have_their_intervals_and_are_filled_where_decided(
    outcomes: Make, verdict: Make
) -> None:
    told = verdict(outcomes({"a": 0.4, "bb": 0.3, "ccc": 0.1}))
    axes = differences(told).axes[0]
    pairs = told.comparisons[0].pairs
    assert {pair.better for pair in pairs} > {""}, "one that is decided, one that is not"
    found = dots(axes, "o")
    assert sorted(found, key=lambda dot: dot[1]) == [
        (pytest.approx(pair.difference), row) for row, pair in enumerate(pairs)
    ]
    faces = [each.get_mfc() for each in axes.lines if each.get_marker() == "o"]
    assert [face != "white" for face in faces] == [bool(pair.better) for pair in pairs]
    bars = [list(each.get_xdata()) for each in axes.lines if each.get_linewidth() == 2]
    assert bars == [[pair.low, pair.high] for pair in pairs]
    assert words(axes) == [
        "p < 0.001" if p < 0.001 else f"p = {p:.2g}" for p in (pair.p_holm for pair in pairs)
    ]


def test_a_pair_without_a_test_says_so(outcomes: Make, verdict: Make) -> None:
    axes = differences(verdict(outcomes(seeds=1))).axes[0]
    assert len(dots(axes, "o")) == 1 and words(axes) == ["no p"]


# -- searches, and all together ------------------------------------------------------------------------


def test_a_search_shows_its_best_its_range_and_what_diverged(
    outcomes: Make, verdict: Make, trials: Make
) -> None:
    found = trials("ce", 0.1), trials("mse", 1e-3, "widen it")
    ce, mse = sensitivity(verdict(outcomes(), sensitivity=found)).axes
    assert ce.get_xscale() == "log" and ce.get_xlabel() == "optim.lr"
    assert ce.get_ylim() == mse.get_ylim()
    curve = ce.lines[0]
    known = [value is not None for value in found[0].scores]
    np.testing.assert_allclose(curve.get_xdata(), np.array(found[0].values)[known])
    np.testing.assert_allclose(
        curve.get_ydata(), [score for score in found[0].scores if score is not None]
    )
    crosses = next(each for each in ce.lines if each.get_marker() == "x")
    np.testing.assert_allclose(crosses.get_xdata(), [10**0.5, 10])
    ring = next(each for each in ce.lines if each.get_markersize() == 12)
    np.testing.assert_allclose(ring.get_data(), [[0.1], [0.95]])
    limits = [each.get_xdata()[0] for each in ce.lines if each.get_linestyle() == ":"]
    assert limits == [1e-3, 10.0]
    assert "on the edge" in mse.get_title() and "edge" not in ce.get_title()


def test_tuned_arms_keep_the_colour_and_are_hollow(outcomes: Make, verdict: Make) -> None:
    given, tuned = outcomes(seeds=2), outcomes({"mse (tuned)": 0.3, "ce (tuned)": 0.4}, seeds=2)
    compared = verdict(given).comparisons[0], verdict(tuned).comparisons[0]
    axes = draw(replace(verdict(given), comparisons=compared), given + tuned)["curves"].axes[0]
    for arm in ("ce", "mse"):
        first, second = line(axes, arm), line(axes, f"{arm} (tuned)")
        assert first.get_color() == second.get_color()
        assert to_hex(first.get_mfc()) == to_hex(first.get_color()) and second.get_mfc() == "white"


def test_arms_beyond_those_that_can_be_told_apart_are_named_in_the_title(
    outcomes: Make, verdict: Make
) -> None:
    figures = drawn(verdict, outcomes({f"arm{n:02}": 0.1 + n / 40 for n in range(20)}, seeds=1))
    assert len(figures["distribution"].axes[0].get_yticks()) == MOST_ARMS
    for name in ("curves", "time_to_target", "distribution"):
        assert f"the first {MOST_ARMS} of 20 arms" in figures[name].get_suptitle()
    assert "the first 40 of 190 pairs" in figures["differences"].axes[0].get_title(loc="left")


def test_what_was_not_measured_is_not_drawn(outcomes: Make, verdict: Make) -> None:
    bare = [replace(run, metrics={}, history={}) for run in outcomes(seeds=2)]
    assert drawn(verdict, bare) == {}
    assert draw(replace(verdict([]), comparisons=(Comparison("", (), (), ()),)), []) == {}
    some = [run if run.arm == "ce" else bare[0] for run in outcomes(seeds=2)]
    some = some[:2] + [replace(run, arm="mse") for run in bare[2:]]
    figures = drawn(verdict, some)
    assert list(figures) == ["curves", "time_to_target", "distribution"]
    assert "no value" in words(figures["distribution"].axes[0])


@pytest.mark.parametrize("seeds, name", [(3, "{}"), (1, "loss={}, optim=newton, damping=0.001")])
def test_all_fit_their_paper(
    outcomes: Make, verdict: Make, trials: Make, seeds: int, name: str
) -> None:
    """matplotlib warns, which fails, where there is no room for the axes."""
    runs = outcomes({name.format("ce"): 0.4, name.format("mse"): 0.05}, seeds=seeds)
    figures = drawn(verdict, runs, sensitivity=(trials("ce", 0.1),))
    assert list(figures) == [
        "curves",
        "time_to_target",
        "distribution",
        "differences",
        "sensitivity",
    ]
    for figure in figures.values():
        figure.savefig(io.BytesIO(), dpi=40)
