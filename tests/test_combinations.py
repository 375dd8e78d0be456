"""Every optimizer × model × loss trains as it is; where a combination makes no sense, one line says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from framework.registry import discover

Command = Callable[..., Any]

MODELS = {
    "linear": ["data=iris"],
    "mlp": ["data=iris", "model.hidden=[6]"],
    "lenet5": ["data=npz", "data.path=digits.npz"],
}
SENSELESS = {
    ("bfgs", "lenet5"),
    ("block_newton", "lenet5"),
    ("irls", "mlp"),
    ("irls", "lenet5"),
    ("kfac", "lenet5"),
}


@pytest.mark.parametrize("loss", ["ce", "mse"])
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("optim", discover().names("optim"))
def test_it_trains_or_says_why_not(command: Command, optim: str, model: str, loss: str) -> None:
    x, y = load_digits(return_X_y=True)
    np.savez("digits.npz", x=x[:200], y=y[:200])
    choices = [f"loss={loss}", f"optim={optim}", f"model={model}", *MODELS[model]]
    done = command(*choices, "train.epochs=2", "quiet=true")
    if (optim, model) in SENSELESS:
        assert done.status == 2
        assert done.err.startswith("error: optim=")
        assert done.err.count("\n") == 1
        return
    assert (done.status, done.err) == (0, "")
    lines = next(Path("runs").glob("*/metrics.jsonl")).read_text().splitlines()
    objective = [json.loads(line)["metrics"]["train/objective"] for line in lines]
    assert objective[-1] < objective[0]
