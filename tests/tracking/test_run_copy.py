"""What of a run arrives in MLflow, read back through its own client."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from mlflow import MlflowClient
from mlflow.entities import Run

from framework.tracking.entry import legal
from framework.tracking.folder import RunFolder, Session, read_json
from framework.tracking.run_copy import DIED

pytestmark = pytest.mark.usefixtures("without_figures")

Bring = Callable[[Path], list[str]]
LARGEST = 1.7976931348623157e308


def in_mlflow(folder: Path) -> tuple[MlflowClient, Run]:
    entry = read_json(folder / "mlflow.json")
    assert entry is not None
    client = MlflowClient(entry["uri"])
    return client, client.get_run(entry["run_id"])


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_everything_arrives(single_run: Path, bring: Bring, artifacts_below: Path) -> None:
    assert bring(single_run) == []
    client, run = in_mlflow(single_run)
    result = read_json(single_run / "result.json")
    assert result is not None
    assert run.info.run_name == "ce sgd linear line seed=0"
    assert (run.info.status, run.info.start_time) == ("FINISHED", 1_700_000_000_000)
    assert run.info.end_time == result["end_time"]
    assert run.data.params["loss"] == "ce" and run.data.params["odd_0_"] == "1"
    assert len(run.data.params["long"]) == 6_000 and run.data.params["long"].endswith("…")
    assert run.data.tags["mlflow.user"] == "gauss" and run.data.tags["git.commit"] == "abc"
    assert run.data.tags["mlflow.note.content"] == "# A run"
    assert run.data.tags["framework.folder"] == single_run.name
    assert run.data.tags["stopped"] == "2 epochs were asked for"
    assert "reason" not in run.data.tags
    assert {file.path for file in client.list_artifacts(run.info.run_id)} >= {
        "config.yaml",
        "metrics.jsonl",
    }
    assert run.info.artifact_uri.startswith(artifacts_below.as_uri())


def test_metrics_keep_their_steps_and_times(single_run: Path, bring: Bring) -> None:
    bring(single_run)
    client, run = in_mlflow(single_run)
    written = lines(single_run)
    for name, second in (("train/loss", LARGEST), ("test/accuracy", 1.0)):
        history = client.get_metric_history(run.info.run_id, name)
        points = [(p.step, p.timestamp, p.value) for p in history]
        assert points == [
            (0, written[0]["time"], written[0]["metrics"][name]),
            (1, written[1]["time"], second),
        ]


def test_the_data_are_an_input_of_the_run(single_run: Path, bring: Bring) -> None:
    bring(single_run)
    (data,) = in_mlflow(single_run)[1].inputs.dataset_inputs
    assert (data.dataset.name, data.dataset.digest) == ("line", "d" * 36)
    assert json.loads(data.dataset.source) == {"uri": "made up"}
    assert [c["name"] for c in json.loads(data.dataset.schema)["mlflow_colspec"]] == [
        "x",
        "y",
        "target",
    ]
    profile = json.loads(data.dataset.profile)
    assert profile["num_rows"] == 6 and profile["num_rows_test"] == 2
    assert [(tag.key, tag.value) for tag in data.tags] == [("mlflow.data.context", "training")]


def test_sending_twice_changes_nothing(single_run: Path, bring: Bring) -> None:
    bring(single_run)
    client, before = in_mlflow(single_run)
    entry = read_json(single_run / "mlflow.json")
    assert entry is not None
    (single_run / "mlflow.json").write_text(json.dumps({**entry, "complete": False}))
    assert bring(single_run) == []
    after = in_mlflow(single_run)[1]
    assert after.to_dictionary() == before.to_dictionary()
    assert len(client.get_metric_history(before.info.run_id, "test/accuracy")) == 2
    assert len(client.search_runs([before.info.experiment_id])) == 1
    assert len(client.search_logged_models([before.info.experiment_id])) == 1


def test_a_run_that_was_made_but_not_written_down_is_found(single_run: Path, bring: Bring) -> None:
    bring(single_run)
    run = in_mlflow(single_run)[1]
    entry = read_json(single_run / "mlflow.json")
    assert entry is not None
    unknown = {**entry, "run_id": None, "complete": False}
    (single_run / "mlflow.json").write_text(json.dumps(unknown))
    bring(single_run)
    assert in_mlflow(single_run)[1].info.run_id == run.info.run_id


def test_a_run_is_seen_while_it_lives(
    tmp_path: Path, bring: Bring, begin_run: Callable[..., RunFolder]
) -> None:
    with Session.create(tmp_path / "runs") as session, begin_run(session) as run:
        assert bring(session.path) == []
        found = in_mlflow(run.path)[1]
        assert found.info.status == "RUNNING"
        assert found.data.metrics["test/accuracy"] == 1.0
        run.finish("KILLED", "interrupted", "by hand", {})
        bring(session.path)
        found = in_mlflow(run.path)[1]
        assert (found.info.status, found.data.tags["reason"]) == ("KILLED", "interrupted")


def test_a_final_value_that_differs_is_the_one_that_is_shown(
    tmp_path: Path, bring: Bring, begin_run: Callable[..., RunFolder]
) -> None:
    with Session.create(tmp_path / "runs") as session, begin_run(session) as run:
        run.finish("FINISHED", None, "done", {"test/accuracy": 0.75, "extra": 3.0})
    bring(session.path)
    metrics = in_mlflow(session.path)[1].data.metrics
    assert (metrics["test/accuracy"], metrics["extra"]) == (0.75, 3.0)


def test_a_dead_run_is_failed_with_what_it_wrote(
    tmp_path: Path, bring: Bring, begin_run: Callable[..., RunFolder]
) -> None:
    with Session.create(tmp_path / "runs") as session, begin_run(session) as run:
        pass
    with (run.path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 2, "ti')
    assert bring(session.path) == []
    client, found = in_mlflow(run.path)
    assert (found.info.status, found.data.tags["reason"]) == ("FAILED", DIED)
    assert found.info.end_time is not None
    assert len(client.get_metric_history(found.info.run_id, "test/accuracy")) == 2


def test_many_metrics_go_in_portions(
    tmp_path: Path, bring: Bring, begin_run: Callable[..., RunFolder]
) -> None:
    with Session.create(tmp_path / "runs") as session, begin_run(session) as run:
        for step in range(2, 502):
            run.log(step, {f"m{index}": step for index in range(5)})
        run.finish("FINISHED", None, "done", {})
    assert bring(session.path) == []
    client, found = in_mlflow(run.path)
    history = client.get_metric_history(found.info.run_id, "m4")
    assert [point.step for point in history] == list(range(2, 502))


def test_a_picture_that_is_drawn_anew_is_not_drawn_into_another_runs(
    single_run: Path, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = single_run.parent / "another run's.png"
    other.write_bytes(b"another run's")
    (single_run / "figures").mkdir()
    (single_run / "figures" / "whole.png").hardlink_to(other)
    drawers = {"mine": lambda: {"whole": Figure()}}
    monkeypatch.setattr("framework.tracking.drawing.drawers", lambda folder: drawers)
    assert bring(single_run) == []
    assert other.read_bytes() == b"another run's"
    assert [path.name for path in (single_run / "figures").iterdir()] == ["whole.png"]
    assert (single_run / "figures" / "whole.png").read_bytes().startswith(b"\x89PNG")


def test_a_name_that_is_too_long_keeps_its_ends_and_stays_apart_from_others() -> None:
    long = [f"{'first' * 40} - {middle}{'second' * 40}/test/accuracy.low" for middle in "ab"]
    short = {legal(name) for name in long}
    assert {len(name) for name in short} == {250} and len(short) == 2
    for name in short:
        assert name.startswith("firstfirst") and name.endswith("second/test/accuracy.low")
    assert legal("a" * 250) == "a" * 250 and legal("x[0]") == "x_0_"


def test_a_figure_that_fails_costs_neither_status_nor_model(
    single_run: Path, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("no such figure")

    drawers = {"broken": fail, "whole": lambda: {"whole": Figure()}}
    monkeypatch.setattr("framework.tracking.drawing.drawers", lambda folder: drawers)
    (problem,) = bring(single_run)
    assert problem.startswith(f"{single_run}: figures: ") and "no such figure" in problem
    assert "callbacks.broken.enabled=false draws the others alone" in problem
    client, run = in_mlflow(single_run)
    assert run.info.status == "FINISHED"
    drawn = client.list_artifacts(run.info.run_id, "figures")
    assert [file.path for file in drawn] == ["figures/whole.png"]
    assert len(client.search_logged_models([run.info.experiment_id])) == 1
    entry = read_json(single_run / "mlflow.json")
    assert entry is not None and entry["complete"] is False
    assert np.isfinite(run.data.metrics["test/accuracy"])
