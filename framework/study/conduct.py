"""A study from its plan to its verdict."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from framework.job import terminate_as_interrupt
from framework.recording import Recording, say_where, uri_of
from framework.registry import Registry
from framework.settings import Settings
from framework.study.asked import check_asked
from framework.study.crew import crew
from framework.study.plan import Job, Plan, job, tuned, with_value
from framework.study.preview import preview
from framework.study.runs import Runs
from framework.study.search import Searches
from framework.tracking.folder import now
from framework.verdict.outcome import TUNING
from framework.verdict.searched import told

FAILED = 1  # exit status


@dataclass
class Study:
    """What a command asks for.

    title: of the MLflow parent, and of the verdict. words: those after `python run.py`. sweep: whether -m was
    among them.
    """

    plan: Plan
    settings: Settings
    registry: Registry
    sweep: bool
    title: str
    words: str

    @property
    def command(self) -> str:
        """What gives the study again."""
        return f"python run.py {self.words}"

    @property
    def repeated(self) -> bool:
        """Whether some arm has several seeds: without, there is nothing that a verdict could stand on."""
        return any(len(arm.seeds) > 1 for arm in self.plan.arms)

    def show(self) -> int:
        """Print what would be run, and what of it is there already."""
        preview(self.plan, self.settings, self.sweep or self.repeated, self.registry)
        return 0

    def run(self) -> int:
        """Do everything; returns the exit status. Raises ConfigError before anything is written."""
        workers = crew(self.settings, self.sweep or self.repeated, self.registry)
        check_asked(self.plan, self.settings)
        jobs, searches = self.plan.jobs(), Searches.of(self.plan, self.settings, self.registry)
        self._say(f"{len(jobs)} run{'s' * (len(jobs) > 1)}: {self.words}")
        with Recording(self.settings.tracking, self._described(jobs)) as recording:
            recording.begin()
            arms = {arm.label: arm for arm in self.plan.arms}
            runs = Runs(recording, self.settings, workers, arms)
            try:
                with terminate_as_interrupt():
                    runs.make(jobs)
                    self._tune(searches, runs, len(jobs))
                    self._report(recording)
            except KeyboardInterrupt as error:
                reason = str(error) or "interrupted from the keyboard"
                runs.interrupted(reason)
                recording.session.finish("KILLED", f"interrupted after {runs.done} runs")
                self._say_where(recording)
                again = "the same command again makes the runs that are missing"
                raise KeyboardInterrupt(f"{reason}; {again}") from error
            recording.session.finish(*_ending(runs))
            self._say_where(recording)
        return FAILED if runs.failures or recording.incomplete else 0

    def _say(self, text: str) -> None:
        if not self.settings.quiet:
            print(text, flush=True)

    def _described(self, jobs: Sequence[Job]) -> Mapping[str, Any]:
        """What study.json says."""
        tracking = self.settings.tracking
        return {
            "name": self.title,
            "start_time": now(),
            "description": f"Reproduce it:\n\n    {self.command}",
            "params": {
                "command": self.words,
                "factors": " ".join(self.plan.factors),
                "arms": str(len(self.plan.arms)),
                "seeds": str(len({job.seed for job in jobs})),
                **self._asked(),
            },
            "tags": {"mlflow.source.name": sys.argv[0], "mlflow.source.type": "LOCAL"},
            "tracking": {"uri": uri_of(tracking), "experiment": tracking.experiment},
            "arms": {arm.label: list(arm.words) for arm in self.plan.arms},
            "repeated": self.repeated,
        }

    def _asked(self) -> dict[str, str]:
        """What the verdict is about, so that it can be asked for again."""
        asked = self.settings.study
        told: dict[str, Any] = {"axis": self.settings.budget.unit}
        told |= {name: getattr(asked, name) for name in ("metric", "target", "target_metric")}
        return {name: str(value) for name, value in told.items() if value is not None}

    def _tune(self, searches: Searches, runs: Runs, number: int) -> None:
        """Trials in batches, then the runs of every arm at its best value. number: of the first trial."""
        if not searches:
            return
        self._say(f"\n{searches}")
        for batch in searches.batches():
            trials = [
                job(number + i, with_value(arm, search.field, value), seed, TUNING, word)
                for i, (arm, search, value, seed) in enumerate(batch)
                for word in [f"{search.field}={value:g}"]
            ]
            number += len(trials)
            reports = runs.make(trials, searches.metric, searches.count)
            searches.tell(batch, [reports[trial.number] for trial in trials])
        searches.save(runs.recording.path)
        found = [(arm, s.field, s.result().best) for arm, s in searches.pairs]
        best = Plan(tuple(tuned(*each, self.registry) for each in found), self.plan.factors)
        runs.arms |= {arm.label: arm for arm in best.arms}
        self._say("\n" + "\n".join(told([search.result() for _, search in searches.pairs], [])))
        runs.make([replace(each, number=number + each.number) for each in best.jobs()])

    def _report(self, recording: Recording) -> None:
        """The verdict comes before the status, so that it goes to MLflow with the parent."""
        from framework.verdict.report import report

        if not self.repeated:
            self._say("\none seed an arm; study.seeds=10 ends with a verdict")
        else:
            report(recording.path, self.title, self.command, self.plan.factors, self.settings)

    def _say_where(self, recording: Recording) -> None:
        if not self.settings.quiet:
            say_where(self.settings.tracking, recording.path)


def _ending(runs: Runs) -> tuple[str, str | None]:
    """Status and reason of the whole study."""
    if not runs.failures:
        return "FINISHED", None
    return "FAILED", f"{len(runs.failures)} of {runs.done} runs failed: {'; '.join(runs.failures)}"
