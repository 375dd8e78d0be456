"""The commands of the README in processes of their own, and what MLflow then knows of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
MINUTES = 180  # seconds; a hanging command fails instead of hanging the tests

FOUR = {
    "digits": ["loss=ce", "optim=sgd"],
    "mse": ["loss=mse", "optim=sgd", "train.epochs=3"],
    "least squares": ["loss=mse", "optim=newton", "model=linear", "data=diabetes"],
    "logistic": [
        *(
            "loss=ce",
            "optim=newton",
            "model=linear",
            "data=breast_cancer",
            "data.val=0",
            "data.test=0",
        ),
        *("objective.l2=0.001757469244288225", "dtype=float64"),
    ],
}


class Place:
    """A folder in which commands ran, and the MLflow store they left."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "FRAMEWORK_CACHE": str(cache), "COLUMNS": "80"}
        self.environment.pop("MLFLOW_TRACKING_URI", None)
        self.output: dict[str, str] = {}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(REPOSITORY / "run.py"), *words]
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=MINUTES,
            check=False,
        )

    @property
    def client(self) -> Any:
        from framework.tracking.store import connect

        return connect(f"sqlite:///{self.folder / 'mlflow.db'}")

    def runs(self, query: str = "") -> list[Any]:
        client = self.client
        experiment = client.get_experiment_by_name("training-choices")
        return list(client.search_runs([experiment.experiment_id], query))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, parsed_data: Path) -> Place:
    """The four commands and a small sweep, once for all tests of this file."""
    place = Place(tmp_path_factory.mktemp("place"), parsed_data)
    sweep = ["-m", "loss=ce,mse", "optim=sgd,newton", "model=linear", "seed=0,1", "data=iris"]
    for name, words in {**FOUR, "sweep": sweep}.items():
        done = place.run(*words)
        assert (done.returncode, done.stderr) == (0, "")
        place.output[name] = done.stdout
    return place


def find(place: Place, **params: str) -> Any:
    """The one run outside the sweep with these params."""
    query = " and ".join(f"params.{key} = '{value}'" for key, value in params.items())
    (run,) = [r for r in place.runs(query) if "study" not in r.data.params]
    return run


def test_the_first_command_reaches_95_percent_and_says_where_to_look(place: Place) -> None:
    run = find(place, loss="ce", optim="sgd", data="digits")
    assert run.data.metrics["test/accuracy"] >= 0.95
    assert "python -m framework ui" in place.output["digits"]
    (row,) = [
        line for line in place.output["digits"].splitlines() if line.startswith("  accuracy ")
    ]
    assert row.split()[-1] == f"{run.data.metrics['test/accuracy']:.4f}"


def test_no_run_is_left_running_and_nothing_else_is_left_in_the_folder(place: Place) -> None:
    assert {run.info.status for run in place.runs()} == {"FINISHED"}
    names = {path.name for path in place.folder.iterdir()}
    assert names <= {"mlflow.db", "mlflow.db-shm", "mlflow.db-wal", "mlflow.db.lock"} | {
        "mlartifacts",
        "runs",
    }


def test_one_newton_step_is_ordinary_least_squares(place: Place) -> None:
    from sklearn.linear_model import LinearRegression

    from framework.data import prepare
    from plugins.datasets.diabetes import Diabetes

    run = find(place, loss="mse", optim="newton", data="diabetes")
    splits = prepare(Diabetes(), "diabetes", 0, np.float64, None).splits
    rows = splits["train"]
    theirs = LinearRegression().fit(rows.x, rows.y)
    curves = {
        m.step: m.value for m in place.client.get_metric_history(run.info.run_id, "train/loss")
    }
    half = 0.5 * np.mean((theirs.predict(rows.x) - rows.y) ** 2)
    assert curves[1] == pytest.approx(half, rel=1e-8)
    test = splits["test"]
    assert run.data.metrics["test/r2"] == pytest.approx(theirs.score(test.x, test.y), rel=1e-8)


def test_newton_reaches_the_optimum_of_logistic_regression(place: Place) -> None:
    run = find(place, data="breast_cancer")
    # scikit-learn's LogisticRegression, C=1, on all 569 standardised rows.
    assert run.data.metrics["train/objective"] == pytest.approx(0.066360186225, abs=1e-10)
    assert run.data.metrics["train/gradient_norm"] < 1e-9


def test_every_field_is_a_flat_param(place: Place) -> None:
    params = find(place, loss="ce", data="digits").data.params
    expected = {"loss": "ce", "optim": "sgd", "model": "mlp", "data": "digits", "seed": "0"}
    expected |= {"optim.lr": "0.1", "model.hidden": "[32]", "train.epochs": "30"}
    expected |= {"objective.l2": "0", "data.test": "0.2", "dtype": "float64", "link": "softmax"}
    assert params.items() >= expected.items()


def test_curves_have_a_point_an_epoch_and_end_in_the_final_value(place: Place) -> None:
    run = find(place, loss="ce", data="digits")
    for name in ("train/objective", "val/accuracy", "test/loss", "work/gradient_equivalents"):
        history = place.client.get_metric_history(run.info.run_id, name)
        assert [metric.step for metric in history] == list(range(31))
        assert history[-1].value == run.data.metrics[name]
        assert run.info.start_time <= history[0].timestamp <= run.info.end_time


def test_the_dataset_and_the_provenance_are_recorded(place: Place) -> None:
    run = find(place, loss="ce", data="digits")
    (data,) = run.inputs.dataset_inputs
    assert data.dataset.name == "digits"
    assert "1797" in data.dataset.profile or "1079" in data.dataset.profile
    tags = run.data.tags
    assert tags["threads"] == "1"
    assert tags["derivatives"] == "exact"
    assert tags["plugin.loss"].startswith("ce: built-in ")
    assert {"version.numpy", "version.mlflow", "mlflow.user", "mlflow.note.content"} <= set(tags)


def test_artifacts_are_there(place: Place) -> None:
    client = place.client
    for params, figure in (
        ({"loss": "ce", "data": "digits"}, "confusion"),
        ({"data": "diabetes"}, "residual"),
    ):
        run = find(place, **params)
        names = [a.path for a in client.list_artifacts(run.info.run_id)]
        figures = [a.path for a in client.list_artifacts(run.info.run_id, "figures")]
        assert "config.yaml" in names
        assert any(figure in name for name in figures)
        assert any("curves" in name for name in figures)


def test_the_model_predicts_in_another_process_without_pickle(place: Place) -> None:
    run = find(place, loss="ce", data="digits")
    code = """
import sys, json, mlflow
from sklearn.datasets import load_digits
mlflow.set_tracking_uri(sys.argv[1])
x, y = load_digits(return_X_y=True)
labels = mlflow.pyfunc.load_model(sys.argv[2]).predict(x)
print(json.dumps(float((labels.astype(int) == y).mean())))
"""
    uri = f"sqlite:///{place.folder / 'mlflow.db'}"
    done = subprocess.run(
        [sys.executable, "-c", code, uri, f"runs:/{run.info.run_id}/model"],
        cwd=place.folder,
        capture_output=True,
        text=True,
        timeout=MINUTES,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) > 0.97
    assert not list(place.folder.rglob("*.pkl"))


def test_a_sweep_is_grouped_under_one_parent(place: Place) -> None:
    (parent,) = [r for r in place.runs() if "command" in r.data.params]
    assert parent.data.params["command"].startswith("-m loss=ce,mse optim=sgd,newton ")
    arms = place.runs(f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'")
    assert {(r.data.params["loss"], r.data.params["optim"]) for r in arms} == {
        (loss, optim) for loss in ("ce", "mse") for optim in ("sgd", "newton")
    }
    for arm in arms:
        runs = place.runs(f"tags.`mlflow.parentRunId` = '{arm.info.run_id}'")
        assert sorted(r.data.params["seed"] for r in runs) == ["0", "1"]
        assert {r.data.params["study"] for r in runs} == {parent.data.tags["framework.folder"]}
        mean = sum(r.data.metrics["test/accuracy"] for r in runs) / 2
        assert arm.data.metrics["test/accuracy.mean"] == pytest.approx(mean, rel=1e-12)
    assert "8/8" in place.output["sweep"]
    assert "No test can decide" in parent.data.tags["mlflow.note.content"]


def test_arms_with_one_seed_share_split_and_start(place: Place) -> None:
    starts = {}
    for run in place.runs("params.study != '' and tags.level = 'run'"):
        history = place.client.get_metric_history(run.info.run_id, "test/accuracy")
        params = run.data.params
        starts.setdefault((params["loss"], params["seed"]), set()).add(history[0].value)
    assert len(starts) == 4
    assert all(len(values) == 1 for values in starts.values())
