"""Where a command writes: its session folder, and the syncer that brings the folder to MLflow."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from framework.errors import ConfigError
from framework.settings import Tracking
from framework.tracking import store, syncer
from framework.tracking.folder import RunFolder, Session


class Recording:
    """A context manager: on its end the session is closed, and the syncer waited for if that was asked."""

    def __init__(self, tracking: Tracking, study: Mapping[str, Any] | None = None) -> None:
        """Make the session's folder. study: what study.json says; None for a single run.

        Raises ConfigError where the folder cannot be made.
        """
        self.tracking = tracking
        self.uri = uri_of(tracking)
        self.incomplete = False
        self._syncer: subprocess.Popen[bytes] | None = None
        root = Path(tracking.folder)
        try:
            self.session = Session.create(root, study, tracked=tracking.enabled)
        except OSError as error:
            where = f"tracking.folder={tracking.folder}: {error.strerror}: {root.absolute()}"
            raise ConfigError(f"{where}; set it to a folder you may write") from error

    @property
    def path(self) -> Path:
        return self.session.path

    def folder(self, number: int | None = None) -> RunFolder:
        """The folder of run `number` of a study, or of the single run."""
        return self.session.new_run(number)

    def begin(self) -> None:
        """There is something to be brought to MLflow."""
        if self.tracking.enabled and self._syncer is None:
            self._syncer = syncer.start(self.path)

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.close()
        wait = self.tracking.wait
        if self._syncer is None or wait is False or (wait == "auto" and sys.stdout.isatty()):
            return
        if self._syncer.wait() != 0:
            log = self.path / syncer.LOG
            last = "".join(log.read_text(errors="replace").strip().splitlines()[-1:])
            print(
                f"warning: MLflow does not have everything yet ({last}); nothing is lost, "
                "'python -m framework repair' sends the rest",
                file=sys.stderr,
            )
            self.incomplete = True


def uri_of(tracking: Tracking) -> str:
    """The MLflow store, absolute."""
    return store.absolute(tracking.uri) if tracking.uri else store.default_uri()


def say_where(tracking: Tracking, path: Path) -> None:
    """Two lines: the folder, and how to look at it."""
    print(f"\n  folder  {path}", flush=True)
    if tracking.enabled:
        print(
            f"  look    python -m framework ui   (experiment '{tracking.experiment}')", flush=True
        )
