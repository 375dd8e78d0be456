"""The curve and the regions are the trained model's, and the points are the data."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from framework import Task
from plugins.callbacks.input_space import InputSpace, decision_regions, fit

POINTS = np.array([[-1.0, 0.0], [1.0, 1.0], [1.0, -1.0], [2.0, 1.0]])
PARAMS = {"loss": "ce", "optim": "sgd", "model": "mlp", "data": "x", "seed": "7"}


def record(
    kind: str, inputs: tuple[int, ...], classes: tuple[str, ...], outputs: Callable[..., Any]
) -> Any:
    data = {"kind": kind, "inputs": list(inputs), "classes": list(classes), "features": ["u", "v"]}
    return SimpleNamespace(
        run={"params": PARAMS, "dataset": data},
        evaluation={
            "train_inputs": POINTS[:, : inputs[0]],
            "train_targets": np.array([0, 1, 2, 1]),
            "test_inputs": POINTS[:3, : inputs[0]],
            "test_targets": np.array([0, 1, 1]),
        },
        predictor=SimpleNamespace(task=Task(kind, inputs, classes), outputs=outputs),
    )


def plane() -> Any:
    return record("multiclass", (2,), ("a", "b", "c"), sign_pattern)


def line() -> Any:
    return record("regression", (1,), (), np.sin)


def sign_pattern(x: np.ndarray) -> np.ndarray:
    """Class 0 left of the origin, else 1 above it and 2 below."""
    return np.eye(3)[np.where(x[:, 0] < 0, 0, np.where(x[:, 1] > 0, 1, 2))]


def legend(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_a_plane_has_regions_and_a_line_has_a_curve() -> None:
    assert list(InputSpace(resolution=20).draw_figures(plane())) == ["decision_regions"]
    assert list(InputSpace().draw_figures(line())) == ["fit"]


@pytest.mark.parametrize("missing", ["inputs", "model", "everything"])
def test_a_run_that_left_less_has_no_figure(missing: str) -> None:
    for found in (plane(), line()):
        if missing == "model":
            found.predictor = None
        else:
            found.evaluation = {} if missing == "everything" else {"train_targets": np.ones(4)}
        assert InputSpace().draw_figures(found) == {}


def test_other_shapes_have_no_figure() -> None:
    assert decision_regions(record("multiclass", (3,), ("a", "b", "c"), sign_pattern)) is None
    assert fit(record("regression", (2,), (), np.sin)) is None


def test_several_targets_are_no_curve() -> None:
    assert fit(record("regression", (1,), (), lambda x: np.hstack([x, x]))) is None


def test_the_curve_is_the_model_over_the_range_of_the_data() -> None:
    figure = fit(line())
    assert figure is not None
    axes = figure.axes[0]
    x, y = axes.lines[0].get_data()
    np.testing.assert_array_equal(y, np.sin(x))
    assert x[0] < -1 and x[-1] > 2 and np.diff(x).max() < 0.01
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("u", "target")
    assert legend(axes) == ["training", "test", "model"]


def test_the_points_are_inputs_and_targets_of_each_split() -> None:
    figure = fit(line())
    assert figure is not None
    train, test = (points.get_offsets() for points in figure.axes[0].collections)
    np.testing.assert_array_equal(train, [[-1, 0], [1, 1], [1, 2], [2, 1]])
    np.testing.assert_array_equal(test, [[-1, 0], [1, 1], [1, 1]])


def test_the_curve_is_in_front_of_training_points_and_these_of_others() -> None:
    figure = fit(line())
    assert figure is not None
    axes = figure.axes[0]
    train, test = (points.get_zorder() for points in axes.collections)
    assert test < train < axes.lines[0].get_zorder()


def test_decision_regions_follow_the_predictor() -> None:
    figure = decision_regions(plane(), resolution=31)
    assert figure is not None
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("u", "v")
    regions = np.asarray(axes.collections[0].get_array()).reshape(31, 31)
    assert (regions[0, 0], regions[-1, -1], regions[0, -1]) == (0, 1, 2)
    assert legend(axes) == ["training", "test", "a", "b", "c"]


def test_regions_lie_behind_the_points() -> None:
    figure = decision_regions(plane(), resolution=5)
    assert figure is not None
    regions, *_, train, test = figure.axes[0].collections
    assert regions.get_zorder() < min(train.get_zorder(), test.get_zorder())
    np.testing.assert_array_equal(train.get_offsets(), POINTS)


def test_points_have_the_colour_of_the_region_of_their_own_class() -> None:
    figure = decision_regions(plane(), resolution=31)
    assert figure is not None
    regions, *_, train, _ = figure.axes[0].collections
    of_class = [regions.cmap(regions.norm(label))[:3] for label in (0, 1, 2)]
    np.testing.assert_allclose(train.get_facecolor()[:, :3], [of_class[k] for k in (0, 1, 2, 1)])


def test_one_output_is_class_1_above_a_half() -> None:
    found = record("binary", (2,), ("no", "yes"), lambda x: expit(3 * x[:, :1] - 1.5))
    found.evaluation["train_targets"] = np.array([0, 1, 0, 1])
    figure = decision_regions(found, resolution=40)
    assert figure is not None
    axes = figure.axes[0]
    regions = np.asarray(axes.collections[0].get_array()).reshape(40, 40)
    first = np.linspace(*axes.get_xlim(), 40)
    np.testing.assert_array_equal(regions[0], first > 0.5)


def test_one_class_everywhere_is_one_region() -> None:
    found = plane()
    found.predictor.outputs = lambda x: np.tile([0.0, 1.0, 0.0], (len(x), 1))
    assert decision_regions(found, resolution=5) is not None


def test_one_point_is_no_curve() -> None:
    found = line()
    found.evaluation = {"train_inputs": np.ones((3, 1)), "train_targets": np.ones(3)}
    assert fit(found) is None
