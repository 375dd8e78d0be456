"""What the end of a run needs, imported while the run goes on, so that its end need not wait."""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

MODULES = (
    "mlflow.pyfunc",
    "mlflow.pyfunc.loaders.code_model",
    "mlflow.pyfunc.scoring_server",
    "mlflow.models",
    "framework.tracking.finish",
    "framework.tracking.drawing",
    "framework.tracking.model",
)


def warm_up() -> Iterator[None]:
    """Yields after each step, of tenths of a second; a failure will be told where it matters."""
    steps: list[Callable[[], object]] = [partial(importlib.import_module, name) for name in MODULES]
    for step in [*steps, _draw, _discover]:
        with suppress(Exception):
            step()
        yield


def _draw() -> None:
    """Text and a logarithmic axis: fonts are searched when the first figure is drawn."""
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.add_subplot(title="x", yscale="log")
    axes.plot([1, 2], [1, 100], label="x")
    axes.legend()
    figure.savefig(io.BytesIO())


def _discover() -> None:
    from framework.tracking.drawing import known_plugins

    known_plugins()
