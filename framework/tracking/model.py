"""The trained model in MLflow: arrays and a source file, no pickle."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from framework.tracking.entry import LONGEST_PARAM, Store, cut, legal
from framework.tracking.record import Record
from framework.tracking.store import import_mlflow

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

NAME = "model"
SERVED = Path(__file__).with_name("served_model.py")
WIDEST_TABLE = 1_000  # columns; wider inputs are described as an array


def log_model(store: Store, run_id: str, record: Record, step: int) -> None:
    """Log `record`'s model for `mlflow.pyfunc.load_model(f"runs:/{run_id}/model")`.

    It is linked to the run and shows the run's metrics of `step`. A model that is already there
    stays; one that was left half-way by a killed process is replaced.
    """
    assert record.model is not None
    if _is_there(store, run_id):
        return
    mlflow = import_mlflow()
    from mlflow.models import Model

    mlflow.set_tracking_uri(store.uri)
    Model.log(
        artifact_path=None,
        flavor=mlflow.pyfunc,
        run_id=run_id,
        model_id=_new_model(store, run_id, record),
        step=step,
        python_model=str(SERVED),
        artifacts={"model": str(record.model)},
        signature=signature(record),
        input_example=_example(record),
        pip_requirements=requirements(record),
    )


def _new_model(store: Store, run_id: str, record: Record) -> str:
    """An entry in the run's own experiment; left to itself, MLflow takes the default one."""
    params = {legal(key): cut(value, LONGEST_PARAM) for key, value in record.run["params"].items()}
    model = store.client.create_logged_model(
        store.experiment_id, name=NAME, source_run_id=run_id, params=params
    )
    return str(model.model_id)


def signature(record: Record) -> ModelSignature:
    """What the model takes and gives.

    A table is described by unnamed columns of doubles: MLflow then takes DataFrames, nested lists
    and arrays of float32 as of float64, where a tensor would insist on one dtype and named columns
    on a DataFrame. Images take any array: only an object tensor is not bound to one dtype.
    """
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec

    data = record.run["dataset"]
    if _is_table(data):
        inputs = Schema([ColSpec("double") for _ in range(data["inputs"][0])])
    else:
        inputs = Schema([TensorSpec(np.dtype("object"), (-1,))])
    output = ParamSchema([ParamSpec("output", "string", "labels")])
    return ModelSignature(inputs, _outputs(record), output)


def requirements(record: Record) -> list[str]:
    """What must be installed to load the model, pinned; a local version such as 2.13.0+cpu is 2.13.0."""
    assert record.predictor is not None
    names = ("mlflow", "numpy", "pluggy", *record.predictor.network.requirements)
    return [f"{name}=={version(name).partition('+')[0]}" for name in names]


def _outputs(record: Record) -> Any:
    from mlflow.types import Schema, TensorSpec

    predictor = record.predictor
    assert predictor is not None
    labels = np.asarray(predictor.labels(_example(record)))
    kind = np.dtype("str") if labels.dtype.kind in "OU" else labels.dtype
    return Schema([TensorSpec(kind, (-1, *labels.shape[1:]))])


def _example(record: Record) -> NDArray[np.float64]:
    """A sample of zeros: the run folder keeps inputs only where they are points in a plane."""
    found = record.evaluation.get("train_inputs")
    if found is not None and len(found):
        return np.asarray(found[:2], dtype=np.float64)
    return np.zeros((1, *record.run["dataset"]["inputs"]))


def _is_table(data: dict[str, Any]) -> bool:
    return len(data["inputs"]) == 1 and data["inputs"][0] <= WIDEST_TABLE


def _is_there(store: Store, run_id: str) -> bool:
    from mlflow.entities import LoggedModelStatus

    found = store.client.search_logged_models(
        [store.experiment_id], filter_string=f"source_run_id = '{run_id}'"
    )
    for model in found:
        if model.status == LoggedModelStatus.READY:
            return True
        store.client.delete_logged_model(model.model_id)
    return False
