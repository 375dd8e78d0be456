"""The source file inside a logged model: MLflow runs it to load the model.

predict(x) returns a class name for each row, for regression the values; with
params={"output": "probabilities"} the outputs of the network's link, (rows, outputs).
x: raw inputs, not standardised, as an array or a DataFrame. Columns of a DataFrame that carry the names
of the training data's features are taken by name, otherwise by position.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel, PythonModelContext

OUTPUTS = ("labels", "probabilities")


class ServedModel(PythonModel):  # type: ignore[misc]
    """A trained model of the framework behind MLflow's pyfunc interface."""

    def load_context(self, context: PythonModelContext) -> None:
        from framework.predictor import Predictor

        self.predictor = Predictor.load(Path(context.artifacts["model"]))

    def predict(  # no type hint on model_input: MLflow would turn it into a signature of its own
        self, context: PythonModelContext, model_input, params: dict[str, Any] | None = None
    ):
        output = (params or {}).get("output", "labels")
        if output not in OUTPUTS:
            raise ValueError(f"output={output}: choose one of {', '.join(OUTPUTS)}")
        inputs = self._array(model_input)
        return getattr(self.predictor, "labels" if output == "labels" else "outputs")(inputs)

    def _array(self, model_input: Any) -> Any:
        rows = np.asarray(model_input, dtype=np.float64)
        return rows.reshape(len(rows), *self.predictor.task.inputs)


set_model(ServedModel())
