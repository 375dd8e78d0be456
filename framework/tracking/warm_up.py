"""What the end of a run needs, imported while the run goes on, so that its end does not wait for it."""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable, Iterator

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
    """Yields after each step; a step takes tenths of a second. What cannot be imported is skipped."""
    steps: list[Callable[[], object]] = [lambda m=m: importlib.import_module(m) for m in MODULES]
    for step in [*steps, _draw, _discover]:
        try:
            step()
        except Exception:  # it will be told where it is needed
            pass
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
