"""The process beside the training, from its start to its end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from framework.tracking import syncer
from framework.tracking.folder import Lock, RunFolder, Session, read_json


def test_it_follows_a_command_to_its_end(
    tmp_path: Path,
    begin_run: Callable[..., RunFolder],
    write_model: Callable[[Path], None],
    uri: str,
) -> None:
    with Session.create(tmp_path / "runs") as session:
        process = syncer.start(session.path)
        with begin_run(session) as run:
            write_model(run.path)
            run.finish("FINISHED", None, "done", {"test/accuracy": 1.0})
    assert process.wait() == 0, (session.path / "sync.log").read_text()
    entry = read_json(session.path / "mlflow.json")
    assert entry is not None and entry["complete"]
    client = MlflowClient(uri)
    assert client.get_run(entry["run_id"]).info.status == "FINISHED"
    figures = [file.path for file in client.list_artifacts(entry["run_id"], "figures")]
    assert figures == [
        "figures/confusion_matrix.png",
        "figures/decision_regions.png",
        "figures/learning_curves.png",
        "figures/predictions.png",
    ]


def test_an_unreachable_server_ends_it_with_a_failure(
    tmp_path: Path, begin_run: Callable[..., RunFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(syncer.ENVIRONMENT, "MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    away = {"uri": "http://127.0.0.1:9", "experiment": "tests"}
    with Session.create(tmp_path / "runs") as session, begin_run(session, tracking=away) as run:
        run.finish("FINISHED", None, "done", {})
    assert syncer.start(session.path).wait() == 1
    assert "MLflow store http://127.0.0.1:9: " in (session.path / "sync.log").read_text()
    assert not (session.path / "mlflow.json").exists()


def test_only_one_is_at_work_in_a_folder(tmp_path: Path, capsys: Any) -> None:
    with Session.create(tmp_path / "runs") as session, Lock(session.path / "sync.lock"):
        assert syncer.main([str(session.path)]) == 0
    assert f"{session.path}: another syncer is at work here" in capsys.readouterr().out
