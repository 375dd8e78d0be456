"""A command's runs: each assembled, trained and recorded in a folder that a syncer brings to MLflow."""

from __future__ import annotations

import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from framework.arms import compose_arms
from framework.assembly import assemble
from framework.errors import ConfigError, FrameworkError, NonFinite
from framework.experiment import Run, train_run
from framework.provenance import describe_run, text_of
from framework.registry import Registry, describe
from framework.tracking import store, syncer
from framework.tracking.folder import RunFolder, Session, now

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130  # exit statuses
MOST_KEPT = 200_000  # numbers of a split's outputs that are kept for the figures
FEW_ROWS, FEW_INPUTS = 50, 16  # of a split whose inputs are kept too


@dataclass
class Jobs:
    """The runs of one command, in one session folder that the first valid run creates."""

    registry: Registry
    words: str = ""  # the command line
    swept: bool = False  # -m
    count: int | None = 1  # how many runs there will be, as far as that is known
    study: bool = field(init=False)  # several runs: a sweep, or a recipe with arms
    status: int = 0
    done: int = 0
    failures: list[str] = field(default_factory=list)
    session: Session | None = None
    syncer: subprocess.Popen[bytes] | None = None
    last: Run | None = None

    def __post_init__(self) -> None:
        self.study = self.swept

    def run(self, config: Any) -> float:
        """What a composed configuration asks for: its arms, or the one run that it is.

        Returns the primary metric, of the first arm; a run that failed gives NaN.
        """
        try:
            arms = compose_arms(config, self.registry)
        except ConfigError as error:
            self.done += 1
            return self._failed(BAD_INPUT, str(error))
        if not arms:
            return self._run(config)
        if self.done == 0:
            self.study, self.count = True, self.count and self.count * len(arms)
        values = [self._run(each, arm) for arm, each in arms.items()]
        return values[0]

    def _run(self, config: Any, arm: str | None = None) -> float:
        self.done += 1
        try:
            run = assemble(config, self.registry)
        except ConfigError as error:
            return self._failed(BAD_INPUT, str(error))
        except Exception as error:  # a plugin's own bug: its author needs the traceback
            traceback.print_exc()
            return self._failed(FAILED, describe(error))
        self.last, run.arm, run.swept = run, arm, self.swept
        if self.study:
            run.job = (self.done, self.count or 0)
            if self.session is None and not run.settings.quiet:
                many = "1 run" if self.count == 1 else f"{self.count or 'Several'} runs"
                print(f"{many}: {self.words}", flush=True)
        with terminate_as_interrupt(), threadpool_limits(run.settings.threads):
            try:
                return self._train(run)
            except ConfigError as error:  # its folder could not be made
                return self._failed(BAD_INPUT, str(error))

    def _train(self, run: Run) -> float:
        with self._folder(run) as folder:
            run.log, run.folder = folder.log, folder.path
            try:
                stopped = train_run(run)
                self._keep(run, folder)
            except NonFinite as error:
                hint = "a smaller step, another start or scaled inputs may help"
                return self._failed(FAILED, f"{error}; {hint}", folder, run)
            except FrameworkError as error:
                return self._failed(FAILED, str(error), folder, run)
            except KeyboardInterrupt as error:
                reason = str(error) or "interrupted from the keyboard"
                folder.finish("KILLED", reason, "interrupted", run.results)
                raise
            except Exception as error:
                traceback.print_exc()
                return self._failed(FAILED, describe(error), folder, run)
            folder.finish("FINISHED", None, stopped, run.results)
        return run.results[run.primary]

    def _folder(self, run: Run) -> RunFolder:
        """The run's folder, announced, with a syncer on its way."""
        tracking = run.settings.tracking
        uri = store.absolute(tracking.uri) if tracking.uri else store.default_uri()
        if self.session is None:
            study = self._describe(uri, tracking.experiment) if self.study else None
            root = Path(tracking.folder)
            try:
                self.session = Session.create(root, study, tracked=tracking.enabled)
            except OSError as error:
                where = f"tracking.folder={tracking.folder}: {error.strerror}: {root.absolute()}"
                raise ConfigError(f"{where}; set it to a folder you may write") from error
        folder = self.session.new_run(self.done - 1 if self.study else None)
        study_id = self.session.path.name if self.study else None
        folder.start(describe_run(run, uri, study_id), text_of(run.config))
        if tracking.enabled and self.syncer is None:
            self.syncer = syncer.start(self.session.path)
        return folder

    def _describe(self, uri: str, experiment: str) -> Mapping[str, Any]:
        return {
            "name": self.words,
            "start_time": now(),
            "description": f"Reproduce it:\n\n    python run.py {self.words}",
            "params": {"command": self.words},
            "tags": {"mlflow.source.name": sys.argv[0], "mlflow.source.type": "LOCAL"},
            "tracking": {"uri": uri, "experiment": experiment},
        }

    def _keep(self, run: Run, folder: RunFolder) -> None:
        """The trained model, and what the figures need."""
        run.predictor.save(folder.path / "model", run.components["model"], run.model_fields)
        arrays: dict[str, np.ndarray] = {}
        for name, split in run.data.splits.items():
            outputs = run.outputs[name][: max(1, MOST_KEPT // run.logits)]
            kept = slice(len(outputs))
            arrays |= {f"{name}_outputs": outputs, f"{name}_targets": split.y[kept]}
            if _shown(run.data.task.inputs, len(outputs)):
                arrays[f"{name}_inputs"] = run.data.raw(name)[kept]
        with (folder.path / "evaluation.npz").open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)

    def _failed(
        self, status: int, reason: str, folder: RunFolder | None = None, run: Run | None = None
    ) -> float:
        self.status = max(self.status, status)
        label = f"run {self.done}: {reason}" if self.study else reason
        self.failures.append(label)
        print(f"error: {label}" if run is None else f"failed: {label}", file=sys.stderr, flush=True)
        if folder is not None and run is not None:
            folder.finish("FAILED", reason, "failed", run.results)
        return float("nan")

    def close(self, interrupted: bool) -> None:
        """The command is over: say how the study ended, and let the syncer finish, waited for or not."""
        if self.session is None:
            return
        if self.study:
            self._finish_study(interrupted)
            self._say_where()
        self.session.close()
        if self.syncer is None or self.last is None:
            return
        wait = self.last.settings.tracking.wait
        if wait is True or (wait == "auto" and not sys.stdout.isatty()):
            self._wait()

    def _finish_study(self, interrupted: bool) -> None:
        assert self.session is not None
        if interrupted:
            self.session.finish("KILLED", f"interrupted at run {self.done} of {self.count or '?'}")
        elif self.failures:
            reason = f"{len(self.failures)} of {self.done} runs failed: {'; '.join(self.failures)}"
            self.session.finish("FAILED", reason)
        else:
            self.session.finish("FINISHED")

    def _say_where(self) -> None:
        assert self.session is not None and self.last is not None
        if self.last.settings.quiet:
            return
        print(f"\n  folder  {self.session.path}")
        if self.last.settings.tracking.enabled:
            experiment = self.last.settings.tracking.experiment
            print(f"  look    python -m framework ui   (experiment '{experiment}')", flush=True)

    def _wait(self) -> None:
        assert self.syncer is not None and self.session is not None
        if self.syncer.wait() != 0:
            log = self.session.path / syncer.LOG
            last = log.read_text(errors="replace").strip().splitlines()[-1:]
            print(
                f"warning: MLflow does not have everything yet ({''.join(last)}); nothing is lost, "
                "'python -m framework repair' sends the rest",
                file=sys.stderr,
            )
            self.status = max(self.status, FAILED)


def _shown(inputs: tuple[int, ...], rows: int) -> bool:
    """Whether figures show a split's inputs: numbers on a line, points of a plane, or a few short rows."""
    return inputs in ((1,), (2,)) or (rows <= FEW_ROWS and prod(inputs) <= FEW_INPUTS)


@contextmanager
def terminate_as_interrupt() -> Iterator[None]:
    """SIGTERM ends a run as Ctrl-C does: recorded, with its reason."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt(f"ended by {signal.Signals(number).name}")

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
