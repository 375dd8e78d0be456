"""The course of a study in the terminal: a live table of its arms, or a line for each finished run."""

from __future__ import annotations

import math
import os
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live

COLUMNS = 80  # of a terminal
NAME = 36  # columns up to the metric, of a run's name
AROUND = 5  # lines of the table that are no arms
LINES = 3  # that the long name of an arm may need


@dataclass
class _Arm:
    """What is known of an arm: runs in all, values of the finished ones, seconds that each took here."""

    runs: int
    values: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    running: dict[str, float] = field(default_factory=dict)  # name of a run -> when it started
    failed: int = 0
    reused: int = 0

    @property
    def done(self) -> int:
        """Finished or reused."""
        return len(self.values)

    @property
    def over(self) -> int:
        return self.done + self.failed


class Board:
    """Shows a study under way: a context manager that is told when a run starts and how it ends.

    arms: arm -> number of its runs. metric: of the values told. console: of rich, None for the standard
    output. confidence: of the intervals of the means, by Student's t. before, total: runs of earlier
    boards, and of all that belong together, in the count of lines.

    In a terminal it is a table, gone at the end: runs that are done, under way, reused and failed, the mean
    with its interval, seconds a run, and the time left as the finished runs let one expect. Elsewhere it is
    a line a run. quiet: neither. A failure is told at once on standard error. Either stream may be closed.
    """

    def __init__(
        self,
        arms: Mapping[str, int],
        metric: str,
        workers: int,
        console: Console | None = None,
        confidence: float = 0.95,
        quiet: bool = False,
        before: int = 0,
        total: int | None = None,
    ) -> None:
        self.before, self.total = before, total
        self.metric, self.workers, self.confidence, self.quiet = metric, workers, confidence, quiet
        self._arms = {name: _Arm(runs) for name, runs in arms.items()}
        self._seeds = any(runs > 1 for runs in arms.values())
        self._console, self._live = console, None
        self._lock = threading.Lock()  # rich draws in a thread of its own

    _console: Console | None
    _live: Live | None

    def __enter__(self) -> Self:
        if self._in_terminal():
            from rich.console import Console
            from rich.live import Live

            console = self._console or Console()
            errors = sys.stderr is not None and sys.stderr.isatty()
            self._live = Live(
                get_renderable=lambda: self._table(console),
                console=console,
                refresh_per_second=2,
                transient=True,
                redirect_stderr=errors,
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def started(self, arm: str, seed: int, trial: str) -> None:
        """A run is under way. trial: what is tried, in a search, as `optim.lr=0.1`."""
        with self._lock:
            self._arms[arm].running[self._name(arm, seed, trial)] = time.monotonic()

    def ended(
        self,
        arm: str,
        seed: int,
        trial: str,
        value: float | None,
        problem: str,
        cost: float | None = None,
    ) -> None:
        """A run is over: with the value of the metric, or with a problem. cost: in gradient-equivalents."""
        name = self._name(arm, seed, trial)
        with self._lock:
            self._note(self._arms[arm], name, value, problem)
        if problem:
            _say(f"failed: {name}: {problem}", "stderr")
        else:
            self._line(name, value, "" if cost is None else f"  cost {cost:,.0f}")

    def skipped(self, arm: str, seed: int, trial: str, value: float | None) -> None:
        """A run of an earlier study takes the place of this one."""
        with self._lock:
            self._arms[arm].reused += 1
            self._arms[arm].values.append(math.nan if value is None else value)
        self._line(self._name(arm, seed, trial), value, "  reused")

    def _note(self, arm: _Arm, name: str, value: float | None, problem: str) -> None:
        begun = arm.running.pop(name, None)
        if begun is not None:
            arm.seconds.append(time.monotonic() - begun)
        if problem:
            arm.failed += 1
        else:
            arm.values.append(math.nan if value is None else value)

    @property
    def _over(self) -> int:
        return sum(arm.over for arm in self._arms.values())

    @property
    def _runs(self) -> int:
        return sum(arm.runs for arm in self._arms.values())

    def _in_terminal(self) -> bool:
        if self.quiet:
            return False
        if self._console is not None:
            return self._console.is_terminal and not self._console.is_dumb_terminal
        return sys.stdout.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", "unknown")

    def _line(self, name: str, value: float | None, rest: str) -> None:
        """`  12/40  ce seed=3                      val/accuracy 0.9777  cost 32,370`."""
        if self.quiet or self._live is not None:
            return
        over, runs = self.before + self._over, self.total or self._runs
        place = f"  {over:>{len(str(runs))}}/{runs}  "
        tail = f"  {self.metric} {_number(value)}{rest}"
        _say(place + _fitted(name, NAME - len(place), COLUMNS - len(place + tail)) + tail, "stdout")

    def _name(self, arm: str, seed: int, trial: str) -> str:
        """The seed is told where an arm has others."""
        return " ".join([arm, *filter(None, [trial]), *([f"seed={seed}"] if self._seeds else [])])

    def _table(self, console: Console) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        with self._lock:
            room = console.height - AROUND
            shown, roomy = self._shown(room), LINES * len(self._arms) <= room
            hidden = len(self._arms) - len(shown)
            below = [f"  and {hidden} more arms"] if hidden else []
            return Group(self._rows(shown, roomy), *map(Text, [*below, f"  {self._course()}"]))

    def _shown(self, room: int) -> dict[str, _Arm]:
        """As many arms as there is room for: those under way first, then those that are not over."""
        rank = {
            name: (not arm.running, arm.over == arm.runs, arm.over == 0)
            for name, arm in self._arms.items()
        }
        chosen = set(sorted(rank, key=rank.__getitem__)[: max(1, room)])
        return {name: arm for name, arm in self._arms.items() if name in chosen}

    def _rows(self, shown: Mapping[str, _Arm], roomy: bool) -> RenderableType:
        from rich.table import Table

        everyone = self._arms.values()
        counts = [n for n in ("reused", "failed") if any(getattr(arm, n) for arm in everyone)]
        table = Table(box=None, pad_edge=False, padding=(0, 0, 0, 2), header_style="bold")
        table.add_column("arm", overflow="fold" if roomy else "ellipsis", no_wrap=not roomy)
        metric = f"{self.metric} ({100 * self.confidence:g} %)"
        for heading in ("done", "now", *counts, metric, "s/run"):
            table.add_column(heading, justify="right", no_wrap=True)
        for name, arm in shown.items():
            numbers = [str(getattr(arm, count) or "") for count in counts]
            now, mean = str(len(arm.running) or ""), self._mean(arm)
            table.add_row(name, f"{arm.done}/{arm.runs}", now, *numbers, mean, _pace(arm))
        return table

    def _mean(self, arm: _Arm) -> str:
        """The mean and its interval, from two runs on: `0.9751 (0.9711 to 0.9792)`."""
        if not arm.values:
            return ""
        if not all(map(math.isfinite, arm.values)):
            return "not finite"
        from framework.verdict.statistics import estimate

        found = estimate(arm.values, self.confidence)
        if found.low is None or found.high is None:
            return _number(found.mean)
        return f"{_number(found.mean)} ({_number(found.low)} to {_number(found.high)})"

    def _course(self) -> str:
        """`12 of 40 runs over, 2 under way; about 40 s left`."""
        now = sum(len(arm.running) for arm in self._arms.values())
        left = self._left()
        told = "" if left is None else f"; about {_duration(left)} left"
        return f"{self._over} of {self._runs} runs over, {now} under way{told}"

    def _left(self) -> float | None:
        """Seconds to the end: what is not over takes as long as an arm's runs have taken, or as all have."""
        taken = [seconds for arm in self._arms.values() for seconds in arm.seconds]
        if not taken:
            return None
        now, left = time.monotonic(), 0.0
        for arm in self._arms.values():
            own = arm.seconds or taken
            pace = sum(own) / len(own)
            left += pace * (arm.runs - arm.over - len(arm.running))
            left += sum(max(0.0, pace - (now - begun)) for begun in arm.running.values())
        return left / self.workers


def _fitted(name: str, least: int, most: int) -> str:
    """As wide as the others, and no wider than there is room; an ellipsis says that some is missing."""
    if len(name) > most:
        return f"{name[: max(1, most - 1)]}…"
    return f"{name:<{min(least, most)}}"


def _pace(arm: _Arm) -> str:
    if not arm.seconds:
        return ""
    mean = sum(arm.seconds) / len(arm.seconds)
    return f"{mean:.2f}" if mean < 10 else f"{mean:.0f}"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e4 else f"{value:.4g}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _say(text: str, stream: str) -> None:
    """Print; a reader that has closed the pipe (`| head`) is no reason to end a study."""
    try:
        print(text, file=getattr(sys, stream), flush=True)
    except BrokenPipeError:
        nowhere: Any = open(os.devnull, "w")  # noqa: SIM115, PTH123 - until the process ends
        setattr(sys, stream, nowhere)
