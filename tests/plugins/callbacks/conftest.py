"""Figures as callbacks draw them, and diagnostics of networks that are not made of our layers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import framework
from framework.tracking.drawing import drawers
from framework.tracking.record import Record

EXAMPLES = Path(framework.__file__).parents[1] / "examples"


@pytest.fixture(scope="session")
def figures_of() -> Callable[[Path], dict[str, Any]]:
    """figures_of(folder): all that the callbacks of a run or of a study draw, by name."""

    def drawn(folder: Path) -> dict[str, Any]:
        return {k: v for draw in drawers(folder).values() for k, v in draw().items()}

    return drawn


@pytest.fixture
def assert_norms_alone(
    command: Callable[..., Any], figures_of: Callable[[Path], dict[str, Any]]
) -> Callable[..., None]:
    """assert_norms_alone(file, model, layers): of an example's model, these have norms and are drawn.

    There are no deltas but that of the logits, and of saturation only that of the link.
    """

    def check(file: str, model: str, layers: list[str]) -> None:
        words = [f"plugins.paths=[{EXAMPLES / file}]", "plugins.unchecked=true", f"model={model}"]
        few = ["diagnostics.rows=30", "loss_surface.rows=30", "loss_surface.resolution=7"]
        words += ["diagnostics=full", *("callbacks." + word for word in few)]
        assert command(*words, "train.epochs=1", "quiet=true").status == 0
        (folder,) = Path("runs").iterdir()
        names = (name.partition("diagnostics/")[2] for name in Record(folder).history)
        expected = {
            f"{norm}.{each}" for norm in ("gradient_norm", "update_ratio") for each in layers
        }
        expected |= {"delta_norm.logits", "saturation.output"}
        assert {name for name in names if "." in name} == expected
        assert {"diagnostics", "loss_surface"} <= figures_of(folder).keys()

    return check
