"""The figures of a study: lines are the histories of its runs, and only what compares shares an axis."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from plugins.callbacks.comparison import Comparison, comparable, comparison, metrics_of

STEPS = np.arange(4)


def run(
    label: str = "one",
    accuracy: Any = (0.1, 0.5, 0.7, 0.8),
    primary: str = "val/accuracy",
    work: Any = None,
    **params: str,
) -> Any:
    """A record of four evaluations."""
    accuracy = np.array(accuracy)
    chosen = {"loss": "ce", "optim": "sgd", "model": "mlp", "data": "x", "seed": "0", **params}
    history = {
        primary: accuracy,
        "val/loss": 2 - accuracy,
        "val/log_loss": 1 - accuracy,
        "train/loss": 3 - accuracy,
        "train/objective": 3 - accuracy,
        "work/gradient_equivalents": 100.0 * np.arange(len(accuracy)) if work is None else work,
    }
    return SimpleNamespace(
        label=label,
        seed=int(chosen["seed"]),
        run={"params": {"link": "softmax", **chosen}, "primary": primary},
        history={name: (np.arange(len(values)), values) for name, values in history.items()},
    )


def drawn(records: list[Any]) -> Any:
    return Comparison().draw_study(records)["comparison"]


def y_names(figure: Any) -> list[str]:
    return [axes.get_ylabel() for axes in figure.axes]


def curves(axes: Any) -> dict[str, np.ndarray]:
    return {line.get_label(): line.get_ydata() for line in axes.lines}


def legend(figure: Any) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


QUADRATIC = {"label": "quadratic", "loss": "mse", "arm": "quadratic"}
ENTROPY = {"label": "cross entropy", "loss": "ce", "arm": "cross_entropy"}


def test_a_line_is_the_history_of_an_arm() -> None:
    low = (0.1, 0.2, 0.3, 0.4)
    figure = drawn([run(**QUADRATIC, accuracy=low), run(**ENTROPY)])
    shown = curves(figure.axes[0])
    np.testing.assert_array_equal(shown["quadratic"], low)
    np.testing.assert_array_equal(shown["cross entropy"], [0.1, 0.5, 0.7, 0.8])
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_xdata(), STEPS)
    assert figure.axes[0].get_xlabel() == "epoch"
    assert legend(figure) == ["quadratic", "cross entropy"]


def test_the_title_says_what_the_arms_share() -> None:
    figure = drawn([run(**QUADRATIC), run(**ENTROPY)])
    assert figure.get_suptitle() == "sgd · mlp · x · seed 0"


def test_different_losses_share_no_axis() -> None:
    figure = drawn([run(**QUADRATIC), run(**ENTROPY)])
    assert y_names(figure) == ["accuracy (validation)", "log loss / nats (validation)"]


def test_the_same_loss_is_compared_on_the_training_rows() -> None:
    figure = drawn([run("small", **{"optim.lr": "0.1"}), run("large", **{"optim.lr": "1"})])
    assert y_names(figure) == ["accuracy (validation)", "loss (ce, training)"]
    np.testing.assert_array_equal(curves(figure.axes[1])["small"], [2.9, 2.5, 2.3, 2.2])


@pytest.mark.parametrize(
    "other, same",
    [
        ({}, True),
        ({"optim": "newton"}, True),
        ({"loss": "mse"}, False),
        ({"loss.label_smoothing": "0.1"}, False),
        ({"link": "sigmoid"}, False),
    ],
)
def test_a_loss_is_the_same_with_its_fields_and_its_link(other: Any, same: bool) -> None:
    first = run(**{"loss.label_smoothing": "0"})
    assert comparable([first, run(**{"loss.label_smoothing": "0", **other})]) == same


def test_a_metric_that_one_arm_lacks_is_not_shown() -> None:
    hinge = run(loss="hinge")
    del hinge.history["val/log_loss"]
    assert metrics_of([run(), hinge]) == ["val/accuracy"]


def test_on_training_rows_neither_objective_nor_norm_is_a_metric() -> None:
    both = [run(primary="train/accuracy"), run(primary="train/accuracy", loss="mse")]
    assert metrics_of(both) == ["train/accuracy"]


def test_a_function_is_compared_by_its_value() -> None:
    both = [run(primary="train/loss"), run(primary="train/loss", optim="newton")]
    assert metrics_of(both) == ["train/loss"]


def test_runs_that_differ_by_the_seed_alone_are_one_line_in_a_band() -> None:
    low, high = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.1, 0.4, 0.7, 0.8])
    records = [
        run("a", low, arm="a"),
        run("a", high, arm="a", seed="1"),
        run("b", low, arm="b"),
        run("b", low, arm="b", seed="1"),
    ]
    figure = drawn(records)
    assert legend(figure) == ["a", "b"]
    np.testing.assert_allclose(curves(figure.axes[0])["a"], (low + high) / 2)
    band = figure.axes[0].collections[0].get_paths()[0].vertices
    for step in STEPS:
        heights = band[band[:, 0] == step, 1]
        np.testing.assert_array_equal([heights.min(), heights.max()], [low[step], high[step]])


@pytest.mark.parametrize("order", [1, -1])
def test_seeds_that_ended_early_are_averaged_as_far_as_all_went(order: int) -> None:
    both = [run("sgd", (0.0, 0.2, 0.4)), run("sgd", (0.2, 0.4, 0.6, 0.9), seed="1")]
    figure = comparison({"sgd": both[::order]})
    np.testing.assert_allclose(curves(figure.axes[0])["sgd"], [0.1, 0.3, 0.5])


def test_different_optimizers_are_compared_by_work_too() -> None:
    figure = drawn([run("sgd"), run("newton", optim="newton", work=np.array([0, 150.0, 300, 450]))])
    assert [axes.get_xlabel() for axes in figure.axes] == ["epoch"] * 2 + [
        "gradient-equivalents"
    ] * 2
    below = figure.axes[2]
    np.testing.assert_array_equal(below.lines[0].get_xdata(), [0, 100, 200, 300])
    np.testing.assert_array_equal(below.lines[1].get_xdata(), [0, 150, 300, 450])
    np.testing.assert_array_equal(below.lines[1].get_ydata(), [0.1, 0.5, 0.7, 0.8])
    assert below.get_xscale() == "linear"


def test_work_of_very_different_size_is_on_a_logarithmic_axis_from_nothing_on() -> None:
    figure = drawn([run("sgd"), run("newton", optim="newton", work=np.array([0, 2e3, 4e3, 6e3]))])
    assert figure.axes[2].get_xscale() == "symlog" and figure.axes[2].get_xlim()[0] == 0
    assert figure.axes[0].get_xscale() == "linear"


def test_one_optimizer_has_one_row() -> None:
    assert len(drawn([run("a"), run("b", **{"optim.lr": "2"})]).axes) == 2


def test_values_that_fall_by_more_than_two_decades_are_on_a_logarithmic_axis() -> None:
    falling = (1.0, 0.1, 0.01, 0.001)
    both = [
        run(accuracy=falling, primary="val/rmse"),
        run(accuracy=falling, primary="val/rmse", loss="mse"),
    ]
    assert drawn(both).axes[0].get_yscale() == "log"


def test_a_start_that_would_flatten_the_rest_is_cut_off() -> None:
    close = (0.05, 0.96, 0.97, 0.98)
    axes = drawn([run("a", close), run("b", close, optim="newton")]).axes[0]
    assert 0.9 < axes.get_ylim()[0] < 0.96 and 0.98 < axes.get_ylim()[1] < 1
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), close)
    assert axes.get_title() == "the start lies beyond the axis"


def test_a_start_that_is_shown_is_not_marked() -> None:
    assert drawn([run("a"), run("b", optim="newton")]).axes[0].get_title() == ""


def test_values_that_are_not_finite_are_gaps() -> None:
    figure = drawn([run("a", (0.1, np.inf, np.nan, 0.5)), run("b", arm="b")])
    np.testing.assert_array_equal(curves(figure.axes[0])["a"], [0.1, np.nan, np.nan, 0.5])


def test_a_baseline_that_all_share_is_one_dotted_line() -> None:
    both = [run("a"), run("b", arm="b")]
    for each in both:
        each.history["baseline/val/accuracy"] = (np.array([0]), np.array([0.9]))
    figure = drawn(both)
    line = figure.axes[0].lines[-1]
    assert (line.get_label(), line.get_linestyle()) == ("baseline", ":")
    np.testing.assert_array_equal(line.get_ydata(), 0.9)
    assert len(figure.axes[0].lines) == 3 and len(figure.axes[1].lines) == 2
    assert legend(figure) == ["a", "b", "baseline"]


def test_eight_arms_differ_in_colour_and_marker() -> None:
    lines = drawn([run(str(k), arm=str(k)) for k in range(8)]).axes[0].lines
    assert len({line.get_color() for line in lines}) == 8
    assert len({line.get_marker() for line in lines}) == 8


def test_sixteen_arms_differ_in_something() -> None:
    lines = drawn([run(str(k), arm=str(k)) for k in range(16)]).axes[0].lines
    looks = {(line.get_color(), line.get_linestyle(), line.get_marker()) for line in lines}
    assert len(looks) == 16


def test_of_more_arms_the_final_values_are_shown_alone() -> None:
    records = [run(str(k), arm=str(k)) for k in range(4)]
    assert list(Comparison(most=3).draw_study(records)) == ["final"]


# -- final values --------------------------------------------------------------------------------------


def final(records: list[Any]) -> Any:
    return Comparison().draw_study(records)["final"].axes[0]


def test_each_run_is_a_dot_at_its_last_value() -> None:
    records = [
        run("a", (0.1, 0.6), arm="a"),
        run("a", (0.1, 0.8), arm="a", seed="1"),
        run("b", (0.1, 0.5), arm="b"),
    ]
    axes = final(records)
    dots, mean, single = axes.lines
    np.testing.assert_array_equal(dots.get_xydata(), [[0.6, 0], [0.8, 0]])
    np.testing.assert_allclose(mean.get_xydata(), [[0.7, 0]])
    np.testing.assert_array_equal(single.get_xydata(), [[0.5, 1]])
    assert [text.get_text() for text in axes.get_yticklabels()] == ["a", "b"]
    assert axes.get_xlabel() == "final accuracy (validation), | the mean"
    assert [text.get_text().strip() for text in axes.texts] == ["0.7", "0.5"]


def test_the_first_arm_is_on_top() -> None:
    bottom, top = final([run("a"), run("b", arm="b")]).get_ylim()
    assert top < 0 < 1 < bottom


def test_a_baseline_is_named_in_the_final_values() -> None:
    both = [run("a"), run("b", arm="b")]
    both[0].history["baseline/val/accuracy"] = (np.array([0]), np.array([0.9]))
    axes = final(both)
    np.testing.assert_array_equal(axes.lines[-1].get_xdata(), 0.9)
    assert axes.texts[-1].get_text() == "baseline"


def test_the_axis_of_shares_ends_at_one() -> None:
    perfect = [run("a", (0.1, 1.0)), run("b", (0.1, 1.0), arm="b")]
    assert final(perfect).get_xlim()[1] == 1


# -- studies -------------------------------------------------------------------------------------------


def test_runs_without_measurements_are_left_out() -> None:
    failed = run("failed")
    failed.history = {}
    assert Comparison().draw_study([failed, run("a")]) == {}
    figures = Comparison().draw_study([failed, run("a"), run("b", arm="b")])
    assert legend(figures["comparison"]) == ["a", "b"]


def test_runs_are_compared_by_what_the_first_is_judged_by() -> None:
    other = run("b", primary="test/accuracy", arm="b")
    assert Comparison().draw_study([run("a"), other]) == {}
    figures = Comparison().draw_study([run("a"), other, run("c", arm="c")])
    assert legend(figures["comparison"]) == ["a", "c"]


@pytest.mark.parametrize("values", [(0.1,), (0.1, np.nan, np.nan), (np.nan, np.nan)])
def test_runs_that_failed_early_are_drawn_as_far_as_they_went(values: Any) -> None:
    figures = Comparison().draw_study([run("a", values), run("b", values, optim="newton")])
    for figure in figures.values():
        figure.savefig(io.BytesIO(), format="png")
    np.testing.assert_array_equal(curves(figures["comparison"].axes[0])["a"], values)


def test_a_study_of_a_command(
    command: Callable[..., Any], workplace: Path, figures_of: Callable[[Path], dict[str, Any]]
) -> None:
    words = ["loss=mse,ce", "seed=0,1", "model=linear", "data=iris", "train.epochs=2", "quiet=true"]
    assert command("-m", *words).status == 0
    figures = figures_of(next((workplace / "runs").iterdir()))
    figure = figures["comparison"]
    assert legend(figure) == ["loss=mse", "loss=ce"]
    assert y_names(figure) == ["accuracy (validation)", "log loss / nats (validation)"]
    assert figure.get_suptitle() == "sgd · linear · iris"
    assert sorted(figures) == ["comparison", "final"]
