"""An example's two-layer model beside the same one of our own layers, from the same weights."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framework import Array, Layout
from framework.registry import Component, discover

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
LOAD = """
import sys
from pathlib import Path

import numpy as np
from framework.predictor import Predictor

inputs = np.load(sys.argv[2])
np.save(sys.argv[3], Predictor.load(Path(sys.argv[1])).outputs(inputs))
"""


@pytest.fixture
def registered() -> Callable[[str, str], Component]:
    """registered(example, model): as discovery finds it."""
    return lambda example, model: discover([str(EXAMPLES / example)]).get("model", model)


@pytest.fixture
def train(command: Callable[..., Any]) -> Callable[..., Path]:
    """train("model=mlp", ...) → the folder of the run, which has ended well."""

    def run(*words: str) -> Path:
        before = set(Path("runs").glob("*"))
        done = command(*words, "data=digits", "quiet=true")
        assert (done.status, done.err) == (0, "")
        (folder,) = set(Path("runs").glob("*")) - before
        return folder

    return run


@pytest.fixture
def same_training(train: Callable[..., Path]) -> Callable[..., None]:
    """same_training(example, model, optimizer): the objective after each epoch, here and there, to 1e-10."""

    def check(example: str, model: str, optimizer: str) -> None:
        words = [f"optim={optimizer}", "train.epochs=3", "objective.l2=1e-3"]
        ours = curve(train("model=mlp", *words))
        theirs = curve(train(f"plugins.paths=[{EXAMPLES / example}]", f"model={model}", *words))
        assert len(ours) == 4 and ours[-1] < ours[0] / 2
        np.testing.assert_allclose(theirs, ours, rtol=1e-10)

    return check


def curve(folder: Path) -> list[float]:
    """The objective on the training rows, by epoch."""
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line)["metrics"]["train/objective"] for line in lines]


@pytest.fixture
def loads_elsewhere(train: Callable[..., Path]) -> Callable[[str, str], None]:
    """loads_elsewhere(example, model): another process predicts what the run did, without the example."""

    def check(example: str, model: str) -> None:
        mine = Path("mine.py")
        mine.write_text((EXAMPLES / example).read_text())
        folder = train("plugins.paths=[mine.py]", f"model={model}", "train.epochs=1")
        mine.unlink()
        from framework.predictor import Predictor

        x = np.random.default_rng(0).uniform(0, 16, size=(4, 64))
        np.save("x.npy", x)
        arguments = [str(folder / "model"), "x.npy", "p.npy"]
        subprocess.run([sys.executable, "-W", "error", "-c", LOAD, *arguments], check=True)
        np.testing.assert_array_equal(np.load("p.npy"), Predictor.load(folder / "model").outputs(x))

    return check


@pytest.fixture
def our_start() -> Callable[[Callable[[dict[str, Array]], list[Array]]], Any]:
    """our_start(translate) → an `init` that puts our mlp's fresh parameters into their order and shapes."""
    from plugins.models.mlp import MLP

    def make(translate: Callable[[dict[str, Array]], list[Array]]) -> Any:
        def init(network: Any, rng: np.random.Generator, dtype: Any = np.float64) -> Array:
            ours = MLP().build(network.inputs, network.outputs)
            layout: Layout = ours.layout
            blocks = translate(layout.views(ours.init(rng, dtype)))
            return np.concatenate([block.ravel() for block in blocks])

        return init

    return make
