"""Derivatives by extrapolation, to hold exact ones against; and the command line as a test uses it."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from framework import app

os.environ.pop("FRAMEWORK_PLUGINS", None)  # before any test module discovers plugins


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Tests run side by side: more BLAS threads than cores make each of them many times slower."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session", autouse=True)
def absl_writes_to_the_real_stderr():
    """optax brings absl, whose log handler keeps the stream it is imported under, and Hydra closes that."""
    if "absl.logging" in sys.modules:
        sys.modules["absl.logging"].get_absl_handler().python_handler.stream = sys.__stderr__


def ridders(f, h=0.1, shrink=1.4, rounds=12):
    """d f / d t at t = 0 and an estimate of its error; f may return an array.

    Source: Ridders, Accurate computation of F'(x) and F'(x) F''(x) (1982).
    """
    row, best, error = [(f(h) - f(-h)) / (2 * h)], None, math.inf
    for _ in range(rounds):
        h, before, factor = h / shrink, row, 1.0
        row = [(f(h) - f(-h)) / (2 * h)]
        for coarser in before:
            factor *= shrink**2
            row.append((factor * row[-1] - coarser) / (factor - 1))
            spread = np.linalg.norm(np.atleast_1d(row[-1] - row[-2]).ravel())
            spread = max(spread, np.linalg.norm(np.atleast_1d(row[-1] - coarser).ravel()))
            if spread <= error:
                best, error = row[-1], spread
    return best, error


@pytest.fixture
def assert_derivative():
    """assert_derivative(f, exact): `exact` is d f / d t at 0, to 1e-8 of its scale."""

    def check(f, exact, scale=None):
        estimate, error = ridders(f)
        scale = np.linalg.norm(np.ravel(estimate)) if scale is None else scale
        assert np.shape(exact) == np.shape(estimate)
        assert error <= 1e-7 * scale, "the estimate is too poor to check anything against it"
        assert np.linalg.norm(np.ravel(exact - estimate)) <= 1e-8 * scale + 10 * error

    return check


@dataclass
class Done:
    """What a command left: exit status, standard output and standard error."""

    status: int
    out: str
    err: str


@pytest.fixture(scope="session")
def parsed_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache of parsed datasets for all tests."""
    return tmp_path_factory.mktemp("parsed")


@pytest.fixture
def workplace(tmp_path: Path, parsed_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, with nothing of the user's own in the environment."""
    folder = tmp_path / "workplace"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("FRAMEWORK_CACHE", str(parsed_data))
    for name in ("FRAMEWORK_PLUGINS", "MLFLOW_TRACKING_URI", "HYDRA_FULL_ERROR"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def command(
    workplace: Path,
    hydra_restore_singletons: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Done]:
    """`command("loss=ce", ...)`: python run.py with these words, in this process, without MLflow."""

    def run(*words: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["run.py", *words, "tracking.enabled=false"])
        capsys.readouterr()
        status = app.main()
        text = capsys.readouterr()
        return Done(status, text.out, text.err)

    return run
