"""The logged model, loaded and asked."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import LoggedModelStatus

from framework.tracking.folder import read_json
from framework.tracking.model import signature
from framework.tracking.record import Record

X = np.array([[-1.0, 5.0], [3.0, 5.0]])
FRESH = """
import sys
import mlflow, numpy
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model(sys.argv[2])
print(model.predict(numpy.array([[-1.0, 5.0], [3.0, 5.0]])).tolist())
"""


@pytest.fixture
def entry(
    single_run: Path, bring: Callable[[Path], list[str]], without_figures: None
) -> dict[str, Any]:
    assert bring(single_run) == []
    entry = read_json(single_run / "mlflow.json")
    assert entry is not None
    mlflow.set_tracking_uri(entry["uri"])
    return entry


@pytest.fixture
def model(entry: dict[str, Any]) -> Any:
    return mlflow.pyfunc.load_model(f"runs:/{entry['run_id']}/model")


def test_it_is_linked_to_its_run_and_ready(entry: dict[str, Any]) -> None:
    client = MlflowClient(entry["uri"])
    (found,) = client.search_logged_models([entry["experiment_id"]])
    assert (found.name, found.source_run_id) == ("model", entry["run_id"])
    assert found.status == LoggedModelStatus.READY
    run = client.get_run(entry["run_id"])
    assert [output.model_id for output in run.outputs.model_outputs] == [found.model_id]
    assert {metric.key: metric.value for metric in found.metrics}["test/accuracy"] == 1.0


def test_it_holds_no_pickle(entry: dict[str, Any]) -> None:
    (found,) = MlflowClient(entry["uri"]).search_logged_models([entry["experiment_id"]])
    folder = Path(mlflow.artifacts.download_artifacts(f"models:/{found.model_id}"))
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    assert {"served_model.py", "parameters.npz", "input_example.json"} <= names
    assert not [name for name in names if name.endswith((".pkl", ".pickle"))]


@pytest.mark.parametrize(
    "x",
    [X, X.astype(np.float32), pd.DataFrame(X, columns=["x", "y"]), X.tolist()],
    ids=["float64", "float32", "DataFrame", "list"],
)
def test_it_takes_what_people_have(model: Any, x: Any) -> None:
    assert list(model.predict(x)) == ["left", "right"]


def test_it_gives_probabilities_when_asked(model: Any) -> None:
    p = model.predict(X, params={"output": "probabilities"})
    assert p == pytest.approx(1 / (1 + np.exp(-2 * X[:, :1])))


def test_an_unknown_output_is_told(model: Any) -> None:
    with pytest.raises(Exception, match="output=logits: choose one of labels, probabilities"):
        model.predict(X, params={"output": "logits"})


def test_another_process_loads_it_by_run_and_by_model(entry: dict[str, Any]) -> None:
    (found,) = MlflowClient(entry["uri"]).search_logged_models([entry["experiment_id"]])
    for address in (f"runs:/{entry['run_id']}/model", f"models:/{found.model_id}"):
        command = [sys.executable, "-c", FRESH, entry["uri"], address]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "['left', 'right']"


def test_images_are_described_as_any_array(single_run: Path) -> None:
    run = read_json(single_run / "run.json")
    assert run is not None
    run["dataset"]["inputs"] = [2, 1, 1]
    (single_run / "run.json").write_text(json.dumps(run))
    record = Record(single_run)
    record.__dict__["evaluation"] = {}
    record.__dict__["predictor"] = type(
        "Stub", (), {"labels": lambda self, x: np.array(["left"])}
    )()
    assert str(signature(record).inputs) == "[Tensor('object', (-1,))]"
