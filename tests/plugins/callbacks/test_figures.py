"""The figures of a run show what its folder holds."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from plugins.callbacks.figures import (
    Figures,
    confusion_matrix,
    learning_curves,
    predictions,
    residuals,
)

STEPS = np.arange(4)


def record(kind: str = "multiclass", inputs: tuple[int, ...] = (2,), **changes: Any) -> Any:
    """A record with three classes, predicted as the sign pattern of the inputs says."""
    classes = {"regression": [], "binary": ["no", "yes"]}.get(kind, ["a", "b", "c"])
    data = {"kind": kind, "inputs": list(inputs), "classes": classes, "features": ["u", "v"]}
    params = {"loss": "ce", "optim": "sgd", "model": "mlp", "data": "x", "seed": "7"}
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
        "predictor": None,
    }
    return SimpleNamespace(**{**content, **changes})


def outputs(x: np.ndarray) -> np.ndarray:
    """Class 0 left of the origin, else 1 above it and 2 below."""
    return np.eye(3)[np.where(x[:, 0] < 0, 0, np.where(x[:, 1] > 0, 1, 2))]


def regression() -> Any:
    values = np.array([1.0, 2.0, 4.0])
    return record("regression", (5,), evaluation=evaluation(val=(values - 0.5, values)))


def evaluation(**splits: tuple[Any, Any]) -> dict[str, np.ndarray]:
    """split=(outputs, targets)."""
    found: dict[str, np.ndarray] = {}
    for split, (out, targets) in splits.items():
        out = np.asarray(out, float)
        found[f"{split}_outputs"] = out[:, None] if out.ndim == 1 else out
        found[f"{split}_targets"] = np.asarray(targets)
    return found


def bits(**changes: Any) -> Any:
    """Exclusive or of two bits and a third that is 1 in training and 0 in the test, rows out of order."""
    found = evaluation(
        train=([0.9, 0.1, 0.2, 0.8], [1, 0, 0, 1]), test=([0.7, 0.3, 0.6, 0.4], [0, 1, 1, 0])
    )
    pairs = np.array([[1, 0], [0, 0], [1, 1], [0, 1]])
    found["train_inputs"] = np.column_stack([pairs, np.ones(4)])
    found["test_inputs"] = np.column_stack([[[0, 0], [0, 1], [1, 0], [1, 1]], np.zeros(4)])
    return record("binary", (3,), evaluation={**found, **changes})


def bars(figure: Any) -> np.ndarray:
    return np.array([bar.get_height() for bar in figure.axes[0].patches])


def targets(figure: Any) -> np.ndarray:
    """The heights of the lines across the bars."""
    segments = [c.get_segments() for c in figure.axes[0].collections]
    return np.array([line[0, 1] for lines in segments for line in lines])


def row_names(figure: Any) -> list[str]:
    return [text.get_text() for text in figure.axes[0].get_xticklabels()]


def test_a_classification_has_curves_counts_and_if_small_its_predictions() -> None:
    drawn = Figures().draw_figures(record())
    assert sorted(drawn) == ["confusion_matrix", "learning_curves", "predictions"]
    for figure in drawn.values():
        file = io.BytesIO()
        figure.savefig(file, format="png")
        assert file.getvalue().startswith(b"\x89PNG")


def test_a_regression_has_residuals_instead() -> None:
    drawn = Figures().draw_figures(regression())
    assert sorted(drawn) == ["learning_curves", "predictions", "residuals"]


def test_a_run_that_left_nothing_has_no_figures() -> None:
    assert Figures().draw_figures(record(history={}, evaluation={})) == {}


def test_a_function_to_be_minimised_has_learning_curves_alone() -> None:
    nothing = evaluation(train=(np.ones((1, 1)), np.ones((1, 0))))
    history = {"train/loss": (STEPS[:2], np.ones(2))}
    found = record("function", (1,), evaluation=nothing, history=history)
    found.run["dataset"]["classes"], found.run["primary"] = [], "train/loss"
    assert list(Figures().draw_figures(found)) == ["learning_curves"]


# -- learning curves -----------------------------------------------------------------------------------


def test_the_title_names_the_choices() -> None:
    figure = learning_curves(record())
    assert figure is not None and figure.get_suptitle() == "ce · sgd · mlp · x · seed 7"


def test_learning_curves_show_each_split_and_a_wide_loss_on_a_log_axis() -> None:
    figure = learning_curves(record())
    assert figure is not None
    loss, accuracy = figure.axes
    assert (loss.get_ylabel(), loss.get_yscale()) == ("loss (ce)", "log")
    assert (accuracy.get_ylabel(), accuracy.get_yscale()) == ("accuracy", "linear")
    assert [axes.get_xlabel() for axes in figure.axes] == ["epoch", "epoch"]
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


def test_a_baseline_is_a_dotted_line_at_its_value() -> None:
    found = record()
    found.history["baseline/val/accuracy"] = (np.array([0]), np.array([0.93]))
    figure = learning_curves(found)
    assert figure is not None
    loss, accuracy = figure.axes
    assert accuracy.lines[2].get_linestyle() == ":"
    np.testing.assert_array_equal(accuracy.lines[2].get_ydata(), 0.93)
    assert accuracy.get_legend().get_texts()[-1].get_text() == "baseline"
    assert "baseline" not in [text.get_text() for text in loss.get_legend().get_texts()]


def test_a_log_loss_is_in_nats() -> None:
    found = record(history={"test/log_loss": (STEPS, np.ones(4))})
    found.run["primary"] = "test/log_loss"
    figure = learning_curves(found)
    assert figure is not None and figure.axes[0].get_ylabel() == "log loss / nats"


# -- predictions ---------------------------------------------------------------------------------------


def test_the_confusion_matrix_counts_the_test_rows() -> None:
    figure = confusion_matrix(record())
    assert figure is not None
    axes = figure.axes[0]
    assert axes.get_title() == "test set: 2 of 3 right (66.7%)"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted", "true")
    counts = np.array([int(text.get_text()) for text in axes.texts]).reshape(3, 3)
    np.testing.assert_array_equal(counts, [[1, 0, 0], [0, 1, 1], [0, 0, 0]])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b", "c"]


def test_residuals_are_true_minus_predicted() -> None:
    figure = residuals(regression())
    assert figure is not None
    left, right = (axes.collections[0].get_offsets() for axes in figure.axes)
    np.testing.assert_allclose(left, [[1, 0.5], [2, 1.5], [4, 3.5]])
    np.testing.assert_allclose(right, [[0.5, 0.5], [1.5, 0.5], [3.5, 0.5]])


def test_each_row_is_a_bar_named_by_its_inputs_beside_its_target() -> None:
    figure = predictions(bits())
    assert figure is not None
    assert row_names(figure) == [
        *["0 0 1", "0 1 1", "1 0 1", "1 1 1"],
        *["0 0 0", "0 1 0", "1 0 0", "1 1 0"],
    ]
    np.testing.assert_array_equal(bars(figure), [0.1, 0.8, 0.9, 0.2, 0.7, 0.3, 0.6, 0.4])
    np.testing.assert_array_equal(targets(figure), [0, 1, 1, 0, 0, 1, 1, 0])


def test_training_and_test_rows_are_told_apart() -> None:
    figure = predictions(bits())
    assert figure is not None
    axes = figure.axes[0]
    assert axes.get_ylabel() == "output for class yes"
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert sorted(names) == ["target", "test", "training"]
    colours = {bar.get_facecolor() for bar in axes.patches[:4]}
    assert len(colours) == 1 and axes.patches[4].get_facecolor() not in colours
    left = [bar.get_x() for bar in axes.patches]
    assert left[4] - left[3] > left[3] - left[2]


def test_two_outputs_of_a_binary_classification_show_the_second() -> None:
    both = np.array([[0.3, 0.7], [0.8, 0.2]])
    figure = predictions(record("binary", (9,), evaluation=evaluation(train=(both, [1, 0]))))
    assert figure is not None
    np.testing.assert_array_equal(bars(figure), [0.7, 0.2])
    assert row_names(figure) == ["1", "2"] and figure.axes[0].get_xlabel() == "row"


def test_several_classes_show_the_output_for_the_true_one() -> None:
    p = np.array([[0.5, 0.3, 0.2], [0.1, 0.3, 0.6]])
    figure = predictions(record(evaluation=evaluation(test=(p, [1, 2]))))
    assert figure is not None
    np.testing.assert_array_equal(bars(figure), [0.3, 0.6])
    np.testing.assert_array_equal(targets(figure), [1, 1])


def test_values_are_shown_as_they_are() -> None:
    figure = predictions(regression())
    assert figure is not None
    np.testing.assert_array_equal(bars(figure), [0.5, 1.5, 3.5])
    np.testing.assert_array_equal(targets(figure), [1, 2, 4])


@pytest.mark.parametrize("rows, drawn", [(24, True), (25, False)])
def test_many_rows_are_no_bars(rows: int, drawn: bool) -> None:
    found = record("regression", evaluation=evaluation(train=(np.ones(rows), np.ones(rows))))
    assert (predictions(found) is not None) == drawn


def test_several_targets_a_row_are_no_bars() -> None:
    both = np.ones((3, 2))
    assert predictions(record("regression", evaluation=evaluation(train=(both, both)))) is None


def test_one_row_has_no_residuals() -> None:
    assert residuals(record("regression", evaluation=evaluation(train=([1.0], [2.0])))) is None
