"""The baseline is scikit-learn's, on the rows that the run sees."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, r2_score
from sklearn.preprocessing import StandardScaler

from framework.data import prepare
from plugins.datasets.breast_cancer import BreastCancer
from plugins.datasets.diabetes import Diabetes

Command = Callable[..., Any]
ON = "callbacks.baseline.enabled=true"


def history() -> list[dict[str, float]]:
    (folder,) = Path("runs").iterdir()
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line)["metrics"] for line in lines]


def test_regression_against_least_squares(command: Command) -> None:
    done = command("data=diabetes", "loss=mse", "train.epochs=3", ON, "quiet=true")
    assert (done.status, done.err) == (0, "")
    x, y = load_diabetes(return_X_y=True)
    splits = prepare(Diabetes(), "diabetes", 0, "float64", None).splits
    peer = LinearRegression().fit(x[splits["train"].rows], y[splits["train"].rows])
    for entry in history():
        for name, part in splits.items():
            expected = r2_score(y[part.rows], peer.predict(x[part.rows]))
            assert entry[f"baseline/{name}/r2"] == pytest.approx(expected, rel=1e-9)
    assert len(history()) == 4


def test_classes_against_logistic_regression_of_the_same_l2(command: Command) -> None:
    """Which a linear model ends at, trained by Newton's method."""
    words = ["data=breast_cancer", "model=linear", "optim=newton", "objective.l2=0.01"]
    done = command(*words, ON, "quiet=true")
    assert (done.status, done.err) == (0, "")
    x, y = load_breast_cancer(return_X_y=True)
    splits = prepare(BreastCancer(), "breast_cancer", 0, "float64", None).splits
    rows = splits["train"].rows
    scaler = StandardScaler().fit(x[rows])
    peer = LogisticRegression(C=1 / (0.01 * len(rows)), tol=1e-10, max_iter=9999)
    peer.fit(scaler.transform(x[rows]), y[rows])
    last = history()[-1]
    for name, part in splits.items():
        p = peer.predict_proba(scaler.transform(x[part.rows]))
        labels = y[part.rows]
        assert last[f"baseline/{name}/accuracy"] == accuracy_score(labels, p.argmax(axis=1))
        assert last[f"baseline/{name}/log_loss"] == pytest.approx(log_loss(labels, p), rel=1e-4)
        assert last[f"baseline/{name}/loss"] == pytest.approx(log_loss(labels, p), rel=1e-4)
        assert last[f"{name}/log_loss"] == pytest.approx(log_loss(labels, p), rel=1e-4)


def test_several_classes_have_a_probability_each(command: Command) -> None:
    done = command("data=iris", "train.epochs=1", "objective.l2=0.01", ON, "quiet=true")
    assert (done.status, done.err) == (0, "")
    assert history()[-1]["baseline/test/accuracy"] > 0.9


def test_it_measures_the_rows_that_the_run_measures(command: Command) -> None:
    words = ["data=diabetes", "loss=mse", "metrics.regression=[half_sse]", "train.epochs=1"]
    done = command(*words, "train.eval_rows=10", ON, "quiet=true")
    assert (done.status, done.err) == (0, "")
    train = prepare(Diabetes(), "diabetes", 0, "float64", None).splits["train"]
    peer = LinearRegression().fit(train.x, train.y)
    expected = 0.5 * np.square(peer.predict(train.x[:10]) - train.y[:10]).sum()
    assert history()[-1]["baseline/train/half_sse"] == pytest.approx(expected, rel=1e-9)


def test_it_is_off_by_default(command: Command) -> None:
    assert command("data=iris", "train.epochs=1", "quiet=true").status == 0
    assert not any(name.startswith("baseline") for name in history()[-1])


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (
            ["data=iris", "callbacks.baseline.most=300"],
            "callbacks.baseline.most=300: 360 numbers to fit are more",
        ),
        (
            ["model=rosenbrock", "data=nothing", "loss=value", "optim=lbfgs"],
            f"{ON}: nothing is predicted",
        ),
        (["data=npz", "data.path=images.npz"], f"{ON}: inputs of shape 4x4 are not flat"),
    ],
    ids=["large", "function", "images"],
)
def test_where_there_can_be_none_a_line_says_so(
    command: Command, words: list[str], text: str
) -> None:
    x = np.random.default_rng(0).normal(size=(20, 4, 4))
    np.savez("images.npz", x=x, y=np.arange(20) % 2)
    done = command(*words, "train.epochs=2", ON, "quiet=true")
    assert done.status == 0
    assert done.err == f"warning: {text}; none is drawn\n"
    assert not any(name.startswith("baseline") for name in history()[-1])


def test_a_fit_that_has_not_converged_is_told(command: Command) -> None:
    """As of columns whose scales differ by five decades."""
    words = ["data=breast_cancer", "data.standardize=false", "optim.lr=1e-9"]
    done = command(*words, "train.epochs=1", ON, "quiet=true")
    told = "scikit-learn's fit has not converged after 1000 iterations"
    way = "data.standardize=true or objective.l2 may help"
    assert done.err == f"warning: {ON}: {told}; {way}\n"
