"""An arm of a study on its way to MLflow: the run between the study and the runs of its seeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from framework.tracking import folder as files
from framework.tracking.aggregates import History, aggregates, history_of
from framework.tracking.entry import Entry, Store, send_metrics, send_params
from framework.tracking.finish import terminate
from framework.tracking.record import Record
from framework.tracking.run_copy import death


class ArmCopy:
    """One MLflow run, made with the first run of the arm, and ended with the study.

    The study's folder remembers it in `mlflow-arm-<key>.json`; the key comes from the label, so that it is
    the same whichever run of the arm is seen first.
    """

    def __init__(self, study: Path, label: str) -> None:
        key = sha256(label.encode()).hexdigest()[:8]
        self.label = label
        self.entry = Entry(study, f"{study.name}/arm/{key}", f"mlflow-arm-{key}.json")
        self._study = study.name

    def begin(self, store: Store, study_run_id: str, run: dict[str, Any]) -> str:
        """The MLflow run's id. run: what run.json says of one of the arm's runs."""
        user = {k: v for k, v in run["tags"].items() if k == "mlflow.user"}
        spec = {
            "name": self.label,
            "start_time": run["start_time"],
            "tags": {**user, "level": "arm", "study": self._study},
        }
        return self.entry.ensure(store, spec, study_run_id)

    def end(self, store: Store, study_run_id: str, records: Sequence[Record]) -> None:
        """Send what the arm's final runs have in common, their aggregates, and how they ended.

        records: all runs of the arm, at least one; an arm of which only trials came about counts those.
        """
        if self.entry.complete:
            return
        run_id = self.begin(store, study_run_id, records[0].run)
        finals = [record for record in records if record.phase != files.TUNING]
        records = finals or records
        results = [record.result or death(record.folder) for record in records]
        send_params(store, run_id, self._params(records))
        well = [r for r, result in zip(records, results, strict=True) if _finished(result)]
        when = max(result["end_time"] for result in results)
        found = aggregates([_history(record) for record in well] if finals else [])
        send_metrics(store, run_id, [(name, value, when, step) for name, value, step in found])
        ends = Counter(_end(result) for result in results)
        status = "FINISHED" if ends["finished"] else "FAILED"
        reason = f"of {len(results)} runs: {', '.join(f'{n} {end}' for end, n in ends.items())}"
        terminate(store, run_id, {"status": status, "reason": reason, "end_time": when})
        self.entry.completed()

    def _params(self, records: Sequence[Record]) -> dict[str, str]:
        """Those that are the same in all runs, what the arm is, and how many seeds it had."""
        first, *others = [record.run["params"] for record in records]
        same = {k: v for k, v in first.items() if all(other.get(k) == v for other in others)}
        seeds = {record.seed for record in records}
        same.pop("seed", None)
        return {**same, "arm": self.label, "study": self._study, "seeds": str(len(seeds))}


def records_by_arm(records: Sequence[Record]) -> dict[str, list[Record]]:
    """Label -> runs, in the order of the first of each."""
    arms: dict[str, list[Record]] = {}
    for record in records:
        arms.setdefault(record.label, []).append(record)
    return arms


def _history(record: Record) -> History:
    """Read by a Record of its own, which does not outlive it: a study may have thousands of runs."""
    return history_of(Record(record.folder))


def _finished(result: dict[str, Any]) -> bool:
    return bool(result["status"] == "FINISHED")


def _end(result: dict[str, Any]) -> str:
    """`finished`, `diverged` or `failed`."""
    if _finished(result):
        return "finished"
    return files.DIVERGED if result.get("stopped") == files.DIVERGED else "failed"
