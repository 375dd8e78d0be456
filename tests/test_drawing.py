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
    decades,
    drawn,
    panels,
    scale_values,
    sheet,
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
    for kind in (PALETTE, DASHES, MARKERS, [look.colour for look in SPLITS.values()]):
        assert len(set(kind)) == len(kind)
    assert len({look.dashes for look in SPLITS.values()}) == 3
