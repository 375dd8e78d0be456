"""Jobs in parallel on this machine, a process each: whatever happens to one costs only itself.

The processes are forked by a server that has imported what a job needs, so that a job starts in milliseconds
(`multiprocessing`, start method "forkserver"). The server is one per program: it has the environment and the
BLAS threads of the pool that starts it. A job has the environment, the working directory and `sys.path` of
the moment when it starts.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from math import inf
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Generic, NoReturn, TypeVar

from framework.registry import describe
from framework.tracking.syncer import ONE_THREAD

Spec = TypeVar("Spec")

GRACE = 2.0  # seconds from SIGTERM to SIGKILL, in which a job may record its end
HELD = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Ending:
    """How a job ended: the problem, "" when it returned; what it returned; the seconds it took."""

    problem: str
    value: Any
    seconds: float


@dataclass(frozen=True)
class Pool:
    """Runs jobs, up to `workers` at once.

    timeout: seconds that a job may take, None for no limit. preload: modules that the server imports.
    threads: of BLAS in each process.
    """

    workers: int
    timeout: float | None = None
    preload: Sequence[str] = ("framework.study.preload",)
    threads: int = 1

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise ValueError(f"workers={self.workers}: at least 1")

    def run(
        self,
        task: Callable[[Spec], Any],
        specs: Iterable[Spec],
        started: Callable[[Spec], None],
        ended: Callable[[Spec, Ending], None],
    ) -> None:
        """Run task(spec) for each of `specs`, in their order; each is asked for when a worker is free.

        task, the specs and what task returns are pickled. started(spec) and ended(spec, ending) are called in
        this process, once for each job. Problems: "ValueError: ..." (task raised), "exited with status 3",
        "killed by SIGKILL", "no end after 60 s: stopped (study.timeout=60)".

        A job is a process group: what it started itself ends with it, and Ctrl-C reaches this process alone.
        When `run` is left by an exception, a KeyboardInterrupt say, the jobs under way get SIGTERM and a
        moment to record their end; `ended` is not called for them. Should this process die, they end too.
        """
        waiting, running = enumerate(specs), list[_Job[Spec]]()
        with tempfile.TemporaryDirectory(prefix="framework-") as folder:
            try:
                while True:
                    for number, spec in islice(waiting, self.workers - len(running)):
                        started(spec)
                        with _held_signals():
                            running.append(self._start(task, spec, Path(folder, str(number))))
                    if not running:
                        return
                    _await_change(running)
                    for job in [job for job in running if job.over]:
                        running.remove(job)
                        ended(job.spec, job.ending())
            except BaseException:
                _stop(running)
                raise

    def _start(self, task: Callable[[Spec], Any], spec: Spec, answer: Path) -> _Job[Spec]:
        threads = dict.fromkeys(ONE_THREAD, str(self.threads))
        self._ensure_server(threads)
        process = multiprocessing.get_context("forkserver").Process(
            target=_work, args=(task, spec, answer, {**os.environ, **threads})
        )
        process.start()
        return _Job(spec, process, answer, self.timeout)

    def _ensure_server(self, threads: dict[str, str]) -> None:
        """It finds modules where this process does, and Ctrl-C does not reach it."""
        resource_tracker.ensure_running()  # by itself the server would start it, and let signals through
        path = {"PYTHONPATH": os.pathsep.join(folder for folder in sys.path if folder)}
        forkserver.set_forkserver_preload(list(self.preload))
        with _environment({**threads, **path}):
            forkserver.ensure_running()


@dataclass
class _Job(Generic[Spec]):
    """A job under way; `answer` is the file that its process leaves."""

    spec: Spec
    process: BaseProcess
    answer: Path
    timeout: float | None
    stopped: bool = False
    begun: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.deadline = inf if self.timeout is None else self.begun + self.timeout

    @property
    def over(self) -> bool:
        return not self.process.is_alive()

    def enforce(self) -> None:
        """Past its deadline a job is asked to end, and a moment later it is ended."""
        if time.monotonic() < self.deadline:
            return
        self.signal(signal.SIGKILL if self.stopped else signal.SIGTERM)
        self.deadline = inf if self.stopped else time.monotonic() + GRACE
        self.stopped = True

    def signal(self, number: signal.Signals) -> None:
        """To the process and to what it started."""
        assert self.process.pid is not None
        try:
            os.killpg(self.process.pid, number)
        except (
            ProcessLookupError,
            PermissionError,
        ):  # it is over, or has not come as far as to lead a group
            if not self.over:
                with suppress(ProcessLookupError):
                    os.kill(self.process.pid, number)

    def ending(self) -> Ending:
        """Of a job that is over; what it left behind of its own processes ends too."""
        seconds = time.monotonic() - self.begun
        self.signal(signal.SIGKILL)
        self.process.join()
        problem, value = self._answer()
        self.process.close()
        self.answer.unlink(missing_ok=True)
        return Ending(problem, value, seconds)

    def _answer(self) -> tuple[str, Any]:
        """What it left; of one that was stopped only a value counts: it was done before that."""
        problem, value = self._left()
        if problem and self.stopped:
            seconds = f"{self.timeout:g}"
            return f"no end after {seconds} s: stopped (study.timeout={seconds})", None
        return problem, value

    def _left(self) -> tuple[str, Any]:
        try:
            problem, value = pickle.loads(self.answer.read_bytes())
            return problem, value
        except FileNotFoundError:
            return _exit(self.process.exitcode), None
        except Exception as error:  # what it returned cannot be made here
            return describe(error), None


def _exit(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exited with status {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


def _await_change(running: Sequence[_Job[Any]]) -> None:
    """Return when a job is over, or when one is past its deadline, which is enforced."""
    left = min(job.deadline for job in running) - time.monotonic()
    if not wait([job.process.sentinel for job in running], None if left == inf else max(0, left)):
        for job in running:
            job.enforce()


def _stop(running: Sequence[_Job[Any]]) -> None:
    """SIGTERM, a grace, SIGKILL; another interrupt cuts the grace short."""
    until = time.monotonic() + GRACE
    try:
        for job in running:
            job.signal(signal.SIGTERM)
        while alive := [job.process.sentinel for job in running if not job.over]:
            if not wait(alive, max(0, until - time.monotonic())):
                return
    finally:
        for job in running:
            job.signal(signal.SIGKILL)
            job.process.join()


@contextmanager
def _held_signals() -> Iterator[None]:
    """Interrupts come when a process has been started and noted, not half way; the server never gets them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HELD)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _environment(changes: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _work(
    task: Callable[[Any], Any], spec: Any, answer: Path, environment: dict[str, str]
) -> NoReturn:
    """The job's process: the task, its answer in the file, and an end that no thread of it can hold up."""
    os.setsid()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD)
    os.environ.clear()
    os.environ.update(environment)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        content = pickle.dumps(("", task(spec)))
    except BaseException as error:
        content = pickle.dumps((_problem(error), None))
    part = answer.with_suffix(".part")  # whole or not at all: the process may be killed meanwhile
    part.write_bytes(content)
    part.replace(answer)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _problem(error: BaseException) -> str:
    match error:
        case KeyboardInterrupt():
            return str(error) or "interrupted"
        case SystemExit(code=int() | None as status):
            return f"exited with status {status or 0}"
        case SystemExit(code=words):
            return f"exited with status 1: {words}"
    return describe(error)


def _end_with_parent() -> None:
    """End this job's processes when the one that runs the study is no more."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.killpg(0, signal.SIGTERM)
    time.sleep(GRACE)
    os.killpg(0, signal.SIGKILL)
