"""A trained model on its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framework.predictor import Predictor

Command = Callable[..., Any]

MODEL = '''
from dataclasses import dataclass

from framework import INITIALIZERS, Dense, Model, Sequential, hookimpl


@dataclass
class Mine(Model):
    """One dense layer."""

    start: str = "glorot"

    def build(self, inputs, outputs):
        return Sequential([Dense(outputs, INITIALIZERS[self.start])], inputs)


@hookimpl
def register_models():
    return {"mine": Mine}
'''


def trained() -> Path:
    (folder,) = Path("runs").iterdir()
    return folder


@pytest.mark.parametrize("words", ["data=iris", "data=breast_cancer", "loss=mse data=diabetes"])
def test_what_is_loaded_predicts_what_the_run_measured(command: Command, words: str) -> None:
    command(*words.split(), "model=linear", "optim=newton", "train.epochs=3")
    predictor = Predictor.load(trained() / "model")
    evaluation = np.load(trained() / "evaluation.npz")
    from framework.data import prepare
    from framework.registry import discover

    name = words.rpartition("data=")[2]
    data = prepare(discover().get("data", name).cls(), name, 0, np.float64, None)
    x = data.raw("test")
    np.testing.assert_array_equal(predictor.outputs(x), evaluation["test_outputs"])
    labels = predictor.labels(x)
    if data.task.classification:
        assert set(labels) <= set(data.table.classes)
    else:
        assert labels.shape == (len(x),)


def test_a_model_plugin_of_ones_own_goes_with_the_model(command: Command) -> None:
    Path("mine.py").write_text(MODEL)
    done = command("plugins.paths=[mine.py]", "model=mine", "data=iris", "train.epochs=1")
    assert done.status == 0
    Path("mine.py").unlink()
    predictor = Predictor.load(trained() / "model")
    assert predictor.outputs(np.zeros((2, 4))).shape == (2, 3)
    assert not list(trained().rglob("*.pkl"))
