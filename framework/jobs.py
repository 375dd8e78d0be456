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
from hydra.core.hydra_config import HydraConfig
from threadpoolctl import threadpool_limits

from framework.arms import compose_arms, parsed, recipe
from framework.assembly import assemble
from framework.conf import RECIPES
from framework.drawing import FEW_INPUTS, FEW_ROWS
from framework.errors import ConfigError, FrameworkError, NonFinite
from framework.experiment import Run, train_run
from framework.provenance import describe_run, text_of
from framework.registry import Registry, describe
from framework.tracking import store, syncer
from framework.tracking.folder import RunFolder, Session, now

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130  # exit statuses
MOST_KEPT = 200_000  # numbers of a split's outputs that are kept for the figures


@dataclass(frozen=True)
class Command:
    """What was typed: the words, whether they are a sweep and over which keys, how many jobs that makes."""

    words: str = ""
    sweep: bool = False
    keys: frozenset[str] = frozenset()
    jobs: int | None = 1  # None: not known


@dataclass
class Jobs:
    """The runs of one command, in one session folder that the first valid run creates.

    A job is what Hydra starts: one run, or a run for each of its arms.
    """

    registry: Registry
    command: Command
    armed: bool = False  # some job has arms
    sizes: set[int] = field(default_factory=set)  # runs of the jobs so far
    status: int = 0
    done: int = 0
    arm: str | None = None  # of the run that is under way
    failures: list[str] = field(default_factory=list)
    session: Session | None = None
    syncer: subprocess.Popen[bytes] | None = None
    last: Run | None = None

    @property
    def study(self) -> bool:
        """Whether there are several runs: a sweep, or a recipe with arms."""
        return self.command.sweep or self.armed

    @property
    def count(self) -> int | None:
        """How many runs there will be, as far as that is known."""
        if self.command.jobs is None or len(self.sizes) != 1:
            return None
        return self.command.jobs * next(iter(self.sizes))

    def run(self, config: Any) -> float:
        """What a composed configuration asks for: its arms, or the one run that it is.

        Returns the primary metric, of the first arm; a run that failed gives NaN.
        """
        try:
            arms = compose_arms(config, self.registry)
        except ConfigError as error:
            self.done += 1
            self.sizes.add(0)  # nobody knows how many it would have been
            return self._failed(BAD_INPUT, str(error))
        self.armed |= bool(arms)
        self.sizes.add(len(arms) or 1)
        if not arms:
            return self._run(config)
        values = [self._run(each, arm) for arm, each in arms.items()]
        return values[0]

    def _run(self, config: Any, arm: str | None = None) -> float:
        self.done += 1
        self.arm = arm
        try:
            run = assemble(config, self.registry)
        except ConfigError as error:
            return self._failed(BAD_INPUT, str(error))
        except Exception as error:  # a plugin's own bug: its author needs the traceback
            traceback.print_exc()
            return self._failed(FAILED, describe(error))
        self.last, run.recipe, run.arm = run, recipe(), arm
        if self.study:
            run.job, run.swept = (self.done, self.count or 0), "seed" in self.command.keys
            run.label = _label(run, self.command.keys)
            if self.session is None and not run.settings.quiet:
                many = "1 run" if self.count == 1 else f"{self.count or 'Several'} runs"
                print(f"{many}: {self.command.words}", flush=True)
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
            "name": self.command.words.replace(f"+{RECIPES}=", ""),
            "start_time": now(),
            "description": f"Reproduce it:\n\n    python run.py {self.command.words}",
            "params": {"command": self.command.words},
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
        name = f"run {self.done} (arm '{self.arm}')" if self.arm else f"run {self.done}"
        label = f"{name}: {reason}" if self.study else reason
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


def _label(run: Run, keys: frozenset[str]) -> str:
    """What sets a run apart from others of its study, the seed left out: `cross entropy optim.lr=0.3`."""
    arm = [run.arm.replace("_", " ")] if run.arm else []
    words = parsed(HydraConfig.get().overrides.task) if keys else {}
    told = [word for key, word in words.items() if key in keys and key != "seed"]
    return " ".join([*arm, *told]) or run.name.rpartition(" seed=")[0]


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
