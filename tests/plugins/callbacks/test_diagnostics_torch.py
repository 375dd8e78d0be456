"""Diagnostics of a module of PyTorch's, which does not tell its layers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import framework
from framework.tracking.drawing import draw_run
from framework.tracking.record import Record

torch = pytest.importorskip("torch")

EXAMPLE = Path(framework.__file__).parents[1] / "examples" / "torch_model.py"


def test_parameters_go_by_their_modules_and_the_logits_have_the_only_delta(
    command: Callable[..., Any],
) -> None:
    words = [f"plugins.paths=[{EXAMPLE}]", "plugins.unchecked=true", "model=torch_mlp"]
    few = ["diagnostics.rows=30", "loss_surface.rows=30", "loss_surface.resolution=7"]
    words += ["diagnostics=full", *("callbacks." + word for word in few)]
    assert command(*words, "train.epochs=1", "quiet=true").status == 0
    (folder,) = Path("runs").iterdir()
    history = Record(folder).history
    named = {name.partition("/")[2] for name in history if name.startswith("diagnostics/")}
    assert {"gradient_norm.1", "gradient_norm.4", "update_ratio.1", "delta_norm.logits"} <= named
    assert not [name for name in named if name.startswith(("saturation.1", "dead"))]
    assert {"diagnostics", "loss_surface"} <= draw_run(folder).keys()
