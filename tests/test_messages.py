"""Every mistake a user can make on the command line: one line, status 2, and nothing left behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Command = Callable[..., Any]

MISTAKES = [
    ("loss=cee", "loss=cee: no such loss; did you mean 'ce'?"),
    ("optim=sdg", "optim=sdg: no such optimizer; did you mean 'sgd'?"),
    ("model=mpl", "model=mpl: no such model; did you mean 'mlp'?"),
    ("data=digit", "data=digit: no such dataset; did you mean 'digits'?"),
    ("lss=ce", "lss=ce: no such key; did you mean 'loss'?"),
    (
        "optim.lrr=1",
        "optim.lrr=1: no such field of optim; did you mean 'lr'?  (clip_norm,",
    ),
    ("optim=newton optim.lr=1", "optim.lr=1: no such field of optim"),
    ("+loss.foo=1", "loss.foo=1: no such field"),
    ("+train.epoch=1", "train.epoch=1: no such field; did you mean 'epochs'?"),
    ("optim.lr=abc", "optim.lr=abc: expected a number"),
    ("optim.lr=-1", "optim.lr=-1: a learning rate is > 0"),
    ("optim.lr=nan", "optim.lr=nan: a learning rate is > 0"),
    ("optim.momentum=1", "optim.momentum=1: momentum is in 0 <= m < 1"),
    ("optim.nesterov=true", "optim.nesterov=true: Nesterov's step needs optim.momentum > 0"),
    ("optim=newton optim.method=newtn", "optim.method=newtn: no such choice"),
    ("train.epochs=-1", "train.epochs=-1: a budget is > 0, or null for none"),
    ("train.epochs=2.5", "train.epochs=2.5: expected a whole number"),
    ("train.epochs=null", "train.epochs=null: set train.epochs or another budget"),
    ("train.batch_size=0", "train.batch_size=0: a number of samples > 0, 'full', or 'auto'"),
    ("train.batch_size=2.5", "train.batch_size=2.5: expected a whole number or a word"),
    ("train=5", "train=5: train has fields; set one of them, train.<field>=..."),
    ("model.hidden=[3,x]", "model.hidden=[3,x]: expected a whole number"),
    ("model.hidden=[0]", "model.hidden=[0]: widths of the hidden layers are > 0"),
    ("model.activation=sigmod", "model.activation=sigmod: no such choice; did you mean 'sigmoid'?"),
    ("model.output=softmx", "model.output=softmx: no such link; did you mean 'softmax'?"),
    ("seed=-1", "seed=-1: a seed is a whole number >= 0"),
    ("seed=a", "seed=a: expected a whole number"),
    ("dtype=float16", "dtype=float16: no such choice"),
    ("threads=0", "threads=0: a number of threads is > 0"),
    ("objective.l2=-1", "objective.l2=-1: a regularisation strength is >= 0"),
    ("data.val=1.5", "data.val=1.5: a fraction of the rows, 0 <= f < 1"),
    ("data.val=0.6 data.test=0.5", "data.val=0.6: data.val + data.test leave no training rows"),
    ("data.standardize=maybe", "data.standardize=maybe: expected true or false"),
    ("metrics.classification=[acc]", "metrics.classification=acc: no such metric"),
    (
        "metrics.classification=[r2]",
        "metrics.classification=r2: this metric is for regression tasks",
    ),
    ("callbacks.console.style=x", "callbacks.console.style=x: no such choice"),
    ("loss=ce,mse", "loss=ce,mse: several values are a sweep, with -m; a list is [a,b]"),
    ("experiment=bp_xor", "experiment=bp_xor: a recipe is added, with a plus: +experiment=bp_xor"),
    ("+experiment=bp_xr", "experiment=bp_xr: no such recipe; did you mean 'bp_xor'?"),
    ("+experiment=bp_xor ~arms.lm", "~arms.lm: there is no such key to leave out"),
    ("+arms.mine=[loss=ce]", "+arms.mine=[loss=ce]: an arm is written '+arms.mine=["),
    ("diagnostics=ful", "diagnostics=ful: no such preset; did you mean 'full'?"),
    ("tracking.uri=foo://bar", "tracking.uri=foo://bar: an MLflow store is one of sqlite, http"),
    ("tracking.uri=./mlruns", "tracking.uri=./mlruns: an MLflow store is one of sqlite, http"),
    ("foo", "foo: not an override; write key=value"),
    ("plugins.paths=[nope.py]", "plugins.paths=[nope.py]: no such file or folder: "),
    ("data=csv", "data.path: this field is required; set data.path=..."),
    (
        "loss=ce data=diabetes",
        "model.output=identity: loss=ce needs probabilities; set model.output to softmax or sigmoid",
    ),
    ("model.output=tanh", "model.output=tanh: loss=ce needs probabilities"),
]


@pytest.mark.parametrize(("words", "message"), MISTAKES, ids=[words for words, _ in MISTAKES])
def test_a_mistake_is_told_in_one_line(command: Command, words: str, message: str) -> None:
    done = command(*words.split())
    assert done.status == 2
    assert done.err.startswith(f"error: {message}"[:90])
    assert message in done.err
    assert done.err.count("\n") == 1
    assert done.out == ""
    assert not list(Path().iterdir())


FILES = [
    (
        "x.csv",
        "a,b,y\n1,2,0\n3,n/a,1\n",
        "row 3, column 'b': 'n/a' is not a number; data.missing=drop",
    ),
    ("x.csv", "", "data.path=x.csv"),
    ("x.csv", "a,b,y\n1,2,0\n3,1\n", "data=csv data.path=x.csv: row 3 has 2 cells, row 1 has 3"),
    ("x.csv", "a,b,y\n" + "1,2,0\n" * 9 + "1,nan,1\n", "nan"),
]


@pytest.mark.parametrize(("name", "content", "message"), FILES)
def test_a_bad_file_is_named_with_its_row(
    command: Command, name: str, content: str, message: str
) -> None:
    Path(name).write_text(content)
    done = command("data=csv", f"data.path={name}")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert message in done.err
    assert [path.name for path in Path().iterdir()] == [name]


def test_labels_out_of_range_and_nan_are_refused(command: Command) -> None:
    x = np.ones((20, 2))
    x[3, 1] = np.nan
    np.savez("bad.npz", x=x, y=np.arange(20) % 2)
    done = command("data=npz", "data.path=bad.npz")
    assert done.status == 2
    assert "row 3, column 1 is nan" in done.err


def test_a_key_that_nobody_reads_is_refused(command: Command) -> None:
    done = command("+los=mse")
    assert done.status == 2
    assert done.err.startswith(
        "error: los=mse: no such key; did you mean 'loss'?  (arms, budget, callbacks, data,"
    )
    assert done.err.count("\n") == 1


def test_a_folder_that_cannot_be_made_is_named(command: Command) -> None:
    Path("runs").touch()
    done = command("tracking.folder=runs")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert done.err.startswith("error: tracking.folder=runs: File exists: ")
    assert done.err.endswith("; set it to a folder you may write\n")
