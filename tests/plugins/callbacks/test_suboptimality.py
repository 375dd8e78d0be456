"""How far arms are from the best of them, seed by seed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from framework.errors import FieldError
from plugins.callbacks.suboptimality import Suboptimality


def record(arm: str, seed: int, values: list[float], cost: float = 10.0, **params: str) -> Any:
    steps = np.arange(len(values))
    found = {"train/objective": (steps, np.array(values))}
    found["work/gradient_equivalents"] = (steps, cost * steps)
    params = {"loss": "ce", "arm": arm, "seed": str(seed), **params}
    result = {"stopped": "the optimizer has converged"}
    return SimpleNamespace(
        run={"params": params}, history=found, label=arm, seed=seed, result=result
    )


def draw(records: list[Any], **fields: Any) -> Any:
    return Suboptimality(enabled=True, **fields).draw_study(records=records)["suboptimality"]


def lines(axes: Any) -> list[list[float]]:
    return [list(line.get_ydata()) for line in axes.lines]


def test_the_minimum_is_the_least_of_the_runs_with_the_same_seed() -> None:
    records = [
        record("newton", 0, [4.0, 1.0]),
        record("newton", 1, [4.0, 2.0]),
        record("sgd", 0, [4.0, 3.0, 2.0]),
        record("sgd", 1, [4.0, 3.0, 2.5]),
    ]
    left, right = draw(records, floor=1e-6).axes
    expected = [[3.0, 4e-6], [2.0, 4e-6], [3.0, 2.0, 1.0], [2.0, 1.0, 0.5]]
    assert lines(left) == lines(right) == expected
    assert legend(left.figure) == ["newton", "sgd"]
    assert left.get_yscale() == "log" and left.get_xscale() == "linear"
    assert list(right.lines[2].get_xdata()) == [0, 10, 20]


def test_the_end_that_is_the_minimum_is_left_out_of_a_run_that_had_not_converged() -> None:
    records = [record("a", 0, [4.0, 2.0, 1.0]), record("b", 0, [4.0, 3.0, 2.0])]
    for each in records:
        each.result = {"stopped": "the budget of 2 epochs is spent"}
    left, _ = draw(records).axes
    np.testing.assert_array_equal(lines(left), [[3.0, 1.0, np.nan], [3.0, 2.0, 1.0]])
    assert left.get_ylabel() == "training objective − the least of all"


def test_a_known_optimum_takes_its_place() -> None:
    records = [record("a", 0, [4.0, 1.0]), record("b", 0, [4.0, 2.0])]
    left, _ = draw(records, best=0.5).axes
    assert lines(left) == [[3.5, 0.5], [3.5, 1.5]]


@pytest.mark.parametrize(("cost", "scale"), [(20.0, "linear"), (10_000.0, "symlog")])
def test_arms_of_very_different_cost_have_a_logarithmic_axis(cost: float, scale: str) -> None:
    records = [record("a", 0, [4.0, 1.0]), record("b", 0, [4.0, 2.0], cost)]
    assert draw(records).axes[1].get_xscale() == scale


def test_epochs_stay_linear_so_that_linear_convergence_is_a_line() -> None:
    records = [record("a", 0, [4.0, 1.0]), record("b", 0, [4.0, *[2.0] * 99])]
    assert draw(records).axes[0].get_xscale() == "linear"


def legend(figure: Any) -> list[str]:
    return [text.get_text() for text in figure.axes[1].get_legend().get_texts()]


def test_seeds_of_a_sweep_are_one_entry() -> None:
    records = [record(f"optim={name}", seed, [4.0, 1.0]) for name in "ab" for seed in range(10)]
    figure = draw(records)
    assert legend(figure) == ["optim=a", "optim=b"]
    assert len(figure.axes[0].lines) == 20


@pytest.mark.parametrize(
    "key", ["objective.l2", "loss.label_smoothing", "link", "model.hidden", "data.test", "data"]
)
def test_each_problem_has_its_own_minimum(key: str) -> None:
    records = [
        record(f"{arm} {key}={value}", 0, [4.0, least + above], **{key: value})
        for value, least in (("x", 1.0), ("y", 1.9))
        for arm, above in (("newton", 0.0), ("sgd", 0.5))
    ]
    left, _ = draw(records, floor=1e-6).axes
    expected = [[3.0, 4e-6], [3.0, 0.5], [2.1, 4e-6], [2.1, 0.5]]
    np.testing.assert_allclose(lines(left), expected)


@pytest.mark.parametrize("key", ["optim", "optim.lr", "train.batch_size", "parameters"])
def test_how_it_is_trained_is_no_part_of_the_problem(key: str) -> None:
    records = [record(v, 0, [4.0, e], **{key: v}) for v, e in (("x", 1.0), ("y", 1.5))]
    assert lines(draw(records, floor=1e-6).axes[0]) == [[3.0, 4e-6], [3.0, 0.5]]


def test_a_best_that_is_not_the_least_is_left_aside_and_told() -> None:
    records = [record("a", 0, [4.0, 1.0]), record("b", 0, [4.0, 1.5])]
    figure = draw(records, best=1.8, floor=1e-6)
    assert lines(figure.axes[0]) == [[3.0, 4e-6], [3.0, 0.5]]
    told = figure.get_suptitle().splitlines()
    assert told == ["ce · seed 0", "best=1.8 is not the least: 1 was reached"]


def test_rounding_below_the_best_is_not_told() -> None:
    records = [record("a", 0, [4.0, 1.0 - 1e-16]), record("b", 0, [4.0, 1.5])]
    assert draw(records, best=1.0).get_suptitle() == "ce · seed 0"


def test_runs_without_a_finite_value_are_left_out() -> None:
    records = [record(arm, 0, [4.0, 1.0]) for arm in "ab"]
    failed = record("failed", 0, [np.nan, np.inf])
    assert legend(draw([failed, *records])) == ["a", "b"]
    assert Suboptimality(enabled=True).draw_study(records=[failed, records[0]]) == {}


def test_of_many_arms_the_first_are_drawn_and_the_title_says_so() -> None:
    figure = draw([record(str(number), 0, [2.0, 1.0]) for number in range(17)])
    assert len(legend(figure)) == 16
    assert figure.get_suptitle() == "ce · seed 0 · the first 16 of 17 arms"


def test_one_arm_is_no_comparison() -> None:
    records = [record("a", seed, [2.0, 1.0]) for seed in range(2)]
    assert Suboptimality(enabled=True).draw_study(records=records) == {}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (
            {"best": float("nan")},
            "best=nan: the optimum is a finite number, or null for the least of the arms",
        ),
        ({"floor": 0.0}, "floor=0.0: a share of the first value, 0 < f < 1"),
    ],
)
def test_ranges(fields: dict[str, float], text: str) -> None:
    with pytest.raises(FieldError) as caught:
        Suboptimality(**fields)
    assert str(caught.value) == text
