"""Studies, and sessions in which something fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from mlflow import MlflowClient

from framework.tracking.folder import RunFolder, Session, read_json
from framework.tracking.session_copy import SessionCopy
from framework.tracking.store import connect

pytestmark = pytest.mark.usefixtures("without_figures")


@pytest.fixture
def study(uri: str) -> dict[str, object]:
    return {
        "name": "losses",
        "start_time": 1_700_000_000_000,
        "description": "**Which loss?**",
        "params": {"loss": "ce,mse"},
        "tags": {"mlflow.user": "gauss"},
        "tracking": {"uri": uri, "experiment": "tests"},
    }


def run_id(folder: Path) -> str:
    entry = read_json(folder / "mlflow.json")
    assert entry is not None
    return str(entry["run_id"])


def test_figures_of_a_study_are_the_parents_and_one_that_fails_costs_no_status(
    tmp_path: Path,
    uri: str,
    study: dict[str, object],
    begin_run: Callable[..., RunFolder],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Session.create(tmp_path / "runs", study) as session:
        with begin_run(session, 0) as run:
            run.finish("FINISHED", None, "done", {})
        session.finish("FINISHED")

    def fail() -> None:
        raise ZeroDivisionError("no such figure")

    def drawers(folder: Path) -> dict[str, object]:
        whole = {"broken": fail, "whole": lambda: {"comparison": Figure()}}
        return whole if folder == session.path else {}

    monkeypatch.setattr("framework.tracking.drawing.drawers", drawers)
    problems: list[str] = []
    copy = SessionCopy(session.path, problems.append)
    copy.advance()
    (problem,) = problems
    assert "no such figure" in problem and not copy.complete and copy.settled
    client, parent = MlflowClient(uri), run_id(session.path)
    assert client.get_run(parent).info.status == "FINISHED"
    found = [file.path for file in client.list_artifacts(parent, "figures")]
    assert found == ["figures/comparison.png"]


def test_a_study_is_the_parent_of_its_runs_and_ends_last(
    tmp_path: Path, uri: str, study: dict[str, object], begin_run: Callable[..., RunFolder]
) -> None:
    problems: list[str] = []
    with Session.create(tmp_path / "runs", study) as session:
        copy = SessionCopy(session.path, problems.append)
        for number in (0, 1):
            with begin_run(session, number) as run:
                run.finish("FINISHED", None, "done", {})
        copy.advance()
        client = MlflowClient(uri)
        parent = client.get_run(run_id(session.path))
        assert (parent.info.run_name, parent.info.status) == ("losses", "RUNNING")
        assert parent.data.params == {"loss": "ce,mse"}
        assert parent.data.tags["mlflow.note.content"] == "**Which loss?**"
        assert not copy.settled
        session.finish("FINISHED")
    copy.advance()
    assert problems == [] and copy.complete and copy.settled
    assert client.get_run(run_id(session.path)).info.status == "FINISHED"
    for number in ("0", "1"):
        child = client.get_run(run_id(session.path / number))
        assert child.info.status == "FINISHED"
        assert child.data.tags["mlflow.parentRunId"] == run_id(session.path)
        assert child.data.tags["framework.folder"] == f"{session.path.name}/{number}"


def test_a_study_whose_command_died_is_failed(
    tmp_path: Path, uri: str, study: dict[str, object], bring: Callable[[Path], list[str]]
) -> None:
    with Session.create(tmp_path / "runs", study) as session:
        pass
    assert bring(session.path) == []
    assert MlflowClient(uri).get_run(run_id(session.path)).info.status == "FAILED"


def test_a_run_that_cannot_be_sent_does_not_hold_up_the_others(
    tmp_path: Path, study: dict[str, object], begin_run: Callable[..., RunFolder]
) -> None:
    problems: list[str] = []
    with Session.create(tmp_path / "runs", study) as session:
        for number, params in ((0, {"": "no name"}), (1, {"loss": "ce"})):
            with begin_run(session, number, params=params) as run:
                run.finish("FINISHED", None, "done", {})
        session.finish("FINISHED")
    copy = SessionCopy(session.path, problems.append)
    copy.advance()
    assert [problem.partition(":")[0] for problem in problems] == [str(session.path / "0")]
    assert copy.settled and not copy.complete
    complete = [read_json(session.path / name / "mlflow.json") for name in ("0", "1")]
    assert [entry and entry["complete"] for entry in complete] == [False, True]


def test_a_session_in_which_nothing_started_is_settled(tmp_path: Path) -> None:
    with Session.create(tmp_path / "runs") as session:
        copy = SessionCopy(session.path, pytest.fail)
        copy.advance()
    copy.advance()
    assert copy.settled and copy.complete


def test_a_store_out_of_reach_is_asked_once(
    tmp_path: Path,
    study: dict[str, object],
    begin_run: Callable[..., RunFolder],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    asked = []

    def counted(uri: str) -> MlflowClient:
        asked.append(uri)
        return connect(uri)

    monkeypatch.setattr("framework.tracking.entry.connect", counted)
    away = {"uri": "http://127.0.0.1:9", "experiment": "tests"}
    problems: list[str] = []
    with Session.create(tmp_path / "runs", {**study, "tracking": away}) as session:
        for number in range(3):
            with begin_run(session, number, tracking=away) as run:
                run.finish("FINISHED", None, "done", {})
    copy = SessionCopy(session.path, problems.append)
    copy.advance()
    assert asked == ["http://127.0.0.1:9"]
    assert len(problems) == 4 and all("MLflow store http://127.0.0.1:9" in p for p in problems)
    assert copy.settled and not copy.complete
