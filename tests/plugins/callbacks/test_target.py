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


def record(arm: str, seed: int, values: list[float], reached: int | None) -> Any:
    steps = np.arange(len(values))
    found = {"train/loss": (steps, np.array(values))}
    found["work/gradient_equivalents"] = (steps, 40.0 * steps)
    if reached is not None:
        for name, number in (("epochs", reached), ("gradient_equivalents", 40 * reached)):
            found[f"target/{name}"] = (np.array([reached]), np.array([number]))
    params = {"loss": "ce", "arm": arm, "seed": str(seed)}
    return SimpleNamespace(run={"params": params}, history=found, label=arm)


def test_the_figure_has_a_line_a_run_and_the_means_of_arms() -> None:
    records = [
        record("fast", 0, [1.0, 0.09], 1),
        record("fast", 1, [1.0, 0.5, 0.2, 0.05], 3),
        record("slow_one", 0, [1.0, 0.9, 0.05], 2),
        record("slow_one", 1, [1.0, 0.9, 0.8], None),
        record("never", 0, [1.0, 0.9], None),
    ]
    figure = Target(enabled=True).draw_study(records=records)["target"]
    left, right = figure.axes
    told = [[t.get_text() for t in axes.get_legend().get_texts()] for axes in (left, right)]
    assert told[0] == ["fast: 2", "slow one: 2 (1 of 2)", "never: never"]
    assert told[1] == ["fast: 80", "slow one: 80 (1 of 2)", "never: never"]
    assert left.get_ylabel() == "loss (training)"
    assert (left.get_xlabel(), right.get_xlabel()) == ("epoch", "gradient-equivalents")
    drawn = [line.get_xydata().tolist() for line in left.lines]
    for each in records:
        assert np.column_stack(each.history["train/loss"]).tolist() in drawn


def test_a_single_arm_is_no_comparison() -> None:
    assert Target(enabled=True).draw_study(records=[record("a", 0, [1.0, 0.5], None)]) == {}
