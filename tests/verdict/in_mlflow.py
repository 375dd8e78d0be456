"""A study in an MLflow store, made once in a process, beside runs of other code.

Values are made up: final accuracies ENDS, which a curve of three evaluations leads to. The parent has the
verdict.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from framework.tracking.folder import Session
from framework.tracking.session_copy import SessionCopy
from framework.verdict.judge import Question, judge
from framework.verdict.published import publish
from framework.verdict.recorded import from_folder

START = 1_700_000_000_000
ENDS = {
    "loss=ce": [0.91, 0.93, 0.92, 0.95, 0.94, 0.96],
    "loss=mse": [0.81, 0.82, 0.85, 0.83, 0.80, 0.84],
}
SEEDS = range(6)
PICTURE = base64.b64decode(  # one pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
COMMAND = "-m loss=ce,mse 'seed=range(6)'"


@dataclass(frozen=True)
class InMlflow:
    """folder: the study's. theirs: name of an experiment with runs of other code."""

    folder: Path
    uri: str
    theirs: str = "theirs"

    @property
    def client(self) -> MlflowClient:
        return MlflowClient(self.uri)

    def id_of(self, name: str = "") -> str:
        """Of the MLflow run of a run folder, or of the study."""
        return str(json.loads((self.folder / name / "mlflow.json").read_text())["run_id"])


class NoPainter:
    """Draws nothing: the tests that use this are about something else."""

    def begin(self, folder: Path) -> None:
        pass

    def wait(self, folder: Path) -> None:
        pass


@pytest.fixture(scope="session")
def in_mlflow(tmp_path_factory: pytest.TempPathFactory) -> InMlflow:
    """Not to be written to."""
    root = tmp_path_factory.getbasetemp() / "a store"
    uri = f"sqlite:///{root / 'mlflow.db'}"
    made = list(root.glob("runs/*"))
    return InMlflow(made[0], uri) if made else InMlflow(_made(root, uri), uri)


def _made(root: Path, uri: str) -> Path:
    study = {
        "name": "Which loss?",
        "start_time": START,
        "params": {"command": COMMAND, "factors": "loss", "seeds": "6"},
        "tags": {},
        "tracking": {"uri": uri, "experiment": "training-choices"},
    }
    with Session.create(root / "runs", study) as session:
        number = 0
        for seed in SEEDS:
            for label, ends in ENDS.items():
                _write_run(session, number, uri, label, seed, ends[seed])
                number += 1
        _write_run(session, number, uri, "loss=ce", 6, 0.2, status="FAILED")
        _write_run(session, number + 1, uri, "loss=ce", 100, 0.5, phase="tuning")
        _judge(session.path)
        session.finish("FAILED", "1 of 13 runs failed")
    problems: list[str] = []
    SessionCopy(session.path, problems.append, painter=NoPainter(), publish=publish).advance()
    assert problems == []
    _write_theirs(MlflowClient(uri))
    return session.path


def _write_run(
    session: Session,
    number: int,
    uri: str,
    label: str,
    seed: int,
    end: float,
    status: str = "FINISHED",
    phase: str = "final",
) -> None:
    loss = label.partition("=")[2]
    params = {"loss": loss, "optim": "sgd", "seed": str(seed), "study": session.path.name}
    hashes = {f"pairing.{what}": f"{what}:{seed}" for what in ("split", "batches", "init")}
    run = {
        "name": f"{loss} sgd seed={seed}",
        "label": label,
        "phase": phase,
        "figures": False,
        "identity": f"{label} {seed}",
        "start_time": START + number,
        "params": params,
        "tags": {"higher_is_better": "accuracy", **hashes},
        "dataset": {
            "name": "line",
            "digest": "d",
            "source": "made up",
            "splits": {"train": 4, "val": 2, "test": 2},
            "kind": "binary",
            "inputs": [2],
        },
        "primary": "val/accuracy",
        "tracking": {"uri": uri, "experiment": "training-choices"},
    }
    with session.new_run(number) as folder:
        folder.start(run, f"seed: {seed}\n")
        for epoch in (0, 1, 2):
            last = _metrics(epoch, end)
            folder.log(epoch, last)
        stopped = "diverged" if status == "FAILED" else "the budget is spent"
        folder.finish(status, "not finite" if status == "FAILED" else None, stopped, last)


def _metrics(epoch: int, end: float) -> dict[str, float]:
    value = end - (0.4, 0.1, 0.0)[epoch]
    work = {"steps": 2.0, "samples": 100.0, "gradient_equivalents": 100.0, "seconds": 0.01}
    counted = {f"work/{name}": each * epoch for name, each in work.items()}
    return {
        "val/accuracy": value - 0.01,
        "test/accuracy": value,
        "train/loss": 1 - value,
        **counted,
    }


def _judge(study: Path) -> None:
    question = Question("Which loss?", f"python run.py {COMMAND}", ("loss",))
    verdict = judge(from_folder(study), question)
    (study / "verdict.json").write_text(verdict.to_json())
    (study / "figures").mkdir()
    (study / "figures" / "curves.png").write_bytes(PICTURE)


def _write_theirs(client: MlflowClient) -> None:
    """Runs as somebody's own script logs them: two values of C, three seeds, one still running.

    In another experiment one run three times, which failed the last time.
    """
    place = client.create_experiment("theirs")
    given: list[tuple[Any, ...]] = [(c, seed) for c in ("1.0", "0.1") for seed in (0, 1, 2)]
    for c, seed in [*given, ("0.1", 3)]:
        run = client.create_run(place, run_name="svc").info.run_id
        client.log_param(run, "C", c)
        client.log_param(run, "random_state", str(seed))
        for step in (0, 1):
            client.log_metric(run, "val_acc", float(c) / 2 + seed / 100 + step / 10, step=step)
        if seed < 3:
            client.set_terminated(run)
    place = client.create_experiment("again")
    for status, value in (("FINISHED", 0.5), ("FINISHED", 0.6), ("FAILED", 0.7)):
        told = {"identity": "one", "level": "run"}
        run = client.create_run(place, tags=told).info.run_id
        client.log_metric(run, "accuracy", value)
        client.set_terminated(run, status)
