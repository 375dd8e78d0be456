"""The studies of conf/study, shortened: every number of their verdicts against the metrics in MLflow."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from tests.study.by_scipy import Tree
from tests.study.recomputed import leaves, recomputed, unlike
from tests.study.retold import misprints

REPOSITORY = Path(__file__).resolve().parents[2]
MINUTES = 180  # seconds; a hanging command fails instead of hanging the tests
TUNE = ("tune.trials=3", "tune.seeds=1")
# Of eight seeds an interval is the bootstrap's, of six Student's; some runs do not reach 0.8.
SHORTENED = {
    "ce_vs_mse": ("study.seeds=8", "train.epochs=5", "study.target=0.8", *TUNE),
    "sgd_vs_newton": ("study.seeds=6", "train.epochs=36", "study.target=0.1", *TUNE),
}


@dataclass(frozen=True)
class Ended:
    """A study that ended, and what its store says."""

    folder: Path
    uri: str
    output: str
    expected: Tree

    @property
    def verdict(self) -> Tree:
        return dict(json.loads((self.folder / "verdict.json").read_text()))

    @property
    def markdown(self) -> str:
        return (self.folder / "verdict.md").read_text()


@pytest.fixture(scope="module", params=list(SHORTENED))
def study(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, parsed_data: Path
) -> Ended:
    """Run in a process of its own, with an MLflow store of its own."""
    place = tmp_path_factory.mktemp(request.param)
    environment = {**os.environ, "FRAMEWORK_CACHE": str(parsed_data), "COLUMNS": "80"}
    environment.pop("MLFLOW_TRACKING_URI", None)
    words = [f"+study={request.param}", *SHORTENED[request.param]]
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "run.py"), "-m", *words],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        timeout=MINUTES,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    (folder,) = (place / "runs").iterdir()
    uri = f"sqlite:///{place / 'mlflow.db'}"
    return Ended(folder, uri, done.stdout, recomputed(uri, folder.name))


def test_every_number_is_what_scipy_makes_of_the_stored_metrics(study: Ended) -> None:
    assert unlike(study.verdict, study.expected) == []


def test_no_number_can_be_another_or_go_unseen(study: Ended) -> None:
    numbers = {p: v for p, v in leaves(study.verdict).items() if not isinstance(v, str)}
    assert len(numbers) > 300
    for path, value in numbers.items():
        assert len(unlike(_with(study.verdict, path, _another(value)), study.expected)) == 1
    more = study.verdict | {"more": [0]}
    assert unlike(more, study.expected) == ["more > 0: 0 was not recomputed"]


def test_sentences_and_tables_say_these_numbers(study: Ended) -> None:
    assert misprints(study.verdict, study.expected, study.markdown) == []
    shown = " ".join(study.output.split())
    for comparison in study.verdict["comparisons"]:
        assert all(sentence in shown for sentence in comparison["sentences"])


def test_the_texts_are_read_to_the_last_digit(study: Ended) -> None:
    changed = copy.deepcopy(study.expected)
    for comparison in changed["comparisons"]:
        for pair in comparison["pairs"]:
            pair["p_holm"] /= 2
            pair["n"] += 1
    for told, expected in ((study.verdict, changed), (_louder(study.verdict), study.expected)):
        assert len(misprints(told, expected, study.markdown)) >= 4


def test_params_and_runs_are_those_of_the_store(study: Ended) -> None:
    client, verdict = MlflowClient(study.uri), study.verdict
    runs = client.search_runs(
        ["1"], f"params.study = '{study.folder.name}' and tags.phase = 'final'"
    )
    assert len(runs) == len(verdict["runs"])
    for run in runs:
        params, arm = run.data.params, run.data.tags["label"]
        assert params.items() >= verdict["fixed"].items()
        assert all(params.get(key, "-") == row[arm] for key, row in verdict["differed"].items())
        assert {key: run.data.tags[key] for key in verdict["environment"]} == verdict["environment"]


def test_mlflow_has_the_same_verdict(study: Ended, tmp_path: Path) -> None:
    client = MlflowClient(study.uri)
    (parent,) = client.search_runs(["1"], f"tags.`framework.folder` = '{study.folder.name}'")
    copied = client.download_artifacts(parent.info.run_id, "verdict.json", str(tmp_path))
    assert json.loads(Path(copied).read_text())["comparisons"] == study.verdict["comparisons"]


def _with(tree: Tree, path: tuple[str | int, ...], value: Any) -> Tree:
    changed = copy.deepcopy(tree)
    place: Any = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


def _another(value: Any) -> Any:
    if value is None:
        return 0.0
    return not value if isinstance(value, bool) else value * (1 + 1e-6) if value else 1e-6


def _louder(verdict: Tree) -> Tree:
    """With a number more in every sentence."""
    changed = copy.deepcopy(verdict)
    for comparison in changed["comparisons"]:
        comparison["sentences"] = [f"{each} 1 in 5." for each in comparison["sentences"]]
    return changed
