"""The folder of one command on its way to MLflow: a single run, or a study and its runs."""

from __future__ import annotations

import time
import traceback
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

from framework.tracking import folder as files
from framework.tracking.entry import Store
from framework.tracking.finish import draws
from framework.tracking.painter import InlinePainter, Painter
from framework.tracking.run_copy import RunCopy
from framework.tracking.store import StoreError
from framework.tracking.study_copy import Publish, StudyCopy

LONGEST_PAUSE = 60.0  # seconds between two attempts at something that fails


class Stores:
    """The stores in use. One out of reach is not asked again for a while: asking takes seconds."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], Store] = {}
        self._failed: dict[str, tuple[float, StoreError]] = {}

    def get(self, uri: str, experiment: str) -> Store:
        """Open, or opened before; raises StoreError while the store is out of reach."""
        since, problem = self._failed.get(uri, (0.0, None))
        if problem is not None and time.monotonic() - since < LONGEST_PAUSE / 2:
            raise problem
        try:
            if (uri, experiment) not in self._open:
                self._open[uri, experiment] = Store.open(uri, experiment)
        except StoreError as new:
            self._failed[uri] = (time.monotonic(), new)
            raise
        return self._open[uri, experiment]

    def forget(self, uri: str | None) -> None:
        """Open the store anew next time: something failed in it."""
        self._open = {key: store for key, store in self._open.items() if key[0] != uri}


class Attempts:
    """When a failing thing is tried again: later each time, and once more at the end."""

    def __init__(self) -> None:
        self.given_up = False
        self._pause = 1.0
        self._next = 0.0

    def due(self, final: bool) -> bool:
        return not self.given_up and (final or time.monotonic() >= self._next)

    def failed(self, final: bool) -> None:
        self.given_up = final
        self._next = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE)


class SessionCopy:
    """Brings everything of one session folder to MLflow.

    report: told what failed.  uri: a store to use instead of the one recorded in the folder.
    painter: draws the figures; here and now, unless another one is given.  publish: sends a study's verdict.
    """

    def __init__(
        self,
        folder: Path,
        report: Callable[[str], None],
        uri: str | None = None,
        painter: Painter | None = None,
        publish: Publish | None = None,
    ) -> None:
        self.folder = folder
        self.stores = Stores()
        self._report = report
        self._uri = uri
        self._painter = painter or InlinePainter()
        self._publish = publish
        self._study: StudyCopy | None = None
        self._runs: dict[Path, RunCopy] = {}
        self._attempts: defaultdict[Path, Attempts] = defaultdict(Attempts)

    def is_over(self) -> bool:
        """Whether the command has ended, in whatever way."""
        return not files.is_held(self.folder / files.SESSION_LOCK)

    @property
    def complete(self) -> bool:
        """Whether all that was found in the folder has arrived."""
        return all(copy.complete for copy in self._copies())

    @property
    def settled(self) -> bool:
        """Whether all that was found has arrived or has been given up."""
        return all(self._is_settled(copy) for copy in self._copies())

    def advance(self) -> None:
        """Look at every run and send what is new; once the command is over, for the last time."""
        final = self.is_over()
        self._discover()
        for copy in self._started():
            if not self._is_settled(copy) and copy.is_over() and draws(copy.run or {}):
                self._painter.begin(copy.folder)
        for copy in self._runs.values():
            if copy.has_news():
                self._attempt(copy, final and copy.is_over(), partial(self._advance_run, copy))
        study = self._study
        if study is not None and not study.complete:
            last = final and all(self._is_settled(copy) for copy in self._started())
            self._attempt(study, last, partial(self._advance_study, study, last))

    def _discover(self) -> None:
        if self._study is None:
            study = files.read_json(self.folder / files.STUDY)
            if study is not None:
                self._study = StudyCopy(self.folder, study, self._painter, self._publish)
        for path in self._run_folders():
            if path not in self._runs:
                name = self.folder.name
                identity = name if path == self.folder else f"{name}/{path.name}"
                self._runs[path] = RunCopy(path, identity, self._painter)

    def _run_folders(self) -> list[Path]:
        if self._study is None:
            return [self.folder]
        numbered = [path for path in self.folder.iterdir() if path.name.isdigit()]
        return sorted(numbered, key=lambda path: int(path.name))

    def _started(self) -> list[RunCopy]:
        return [copy for copy in self._runs.values() if copy.run is not None]

    def _copies(self) -> list[RunCopy | StudyCopy]:
        return [*self._started(), *([] if self._study is None else [self._study])]

    def _is_settled(self, copy: RunCopy | StudyCopy) -> bool:
        return copy.complete or self._attempts[copy.folder].given_up

    def _advance_run(self, copy: RunCopy) -> None:
        assert copy.run is not None
        store = self._store(copy.run["tracking"])
        parent = None if self._study is None else self._study.parent_of(store, copy.run)
        copy.advance(store, parent)
        _complain(copy)

    def _advance_study(self, study: StudyCopy, last: bool) -> None:
        store = self._store(study.study["tracking"])
        if last:
            study.end(store)
            _complain(study)
        else:
            study.begin(store)

    def _store(self, tracking: dict[str, str]) -> Store:
        return self.stores.get(self._uri or tracking["uri"], tracking["experiment"])

    def _attempt(self, copy: RunCopy | StudyCopy, last: bool, action: Callable[[], None]) -> None:
        attempts = self._attempts[copy.folder]
        if not attempts.due(last):
            return
        try:
            action()
        except Exception as problem:
            attempts.failed(last)
            if not isinstance(problem, StoreError | IncompleteError):
                self.stores.forget(copy.entry.uri)
            self._report(f"{copy.folder}: {_words(problem)}")


class IncompleteError(Exception):
    """Some part of a run did not arrive; the message holds each part's traceback."""


def _complain(copy: RunCopy | StudyCopy) -> None:
    if copy.problems:
        raise IncompleteError("\n".join(copy.problems))


def _words(problem: Exception) -> str:
    if isinstance(problem, StoreError | IncompleteError):
        return str(problem)
    return "".join(traceback.format_exception(problem))
