"""`python run.py ...` in this process: what it trains, prints, and how it ends."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framework import app
from framework.app import parse, plugin_paths
from framework.conf import conf
from framework.tracking.folder import is_held

Command = Callable[..., Any]

PLUGIN = '''
from dataclasses import dataclass

from framework import Callback, hookimpl


@dataclass
class Ender(Callback):
    """Ends a run in the way it is told."""

    how: str = "nothing"

    @hookimpl
    def on_epoch_end(self, run, epoch):
        if self.how == "raise":
            raise ZeroDivisionError("no luck")
        if self.how == "interrupt":
            raise KeyboardInterrupt
        if self.how == "terminate":
            import os, signal
            os.kill(os.getpid(), signal.SIGTERM)

    @hookimpl
    def should_stop(self, run, epoch):
        return "the test says so" if self.how == "stop" else None


@hookimpl
def register_callbacks():
    return {"ender": Ender}
'''


def only_run() -> Path:
    (folder,) = Path("runs").iterdir()
    return folder


def result(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "result.json").read_text())
    return found


def last_metrics(folder: Path) -> dict[str, float]:
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    found: dict[str, float] = json.loads(lines[-1])["metrics"]
    return found


def test_the_default_run_learns_the_digits(command: Command) -> None:
    done = command()
    assert (done.status, done.err) == (0, "")
    assert result(only_run())["metrics"]["test/accuracy"] >= 0.95
    assert done.out.startswith("ce minimised by sgd: mlp on digits\n")
    assert "1,079 train / 359 val / 359 test" in done.out
    assert max(map(len, done.out.splitlines())) <= 80


def test_the_last_line_of_metrics_is_the_result_and_the_primary_comes_first(
    command: Command,
) -> None:
    command("train.epochs=2")
    metrics = last_metrics(only_run())
    assert metrics == result(only_run())["metrics"]
    assert next(iter(metrics)) == "val/accuracy"
    assert set(metrics) >= {"train/objective", "train/gradient_norm", "test/loss", "work/seconds"}


def test_quiet_prints_nothing(command: Command) -> None:
    done = command("quiet=true", "train.epochs=1")
    assert (done.status, done.out, done.err) == (0, "", "")


def test_the_same_command_gives_the_same_numbers(command: Command) -> None:
    for _ in range(2):
        command("train.epochs=2", "quiet=true")
    first, second = (last_metrics(folder) for folder in Path("runs").iterdir())
    times = {"work/seconds"}
    assert {k: v for k, v in first.items() if k not in times} == {
        k: v for k, v in second.items() if k not in times
    }


def test_divergence_fails_with_the_place_where_it_arose(command: Command) -> None:
    done = command("optim.lr=1e9", "model.activation=relu", "quiet=true")
    assert done.status == 1
    assert done.err.startswith("failed: epoch 1, step ")
    assert "arose in the output of layer" in done.err
    assert done.err.count("\n") == 1
    assert result(only_run())["status"] == "FAILED"
    assert not is_held(only_run() / "run.lock")


@pytest.mark.parametrize(
    ("how", "status", "state", "reason"),
    [
        (
            "raise",
            1,
            "FAILED",
            "callbacks.ender failed: ZeroDivisionError: no luck; "
            "callbacks.ender.enabled=false runs without it",
        ),
        ("interrupt", 130, "KILLED", "interrupted from the keyboard"),
        ("terminate", 130, "KILLED", "ended by SIGTERM"),
        ("stop", 0, "FINISHED", None),
    ],
)
def test_however_a_run_ends_it_is_recorded(
    command: Command, how: str, status: int, state: str, reason: str | None
) -> None:
    Path("ender.py").write_text(PLUGIN)
    handler = signal.getsignal(signal.SIGTERM)
    done = command("plugins.paths=[ender.py]", f"callbacks.ender.how={how}", "quiet=true")
    assert done.status == status
    end = result(only_run())
    assert (end["status"], end["reason"]) == (state, reason)
    assert signal.getsignal(signal.SIGTERM) is handler
    assert how != "stop" or end["stopped"] == "the test says so"


def test_a_sweep_goes_on_after_a_failed_run(command: Command) -> None:
    done = command(
        "-m",
        "model=linear",
        "optim.lr=1e300,0.1",
        "objective.l2=1",
        "train.epochs=1",
        "study.workers=0",
    )
    assert done.status == 1
    assert done.err.startswith("failed: optim.lr=1e+300: ")
    assert "2/2" in done.out
    (session,) = Path("runs").iterdir()
    assert result(session)["status"] == "FAILED"
    assert "1 of 2 runs failed" in result(session)["reason"]


def test_a_sweep_with_a_value_out_of_range_starts_nothing(command: Command) -> None:
    done = command("-m", "model=linear", "optim.lr=-1,0.1", "train.epochs=1")
    assert (done.status, done.err) == (2, "error: optim.lr=-1: a learning rate is > 0\n")
    assert not Path("runs").exists()


def test_a_sweep_with_an_unknown_name_starts_nothing(command: Command) -> None:
    done = command("-m", "loss=ce,hinge2")
    assert done.status == 2
    assert done.err.startswith("error: loss=hinge2: no such loss")
    assert "ce, " in done.err
    assert not Path("runs").exists()


def test_words_that_are_no_overrides_are_left_to_hydra() -> None:
    words = ["--multirun", "a=1", "b=[x,y]", "b=[", "+c.d='e f'"]
    assert [o.key_or_group for o in parse(words)] == ["a", "b", "c.d"]


def test_plugin_paths_are_read_by_hydras_grammar(workplace: Path) -> None:
    for name in ("a b.py", "c.py"):
        Path(name).write_text("")
    assert plugin_paths(parse(["plugins.paths=['a b.py',c.py]"])) == ["a b.py", "c.py"]
    assert plugin_paths(parse(["loss=ce"])) == []


def test_the_configuration_is_found() -> None:
    assert (conf() / "config.yaml").is_file()


def test_a_word_that_is_being_typed_is_completed(
    workplace: Path,
    hydra_restore_singletons: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in (("COMP_LINE", "run.py loss=squared_h"), ("COMP_POINT", "21")):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["run.py", "-sc", "query=bash"])
    assert app.main() == 0
    assert capsys.readouterr().out.split() == ["loss=squared_hinge"]


@pytest.mark.parametrize("word", ["hydra.mode=MULTIRUN", "hydra/launcher=joblib"])
def test_hydras_own_sweeps_are_refused(command: Command, word: str) -> None:
    done = command("optim.lr=0.1", word)
    assert done.status == 2
    assert done.err.startswith(f"error: {word}: studies are run by this framework")
