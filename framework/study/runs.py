"""The runs of a study: those that are there are reused, the others made, and each leaves a folder."""

from __future__ import annotations

import copy
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from framework.job import Report
from framework.provenance import text_of
from framework.recording import Recording
from framework.settings import Settings, flat
from framework.study.board import Board
from framework.study.crew import Crew, by_seconds
from framework.study.finished import finished, reuse
from framework.study.order import Order
from framework.study.plan import Arm, Job
from framework.tracking import folder as files
from framework.tracking.folder import now
from framework.verdict.outcome import TUNING


@dataclass
class Runs:
    """What is done in the folder of one study.

    arms: by label. done: runs that are over; failures: of them, `ce seed=3: why`.
    """

    recording: Recording
    settings: Settings
    crew: Crew
    arms: dict[str, Arm]
    done: int = 0
    failures: list[str] = field(default_factory=list)
    under_way: dict[int, Order] = field(default_factory=dict)
    part: int = 0  # of jobs that are made in parts, those that are done

    def make(self, jobs: Sequence[Job], metric: str = "", total: int = 0) -> dict[int, Report]:
        """Reuse or make the runs of these jobs; returns their reports by number.

        metric: that is shown, the primary one if not given. total: of the jobs these are a part of.
        """
        old = self._known(jobs)
        counts = Counter(each.place.label for each in jobs)
        metric = metric or next(iter(self.arms.values())).sketch.primary
        before = self.part if total else 0
        self.part = before + len(jobs) if total else 0
        reports: dict[int, Report] = {}
        options: dict[str, Any] = {
            "quiet": self.settings.quiet,
            "before": before,
            "total": total or None,
        }
        with Board(counts, metric, self.crew.workers, **options) as board:

            def started(order: Order) -> None:
                self.under_way[order.job.number] = order
                board.started(*_told(order.job))

            def ended(order: Order, report: Report) -> None:
                del self.under_way[order.job.number]
                reports[order.job.number] = report
                self._note(order, report)
                value = report.metrics.get(metric)
                board.ended(*_told(order.job), value, report.reason, report.cost)

            for each in jobs:
                if each.number in old and (report := self._reused(each, old[each.number])):
                    reports[each.number] = report
                    board.skipped(*_told(each), report.metrics.get(metric))
            new = [self._order(each) for each in jobs if each.number not in reports]
            self.crew.do(new, started, ended)
        return reports

    def interrupted(self, reason: str) -> None:
        """Those under way were killed."""
        for order in self.under_way.values():
            self._note(order, Report("KILLED", reason))

    def _known(self, jobs: Sequence[Job]) -> dict[int, Path]:
        """The folders of finished runs that are the same, by number; what a second buys is never the same."""
        if self.settings.rerun or by_seconds(self.settings):
            return {}
        root, wanted = self.recording.path.parent, {each.identity for each in jobs}
        known = finished(root, wanted)
        return {each.number: known[each.identity] for each in jobs if each.identity in known}

    def _order(self, each: Job) -> Order:
        paths = tuple(self.settings.plugins.paths)
        place = str(self.recording.path), self.recording.uri
        return Order(each, *place, paths, self.crew.workers)

    def _note(self, order: Order, report: Report) -> None:
        """A run that failed is told of; one whose process died gets what it could not write."""
        self.done += 1
        if report.finished:
            return
        if not (report.diverged and order.job.place.phase == TUNING):  # which a search expects
            self.failures.append(f"{order.job.name}: {report.reason}")
        path = order.folder
        path.mkdir(parents=True, exist_ok=True)
        if not (path / files.RESULT).exists():
            end = {"status": report.status, "reason": report.reason, "end_time": now()}
            files.write_json(path / files.RESULT, {**end, "stopped": "failed", "metrics": {}})
        if not (path / files.RUN).exists():
            (path / files.CONFIG).write_text(text_of(order.job.config), encoding="utf-8")
            files.write_json(path / files.RUN, self._announced(order))

    def _announced(self, order: Order) -> dict[str, Any]:
        """run.json of a run that did not come so far: what its arm says, with its own seed."""
        job, study = order.job, self.recording.path.name
        told = copy.deepcopy(dict(self.arms[job.place.label].sketch.told))
        told |= {"phase": job.place.phase, "figures": False, "identity": job.identity}
        told |= {"start_time": now(), "description": f"It died before it began: {job.name}"}
        told["name"] = f"{told['name'].rpartition('=')[0]}={job.seed}"
        fields = flat(job.config)
        told["params"] = {k: fields.get(k, v) for k, v in told["params"].items()}
        told["params"] |= {**self._names(job), "study": study}
        told["tracking"] = self._store
        tags = {k: v for k, v in told["tags"].items() if not k.startswith("pairing.")}
        told["tags"] = tags | {"study": study, "identity": job.identity}
        return told

    def _reused(self, each: Job, old: Path) -> Report | None:
        """None if the old folder cannot be read any more: then the run is made anew."""
        try:
            report = self._reuse(each, old)
        except (OSError, KeyError, shutil.Error):
            shutil.rmtree(self.recording.path / str(each.number), ignore_errors=True)
            return None
        self.done += 1
        return report

    def _reuse(self, each: Job, old: Path) -> Report:
        """The folder of a finished run, as this study has it."""
        place, study = each.place, self.recording.path.name
        told = files.read_json(old / files.RUN) or {}
        changes = {
            "name": f"{self.arms[place.label].sketch.told['name'].rpartition('=')[0]}={each.seed}",
            "label": place.label,
            "phase": place.phase,
            "figures": place.figures,
            "reused": str(old),
            "tracking": self._store,
            "params": {**_without_places(told["params"]), **self._names(each), "study": study},
            "tags": {**told["tags"], "study": study, "reused": str(old)},
        }
        reuse(old, self.recording.path / str(each.number), changes)
        metrics = (files.read_json(old / files.RESULT) or {})["metrics"]
        return Report("FINISHED", value=metrics.get(told["primary"]), metrics=metrics)

    @property
    def _store(self) -> dict[str, str]:
        return {
            "uri": self.recording.uri,
            "experiment": self.settings.tracking.experiment,
        }

    def _names(self, job: Job) -> dict[str, str]:
        """The params that say where a run belongs."""
        told = {"arm": job.place.arm, "recipe": job.recipe, "seed": str(job.seed)}
        return {key: value for key, value in told.items() if value is not None}


def _told(job: Job) -> tuple[str, int, str]:
    """What the board calls it."""
    return job.place.label, job.seed, job.place.trial


def _without_places(params: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in params.items() if key not in ("arm", "recipe", "study")}
