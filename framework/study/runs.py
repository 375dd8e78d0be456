"""The runs of a study: those that are there are reused, the others made, and each leaves a folder."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from framework.job import Report
from framework.provenance import text_of
from framework.recording import Recording
from framework.settings import Settings
from framework.study.board import Board
from framework.study.crew import Crew
from framework.study.finished import finished, reuse
from framework.study.order import Order
from framework.study.plan import Arm, Job
from framework.tracking import folder as files
from framework.tracking.folder import now


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

    def make(self, jobs: Sequence[Job]) -> dict[int, Report]:
        """Reuse or make the runs of these jobs; returns their reports by number."""
        old = self._known(jobs)
        counts = Counter(each.place.label for each in jobs)
        metric = next(iter(self.arms.values())).sketch.primary
        reports: dict[int, Report] = {}
        with Board(counts, metric, self.crew.workers, quiet=self.settings.quiet) as board:

            def started(order: Order) -> None:
                self.under_way[order.job.number] = order
                board.started(*_told(order.job))

            def ended(order: Order, report: Report) -> None:
                del self.under_way[order.job.number]
                reports[order.job.number] = report
                self._note(order, report)
                board.ended(*_told(order.job), report.value, report.reason, report.cost)

            for each in jobs:
                if each.number in old:
                    reports[each.number] = report = self._reuse(each, old[each.number])
                    board.skipped(*_told(each), report.value)
            new = [self._order(each) for each in jobs if each.number not in old]
            self.crew.do(new, started, ended)
        return reports

    def interrupted(self, reason: str) -> None:
        """Those under way were killed."""
        for order in self.under_way.values():
            self._note(order, Report("KILLED", reason))

    def _known(self, jobs: Sequence[Job]) -> dict[int, Path]:
        """The folders of finished runs that are the same, by number."""
        if self.settings.rerun:
            return {}
        root, wanted = self.recording.path.parent, {each.identity for each in jobs}
        known = finished(root, wanted)
        return {each.number: known[each.identity] for each in jobs if each.identity in known}

    def _order(self, each: Job) -> Order:
        paths = tuple(self.settings.plugins.paths)
        return Order(each, str(self.recording.path), self.recording.uri, paths)

    def _note(self, order: Order, report: Report) -> None:
        """A run that failed is told of; one whose process died gets what it could not write."""
        self.done += 1
        if report.finished:
            return
        self.failures.append(f"{order.job.name}: {report.reason}")
        path = order.folder
        path.mkdir(parents=True, exist_ok=True)
        if not (path / files.RUN).exists():
            (path / files.CONFIG).write_text(text_of(order.job.config), encoding="utf-8")
            files.write_json(path / files.RUN, self._announced(order))
        if not (path / files.RESULT).exists():
            end = {"status": report.status, "reason": report.reason, "end_time": now()}
            files.write_json(path / files.RESULT, {**end, "stopped": "failed", "metrics": {}})

    def _announced(self, order: Order) -> dict[str, Any]:
        """run.json of a run that did not come so far: what its arm says, with its own seed."""
        place, study = order.job.place, self.recording.path.name
        told = copy.deepcopy(dict(self.arms[place.label].sketch.told))
        told |= {"phase": place.phase, "figures": False, "identity": order.job.identity}
        told["name"] = f"{told['name'].rpartition('=')[0]}={order.job.seed}"
        told["params"] |= {"seed": str(order.job.seed), "study": study}
        told["tracking"]["uri"] = order.uri
        tags = {k: v for k, v in told["tags"].items() if not k.startswith("pairing.")}
        told["tags"] = tags | {"study": study, "identity": order.job.identity}
        return told

    def _reuse(self, each: Job, old: Path) -> Report:
        """The folder of a finished run, as this study has it."""
        self.done += 1
        place, study = each.place, self.recording.path.name
        experiment = self.settings.tracking.experiment
        changes = {
            "label": place.label,
            "phase": place.phase,
            "figures": place.figures,
            "reused": str(old),
            "tracking": {"uri": self.recording.uri, "experiment": experiment},
            "params": {"study": study, **({"arm": place.arm} if place.arm else {})},
            "tags": {"study": study, "reused": str(old)},
        }
        reuse(old, self.recording.path / str(each.number), changes)
        metrics = (files.read_json(old / files.RESULT) or {})["metrics"]
        primary = (files.read_json(old / files.RUN) or {})["primary"]
        return Report("FINISHED", value=metrics.get(primary), metrics=metrics)


def _told(job: Job) -> tuple[str, int, str]:
    """What the board calls it."""
    return job.place.label, job.seed, job.place.trial
