"""A study in MLflow: study -> arms -> runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from framework.tracking.folder import RunFolder, Session, read_json
from framework.tracking.record import Record
from framework.tracking.repair import repair
from framework.tracking.session_copy import SessionCopy

pytestmark = pytest.mark.usefixtures("without_figures")

Bring = Callable[[Path], list[str]]
ENDS = {  # number -> arm, seed, phase, accuracy at the end, status
    0: ("loss=ce", 0, "final", 0.9, "FINISHED"),
    1: ("loss=mse", 0, "final", 0.7, "FAILED"),
    2: ("loss=ce", 1, "final", 0.8, "FINISHED"),
    3: ("loss=ce", 7, "tuning", 0.1, "FINISHED"),
}


def run_id(path: Path) -> str:
    entry = read_json(path)
    assert entry is not None
    return str(entry["run_id"])


def runs_of(client: MlflowClient, study: Path) -> dict[str, Run]:
    """All MLflow runs, by name and identity."""
    found = client.search_runs([str((read_json(study / "mlflow.json") or {})["experiment_id"])])
    return {run.data.tags["framework.folder"]: run for run in found}


@pytest.fixture
def study(uri: str) -> dict[str, Any]:
    return {
        "name": "losses",
        "start_time": 1_700_000_000_000,
        "params": {"command": "-m loss=ce,mse", "factors": "loss", "seeds": "2"},
        "tags": {"mlflow.user": "gauss"},
        "tracking": {"uri": uri, "experiment": "tests"},
    }


@pytest.fixture
def folder(tmp_path: Path, study: dict[str, Any], description: Callable[..., Any]) -> Path:
    """A study of two arms that is over: one run diverged, one is a trial of a search."""
    with Session.create(tmp_path / "runs", study) as session:
        for number, (label, seed, phase, end, status) in ENDS.items():
            write_run(session, number, description, label, seed, phase, end, status)
        session.finish("FINISHED")
    return session.path


def write_run(
    session: Session,
    number: int,
    description: Callable[..., Any],
    label: str,
    seed: int,
    phase: str = "final",
    end: float = 0.5,
    status: str = "FINISHED",
    params: Mapping[str, str] = {},
) -> None:
    params = {"loss": label.partition("=")[2], "optim": "sgd", "seed": str(seed), **params}
    told = {"label": label, "phase": phase, "figures": False, "name": f"{label} seed={seed}"}
    with session.new_run(number) as run:
        run.start(description(params=params, **told, identity=f"id{number}"), "seed: 0\n")
        for step in (0, 1):
            values = {"train/loss": 1.0 - step, "test/accuracy": end * step}
            run.log(step, {**values, "work/samples": 50.0 * step})
        stopped = "done" if status == "FINISHED" else "diverged"
        run.finish(status, None, stopped, {"test/accuracy": end})


def test_arms_stand_between_the_study_and_its_runs(folder: Path, uri: str, bring: Bring) -> None:
    assert bring(folder) == []
    runs = runs_of(MlflowClient(uri), folder)
    levels = [run.data.tags["level"] for run in runs.values()]
    assert sorted(levels) == ["arm", "arm", "run", "run", "run", "run", "study"]
    arms = {r.info.run_name: r for r in runs.values() if r.data.tags["level"] == "arm"}
    assert sorted(arms) == ["loss=ce", "loss=mse"]
    parent = runs[folder.name].info.run_id
    assert {arm.data.tags["mlflow.parentRunId"] for arm in arms.values()} == {parent}
    for number, (label, _, phase, _, _) in ENDS.items():
        run = runs[f"{folder.name}/{number}"]
        assert run.data.tags["mlflow.parentRunId"] == arms[label].info.run_id
        assert (run.data.tags["label"], run.data.tags["phase"]) == (label, phase)
        assert run.data.tags["identity"] == f"id{number}"
    assert runs[f"{folder.name}/3"].info.run_name == "loss=ce seed=7 tuning"


def test_an_arm_has_what_its_final_runs_share_and_their_mean(
    folder: Path, uri: str, bring: Bring
) -> None:
    bring(folder)
    client = MlflowClient(uri)
    arms = {r.info.run_name: r for r in runs_of(client, folder).values()}
    arm = arms["loss=ce"]
    params = {"arm": "loss=ce", "loss": "ce", "optim": "sgd", "study": folder.name, "seeds": "2"}
    assert arm.data.params == params
    assert (arm.info.status, arm.data.tags["reason"]) == ("FINISHED", "of 2 runs: 2 finished")
    history = client.get_metric_history(arm.info.run_id, "test/accuracy.mean")
    assert [(point.step, point.value) for point in history] == [(0, 0.0), (1, pytest.approx(0.85))]
    by_samples = client.get_metric_history(arm.info.run_id, "test/accuracy.by_samples.mean")
    assert [point.step for point in by_samples] == [0, 50]
    lost = arms["loss=mse"]
    assert (lost.info.status, lost.data.tags["reason"]) == ("FAILED", "of 1 runs: 1 diverged")
    assert lost.data.metrics == {}


def test_each_curve_is_there_once_for_each_axis(folder: Path, uri: str, bring: Bring) -> None:
    bring(folder)
    client = MlflowClient(uri)
    first = run_id(folder / "0" / "mlflow.json")
    for name, steps in (("test/accuracy", [0, 1]), ("test/accuracy.by_samples", [0, 50])):
        points = client.get_metric_history(first, name)
        assert [(point.step, point.value) for point in points] == list(
            zip(steps, [0.0, 0.9], strict=True)
        )


def test_what_was_cut_off_is_found_again_and_nothing_is_sent_twice(
    folder: Path, uri: str, bring: Bring
) -> None:
    bring(folder)
    client = MlflowClient(uri)
    before = {name: run.to_dictionary() for name, run in runs_of(client, folder).items()}
    for path in [*folder.glob("mlflow*.json"), *folder.glob("*/mlflow.json")]:
        lost = {"run_id": None} if "arm" in path.name else {}
        path.write_text(json.dumps({**(read_json(path) or {}), **lost, "complete": False}))
    assert bring(folder) == []
    assert {name: run.to_dictionary() for name, run in runs_of(client, folder).items()} == before
    ids = {r.info.run_name: r.info.run_id for r in runs_of(client, folder).values()}
    for arm, steps in (("loss=ce", [0, 1]), ("loss=mse", [])):  # that of mse diverged
        means = client.get_metric_history(ids[arm], "work/samples.mean")
        assert [point.step for point in means] == steps


def test_a_run_without_a_result_is_not_over_while_its_command_may_still_say_how_it_ended(
    tmp_path: Path, uri: str, study: dict[str, Any], begin_run: Callable[..., RunFolder]
) -> None:
    problems: list[str] = []
    with Session.create(tmp_path / "runs", study) as session:
        copy = SessionCopy(session.path, problems.append)
        with begin_run(session, 0, figures=False) as run:
            pass  # its process was killed
        copy.advance()
        assert repair(tmp_path / "runs") == [(session.path, "left alone: its command is running")]
        client, sent = MlflowClient(uri), run_id(run.path / "mlflow.json")
        assert client.get_run(sent).info.status == "RUNNING"
        run.finish("KILLED", "ended by SIGTERM", "interrupted", {})
        session.finish("KILLED", "interrupted after 1 runs")
    copy.advance()
    found = client.get_run(sent)
    assert (found.info.status, found.data.tags["reason"]) == ("KILLED", "ended by SIGTERM")
    assert problems == [] and copy.complete


def test_a_reused_run_keeps_no_name_of_an_arm_that_it_was_of(
    tmp_path: Path, uri: str, study: dict[str, Any], description: Callable[..., Any], bring: Bring
) -> None:
    with Session.create(tmp_path / "runs", study) as session:
        write_run(session, 0, description, "new name", 0, params={"arm": "old name"})
        session.finish("FINISHED")
    bring(session.path)
    arms = [r for r in runs_of(MlflowClient(uri), session.path).values() if "arm" in r.data.params]
    assert {run.data.tags["level"]: run.data.params["arm"] for run in arms} == {
        "arm": "new name",
        "run": "old name",
    }


@pytest.mark.parametrize(
    "told", [{"params": {"seeds": "1"}}, {"params": {"seeds": "2"}, "repeated": False}]
)
def test_runs_of_one_seed_have_no_arms_between(
    tmp_path: Path,
    uri: str,
    study: dict[str, Any],
    description: Callable[..., Any],
    bring: Bring,
    told: dict[str, Any],
) -> None:
    study |= told
    with Session.create(tmp_path / "runs", study) as session:
        write_run(session, 0, description, "loss=ce", 0)
        write_run(session, 1, description, "loss=mse", 0)
        session.finish("FINISHED")
    assert bring(session.path) == []
    runs = runs_of(MlflowClient(uri), session.path)
    parent = runs[session.path.name].info.run_id
    children = [run for run in runs.values() if run.data.tags["level"] == "run"]
    assert len(runs) == 3
    assert {child.data.tags["mlflow.parentRunId"] for child in children} == {parent}


@pytest.mark.parametrize("told", [{"figures": False}, {"phase": "tuning"}])
def test_a_run_that_draws_nothing_is_not_drawn(
    told: dict[str, Any],
    tmp_path: Path,
    begin_run: Callable[..., RunFolder],
    write_model: Callable[[Path], None],
    bring: Bring,
    uri: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("framework.tracking.drawing.drawers", pytest.fail)
    monkeypatch.setattr("framework.tracking.model.log_model", _refuse_trials)
    with Session.create(tmp_path / "runs") as session, begin_run(session, **told) as run:
        write_model(run.path)
        run.finish("FINISHED", None, "done", {})
    assert bring(session.path) == []
    assert MlflowClient(uri).get_run(run_id(session.path / "mlflow.json")).info.status == "FINISHED"


def _refuse_trials(store: object, run_id: str, record: Record, step: int) -> None:
    assert record.phase == "final"
