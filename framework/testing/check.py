"""All checks of a component: `check` runs them, `cheap` those few that run before a plugin's first run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from framework.interfaces import Callback, Dataset, Loss, Metric, Model, Optimizer, Schedule
from framework.links import Link
from framework.registry import Component, describe
from framework.testing import callbacks, datasets, losses, metrics, models, optimizers, schedules
from framework.testing.outcome import Case, Check, Finding, Outcome, failure

Part = Loss | Model | Optimizer | Schedule | Dataset | Metric | Callback  # an instance
Thing = Part | type | Component


def check(thing: Thing) -> list[Outcome]:
    """The outcomes of every check of a component, a class or an instance."""
    with planned(thing) as checks:
        return [each.run() for each in checks]


def cheap(
    part: Part, link: Link | None = None, sample: tuple[tuple[int, ...], int] | None = None
) -> list[Outcome]:
    """The outcomes of the few checks that are run before a plugin's first run, of a configured component.

    link: that of the run, for a loss. sample: its inputs and outputs, for a model that fits no others.
    """
    return [each.run() for each in _checks(part, cheap=True, link=link, sample=sample)]


@contextmanager
def planned(thing: Thing) -> Iterator[list[Check]]:
    """All checks of a component, not run yet; one that cannot be tried has a single one, which fails."""
    cls = thing.cls if isinstance(thing, Component) else thing
    known = thing.name if isinstance(thing, Component) else None
    with TemporaryDirectory(prefix="framework-check-") as folder:
        try:
            part = _example(cls, Path(folder)) if isinstance(cls, type) else cls
            checks, problem = _checks(part, known=known), ""
        except Exception as error:
            checks, problem = [], describe(error)
        yield [Check(construction, [Construction(problem, len(checks))]), *checks]


@dataclass(frozen=True)
class Construction:
    """Whether there is anything to check."""

    problem: str
    checks: int
    name: str = ""


def construction(case: Construction) -> Finding:
    """an example of it, from its defaults"""
    if case.problem:
        return failure(case.problem)
    return Finding() if case.checks else failure("it fits none of the links and tasks there are")


def _example(cls: Any, folder: Path) -> Any:
    return cls.example(folder) if issubclass(cls, Dataset) else cls()


def _checks(
    part: Any,
    cheap: bool = False,
    link: Link | None = None,
    sample: tuple[tuple[int, ...], int] | None = None,
    known: str | None = None,
) -> list[Check]:
    """The checks of a part, none if it fits no case."""
    module, cases = _cases(part, cheap, link, sample, known)
    functions: Sequence[Callable[[Any], Finding]] = module.CHEAP if cheap else module.CHECKS
    return [Check(function, cases) for function in functions] if cases else []


def _cases(
    part: Any,
    cheap: bool,
    link: Link | None,
    sample: tuple[tuple[int, ...], int] | None,
    known: str | None,
) -> tuple[Any, Sequence[Case]]:
    match part:
        case Loss():
            return losses, losses.cases(part, link, sample and sample[1])
        case Model():
            return models, models.cases(part, cheap, sample)
        case Optimizer():
            return optimizers, optimizers.cases(part, cheap)
        case Schedule():
            return schedules, schedules.cases(part, cheap)
        case Dataset():
            return datasets, datasets.cases(part, cheap)
        case Metric():
            return metrics, metrics.cases(part, known)
        case Callback():
            return callbacks, callbacks.cases(part)
    raise TypeError(
        f"{part!r} is no component: a Loss, Model, Optimizer, Schedule, Dataset, Metric or Callback"
    )
