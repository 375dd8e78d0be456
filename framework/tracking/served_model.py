"""The source file inside a logged model: MLflow runs it to load the model.

predict(x) returns a class name for each row, for regression the values; with
params={"output": "probabilities"} the outputs of the network's link, (rows, outputs).
x: raw inputs, not standardised, as an array or a DataFrame; columns in the order of the features.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

OUTPUTS = ("labels", "probabilities")


class ServedModel(PythonModel):
    """A trained model of the framework behind MLflow's pyfunc interface."""

    def load_context(self, context: PythonModelContext) -> None:
        from framework.predictor import Predictor

        self.predictor = Predictor.load(Path(context.artifacts["model"]))

    def predict(
        self,
        context: PythonModelContext,
        model_input: np.ndarray,  # a hint that MLflow knows; a DataFrame comes as well
        params: dict[str, Any] | None = None,
    ) -> np.ndarray:
        output = (params or {}).get("output", "labels")
        if output not in OUTPUTS:
            raise ValueError(f"output={output}: choose one of {', '.join(OUTPUTS)}")
        inputs = np.asarray(model_input, dtype=np.float64)
        inputs = inputs.reshape(len(inputs), *self.predictor.task.inputs)
        if output == "labels":
            return self.predictor.labels(inputs)
        return self.predictor.outputs(inputs)


set_model(ServedModel())
