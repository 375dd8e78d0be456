"""When a metric first reaches a value, and the figure that compares arms by it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from framework.errors import FieldError
from plugins.callbacks.target import Target

Command = Callable[..., Any]
ON = "callbacks.target.enabled=true"


def history() -> list[dict[str, Any]]:
    (folder,) = Path("runs").iterdir()
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    ("metric", "value", "low"), [("train/loss", 0.5, True), ("val/accuracy", 0.85, False)]
)
def test_it_logs_the_first_time_and_no_other(
    command: Command, metric: str, value: float, low: bool
) -> None:
    words = [ON, f"callbacks.target.metric={metric}", f"callbacks.target.value={value}"]
    done = command("data=iris", "train.epochs=20", *words, "quiet=true")
    assert (done.status, done.err) == (0, "")
    entries = history()
    hits = [e for e in entries if (e["metrics"][metric] <= value) == low]
    (told,) = [e for e in entries if "target/epochs" in e["metrics"]]
    assert told == hits[0] and 0 < told["step"] < 20
    metrics = told["metrics"]
    assert metrics["target/epochs"] == told["step"]
    for name in ("steps", "gradient_equivalents", "seconds"):
        assert metrics[f"target/{name}"] == metrics[f"work/{name}"]


def test_what_is_never_reached_is_not_logged(command: Command) -> None:
    words = ["callbacks.target.value=1e-9", "train.epochs=2", "quiet=true"]
    assert command("data=iris", ON, *words).status == 0
    assert not any("target/epochs" in entry["metrics"] for entry in history())


def test_a_metric_that_is_not_measured(command: Command) -> None:
    done = command("data=iris", ON, "callbacks.target.metric=val/r2", "train.epochs=2")
    assert done.status != 0
    assert done.err.startswith(
        "failed: callbacks.target.metric=val/r2: no such metric in this run; did you mean"
    )
    assert done.err.count("\n") == 1


def test_a_value_is_finite() -> None:
    with pytest.raises(FieldError) as caught:
        Target(value=float("inf"))
    assert str(caught.value) == "value=inf: a target is a finite number"


def record(
    arm: str, seed: int, values: list[float], reached: int | None = None, **params: str
) -> Any:
    steps = np.arange(len(values))
    found = {"train/loss": (steps, np.array(values))}
    found["work/gradient_equivalents"] = (steps, 40.0 * steps)
    if reached is not None:
        for name, number in (("epochs", reached), ("gradient_equivalents", 40 * reached)):
            found[f"target/{name}"] = (np.array([reached]), np.array([number]))
    params = {"loss": "ce", "arm": arm, "seed": str(seed), **params}
    return SimpleNamespace(run={"params": params}, history=found, label=arm, seed=seed)


def legends(figure: Any) -> list[list[str]]:
    return [[t.get_text() for t in axes.get_legend().get_texts()] for axes in figure.axes]


def test_the_figure_has_a_line_a_run_and_the_means_of_arms() -> None:
    records = [
        record("fast", 0, [1.0, 0.09], 1),
        record("fast", 1, [1.0, 0.5, 0.2, 0.05], 3),
        record("slow one", 0, [1.0, 0.9, 0.05], 2),
        record("slow one", 1, [1.0, 0.9, 0.8], None),
        record("never", 0, [1.0, 0.9]),
    ]
    figure = Target(enabled=True).draw_study(records=records)["target"]
    left, right = figure.axes
    told = legends(figure)
    assert told[0] == ["fast: 2", "slow one: 2 (1 of 2)", "never: never"]
    assert told[1] == ["fast: 80", "slow one: 80 (1 of 2)", "never: never"]
    assert left.get_ylabel() == "loss (ce, training)"
    assert (left.get_xlabel(), right.get_xlabel()) == ("epoch", "gradient-equivalents")
    drawn = [line.get_xydata().tolist() for line in left.lines]
    for each in records:
        assert np.column_stack(each.history["train/loss"]).tolist() in drawn


def test_a_single_arm_is_no_comparison() -> None:
    assert Target(enabled=True).draw_study(records=[record("a", 0, [1.0, 0.5], None)]) == {}


def test_seeds_of_a_sweep_are_one_entry() -> None:
    records = [record(f"optim={name}", seed, [1.0, 0.5]) for name in "ab" for seed in range(10)]
    figure = Target(enabled=True).draw_study(records=records)["target"]
    assert legends(figure)[0] == ["optim=a: never", "optim=b: never"]
    assert len(figure.axes[0].lines) == 20 + 1 + 2 * 2


def test_arms_of_other_problems_are_entries_of_their_own() -> None:
    records = [
        record(f"{arm} objective.l2={l2}", 0, [1.0, reached], 1, **{"objective.l2": l2})
        for l2, reached in (("1e-3", 0.01), ("1e-2", 0.09))
        for arm in "ab"
    ]
    told, _ = legends(Target(enabled=True).draw_study(records=records)["target"])
    assert told == [f"{arm} objective.l2={l2}: 1" for l2 in ("1e-3", "1e-2") for arm in "ab"]


def test_of_many_arms_the_first_are_drawn_and_the_title_says_so() -> None:
    records = [record(str(number), 0, [1.0, 0.5]) for number in range(17)]
    figure = Target(enabled=True).draw_study(records=records)["target"]
    assert len(legends(figure)[0]) == 16
    assert figure.get_suptitle().endswith("the first 16 of 17 arms")


def test_the_axis_of_work_begins_below_the_first_evaluation() -> None:
    records = [record(arm, 0, [1.0, 0.9, 0.8]) for arm in "ab"]
    _, right = Target(enabled=True).draw_study(records=records)["target"].axes
    assert right.get_xscale() == "symlog" and list(right.get_xticks()) == [0, 10]
