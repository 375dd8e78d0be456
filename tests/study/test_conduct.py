"""Studies from the command line: nothing is lost, nothing is done twice, what fails costs only itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framework.tracking.record import Record, records_of

Command = Callable[..., Any]

SMALL = ["data=iris", "model=linear", "train.epochs=2"]
FAULTY = """
import os
import signal
import sys
from dataclasses import dataclass

from framework import Callback, hookimpl


@dataclass
class Faulty(Callback):
    enabled: bool = True

    @hookimpl
    def on_epoch_end(self, run, epoch):
        if os.path.exists("mended"):
            return
        match run.settings.seed:
            case 3:
                raise ValueError("seed 3 is bad luck")
            case 5:
                sys.exit(3)
            case 7:
                os.kill(os.getpid(), signal.SIGKILL)
            case 9:
                signal.pause()


@hookimpl
def register_callbacks():
    return {"faulty": Faulty}
"""


def studies() -> list[Path]:
    return sorted(path.parent for path in Path("runs").glob("*/study.json"))


def by_seed(study: Path) -> dict[int, Record]:
    return {record.seed: record for record in records_of(study)}


@pytest.fixture
def faulty(workplace: Path, tmp_path: Path) -> str:
    path = tmp_path / "faulty.py"
    path.write_text(FAULTY)
    return f"plugins.paths=[{path}]"


def test_of_twenty_jobs_four_fail_and_a_second_call_runs_those_alone(
    command: Command, faulty: str
) -> None:
    words = ["-m", "seed=range(20)", *SMALL, faulty, "study.timeout=6"]
    done = command(*words)
    assert done.status == 1
    (study,) = studies()
    runs = by_seed(study)
    ended = {seed: record.result["status"] for seed, record in runs.items() if record.result}
    assert ended == {seed: "FAILED" if seed in (3, 5, 7, 9) else "FINISHED" for seed in range(20)}
    reasons = {seed: runs[seed].result["reason"] for seed in (3, 5, 7, 9)}  # type: ignore[index]
    assert "callbacks.faulty failed: ValueError: seed 3 is bad luck" in reasons[3]
    assert reasons[5] == "the run ended the process with sys.exit(3)"
    assert reasons[7] == "killed by SIGKILL"
    assert "study.timeout=6" in reasons[9]
    for seed in (3, 5, 7, 9):
        assert f"seed={seed}: {reasons[seed]}" in done.err
    whole = json.loads((study / "result.json").read_text())
    assert whole["status"] == "FAILED" and whole["reason"].startswith("4 of 20 runs failed: ")

    Path("mended").touch()
    again = command(*words)
    assert (again.status, again.err) == (0, "")
    runs = by_seed(studies()[-1])
    assert {seed for seed, record in runs.items() if not record.run.get("reused")} == {3, 5, 7, 9}
    assert all(record.result["status"] == "FINISHED" for record in runs.values() if record.result)
    assert len(runs) == 20


def test_what_is_finished_is_reused_and_failures_never(command: Command) -> None:
    words = ["-m", "loss=ce", "optim.lr=0.1,1e300", "objective.l2=1", *SMALL, "study.workers=0"]
    assert command(*words).status == 1
    done = command(*words)
    assert done.status == 1
    assert "reused" in done.out and "failed: " in done.err
    first, second = (records_of(study) for study in studies())
    assert [record.run.get("reused") for record in second] == [
        str(first[0].folder.absolute()),
        None,
    ]
    assert (second[0].folder / "metrics.jsonl").read_bytes() == (
        first[0].folder / "metrics.jsonl"
    ).read_bytes()
    assert second[0].predictor is not None
    assert second[0].run["params"]["study"] == studies()[1].name


def test_a_single_run_is_reused_by_a_study_unless_it_is_told_to_run_again(command: Command) -> None:
    command(*SMALL, "loss=ce")
    words = ["-m", "loss=ce,mse", *SMALL, "study.workers=0"]
    for more, reused in (["rerun=true"], [False, False]), ([], [True, True]):
        command(*words, *more)
        records = records_of(studies()[-1])
        assert [bool(record.run.get("reused")) for record in records] == reused


def test_another_source_of_a_plugin_is_another_run(command: Command, tmp_path: Path) -> None:
    plugin = tmp_path / "mine.py"
    text = FAULTY.replace("faulty", "mine").replace("Faulty", "Mine")
    for changed in ("", "\n# another line\n"):
        plugin.write_text(text + changed)
        command("-m", "loss=ce,mse", *SMALL, f"plugins.paths=[{plugin}]", "study.workers=1")
    assert not any(record.run.get("reused") for record in records_of(studies()[-1]))


def test_a_bad_arm_is_told_before_anything_runs(command: Command) -> None:
    done = command("-m", "optim=sgd,newton", "optim.momentum=0.9", "seed=0,1", *SMALL)
    assert done.status == 2 and done.err.count("\n") == 1
    assert done.err.startswith(
        "error: arm 'optim=newton': optim.momentum=0.9: no such field of optim"
    )
    assert done.err.endswith("; optim.newton.<field>=... is set for that option alone\n")
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    "words, message",
    [
        (["optim=sgd,adam", "optim.newton.damping=1"], "optim.newton.damping=1: no arm has optim="),
        (["seed=-1,0"], "seed=-1: a seed is a whole number >= 0"),
        (
            ["model.bias=true,true"],
            "arm 'loss=ce model.bias=True': there are two of this name; lea",
        ),
        (["seed=range(0)"], "seed=range(0): there is no seed in it"),
        (["seed=0,1", "study.seeds=3"], "study.seeds=3: the seeds are swept, seed=0,1; leave one"),
        (
            ["+study=ce_vs_mse", "+experiment=rbf"],
            "+study=ce_vs_mse +experiment=rbf: one recipe or",
        ),
        (
            ["budget.unit=seconds", "budget.amount=1", "study.workers=2"],
            "study.workers=2: runs that",
        ),
        (["study.workers=1,2"], "study.workers=1,2: it holds for all runs of a command; give it"),
        (["hydra/launcher=joblib"], "hydra/launcher=joblib: studies are run by this framework; "),
        (["study.timeout=5", "study.workers=0"], "study.timeout=5: a run in this process cannot"),
        (["tune=equal", "data.val=0"], "tune=equal: rates are chosen on validation rows; set dat"),
        (["tune=equal", "tune.fields=[optim.x]"], "tune.fields=[optim.x]: no arm has it; name one"),
        (["budget.unit=seconds"], "budget.unit=seconds: set budget.amount, the seconds of train"),
        (
            ["budget.unit=samples", "schedule=cosine"],
            "arm 'loss=ce': schedule=cosine: budget.unit=",
        ),
        (["study.metric=test/f1"], "study.metric=test/f1: no such metric in arm 'loss=ce'"),
        (["study.target_metric=val/loss"], "study.target_metric=val/loss: the arms' losses are d"),
        (["tune=equl"], "tune=equl: no such way to tune; did you mean 'equal'?"),
        (["+study=ce"], "study=ce: no such study"),
    ],
)
def test_what_is_wrong_is_one_line_and_nothing_is_run(
    command: Command, words: list[str], message: str
) -> None:
    done = command("-m", "loss=ce,mse", *SMALL, *words)
    assert done.status == 2
    assert done.err.startswith(f"error: {message}") and done.err.count("\n") == 1
    assert not Path("runs").exists()


def test_a_plan_is_shown_and_nothing_is_run(command: Command) -> None:
    command("seed=0", *SMALL)
    before = sorted(Path("runs").iterdir())
    done = command("-m", "loss=ce,mse", "seed=range(3)", *SMALL, "--plan", "tune=equal")
    assert (done.status, done.err) == (0, "")
    told = [line.split() for line in done.out.splitlines()]
    assert ["loss=ce", "0", "to", "2", "2", "epochs", "32", "15", "1/3"] in told
    assert ["loss=mse", "0", "to", "2", "2", "epochs", "32", "15", "0/3"] in told
    assert "6 runs as given, of which 1 are there already" in done.out
    assert "optim.lr in [0.0001, 10], 16 trials x 2 seeds, by val/accuracy" in done.out
    assert sorted(Path("runs").iterdir()) == before
    assert max(map(len, done.out.splitlines())) <= 80


def test_seeds_can_be_counted(command: Command) -> None:
    command("study.seeds=3", "seed=5", *SMALL, "study.workers=0")
    assert sorted(by_seed(studies()[0])) == [5, 6, 7]


@pytest.mark.parametrize(
    "unit, amount, spent",
    [
        ("samples", None, ("work/samples", 180)),
        ("gradient_equivalents", None, ("work/gradient_equivalents", 180)),
        ("gradient_equivalents", 500, ("work/gradient_equivalents", 500)),
        ("epochs", 3, ("work/samples", 270)),
    ],
)
def test_a_budget_ends_every_run_alike(
    command: Command, unit: str, amount: int | None, spent: tuple[str, int]
) -> None:
    more = [] if amount is None else [f"budget.amount={amount}"]
    words = [f"budget.unit={unit}", *more, "study.workers=0", "seed=1", "train.batch_size=10"]
    command("-m", "optim=sgd,adam", *SMALL, *words)
    ends = [record.history[spent[0]][1][-1] for record in records_of(studies()[0])]
    assert ends == [spent[1]] * 2
