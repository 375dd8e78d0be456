"""A recipe as tests run it: in this process, without MLflow, once for all tests of a file."""

from __future__ import annotations

import contextlib
import copy
import functools
import io
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest
from hydra.core.singleton import Singleton

from framework import app
from framework.tracking.record import Record, records_of

Recipe = Callable[..., dict[str, Record]]


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory, parsed_data: Path) -> Recipe:
    """`recipe("bp_xor", "train.epochs=5")`: its runs by arm, or by "" if it has no arms.

    The same words give the same runs: they are made for the first test of the file that asks.
    within: the working directory, by default an empty one.
    """

    @functools.cache
    def run(name: str, *words: str, within: Path | None = None) -> dict[str, Record]:
        runs = tmp_path_factory.mktemp("runs")
        more = ("quiet=true", "tracking.enabled=false", f"tracking.folder={runs}")
        with (
            working_in(within or tmp_path_factory.mktemp("workplace"), parsed_data),
            mock.patch.object(sys, "argv", ["run.py", f"+experiment={name}", *words, *more]),
            contextlib.redirect_stderr(io.StringIO()) as err,
        ):
            status = app.main()
        assert (status, err.getvalue()) == (0, "")
        (session,) = runs.iterdir()
        if not (session / "study.json").exists():
            return {"": Record(session)}
        return {record.run["params"]["arm"]: record for record in records_of(session)}

    return run


@contextlib.contextmanager
def working_in(folder: Path, parsed_data: Path) -> Iterator[None]:
    """In a folder, with nothing of the user's own; environment and Hydra are afterwards as before."""
    hydra = copy.deepcopy(Singleton.get_state())
    with contextlib.chdir(folder), mock.patch.dict(os.environ, FRAMEWORK_CACHE=str(parsed_data)):
        for name in ("FRAMEWORK_PLUGINS", "MLFLOW_TRACKING_URI", "HYDRA_FULL_ERROR"):
            os.environ.pop(name, None)
        try:
            yield
        finally:
            Singleton.set_state(hydra)
