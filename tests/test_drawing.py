"""What all figures share: titles of what runs have in common, and axes that fit their values."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from framework.drawing import (
    DASHES,
    MARKERS,
    PALETTE,
    SPLITS,
    arms_of,
    axis_name,
    course,
    decades,
    drawn,
    first_arms,
    look,
    names_of,
    panels,
    scale_cost,
    scale_values,
    sheet,
    splits_of,
    title_of,
)

CHOSEN = {"loss": "ce", "optim": "sgd", "model": "mlp", "data": "digits", "seed": "0"}


def records(*changes: dict[str, str]) -> list[Any]:
    return [SimpleNamespace(run={"params": CHOSEN | change}) for change in changes]


@pytest.mark.parametrize(
    "changes, title",
    [
        ([{}], "ce · sgd · mlp · digits · seed 0"),
        ([{"arm": "cross_entropy"}], "cross entropy: ce · sgd · mlp · digits · seed 0"),
        ([{}, {"loss": "mse"}], "sgd · mlp · digits · seed 0"),
        ([{"arm": "a"}, {"arm": "b", "optim": "newton", "seed": "1"}], "ce · mlp · digits"),
        ([{}, dict.fromkeys(CHOSEN, "other")], ""),
    ],
)
def test_a_title_names_what_runs_have_in_common(changes: list[dict[str, str]], title: str) -> None:
    assert title_of(records(*changes)) == title


@pytest.mark.parametrize(
    "values, expected",
    [
        ([[1, 1000]], 3),
        ([[10], [0.1, np.nan, np.inf]], 2),
        ([[0, 1]], 0),
        ([[-1, 1]], 0),
        ([[np.nan]], 0),
        ([[]], 0),
    ],
)
def test_decades_are_those_between_least_and_greatest(
    values: list[list[float]], expected: float
) -> None:
    assert decades(values) == pytest.approx(expected)


@pytest.mark.parametrize(
    "curves, scale",
    [
        ([[1, 0.001]], "log"),
        ([[1, 0.5], [0.001, 0.001]], "log"),
        ([[0.001, 1]], "linear"),
        ([[1, 0.1]], "linear"),
        ([[1, 0]], "linear"),
    ],
)
def test_only_curves_that_fall_far_have_a_logarithmic_axis(
    curves: list[list[float]], scale: str
) -> None:
    _, axes = panels()
    scale_values(axes[0, 0], [np.array(curve, float) for curve in curves])
    assert axes[0, 0].get_yscale() == scale


def test_panels_are_a_grid_without_frames() -> None:
    figure, axes = panels(2, 3, "some title", (9, 6))
    assert axes.shape == (2, 3) and figure.get_suptitle() == "some title"
    np.testing.assert_array_equal(figure.get_size_inches(), [9, 6])
    assert not any(each.spines["top"].get_visible() for each in axes.flat)


@pytest.mark.parametrize(
    "count, most, shape", [(1, 3, (1, 1)), (3, 3, (1, 3)), (4, 2, (2, 2)), (5, 3, (2, 3))]
)
def test_a_sheet_has_a_panel_for_each_drawing(
    count: int, most: int, shape: tuple[int, int]
) -> None:
    draws = [lambda axes, n=n: axes.set_title(str(n)) for n in range(count)]
    figure = sheet(records({}), draws, (4, 3), most)
    assert figure is not None and figure.get_suptitle() == title_of(records({}))
    assert [axes.get_title() for axes in figure.axes] == [str(n) for n in range(count)]
    grid = figure.axes[0].get_gridspec()
    assert (grid.nrows, grid.ncols) == shape
    expected = [4 * shape[1] + 0.4, 3 * shape[0] + 0.3]
    np.testing.assert_allclose(figure.get_size_inches(), expected)


def test_where_there_is_nothing_to_draw_there_is_no_figure() -> None:
    figure, _ = panels()
    assert sheet(records({}), []) is None
    assert drawn(a=None, b=figure, c=sheet(records({}), [])) == {"b": figure}


def test_what_tells_curves_apart_does() -> None:
    for kind in (PALETTE, DASHES, MARKERS, [each.colour for each in SPLITS.values()]):
        assert len(set(kind)) == len(kind)
    assert len({each.dashes for each in SPLITS.values()}) == 3


@pytest.mark.parametrize("count", [8, 16, 64])
def test_many_looks_differ_in_something(count: int) -> None:
    assert len({look(number) for number in range(count)}) == count


def test_eight_looks_in_a_row_differ_in_colour_and_marker() -> None:
    for start in range(0, 64, 8):
        eight = [look(number) for number in range(start, start + 8)]
        assert len({each.colour for each in eight}) == len({each.marker for each in eight}) == 8


# -- studies -------------------------------------------------------------------------------------------


def run(label: str, seed: int = 0, **curves: tuple[list[float], list[float]]) -> Any:
    """A record; curves by name with __ for /."""
    history = {k.replace("__", "/"): tuple(map(np.array, v)) for k, v in curves.items()}
    return SimpleNamespace(
        label=label, seed=seed, history=history, run={"params": {**CHOSEN, "seed": str(seed)}}
    )


def test_an_arm_is_the_runs_of_a_label() -> None:
    a, other, b = run("sgd"), run("sgd", 1), run("newton")
    arms = arms_of([a, b, other])
    assert list(arms) == ["sgd", "newton"] and arms == {"sgd": [a, other], "newton": [b]}


def test_runs_of_one_arm_are_told_apart_by_their_seeds() -> None:
    study = [run("sgd"), run("sgd", 1), run("newton", 3)]
    assert names_of(study) == ["sgd, seed 0", "sgd, seed 1", "newton"]


@pytest.mark.parametrize(
    "most, title",
    [(3, "ce · sgd · mlp · digits"), (2, "ce · sgd · mlp · digits · the first 2 of 3 arms")],
)
def test_a_title_says_of_how_many_arms_the_first_are_shown(most: int, title: str) -> None:
    arms = arms_of([run(label, seed) for seed, label in enumerate("abc")])
    assert first_arms(arms, most) == (dict(list(arms.items())[:most]), title)


@pytest.mark.parametrize(
    "name, losses, text",
    [
        ("val/accuracy", [], "accuracy (validation)"),
        ("test/log_loss", [], "log loss / nats (test)"),
        ("train/loss", ["mse", "mse"], "loss (mse, training)"),
        ("train/loss", ["mse", "ce"], "loss (training)"),
        ("loss", ["ce"], "loss (ce)"),
        ("log_loss", ["ce"], "log loss / nats"),
        ("work/seconds", ["ce"], "work/seconds"),
    ],
)
def test_an_axis_is_named_after_its_metric(name: str, losses: list[str], text: str) -> None:
    assert axis_name(name, records(*[{"loss": loss} for loss in losses])) == text


def test_splits_are_those_that_something_was_kept_of() -> None:
    kept = {"test_targets": np.ones(2), "train_targets": np.ones(3), "val_targets": np.ones(0)}
    found: Any = SimpleNamespace(evaluation={**kept, "train_inputs": np.ones((3, 1))})
    assert splits_of(found, "targets") == ["train", "test"]
    assert splits_of(found, "inputs") == ["train"]


def test_values_are_matched_with_work_where_both_were_measured() -> None:
    found = run(
        "sgd",
        train__loss=([0, 2, 4], [4.0, np.inf, 1.0]),
        work__gradient_equivalents=([0, 1, 2, 3, 4], [0.0, 10, 20, 30, 40]),
    )
    x, values = course([found], "train/loss", work=True)
    np.testing.assert_array_equal(x, [0, 20, 40])
    np.testing.assert_array_equal(values, [[4, np.nan, 1]])
    np.testing.assert_array_equal(course([found], "train/loss")[0], [0, 2, 4])


def test_a_course_is_that_of_all_runs() -> None:
    cost = {"work__gradient_equivalents": ([0, 1, 2], [0.0, 10, 20])}
    dear = {"work__gradient_equivalents": ([0, 1, 2], [0.0, 30, 60])}
    both = [
        run("a", train__loss=([0, 1, 2], [3.0, 2, 1]), **cost),
        run("a", 1, train__loss=([0, 1], [5.0, 4]), **dear),
    ]
    x, values = course(both, "train/loss", work=True)
    np.testing.assert_array_equal(x, [0, 20])
    np.testing.assert_array_equal(values, [[3, 2], [5, 4]])


@pytest.mark.parametrize(
    "courses, unequal, ticks",
    [
        ([[0, 10, 90], [0, 20, 40]], 10, None),
        ([[0, 1, 2], [0, 25, 75]], 10, [0, 1, 10]),
        ([[0, 0.2, 0.4], [0, 25, 400]], 10, [0, 0.1, 1, 10, 100]),
        ([[0, 1000, 2000], [0]], 0, [0, 1000]),
        ([[0], [0]], 0, None),
    ],
)
def test_courses_of_unequal_length_are_logarithmic_with_room_for_the_start(
    courses: list[list[float]], unequal: float, ticks: list[float] | None
) -> None:
    _, grid = panels()
    axes = grid[0, 0]
    for x in courses:
        axes.plot(x, x)
    scale_cost(axes, [np.array(each) for each in courses], unequal)
    assert axes.get_xscale() == ("linear" if ticks is None else "symlog")
    if ticks is not None:
        np.testing.assert_allclose(axes.get_xticks(), ticks)
        assert axes.get_xlim()[0] == 0
