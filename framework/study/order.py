"""A job as a process of its own is told of it, and what it does."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from framework.assembly import assemble
from framework.errors import ConfigError
from framework.job import Report, carry_out
from framework.provenance import describe_run, text_of
from framework.registry import Registry, describe, known_plugins
from framework.study.plan import Job
from framework.tracking.folder import RunFolder

OUTPUT = "output.log"  # what a run in a process of its own prints


@dataclass(frozen=True)
class Order:
    """A job, the session's folder, the store, where plugins are, and how many orders are done at once."""

    job: Job
    session: str
    uri: str
    paths: tuple[str, ...]
    workers: int = 1

    @property
    def folder(self) -> Path:
        return Path(self.session) / str(self.job.number)


def perform(order: Order, registry: Registry, watched: bool = False) -> Report:
    """Assemble, train and record the run of an order; whatever is wrong with it is in the report.

    watched: by another process, which records an interrupt. Raises KeyboardInterrupt.
    """
    try:
        run = assemble(order.job.config, registry)
    except ConfigError as error:
        return Report("FAILED", str(error))
    except Exception as error:  # a plugin's own bug: its author needs the traceback
        traceback.print_exc()
        return Report("FAILED", describe(error))
    run.recipe, run.place = order.job.recipe, replace(order.job.place, workers=order.workers)
    study = Path(order.session).name
    with RunFolder(order.folder) as folder:
        folder.start(describe_run(run, order.uri, study, order.job.identity), text_of(run.config))
        return carry_out(run, folder, watched)


def perform_alone(order: Order) -> Report:
    """`perform` in a process of its own: what it prints goes to output.log in the run's folder."""
    registry = known_plugins(order.paths)
    with _into(order.folder / OUTPUT):
        return perform(order, registry, watched=True)


@contextmanager
def _into(log: Path) -> Iterator[None]:
    """Standard output and error, of C code too, go to the file; it is removed if nothing came."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab", buffering=0) as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        if log.stat().st_size == 0:
            log.unlink()
