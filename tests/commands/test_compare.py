"""python -m framework compare."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from scipy import stats

from framework.__main__ import cli
from framework.errors import ConfigError
from framework.verdict.verdict import Verdict
from tests.verdict.in_mlflow import ENDS, InMlflow
from tests.verdict.in_mlflow import in_mlflow as in_mlflow


@pytest.fixture
def compare(in_mlflow: InMlflow, monkeypatch: pytest.MonkeyPatch):
    """The command on the store, in 100 columns."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", in_mlflow.uri)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*words: str) -> Result:
        return CliRunner().invoke(cli, ["compare", *words], catch_exceptions=True)

    return run


def test_a_study_in_mlflow_and_its_folder_have_one_verdict(
    compare, in_mlflow: InMlflow, tmp_path: Path
) -> None:
    paths = [tmp_path / "stored.json", tmp_path / "folder.json"]
    for what, path in zip((in_mlflow.id_of(), str(in_mlflow.folder)), paths, strict=True):
        shown = compare(what, "--json", str(path))
        assert shown.exit_code == 0, shown.output
        assert "loss=ce is ahead in the 6 seeds where both finished" in " ".join(
            shown.output.split()
        )
    stored, folder = (Verdict.from_json(path.read_text()) for path in paths)
    assert stored.comparisons == folder.comparisons
    assert stored.command == folder.command
    (pair,) = [p for p in stored.comparisons[0].pairs if p.outcome == "test/accuracy"]
    ce, mse = ENDS["loss=ce"], ENDS["loss=mse"]
    differences = [a - b for a, b in zip(ce, mse, strict=True)]
    assert pair.difference == pytest.approx(sum(differences) / 6)
    exact = stats.permutation_test(
        (differences,), lambda x, axis: x.mean(axis=axis), permutation_type="samples"
    )
    assert pair.p == pytest.approx(exact.pvalue)


def test_files_are_written_as_asked(compare, in_mlflow: InMlflow, tmp_path: Path) -> None:
    html, markdown = tmp_path / "v.html", tmp_path / "v.md"
    shown = compare(in_mlflow.id_of(), "--html", str(html), "--markdown", str(markdown))
    assert shown.exit_code == 0, shown.output
    assert "<html" in html.read_text() and in_mlflow.id_of("0") in html.read_text()
    assert "| loss=ce | 7 | 6 | 0 | 1 |" in markdown.read_text()
    assert "#/compare-runs?" in markdown.read_text()


def test_other_peoples_runs_are_compared(compare, in_mlflow: InMlflow, tmp_path: Path) -> None:
    path = tmp_path / "v.json"
    shown = compare(in_mlflow.theirs, "--metric", "val_acc", "--json", str(path))
    assert shown.exit_code == 0, shown.output
    verdict = json.loads(path.read_text())
    means = {
        arm["arm"]: arm["metrics"]["val_acc"]["mean"] for arm in verdict["comparisons"][0]["arms"]
    }
    assert means == {"C=1.0": pytest.approx(0.61), "C=0.1": pytest.approx(0.16)}
    assert "left out: 1 runs that are not over" in shown.output


def test_an_arm_against_itself(compare, in_mlflow: InMlflow) -> None:
    shown = compare("params.loss = 'mse'", "--aa")
    assert shown.exit_code == 0, shown.output
    assert "loss=mse against itself on test/accuracy: 6 runs" in shown.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["params.loss = 'mse'"], "all 6 runs are one arm (loss=mse); name runs that differ"),
        (["training-choices", "--factor", "optim"], "differ in loss; add --factor loss"),
        (["training-choices", "--metric", "test/f1"], "not measured by every arm  (val/accuracy"),
        (["tests"], "tests: no folder of a study, it has no study.json"),
    ],
)
def test_what_cannot_be_compared_is_told_in_a_line(
    compare, words: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parent.parent.parent)
    error = compare(*words).exception
    assert isinstance(error, ConfigError)
    assert message in str(error) and "\n" not in str(error)


def test_the_better_side_of_a_metric_can_be_told(
    compare, in_mlflow: InMlflow, tmp_path: Path
) -> None:
    path = tmp_path / "v.json"
    words = ("--metric", "val_acc", "--better", "lower", "--json", str(path))
    assert compare(in_mlflow.theirs, *words).exit_code == 0
    assert json.loads(path.read_text())["higher_is_better"] is False
