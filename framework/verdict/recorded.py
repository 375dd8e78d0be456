"""The outcomes of a study, from its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from framework.tracking import folder as files
from framework.tracking.entry import MLFLOW
from framework.tracking.finish import ENDED
from framework.tracking.record import Record, records_of
from framework.tracking.run_copy import death, described
from framework.verdict.outcome import DIVERGED, FAILED, FINISHED, Outcome


def from_folder(study: Path) -> list[Outcome]:
    """The runs of a study that were begun, in their order, the trials of a search too.

    A run without a result is a failed one. run_id: "" until MLflow has the run.
    """
    return [from_record(record) for record in records_of(study, tuning=True)]


def from_record(record: Record) -> Outcome:
    """What a verdict needs of one run's folder."""
    run = record.run
    result = record.result or death(record.folder)
    entry = files.read_json(record.folder / MLFLOW) or {}
    return Outcome(
        arm=record.label,
        seed=record.seed,
        status=status_of(result["status"], result.get("stopped")),
        reason=result.get("reason") or "",
        metrics=result["metrics"],
        history=record.history,
        params=run["params"],
        tags=tags_of(run, result),
        run_id=entry.get("run_id") or "",
        experiment_id=entry.get("experiment_id") or "",
        folder=str(record.folder),
        phase=record.phase,
    )


def status_of(status: str, stopped: str | None) -> str:
    """Of an outcome. status: MLflow's; stopped: why training ended."""
    if status == "FINISHED":
        return FINISHED
    return DIVERGED if stopped == DIVERGED else FAILED


def tags_of(run: dict[str, Any], result: dict[str, Any]) -> dict[str, str]:
    """The tags of a run as MLflow has them. run, result: what run.json and result.json say."""
    ended = {key: str(result[key]) for key in ENDED if result.get(key)}
    return {**described(run)["tags"], **ended}
