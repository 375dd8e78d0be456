"""Run folders as a training process writes them, and a store that costs its seconds once."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framework.data import Standardizer
from framework.links import LINKS
from framework.predictor import Predictor
from framework.registry import discover
from framework.tasks import Task
from framework.tracking.folder import RunFolder, Session
from framework.tracking.session_copy import SessionCopy
from framework.tracking.store import connect, database_path

START = 1_700_000_000_000
CLASSES = ("left", "right")


@pytest.fixture(scope="session")
def fresh_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store, its write-ahead log folded into the one file."""
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    connect(f"sqlite:///{path}")
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


@pytest.fixture
def uri(fresh_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store of the test's own, in a folder whose name has a space."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    folder = tmp_path / "a store"
    folder.mkdir()
    shutil.copy(fresh_store, folder / "mlflow.db")
    return f"sqlite:///{folder / 'mlflow.db'}"


@pytest.fixture
def description(uri: str) -> Callable[..., dict[str, Any]]:
    """What run.json says of a small run; keywords replace entries."""

    def make(**changes: Any) -> dict[str, Any]:
        params = {"loss": "ce", "optim": "sgd", "model": "linear", "data": "line", "seed": "0"}
        return {
            "name": "ce sgd linear line seed=0",
            "start_time": START,
            "params": {**params, "long": "x" * 7_000, "odd[0]": "1"},
            "tags": {"mlflow.user": "gauss", "git.commit": "abc"},
            "description": "# A run",
            "dataset": {
                "name": "line",
                "digest": "d" * 40,
                "source": "made up",
                "splits": {"train": 4, "test": 2},
                "features": ["x", "y"],
                "classes": list(CLASSES),
                "kind": "binary",
                "inputs": [2],
            },
            "primary": "test/accuracy",
            "tracking": {"uri": uri, "experiment": "tests"},
            **changes,
        }

    return make


@pytest.fixture
def trained() -> Predictor:
    """Says "right" where the first input is positive: z = x W with W = (2, 0)."""
    task = Task("binary", (2,), CLASSES)
    network = discover().get("model", "linear").cls().build((2,), 1)
    theta = np.array([2.0, 0.0, 0.0])
    return Predictor(network, theta, LINKS["sigmoid"], task, Standardizer.identity((2,)))


@pytest.fixture
def write_model(trained: Predictor) -> Callable[[Path], None]:
    """Write the model and its evaluation into a run folder."""

    def write(folder: Path) -> None:
        trained.save(folder / "model", discover().get("model", "linear"), {})
        evaluation = {}
        for split, xs in {"train": [-2.0, -1.0, 1.0, 2.0], "test": [-1.5, 1.5]}.items():
            inputs = np.array([[x, x * x] for x in xs])
            evaluation[f"{split}_inputs"] = inputs
            evaluation[f"{split}_targets"] = (inputs[:, 0] > 0).astype(int)
            evaluation[f"{split}_outputs"] = trained.outputs(inputs)
        np.savez(folder / "evaluation.npz", **evaluation)

    return write


@pytest.fixture
def begin_run(description: Callable[..., dict[str, Any]]) -> Callable[..., RunFolder]:
    """A run of a session, started and with two evaluations, still alive."""

    def begin(session: Session, number: int | None = None, **changes: Any) -> RunFolder:
        run = session.new_run(number)
        run.start(description(**changes), "seed: 0\n")
        run.log(0, {"train/loss": 0.7, "test/accuracy": 0.5})
        run.log(1, {"train/loss": float("inf"), "test/accuracy": 1.0})
        return run

    return begin


@pytest.fixture
def single_run(
    tmp_path: Path, begin_run: Callable[..., RunFolder], write_model: Callable[[Path], None]
) -> Path:
    """The folder of a run that ended well, its command over."""
    with Session.create(tmp_path / "runs") as session, begin_run(session) as run:
        write_model(run.path)
        run.finish("FINISHED", None, "2 epochs were asked for", {"test/accuracy": 1.0})
    return session.path


@pytest.fixture
def bring() -> Callable[[Path], list[str]]:
    """Bring a session to MLflow once, from scratch as a new process would; returns the problems."""

    def act(session: Path) -> list[str]:
        problems: list[str] = []
        SessionCopy(session, problems.append).advance()
        return problems

    return act


@pytest.fixture
def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing takes most of the time of a test that is about something else."""
    monkeypatch.setattr("framework.tracking.drawing.drawers", lambda folder: {})


@pytest.fixture
def artifacts_below(uri: str) -> Path:
    database = database_path(uri)
    assert database is not None
    return database.parent / "mlartifacts"
