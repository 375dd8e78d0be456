"""What MLflow has of a verdict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from framework.tracking.entry import Store
from framework.verdict.links import Links
from framework.verdict.published import VIEW, note, numbers, publish, shortened, view
from framework.verdict.verdict import Verdict
from tests.verdict.in_mlflow import PICTURE, InMlflow
from tests.verdict.in_mlflow import in_mlflow as in_mlflow


def verdict_of(in_mlflow: InMlflow) -> Verdict:
    return Verdict.from_json((in_mlflow.folder / "verdict.json").read_text())


def test_the_verdict_names_the_runs_in_mlflow(in_mlflow: InMlflow) -> None:
    for run in verdict_of(in_mlflow).runs:
        name = run["folder"].rpartition("/")[2]
        assert run["run_id"] == in_mlflow.id_of(name)
        assert in_mlflow.client.get_run(run["run_id"]).data.params["seed"] == run["seed"]


def test_the_parent_has_the_verdict_and_its_figures(in_mlflow: InMlflow) -> None:
    client, parent = in_mlflow.client, in_mlflow.id_of()
    names = {file.path for file in client.list_artifacts(parent)}
    assert names >= {"verdict.json", "verdict.md", "verdict.html", "figures"}
    figures = [file.path for file in client.list_artifacts(parent, "figures")]
    assert figures == ["figures/curves.png"]
    sent = Path(client.download_artifacts(parent, "verdict.json"))
    assert sent.read_text() == (in_mlflow.folder / "verdict.json").read_text()
    sent = Path(client.download_artifacts(parent, "figures/curves.png"))
    assert sent.read_bytes() == PICTURE


def test_the_description_is_the_verdict_with_links_of_any_host(in_mlflow: InMlflow) -> None:
    text = in_mlflow.client.get_run(in_mlflow.id_of()).data.tags["mlflow.note.content"]
    assert text.startswith("[compare the runs](#/compare-runs?")
    assert f"**{verdict_of(in_mlflow).sentence}**" in text
    assert "(#/compare-runs?runs=%5B%22" in text and "http://" not in text
    written = (in_mlflow.folder / "verdict.md").read_text()
    assert "(http://127.0.0.1:5000/#/compare-runs?runs=%5B%22" in written


def test_a_long_description_ends_with_a_paragraph() -> None:
    text = "\n\n".join(["a" * 300, "b" * 300, "c" * 300])
    assert shortened(text, 1000) == text
    short = shortened(text, 700)
    assert len(short) <= 700
    assert short.startswith("a" * 300) and "c" not in short.partition("\n\n…")[0]
    assert short.endswith("the rest is in the artifact verdict.md\n")


def test_the_numbers_of_a_pair_are_metrics_of_the_parent(in_mlflow: InMlflow) -> None:
    (pair,) = [
        pair
        for pair in verdict_of(in_mlflow).comparisons[0].pairs
        if pair.outcome == "test/accuracy"
    ]
    metrics = in_mlflow.client.get_run(in_mlflow.id_of()).data.metrics
    assert metrics == numbers(verdict_of(in_mlflow))
    assert metrics["test/accuracy.difference"] == pair.difference
    assert metrics["test/accuracy.p"] == pair.p == 0.03125


def test_the_saved_view_shows_the_runs_by_arm_with_the_columns_of_the_verdict(
    in_mlflow: InMlflow,
) -> None:
    verdict = verdict_of(in_mlflow)
    state = view("a study", verdict)
    runs = "tags.level = 'run' and tags.phase = 'final' and params.study = 'a study'"
    assert state["searchFilter"] == runs
    assert state["selectedColumns"][:3] == [
        "params.`loss`",
        "params.`seed`",
        "metrics.`test/accuracy`",
    ]
    charts = {chart["metricKey"] for chart in state["compareRunCharts"]}
    assert charts >= {"test/accuracy", "val/accuracy"}
    tags = in_mlflow.client.get_experiment("1").tags
    assert json.loads(tags[VIEW + in_mlflow.folder.name]) == view(in_mlflow.folder.name, verdict)


def test_without_links_a_description_is_still_the_verdict(in_mlflow: InMlflow) -> None:
    assert note(verdict_of(in_mlflow), Links(base="")).startswith("**")


def test_a_damaged_verdict_is_as_if_there_were_none(
    tmp_path: Path, in_mlflow: InMlflow, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = Store(in_mlflow.client, in_mlflow.uri, "none")
    publish(nowhere, tmp_path, "no run", {})
    assert capsys.readouterr().err == ""
    whole = (in_mlflow.folder / "verdict.json").read_text()
    for damaged in (whole[: len(whole) // 2], "{}"):
        (tmp_path / "verdict.json").write_text(damaged)
        publish(nowhere, tmp_path, "no run", {})
        said = capsys.readouterr().err
        assert said.startswith(f"{tmp_path / 'verdict.json'}: damaged, left out")
        assert [path.name for path in tmp_path.iterdir()] == ["verdict.json"]
