"""What the terminal shows agrees with what the folder holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from framework.tracking.record import Record

EPOCHS = "callbacks.console.style=epochs"
LINEAR = ("data=iris", "model=linear", "train.epochs=3")
ARMS = ('+arms.quadratic=["loss=mse"]', '+arms.cross_entropy=["loss=ce"]')


@pytest.fixture
def last(workplace: Path) -> Callable[[], Record]:
    """The record of the only run so far."""
    return lambda: Record(next((workplace / "runs").iterdir()))


def lines(text: str, start: str = "Epoch") -> list[str]:
    return [line for line in text.splitlines() if line.startswith(start)]


def names_of(text: str, runs: int) -> list[str]:
    """Of the runs of a study, up to the metric."""
    told = [line for k in range(runs) for line in lines(text, f"  {k + 1}/{runs}  ")]
    return [line[7 : line.index("val/")].rstrip() for line in told]


def right(record: Record, split: str) -> tuple[int, int]:
    """How many rows of a split are right, by scikit-learn, of how many."""
    p, y = record.evaluation[f"{split}_outputs"], record.evaluation[f"{split}_targets"]
    return int(accuracy_score(y, p.argmax(axis=1), normalize=False)), len(y)


def test_epochs_are_counted_in_test_rows_that_are_right(command: Any, last: Any) -> None:
    told = lines(command(*LINEAR, EPOCHS).out)
    assert [line.partition(":")[0] for line in told] == [f"Epoch {n}" for n in range(4)]
    record = last()
    number, rows = right(record, "test")
    assert told[-1] == f"Epoch 3: {number} / {rows}" and rows == 30
    shares = [int(line.split()[2]) / 30 for line in told]
    np.testing.assert_allclose(shares, record.history["test/accuracy"][1])


@pytest.mark.parametrize(
    "fractions, split", [("data.test=0", "val"), ("data.test=0 data.val=0", "train")]
)
def test_other_rows_take_the_place_of_missing_ones(
    command: Any, last: Any, fractions: str, split: str
) -> None:
    told = lines(command(*LINEAR, EPOCHS, *fractions.split()).out)
    number, rows = right(last(), split)
    assert told[-1] == f"Epoch 3: {number} / {rows}"


def test_of_many_training_rows_those_measured_are_counted(command: Any) -> None:
    told = lines(command(*LINEAR, EPOCHS, "data.test=0", "data.val=0", "train.eval_rows=20").out)
    assert all(line.endswith(" / 20") for line in told)


@pytest.mark.parametrize(
    "words, name",
    [
        (["loss=mse", "data=diabetes", "metrics.regression=[rmse]"], "test/rmse"),
        (["data=iris", "metrics.classification=[log_loss]"], "test/log_loss"),
        (["loss=value", "model=rosenbrock", "data=nothing"], "train/loss"),
    ],
)
def test_without_an_accuracy_the_metric_is_told(
    command: Any, last: Any, words: list[str], name: str
) -> None:
    told = lines(command(*words, EPOCHS, "train.epochs=2").out)
    values = last().history[name][1]
    assert len(told) == len(values) == 3
    assert [line.split()[2] for line in told] == [name] * 3
    np.testing.assert_allclose([float(line.split()[3]) for line in told], values, rtol=1e-3)


def test_a_line_follows_each_evaluation_and_no_other_epoch(command: Any) -> None:
    told = lines(command(*LINEAR, EPOCHS, "train.epochs=5", "train.eval_every=2").out)
    assert [line.partition(":")[0] for line in told] == [f"Epoch {n}" for n in (0, 2, 4, 5)]


def test_header_and_table_are_there_with_epochs_too(command: Any) -> None:
    text = command(*LINEAR, EPOCHS).out
    assert text.index("ce minimised by sgd") < text.index("Epoch 0") < text.index("log_loss")
    assert "epoch 3/3" not in text


def test_quiet_is_quiet_with_epochs(command: Any) -> None:
    assert command(*LINEAR, EPOCHS, "quiet=true").out == ""


def test_an_unknown_style_names_those_there_are(command: Any) -> None:
    done = command("callbacks.console.style=nielsen")
    assert "callbacks.console.style=nielsen: no such choice" in done.err
    assert "epochs" in done.err


def test_a_study_tells_of_its_runs_and_the_console_does_not(command: Any) -> None:
    text = command(*LINEAR, *ARMS).out
    assert "minimised by" not in text and "log_loss" not in text
    told = lines(text, "  1/2") + lines(text, "  2/2")
    pattern = r"  (\d)/2  ([a-z ]+?) +(val/accuracy 0\.\d{4})  cost 270"
    found = [re.fullmatch(pattern, line) for line in told]
    assert [match and match[2] for match in found] == ["quadratic", "cross entropy"]
    assert len({line.index("val/accuracy") for line in told}) == 1


def test_with_epochs_each_arm_begins_with_its_name(command: Any) -> None:
    text = command(*LINEAR, *ARMS, EPOCHS).out.splitlines()
    start = text.index("quadratic seed=0")
    assert [line.partition(":")[0] for line in text[start + 1 : start + 5]] == [
        f"Epoch {number}" for number in range(4)
    ]
    assert text[start + 5].startswith("  1/2  quadratic ")
    assert text.index("cross entropy seed=0") > start


@pytest.mark.parametrize(
    "swept, names",
    [
        (["loss=mse,ce"], ["loss=mse", "loss=ce"]),
        (["optim.lr=0.1,1", "seed=3"], ["optim.lr=0.1", "optim.lr=1"]),
        (["loss=mse", "optim.lr=1,2", "seed=3"], ["optim.lr=1", "optim.lr=2"]),
    ],
)
def test_runs_of_a_sweep_are_named_by_what_is_swept(
    command: Any, swept: list[str], names: list[str]
) -> None:
    assert names_of(command("-m", *LINEAR, *swept, "study.workers=0").out, 2) == names


def test_seeds_of_a_sweep_are_told(command: Any) -> None:
    names = names_of(command("-m", *LINEAR, "seed=3,4", "study.workers=0").out, 2)
    assert names == ["ce sgd linear iris seed=3", "ce sgd linear iris seed=4"]
