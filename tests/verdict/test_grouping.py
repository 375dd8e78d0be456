"""Which arm a stored run belongs to."""

from __future__ import annotations

import pytest

from framework.errors import ConfigError
from framework.verdict.grouping import grouped, varying
from framework.verdict.outcome import Outcome


def run(label: str = "", **params: str) -> Outcome:
    told = {key.replace("__", "."): value for key, value in params.items()}
    return Outcome("", 0, params=told, tags={"label": label} if label else {})


def arms(outcomes: list[Outcome], *factors: str) -> list[str]:
    return [each.arm for each in grouped(outcomes, factors)[0]]


def test_labels_make_the_arms_where_they_mean_one_thing() -> None:
    runs = [run("a", loss="ce", seed="0"), run("a", loss="ce", seed="1"), run("b", loss="mse")]
    assert arms(runs) == ["a", "a", "b"]
    assert grouped(runs)[1] == ("loss",)


def test_a_label_of_unlike_runs_makes_no_arm() -> None:
    runs = [run("a", loss="ce", train__epochs="5"), run("a", loss="ce", train__epochs="50")]
    assert arms(runs) == ["train.epochs=5", "train.epochs=50"]


def test_what_varies_together_is_named_once() -> None:
    runs = [
        run(loss="ce", loss__smoothing="0", optim="sgd"),
        run(loss="mse", loss__reduction="sum", optim="sgd"),
        run(loss="mse", loss__reduction="sum", optim="newton"),
    ]
    assert grouped(runs)[1] == ("loss", "optim")
    assert arms(runs) == ["loss=ce optim=sgd", "loss=mse optim=sgd", "loss=mse optim=newton"]
    assert varying([each.params for each in runs]) == [
        "loss",
        "optim",
        "loss.reduction",
        "loss.smoothing",
    ]


def test_seeds_make_no_arms() -> None:
    assert arms([run(C="1", random_state="0"), run(C="1", random_state="1")]) == ["all runs"] * 2


def test_factors_come_first_and_must_be_there() -> None:
    runs = [run("a", loss="ce", lr="1"), run("b", loss="ce", lr="2")]
    assert arms(runs, "loss") == ["loss=ce", "loss=ce"]
    with pytest.raises(ConfigError, match="--factor width: no run has this param; lr varies"):
        grouped(runs, ["width"])
