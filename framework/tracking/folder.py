"""The run folder, written by the training process and read by everyone else.

    runs/<stamp>-<hex6>/               one command: a session, locked while the command lives
    runs/<stamp>-<hex6>/<number>/      one run of a study; a single run lives in the session itself

A run is alive as long as somebody holds its lock or that of its command, and over when nobody does: a
killed process cannot forget to say so. JSON files appear whole or not at all, metrics grow by whole lines.
Only the standard library is imported here: a training process pays nothing for it.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import time
import weakref
from collections.abc import Mapping
from io import TextIOWrapper
from pathlib import Path
from typing import Any

SESSION_LOCK = "session.lock"
RUN_LOCK = "run.lock"
STUDY = "study.json"
RUN = "run.json"
CONFIG = "config.yaml"
METRICS = "metrics.jsonl"
RESULT = "result.json"
FINAL, TUNING = "final", "tuning"  # phases of a study's runs
DIVERGED = "diverged"  # stopped, where training ran into values that are not finite


def now() -> int:
    """Milliseconds since 1970, the clock of every time in a run folder."""
    return time.time_ns() // 1_000_000


def write_text(path: Path, text: str) -> None:
    """Write `text` so that a reader sees the old file or the new one, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write `value` as `write_text` does."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in `path`, or None while there is no such file."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    value: dict[str, Any] = json.loads(text)
    return value


class Lock:
    """An exclusive `flock` on a file, held until `release` or the death of the process.

    Neither a child started by exec nor a forked one keeps it alive.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self, *, wait: bool = True) -> bool:
        """Take the lock; False if `wait` is False and somebody else holds it."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BaseException as problem:
            os.close(descriptor)
            if isinstance(problem, BlockingIOError):
                return False
            raise
        self._descriptor = descriptor
        _taken.add(self)
        return True

    def release(self) -> None:
        """Give the lock back; nothing happens if it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Lock:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


_taken: weakref.WeakSet[Lock] = weakref.WeakSet()


def _forget_in_child() -> None:
    for lock in list(_taken):
        lock.release()


os.register_at_fork(after_in_child=_forget_in_child)


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock `path` now; a lock that was never made is free."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def is_alive(folder: Path) -> bool:
    """Whether somebody is left who may still write the result of the run or study in `folder`.

    For a run of a study that is its own process, or the command, which says how a run ended that died.
    """
    locks = (folder / RUN_LOCK, folder / SESSION_LOCK, folder.parent / SESSION_LOCK)
    return any(is_held(lock) for lock in locks)


class RunFolder:
    """The writer's side of one run: lock, description, metrics line by line, result."""

    def __init__(self, path: Path) -> None:
        """Take the folder `path` for one run: make it if need be, and hold its lock."""
        path.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = Lock(path / RUN_LOCK)
        self._lock.acquire()
        self._metrics: TextIOWrapper | None = None

    def start(self, run: Mapping[str, Any], config_yaml: str) -> None:
        """Announce the run: from now on it is seen by others. `run` is what run.json says."""
        (self.path / CONFIG).write_text(config_yaml, encoding="utf-8")
        write_json(self.path / RUN, run)

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Append the values of one evaluation; they are on disk when this returns."""
        if self._metrics is None:
            self._metrics = _open_lines(self.path / METRICS)
        values = {name: float(value) for name, value in metrics.items()}
        line = json.dumps({"step": int(step), "time": now(), "metrics": values})
        self._metrics.write(line + "\n")
        self._metrics.flush()

    def finish(
        self, status: str, reason: str | None, stopped: str, metrics: Mapping[str, float]
    ) -> None:
        """Say how the run ended; write the model and the evaluation before.

        status: FINISHED, FAILED or KILLED; reason: what went wrong, None if nothing did;
        stopped: why the training ended, in words; metrics: the final values.
        """
        result = {
            "status": status,
            "reason": reason,
            "end_time": now(),
            "stopped": stopped,
            "metrics": {name: float(value) for name, value in metrics.items()},
        }
        write_json(self.path / RESULT, result)

    def close(self) -> None:
        """Let go of the folder. Without a result the run then counts as dead."""
        if self._metrics is not None:
            self._metrics.close()
            self._metrics = None
        self._lock.release()

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _open_lines(path: Path) -> TextIOWrapper:
    """Open for appending, on a fresh line even if the last writer was killed within one."""
    file = path.open("a+b")
    if file.tell() > 0:
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            file.write(b"\n")
    return TextIOWrapper(file, encoding="utf-8")


class Session:
    """The folder of one command, locked for as long as the command lives."""

    def __init__(self, path: Path, lock: Lock | None) -> None:
        self.path = path
        self._lock = lock

    @classmethod
    def create(
        cls, root: Path, study: Mapping[str, Any] | None = None, *, tracked: bool = True
    ) -> Session:
        """Make and lock a new folder below `root`, which is made if need be.

        study: what study.json says, for a study (its "id" is set here); None for a single run.
        tracked: whether it is to go to MLflow; a folder that was never locked never does.
        """
        path = _new_folder(Path(root).absolute())
        lock = Lock(path / SESSION_LOCK) if tracked else None
        if lock is not None:
            lock.acquire()
        if study is not None:
            write_json(path / STUDY, {**study, "id": path.name})
        return cls(path, lock)

    def new_run(self, number: int | None = None) -> RunFolder:
        """The folder of run `number` of a study; without a number the session is the run."""
        return RunFolder(self.path if number is None else self.path / str(number))

    def finish(self, status: str, reason: str | None = None) -> None:
        """Say how the whole study ended; a single run says so itself."""
        result = {"status": status, "reason": reason, "end_time": now()}
        write_json(self.path / RESULT, result)

    def close(self) -> None:
        """The command is over."""
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _new_folder(root: Path) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    while True:
        path = root / f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}"
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return path
