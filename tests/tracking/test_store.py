"""Opening a store."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from framework.tracking.store import (
    StoreError,
    absolute,
    connect,
    database_path,
    default_uri,
    experiment_id,
)

OPEN = """
import sys
from framework.tracking.store import connect, experiment_id
client = connect(sys.argv[1])
print(experiment_id(client, "shared"))
"""


def test_the_default_store_is_beside_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert default_uri() == f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mine.db")
    assert default_uri() == f"sqlite:///{tmp_path}/mine.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://server:5000")
    assert default_uri() == "http://server:5000"


def test_an_absolute_store_stays_what_it_is() -> None:
    assert absolute("sqlite:////a/b.db") == "sqlite:////a/b.db"
    assert database_path("sqlite:////a/b.db") == Path("/a/b.db")
    assert database_path("postgresql://server/db") is None


def test_several_processes_may_open_a_fresh_store_at_once(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path / 'new folder' / 'mlflow.db'}"
    command = [sys.executable, "-c", OPEN, uri]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, **pipes) for _ in range(4)]
    outputs = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, outputs
    assert len({out for out, _ in outputs}) == 1
    connection = sqlite3.connect(tmp_path / "new folder" / "mlflow.db")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_artifacts_have_an_absolute_place_beside_the_store(uri: str, artifacts_below: Path) -> None:
    client = connect(uri)
    found = client.get_experiment(experiment_id(client, "my runs / 2"))
    assert found.name == "my runs / 2"
    assert found.artifact_location == (artifacts_below / "my-runs-2").as_uri()
    assert experiment_id(client, "my runs / 2") == found.experiment_id


def test_a_deleted_experiment_is_told_with_the_way_out(uri: str) -> None:
    client = connect(uri)
    client.delete_experiment(experiment_id(client, "old"))
    with pytest.raises(StoreError, match=r"^tracking\.experiment=old: .* experiments restore"):
        experiment_id(client, "old")


def test_a_store_out_of_reach_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(StoreError, match=r"MLflow store http://127\.0\.0\.1:9: "):
        connect("http://127.0.0.1:9")
