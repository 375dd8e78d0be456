"""Runs side by side, by the words of a recipe or of the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framework.tracking.drawing import drawers
from framework.tracking.record import Record, records_of

Command = Callable[..., Any]

QUADRATIC = '+arms.quadratic=["loss=mse","optim.lr=1"]'
ENTROPY = '+arms.cross_entropy=["loss=ce"]'
SHORT = ["data=iris", "train.epochs=2"]
PLUGIN = """
from dataclasses import dataclass
from types import SimpleNamespace

from framework import Callback, hookimpl


@dataclass
class Labels(Callback):
    @hookimpl
    def draw_study(self, records):
        return {"labels": SimpleNamespace(texts=[record.label for record in records])}


@hookimpl
def register_callbacks():
    return {"labels": Labels}
"""


def session() -> Path:
    (path,) = Path("runs").iterdir()
    return path


def params() -> list[dict[str, str]]:
    return [record.run["params"] for record in records_of(session())]


def test_each_arm_is_a_run_of_one_study_in_the_order_given(command: Command) -> None:
    done = command(QUADRATIC, ENTROPY, *SHORT)
    assert (done.status, done.err) == (0, "")
    told = [(p["arm"], p["loss"], p["optim.lr"], p["train.epochs"]) for p in params()]
    assert told == [("quadratic", "mse", "1", "2"), ("cross_entropy", "ce", "0.1", "2")]
    study = json.loads((session() / "study.json").read_text())
    assert study["name"].startswith(f"'{QUADRATIC}' '{ENTROPY}' data=iris train.epochs=2")
    assert [record.label for record in records_of(session())] == ["quadratic", "cross entropy"]
    assert done.out.startswith("2 runs: ")


def test_an_arm_is_the_run_that_its_words_give_alone(command: Command) -> None:
    command(QUADRATIC, *SHORT)
    (arm,) = records_of(session())
    command("loss=mse", "optim.lr=1", *SHORT)
    before = arm.folder.parent.name
    (alone,) = [Record(path) for path in Path("runs").iterdir() if path.name != before]
    assert alone.result is not None and arm.result is not None
    seconds = {"work/seconds"}
    for name in arm.result["metrics"].keys() - seconds:
        assert alone.result["metrics"][name] == arm.result["metrics"][name]
    assert (alone.folder / "config.yaml").read_text().replace("arms: {}\n", "") == (
        arm.folder / "config.yaml"
    ).read_text()


def test_a_sweep_runs_all_arms_for_each_of_its_values(command: Command) -> None:
    done = command("-m", QUADRATIC, ENTROPY, "seed=0,1", "study.workers=0", *SHORT)
    assert (done.status, done.err) == (0, "")
    told = [(p["seed"], p["arm"]) for p in params()]
    assert told == [(seed, arm) for seed in "01" for arm in ("quadratic", "cross_entropy")]
    assert done.out.startswith("4 runs: -m ")
    told = [(record.label, record.seed) for record in records_of(session())]
    assert told[1:3] == [("cross entropy", 0), ("quadratic", 1)]
    assert "  cross entropy seed=1  " in done.out


def test_runs_of_a_plain_sweep_are_labelled_by_what_sets_them_apart(command: Command) -> None:
    command("-m", "loss=ce,mse", "optim.lr=0.1,0.2", "study.workers=0", *SHORT)
    labels = [record.label for record in records_of(session())]
    assert labels[0] == "loss=ce optim.lr=0.1"
    assert len(set(labels)) == 4


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["arms=3"], """arms=3: arms have names; try '+arms.mine=["loss=ce"]'"""),
        (
            ['+arms.a=["loss=ce,mse"]'],
            "arm 'a': loss=ce,mse: an arm is one run; make an arm of each",
        ),
        (['+arms.a=["quiet=true"]'], "arm 'a': quiet=true: it holds for all arms; set it beside"),
        ([QUADRATIC, "loss=ce"], "loss=ce: arm 'first' sets loss=ce; leave one out: ~arms.first"),
        (['+arms.a=["loss=mee"]'], "arm 'a': loss=mee: no such loss; did you mean 'mse'?"),
        (['+arms.a=["optim.lrr=1"]'], "arm 'a': optim.lrr=1: no such field of optim; did you"),
        (['+arms.a=["loss mse"]'], "arm 'a': loss mse: not an override; write key=value"),
        (["+arms.a=3"], "arms.a=3: an arm is a list of words, as in [loss=ce, optim.lr=0.5]"),
    ],
)
def test_what_is_wrong_is_one_line_and_nothing_is_run(
    command: Command, words: list[str], message: str
) -> None:
    done = command('+arms.first=["loss=ce"]', *words)
    assert done.status == 2
    assert done.err.startswith(f"error: {message}") and done.err.count("\n") == 1
    assert not Path("runs").exists()


def test_a_word_reaches_the_arms_that_keep_the_field_of_a_recipe(command: Command) -> None:
    done = command("+experiment=bp_xor", "optim.lr=0.8", "train.epochs=2")
    assert (done.status, done.err) == (0, "")
    told = [(each["optim"], each.get("optim.lr")) for each in params()]
    assert told == [("sgd", "0.8"), ("sgd", "0.8"), ("lm", None)]


def test_a_recipe_gives_its_name_to_the_study_and_to_a_run_without_arms(command: Command) -> None:
    command("+experiment=iris_bp", "train.epochs=1")
    run = Record(session()).run
    assert run["name"] == "iris_bp: ce sgd mlp iris seed=0"
    assert run["params"]["recipe"] == "iris_bp"
    command("-m", "+experiment=newton_linear", "seed=0", "train.epochs=1", "study.workers=0")
    (study,) = Path("runs").glob("*/study.json")
    assert json.loads(study.read_text())["name"] == "newton_linear seed=0 train.epochs=1"


def test_recipes_can_be_swept_each_with_its_own_arms(command: Command) -> None:
    done = command("-m", "+experiment=iris_bp,newton_linear", "train.epochs=1", "study.workers=0")
    assert (done.status, done.err) == (0, "")
    told = [(each["recipe"], each.get("arm")) for each in params()]
    assert told == [
        ("iris_bp", None),
        ("newton_linear", "joint"),
        ("newton_linear", "decoupled"),
    ]


def test_arms_come_from_the_configuration_that_was_named(command: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("defaults: [config, _self_]\nseed: 7\n")
    done = command(f"--config-dir={tmp_path}", "--config-name=mine", ENTROPY, *SHORT)
    assert (done.status, done.err) == (0, "")
    assert [each["seed"] for each in params()] == ["7"]


def test_a_failed_arm_costs_only_itself(command: Command) -> None:
    done = command('+arms.wild=["optim.lr=1e300","objective.l2=1"]', ENTROPY, *SHORT)
    assert done.status == 1 and done.err.startswith("failed: wild: ")
    results = [record.result for record in records_of(session())]
    assert [result and result["status"] for result in results] == ["FAILED", "FINISHED"]


def test_a_study_is_drawn_by_the_callbacks_that_draw_studies(
    command: Command, tmp_path: Path
) -> None:
    plugin = tmp_path / "labels.py"
    plugin.write_text(PLUGIN)
    command(QUADRATIC, ENTROPY, *SHORT, f"plugins.paths=[{plugin}]")
    drawn: Any = drawers(session())["labels"]()
    assert drawn["labels"].texts == ["quadratic", "cross entropy"]
