from __future__ import annotations

import numpy as np

from framework.data import prepare
from plugins.datasets.nothing import Nothing


def test_one_row_and_no_target():
    data = prepare(Nothing(), "nothing", 0, "float64", None)
    assert list(data.splits) == ["train"]
    np.testing.assert_array_equal(data.splits["train"].x, [[0.0]])
    assert data.splits["train"].y.shape == (1, 0)
    assert (data.task.kind, data.task.outputs(data.task.link("auto"))) == ("function", 1)


def test_a_run_on_nothing_is_judged_by_its_loss(command):
    done = command(
        "model=rosenbrock", "data=nothing", "loss=value", "optim=lbfgs", "train.epochs=99"
    )
    assert done.status == 0, done.err
    assert "the optimizer has converged" in done.out
    assert "train/loss" in done.out and "nothing to predict" in done.out


def test_what_does_not_fit_says_what_to_choose(command):
    for words, text in (
        (["model=rosenbrock"], "model=rosenbrock: a function of its parameters alone"),
        (["data=nothing"], "error: loss=ce: data=nothing has no targets; choose loss=value"),
        (["loss=value", "model.output=identity"], "error: loss=value: it compares with no targets"),
        (
            ["objective.l1=0.1"],
            "error: objective.l1=0.1: optim=sgd takes no proximal steps; choose",
        ),
    ):
        done = command(*words)
        assert done.status == 2
        assert text in done.err and len(done.err.splitlines()) == 1
    assert "optim=fista" in done.err
