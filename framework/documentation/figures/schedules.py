"""A schedule's factor against epochs: as it is by default, and with a field changed."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from framework.catalogue import Entry
from framework.documentation.facts import example
from framework.documentation.figures.style import Drawing, curves, panels
from framework.errors import FrameworkError, spell
from framework.fields import fields
from framework.interfaces import Schedule
from framework.params import Array

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DURATION, STEPS = 30, 600  # epochs and steps of the training that is shown
WARMUP = 0.1  # share of it
VISIBLE = 0.03
FALL = 10  # epochs until the loss that is observed stops falling


def plan(entry: Entry) -> Drawing | None:
    """One panel; a schedule that follows the loss sees one that falls, then rests."""
    schedule = example(entry.subject)
    if schedule is None:
        return None
    watches = type(schedule).observe is not Schedule.observe
    seen = f"; the loss falls for {FALL} epochs, then rests" if watches else ""
    caption = f"The factor of the learning rate in a training of {DURATION} epochs{seen}."
    return Drawing(caption, lambda: _draw(entry, schedule))


def _draw(entry: Entry, schedule: Schedule) -> Figure:
    whole = DURATION if schedule.unit == "epoch" else STEPS
    times = np.linspace(0, whole, 1201)
    figure, axes = panels(1, 1, f"schedule={entry.name}")
    named = [(label, _factors(each, times, whole)) for label, each in _shown(schedule, whole)]
    curves(axes[0, 0], times, named, gaps=False)
    top = max(1.0, *(float(values.max()) for _, values in named))
    axes[0, 0].set(xlabel=f"{schedule.unit}s", ylabel="factor of the learning rate")
    axes[0, 0].set_ylim(-0.03 * top, 1.06 * top)
    return figure


def _shown(schedule: Schedule, whole: float) -> list[tuple[str, Schedule]]:
    """The default, at most two fields of its own at another value, and a warm-up."""
    own = [f for f in fields(type(schedule)) if f.own]
    base = [("defaults", schedule)]
    more: list[tuple[str, Schedule]] = []
    for field in own:
        value = getattr(schedule, field.name)
        span = whole / 3 if value is None and field.takes.startswith(("number", "whole")) else None
        other = _other(value) if span is None else int(span)
        changed = None if other is None else _with(schedule, field.name, other)
        if changed is not None and len(more) < 2 and not _same(schedule, changed, whole):
            more.append((f"{field.name}={spell(other)}", changed))
    warm = _with(schedule, "warmup", WARMUP * whole)
    late = [(f"warmup={WARMUP * whole:g}", warm)] if warm is not None else []
    return [*base, *more, *late]


def _other(value: Any) -> Any:
    """A value that is telling beside this one: numbers from 1 are doubled, shares moved inwards."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return 2 * value or 2
    if isinstance(value, float):
        other = 2 * value if value >= 1 else (1 + value) / 2 if value >= 0.5 else 3 * value or 0.1
        return float(f"{other:.2g}")
    return None


def _with(schedule: Schedule, name: str, value: Any) -> Schedule | None:
    try:
        return dataclasses.replace(schedule, **{name: value})
    except FrameworkError:
        return None


def _same(schedule: Schedule, other: Schedule, whole: float) -> bool:
    """Whether two cannot be told apart in the figure."""
    times = np.linspace(0, whole, 301)
    difference = _factors(schedule, times, whole) - _factors(other, times, whole)
    return bool(np.abs(difference).max() < VISIBLE)


def _factors(schedule: Schedule, times: Array, whole: float) -> Array:
    """The factor at each time, told of a loss after every epoch."""
    schedule.reset()
    epoch, result = 0, []
    for t in times:
        while t * DURATION / whole >= epoch + 1:
            epoch += 1
            schedule.observe(0.8 ** min(epoch, FALL))
        result.append(schedule(float(t), float(whole)))
    return np.array(result)
