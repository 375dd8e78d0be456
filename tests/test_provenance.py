"""What a run says of itself."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

Command = Callable[..., Any]


def description() -> dict[str, Any]:
    newest = max(Path("runs").iterdir(), key=lambda folder: folder.stat().st_mtime_ns)
    found: dict[str, Any] = json.loads((newest / "run.json").read_text())
    return found


def test_the_line_that_reproduces_a_run_does(command: Command) -> None:
    words = [
        "loss=mse",
        "optim.lr=0.05",
        "model.hidden=[5,4]",
        "data=iris",
        "seed=3",
        "objective.l2=0.01",
    ]
    command(*words, "train.epochs=2")
    first = description()
    line = first["description"].strip().splitlines()[-1].strip()
    assert line.startswith("python run.py ")
    command(*shlex.split(line)[2:])
    assert description()["params"] == first["params"]


def test_params_are_flat_and_begin_with_the_choices(command: Command) -> None:
    command("train.epochs=1")
    params = description()["params"]
    assert list(params)[:6] == ["loss", "optim", "model", "data", "schedule", "seed"]
    assert params["optim.lr"] == "0.1"
    assert not [key for key in params if key.startswith(("tracking.", "callbacks.", "hydra."))]


def test_the_origin_of_every_component_is_a_tag(command: Command) -> None:
    command("train.epochs=1")
    tags = description()["tags"]
    for kind in ("loss", "optim", "model", "data"):
        assert "built-in" in tags[f"plugin.{kind}"]
        assert "sha256" in tags[f"plugin.{kind}"]
    assert tags["derivatives"] == "exact"


def test_stand_ins_for_derivatives_are_named(command: Command) -> None:
    root = Path(__file__).resolve().parent.parent
    command(f"plugins.paths=[{root / 'examples' / 'my_loss.py'}]", "loss=my_loss", "train.epochs=1")
    assert description()["tags"]["derivatives"] == "central differences (loss)"


def test_the_dataset_is_described(command: Command) -> None:
    command("data=iris", "train.epochs=1")
    data = description()["dataset"]
    assert (data["name"], data["kind"], data["inputs"]) == ("iris", "multiclass", [4])
    assert data["splits"] == {"train": 90, "val": 30, "test": 30}
    assert len(data["digest"]) == 64
