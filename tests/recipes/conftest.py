"""A recipe as a test runs it: in this process, without MLflow, its runs read back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framework.tracking.record import Record, records_of

Recipe = Callable[..., dict[str, Record]]


@pytest.fixture
def recipe(command: Callable[..., Any]) -> Recipe:
    """`recipe("bp_xor", "train.epochs=5")`: its runs by arm, or by "" if it has no arms."""

    def run(name: str, *words: str) -> dict[str, Record]:
        runs = Path("runs").absolute()  # records are read later, wherever the test is then
        before = set(runs.glob("*"))
        done = command(f"+experiment={name}", *words, "quiet=true")
        assert (done.status, done.err) == (0, "")
        (session,) = set(runs.glob("*")) - before
        if not (session / "study.json").exists():
            return {"": Record(session)}
        return {record.run["params"]["arm"]: record for record in records_of(session)}

    return run
