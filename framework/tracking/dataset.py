"""The data of a run, as MLflow shows it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput

LONGEST_DIGEST = 36
MOST_COLUMNS = 500  # in the shown schema; MLflow limits its length


def dataset_input(data: dict[str, Any]) -> DatasetInput:
    """`data` is the "dataset" of run.json: name, digest, source, splits, features, classes, ..."""
    from mlflow.entities import Dataset, DatasetInput, InputTag
    from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT

    source = str(data.get("source") or data["name"])
    remote = source.startswith(("http://", "https://"))
    dataset = Dataset(
        name=data["name"],
        digest=data["digest"][:LONGEST_DIGEST],
        source_type="http" if remote else "local",
        source=json.dumps({"url" if remote else "uri": source}),
        schema=json.dumps(_schema(data)),
        profile=json.dumps(_profile(data)),
    )
    return DatasetInput(dataset, tags=[InputTag(MLFLOW_DATASET_CONTEXT, "training")])


def _schema(data: dict[str, Any]) -> dict[str, Any]:
    inputs = data["inputs"]
    if len(inputs) == 1 and inputs[0] <= MOST_COLUMNS:
        names = data.get("features") or [f"x{index}" for index in range(inputs[0])]
        columns = [{"name": name, "type": "double", "required": True} for name in names]
        if data["kind"] != "function":
            kind = "double" if data["kind"] == "regression" else "string"
            columns.append({"name": "target", "type": kind, "required": True})
        return {"mlflow_colspec": columns}
    tensor = {"dtype": "float64", "shape": [-1, *inputs]}
    return {"mlflow_tensorspec": {"features": [{"type": "tensor", "tensor-spec": tensor}]}}


def _profile(data: dict[str, Any]) -> dict[str, Any]:
    splits = data["splits"]
    rows = {f"num_rows_{split}": count for split, count in splits.items()}
    profile = {"num_rows": sum(splits.values()), **rows, "kind": data["kind"]}
    if data.get("classes"):
        profile["classes"] = len(data["classes"])
    return profile
