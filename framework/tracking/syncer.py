"""The process that brings the folders of one command to MLflow, beside it and after it.

    python -m framework.verdict.syncer runs/<session>

That program is this one, given what sends verdicts. It ends when the command is over and everything has
arrived, with status 0, or when what has not arrived was tried a last time, with status 1: `python -m
framework repair` tries again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from framework.tracking import folder as files
from framework.tracking.store import ENVIRONMENT

if TYPE_CHECKING:
    from framework.tracking.study_copy import Publish

PROGRAM = "framework.verdict.syncer"
SYNC_LOCK = "sync.lock"
LOG = "sync.log"
POLL = 0.05  # seconds between two looks at the folder
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)


def start(session: Path) -> subprocess.Popen[bytes]:
    """Start the syncer of the folder `session`, which the caller has locked; returns at once.

    It is in a session of its own: Ctrl-C at the terminal ends the command, not the syncer. What it
    says goes to sync.log in the folder.
    """
    command = [sys.executable, "-m", PROGRAM, str(session)]
    with (session / LOG).open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **ENVIRONMENT, **_import_path(), **ONE_THREAD},
            start_new_session=True,
        )


def main(arguments: list[str], publish: Publish | None = None) -> int:
    """Sync the one folder named in `arguments`; returns the exit status."""
    session = Path(arguments[0]).absolute()
    lock = files.Lock(session / SYNC_LOCK)
    if not lock.acquire(wait=False):
        _say(f"{session}: another syncer is at work here")
        return 0
    try:
        os.nice(5)  # training goes first
        return sync(session, publish)
    finally:
        lock.release()


def sync(session: Path, publish: Publish | None = None) -> int:
    """Follow a session to its end. Returns 0 if everything has arrived, else 1."""
    from framework.tracking.painter import Painter
    from framework.tracking.session_copy import SessionCopy
    from framework.tracking.warm_up import warm_up

    painter, preparation = Painter(), warm_up()
    copy = SessionCopy(session, _say, painter=painter, publish=publish)
    while True:
        over = copy.is_over()
        copy.advance()
        if over and copy.settled:
            painter.close()
            return 0 if copy.complete else 1
        if next(preparation, "ready") == "ready":
            time.sleep(POLL)


def _say(message: str) -> None:
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {message}", flush=True)


def _import_path() -> dict[str, str]:
    """The child finds modules where this process does, whatever its working directory."""
    return {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
