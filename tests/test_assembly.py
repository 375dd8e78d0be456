"""A run assembled again from its folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framework import DataError, reopen
from framework.predictor import Predictor

Command = Callable[..., Any]


def folder() -> Path:
    (path,) = Path("runs").iterdir()
    return path.absolute()


def test_it_starts_where_the_run_did_and_has_its_objective(command: Command) -> None:
    command("data=iris", "optim.lr=1e-9", "train.epochs=1", "seed=3")
    run, saved = reopen(folder()), Predictor.load(folder() / "model")
    np.testing.assert_allclose(run.theta, saved.theta, rtol=0, atol=1e-7)  # at such a rate
    probabilities = run.objective.at(saved.theta).outputs
    raw = run.data.raw("train")
    np.testing.assert_allclose(saved.outputs(raw), probabilities, rtol=1e-12)


def test_data_that_have_changed_since_are_told(command: Command) -> None:
    Path("table.csv").write_text("a,b\n" + "".join(f"{i},{2.5 * i}\n" for i in range(20)))
    done = command("data=csv", "data.path=table.csv", "data.target=b", "loss=mse", "train.epochs=1")
    assert (done.status, done.err) == (0, "")
    reopen(folder())
    Path("table.csv").write_text("a,b\n" + "".join(f"{i},{3.5 * i}\n" for i in range(20)))
    with pytest.raises(DataError, match="data=csv has changed since this run was made"):
        reopen(folder())
