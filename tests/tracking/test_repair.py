"""Finishing what others left behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient

from framework.tracking.folder import Lock, RunFolder, Session, read_json
from framework.tracking.repair import repair

pytestmark = pytest.mark.usefixtures("without_figures")


def status(folder: Path, uri: str) -> str:
    entry = read_json(folder / "mlflow.json")
    assert entry is not None
    return str(MlflowClient(uri).get_run(entry["run_id"]).info.status)


def test_a_run_that_nobody_sent_is_sent(single_run: Path, uri: str) -> None:
    assert repair(single_run.parent) == [(single_run, "brought to MLflow")]
    assert status(single_run, uri) == "FINISHED"
    assert repair(single_run.parent) == []


def test_there_may_be_no_runs_at_all(tmp_path: Path) -> None:
    assert repair(tmp_path / "runs") == []


def test_a_dead_run_is_failed(
    tmp_path: Path, uri: str, begin_run: Callable[..., RunFolder]
) -> None:
    with Session.create(tmp_path / "runs") as session, begin_run(session):
        pass
    said = f"brought to MLflow; ended without a result, so FAILED: {session.path.name}"
    assert repair(tmp_path / "runs") == [(session.path, said)]
    assert status(session.path, uri) == "FAILED"


def test_a_living_command_is_left_alone(
    tmp_path: Path, begin_run: Callable[..., RunFolder]
) -> None:
    with Session.create(tmp_path / "runs") as session, begin_run(session):
        said = "left alone: its command is running"
        assert repair(tmp_path / "runs") == [(session.path, said)]


def test_a_folder_in_the_hands_of_a_syncer_is_left_alone(single_run: Path) -> None:
    with Lock(single_run / "sync.lock"):
        said = "left alone: a syncer is at work here"
        assert repair(single_run.parent) == [(single_run, said)]


def test_another_store_takes_what_an_unreachable_one_did_not(
    tmp_path: Path,
    uri: str,
    begin_run: Callable[..., RunFolder],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    away = {"uri": "http://127.0.0.1:9", "experiment": "tests"}
    with Session.create(tmp_path / "runs") as session, begin_run(session, tracking=away) as run:
        run.finish("FINISHED", None, "done", {})
    ((folder, said),) = repair(tmp_path / "runs")
    assert folder == session.path
    assert said.startswith(f"incomplete: {session.path}: MLflow store http://127.0.0.1:9: ")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    assert repair(tmp_path / "runs") == [(session.path, "brought to MLflow")]
    assert status(session.path, uri) == "FINISHED"


def test_a_run_left_running_in_mlflow_is_closed(single_run: Path, uri: str) -> None:
    repair(single_run.parent)
    entry = read_json(single_run / "mlflow.json")
    assert entry is not None
    client = MlflowClient(uri)
    twin = client.create_run(
        entry["experiment_id"], tags={"framework.folder": single_run.name}
    ).info.run_id
    stranger = client.create_run(entry["experiment_id"]).info.run_id
    said = f"closed MLflow run {twin}, which was still RUNNING"
    assert repair(single_run.parent) == [(single_run, said)]
    assert client.get_run(twin).info.status == "FINISHED"
    assert client.get_run(stranger).info.status == "RUNNING"


def test_an_incomplete_folder_is_completed_in_place(single_run: Path) -> None:
    repair(single_run.parent)
    entry = read_json(single_run / "mlflow.json")
    assert entry is not None
    (single_run / "mlflow.json").write_text(json.dumps({**entry, "complete": False}))
    assert repair(single_run.parent) == [(single_run, "brought to MLflow")]
