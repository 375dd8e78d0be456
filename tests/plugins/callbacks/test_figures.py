"""The figures show what the run folder holds."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from framework import Task
from plugins.callbacks.figures import (
    Figures,
    confusion_matrix,
    decision_regions,
    learning_curves,
    residuals,
)

STEPS = np.arange(4)


def record(kind: str = "multiclass", inputs: tuple[int, ...] = (2,), **changes: Any) -> Any:
    """A record with three classes, predicted as the sign pattern of the inputs says."""
    classes = [] if kind == "regression" else ["a", "b", "c"]
    data = {"kind": kind, "inputs": list(inputs), "classes": classes, "features": ["u", "v"]}
    params = {"loss": "ce", "optim": "sgd", "model": "mlp", "data": "x", "seed": "7"}
    predictor = SimpleNamespace(task=Task(kind, inputs, tuple(classes)), outputs=outputs)
    points = np.array([[-1.0, 0.0], [1.0, 1.0], [1.0, -1.0], [2.0, 1.0]])
    history = {
        f"{split}/{name}": (STEPS, values)
        for split in ("train", "val")
        for name, values in {
            "loss": np.array([1e3, 10, 1, 0.1]),
            "accuracy": np.array([0.25, 0.5, np.nan, 1.0]),
        }.items()
    }
    content = {
        "run": {"params": params, "dataset": data, "primary": "val/accuracy"},
        "history": history,
        "evaluation": {
            "train_inputs": points,
            "train_outputs": outputs(points),
            "train_targets": np.array([0, 1, 2, 1]),
            "test_inputs": points[:3],
            "test_outputs": outputs(points[:3]),
            "test_targets": np.array([0, 1, 1]),
        },
        "predictor": predictor,
    }
    return SimpleNamespace(**{**content, **changes})


def outputs(x: np.ndarray) -> np.ndarray:
    """Class 0 left of the origin, else 1 above it and 2 below."""
    return np.eye(3)[np.where(x[:, 0] < 0, 0, np.where(x[:, 1] > 0, 1, 2))]


def regression() -> Any:
    values = np.array([1.0, 2.0, 4.0])
    evaluation = {"val_targets": values, "val_outputs": values[:, None] - 0.5}
    return record("regression", (5,), evaluation=evaluation, predictor=None)


def test_a_classification_in_the_plane_has_three_figures() -> None:
    drawn = Figures(resolution=20).draw_figures(record())
    assert sorted(drawn) == ["confusion_matrix", "decision_regions", "learning_curves"]
    for figure in drawn.values():
        file = io.BytesIO()
        figure.savefig(file, format="png")
        assert file.getvalue().startswith(b"\x89PNG")


def test_a_regression_has_residuals_instead() -> None:
    assert sorted(Figures().draw_figures(regression())) == ["learning_curves", "residuals"]


def test_a_run_that_left_nothing_has_no_figures() -> None:
    assert Figures().draw_figures(record(history={}, evaluation={}, predictor=None)) == {}


def test_the_title_names_the_choices() -> None:
    figure = learning_curves(record())
    assert figure is not None and figure.get_suptitle() == "ce · sgd · mlp · x · seed 7"


def test_learning_curves_show_each_split_and_a_wide_loss_on_a_log_axis() -> None:
    figure = learning_curves(record())
    assert figure is not None
    loss, accuracy = figure.axes
    assert (loss.get_ylabel(), loss.get_yscale()) == ("loss", "log")
    assert (accuracy.get_ylabel(), accuracy.get_yscale()) == ("accuracy", "linear")
    assert [text.get_text() for text in accuracy.get_legend().get_texts()] == [
        "training",
        "validation",
    ]
    np.testing.assert_array_equal(accuracy.lines[0].get_ydata(), [0.25, 0.5, np.nan, 1.0])


@pytest.mark.parametrize("low, scale", [(11.0, "linear"), (9.0, "log"), (0.0, "linear")])
def test_a_log_axis_needs_two_decades_above_zero(low: float, scale: str) -> None:
    figure = learning_curves(record(history={"train/loss": (STEPS[:2], np.array([1000.0, low]))}))
    assert figure is not None and figure.axes[0].get_yscale() == scale


def test_a_regularised_objective_is_a_curve_of_its_own() -> None:
    values = np.array([1.0, 0.5])
    history = {"train/loss": (STEPS[:2], values), "train/objective": (STEPS[:2], values + 0.1)}
    figure = learning_curves(record(history=history))
    assert figure is not None
    assert [line.get_label() for line in figure.axes[0].lines] == [
        "training",
        "training, regularised",
    ]


def test_the_confusion_matrix_counts_the_test_rows() -> None:
    figure = confusion_matrix(record())
    assert figure is not None
    axes = figure.axes[0]
    assert axes.get_title() == "test set: 2 of 3 right (66.7%)"
    counts = np.array([int(text.get_text()) for text in axes.texts]).reshape(3, 3)
    np.testing.assert_array_equal(counts, [[1, 0, 0], [0, 1, 1], [0, 0, 0]])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b", "c"]


def test_residuals_are_true_minus_predicted() -> None:
    figure = residuals(regression())
    assert figure is not None
    left, right = (axes.collections[0].get_offsets() for axes in figure.axes)
    np.testing.assert_allclose(left, [[1, 0.5], [2, 1.5], [4, 3.5]])
    np.testing.assert_allclose(right, [[0.5, 0.5], [1.5, 0.5], [3.5, 0.5]])


def test_decision_regions_follow_the_predictor() -> None:
    figure = decision_regions(record(), resolution=31)
    assert figure is not None
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("u", "v")
    regions = np.asarray(axes.collections[0].get_array()).reshape(31, 31)
    assert (regions[0, 0], regions[-1, -1], regions[0, -1]) == (0, 1, 2)
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["training", "test", "a", "b", "c"]


def test_decision_regions_need_a_plane() -> None:
    assert decision_regions(record(inputs=(3,))) is None
