"""Who does the jobs of a study: this process, one after another, or a pool with a process for each."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Protocol

from framework.errors import ConfigError
from framework.job import Report
from framework.registry import Registry
from framework.settings import Settings
from framework.study.order import Order, perform, perform_alone
from framework.study.pool import Ending, Pool

Started = Callable[[Order], None]
Ended = Callable[[Order, Report], None]


class Crew(Protocol):
    """Does orders, and tells when each is begun and how it ended. workers: orders done at once."""

    workers: int

    def do(self, orders: Sequence[Order], started: Started, ended: Ended) -> None: ...


class Alone:
    """This process does them: no start-up, but a run that exits or hangs takes the study with it."""

    workers = 1

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def do(self, orders: Sequence[Order], started: Started, ended: Ended) -> None:
        for order in orders:
            started(order)
            ended(order, perform(order, self.registry))


class Together:
    """A process for each run, several at once: whatever happens to one costs only itself."""

    def __init__(self, workers: int, timeout: float | None, threads: int) -> None:
        self.workers = workers
        self._pool = Pool(workers, timeout, threads=threads)

    def do(self, orders: Sequence[Order], started: Started, ended: Ended) -> None:
        def over(order: Order, ending: Ending) -> None:
            ended(order, Report("FAILED", ending.problem) if ending.problem else ending.value)

        self._pool.run(perform_alone, orders, started, over)


def crew(settings: Settings, sweep: bool, registry: Registry) -> Crew:
    """As study.workers asks; auto: the cores for a sweep, one at a time where seconds are the budget."""
    asked, timeout = settings.study.workers, settings.study.timeout
    if isinstance(asked, str):
        cores = _cores() // settings.threads
        at_once = 1 if by_seconds(settings) else max(1, cores)
        asked = at_once if sweep or timeout is not None else 0
    if asked > 1 and by_seconds(settings):
        rule = "runs that are measured in seconds need the machine alone; set study.workers=1"
        raise ConfigError(f"study.workers={asked}: {rule}")
    if asked == 0 and timeout is not None:
        rule = "a run in this process cannot be stopped; set study.workers=1 or more"
        raise ConfigError(f"study.timeout={timeout:g}: {rule}")
    return Together(asked, timeout, settings.threads) if asked else Alone(registry)


def by_seconds(settings: Settings) -> bool:
    """Whether the time in training bounds the runs, which other processes stretch."""
    return settings.budget.unit == "seconds" or settings.train.seconds is not None


def _cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
