"""Outcomes from a study's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from framework.tracking.folder import Session
from framework.tracking.record import records_of
from framework.verdict.outcome import DIVERGED, FAILED, FINISHED
from framework.verdict.recorded import from_folder


def write(session: Session, number: int, ended: tuple[str, str] | None, **changes: Any) -> None:
    run = {"name": "r", "label": "a", "params": {"seed": str(number)}, "tags": {}, "primary": "m"}
    with session.new_run(number) as folder:
        folder.start({**run, **changes}, "")
        folder.log(0, {"m": 1.0, "work/steps": 0.0})
        if ended is not None:
            folder.finish(ended[0], None, ended[1], {"m": 2.0})


def test_every_end_is_told_apart(tmp_path: Path) -> None:
    with Session.create(tmp_path, {}, tracked=False) as session:
        ends = [("FINISHED", "budget"), ("FAILED", "diverged"), ("FAILED", "failed"), None]
        for number, ended in enumerate(ends):
            write(session, number, ended)
        write(session, 10, ends[0], phase="tuning")
    found = from_folder(session.path)
    assert [each.seed for each in found] == [0, 1, 2, 3, 10]
    assert [each.status for each in found] == [FINISHED, DIVERGED, FAILED, FAILED, FINISHED]
    assert [each.phase for each in found] == ["final"] * 4 + ["tuning"]
    assert found[3].reason == "the process ended without a result (killed?)"
    assert found[0].metrics == {"m": 2.0} and found[0].tags["stopped"] == "budget"
    assert [list(each) for each in found[0].history["m"]] == [[0], [1.0]]
    assert (found[0].run_id, found[0].folder) == ("", str(session.path / "0"))


def test_figures_of_a_study_leave_out_the_trials_of_a_search(tmp_path: Path) -> None:
    with Session.create(tmp_path, {}, tracked=False) as session:
        write(session, 0, None, phase="tuning")
        write(session, 1, None)
    assert [record.folder.name for record in records_of(session.path)] == ["1"]
