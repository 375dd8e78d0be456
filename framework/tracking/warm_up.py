"""What the end of a run needs, imported while the run goes on, so that its end need not wait."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

MODULES = (
    "mlflow.pyfunc",
    "mlflow.pyfunc.loaders.code_model",
    "mlflow.pyfunc.scoring_server",
    "mlflow.models",
    "framework.tracking.finish",
    "framework.predictor",
    "framework.tracking.model",
)


def warm_up() -> Iterator[None]:
    """Yields after each step, of tenths of a second; a failure will be told where it matters."""
    steps: list[Callable[[], object]] = [partial(importlib.import_module, name) for name in MODULES]
    for step in steps:
        with suppress(Exception):
            step()
        yield
