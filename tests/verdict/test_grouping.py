"""Which arm a stored run belongs to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from framework.errors import ConfigError
from framework.verdict.grouping import grouped, varying
from framework.verdict.outcome import DIVERGED, FAILED, FINISHED, TUNING, Outcome


def run(label: str = "", number: int = 0, status: str = FINISHED, **params: str) -> Outcome:
    """number: its seed."""
    told = {key.replace("__", "."): value for key, value in params.items()}
    return Outcome("", number, status, params=told, tags={"label": label} if label else {})


def arms(outcomes: list[Outcome], *factors: str) -> list[str]:
    return [each.arm for each in grouped(outcomes, factors)[0]]


def test_labels_make_the_arms_where_they_mean_one_thing() -> None:
    runs = [run("a", 0, loss="ce", seed="0"), run("a", 1, loss="ce", seed="1")]
    runs += [run("b", loss="mse")]
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
    runs = [run("", seed, C="1", random_state=str(seed)) for seed in (0, 1)]
    assert arms(runs) == ["all runs"] * 2


def test_factors_come_first_and_must_be_there() -> None:
    runs = [run("a", loss="ce", lr="1"), run("b", 1, loss="ce", lr="2")]
    assert arms(runs, "loss") == ["loss=ce", "loss=ce"]
    with pytest.raises(ConfigError, match="--factor width: no run has this param; lr varies"):
        grouped(runs, ["width"])


def test_tuned_runs_are_no_second_sample_of_the_arm_as_given() -> None:
    given = [run("ce", seed, loss="ce", optim__lr="0.1") for seed in (0, 1)]
    tuned = [run("ce (tuned)", seed, loss="ce", optim__lr="0.3") for seed in (0, 1)]
    newton = [run("newton", seed, loss="newton") for seed in (0, 1)]
    assert arms([*given, *tuned, *newton], "loss") == [
        *["loss=ce"] * 2,
        *["loss=ce (tuned)"] * 2,
        *["loss=newton"] * 2,
    ]
    assert arms([*tuned, *newton], "loss") == ["loss=ce"] * 2 + ["loss=newton"] * 2
    assert set(arms([*given, *tuned], "optim.lr")) == {"optim.lr=0.1", "optim.lr=0.3"}


def test_unlike_runs_of_one_seed_are_refused() -> None:
    runs = [run("a", loss="ce", optim__lr=lr, study=lr) for lr in ("0.1", "0.3")]
    said = (
        "arm loss=ce has 2 runs of seed 0, which differ in optim.lr; "
        "add --factor optim.lr, or name fewer runs"
    )
    with pytest.raises(ConfigError) as told:
        grouped(runs, ["loss"])
    assert str(told.value) == said
    assert len(grouped(runs, ["loss", "optim.lr"])[0]) == 2
    trials = [replace(each, phase=TUNING) for each in runs]
    assert len(grouped(trials, ["loss"])[0]) == 2


@pytest.mark.parametrize(
    ("ends", "taken"),
    [
        ([FINISHED, FINISHED], "1"),
        ([FINISHED, DIVERGED], "1"),
        ([FINISHED, FAILED], "0"),
        ([FAILED, FAILED], "1"),
    ],
)
def test_of_equal_runs_of_a_seed_the_newest_that_came_to_its_end_counts(
    ends: list[str], taken: str
) -> None:
    runs = [run("a", 3, end, loss="ce", study=str(i)) for i, end in enumerate(ends)]
    (kept,) = grouped(runs, ["loss"])[0]
    assert kept.params["study"] == taken
