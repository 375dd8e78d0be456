"""Checks of a schedule: at chosen times, of a training that ends and of one without an end."""

from __future__ import annotations

import copy
import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from framework.interfaces import Annealing, Schedule
from framework.testing.optimizers import unsaveable
from framework.testing.outcome import Finding, compare, failure, remark
from framework.testing.variants import variants

END = 10.0
DURATIONS = (END, math.inf)
TIMES = (0.0, 0.1, 1.0, 2.5, 3.0, 4.9, 5.0, 7.7, 9.0, 9.99, END, END + 0.5, 3 * END)
WARMUP, FROM = 3.0, 0.25
LOSSES = (3.0, 2.0, *[1.0] * 13, 0.5, *[0.7] * 26, 0.4)  # plateaus, the second above the best
HALF = 20  # on the second


@dataclass(frozen=True)
class ScheduleCase:
    """A schedule as configured; `fresh` makes another one like it, with other fields where that is wanted."""

    name: str
    schedule: Schedule

    def fresh(self, **fields: Any) -> Schedule:
        schedule = dataclasses.replace(self.schedule, **fields)
        schedule.reset()
        return schedule


def at(schedule: Schedule, times: Sequence[float] = TIMES, duration: float = END) -> list[float]:
    """The factors at these times."""
    return [schedule(t, duration) for t in times]


def told(schedule: Schedule, losses: Sequence[float], start: int = 0) -> list[float]:
    """The factors after each of these losses."""
    factors = []
    for number, loss in enumerate(losses, start):
        schedule.observe(loss)
        factors.append(schedule(float(number), math.inf))
    return factors


# -- the checks: names and first lines are what the user reads ----------------------------------------


def factors(case: ScheduleCase) -> Finding:
    """finite and >= 0, to the end and beyond"""
    for duration in DURATIONS:
        for t, value in zip(TIMES, at(case.fresh(), duration=duration), strict=True):
            number = isinstance(value, int | float | np.floating) and math.isfinite(value)
            if not (number and value >= 0):
                return failure(f"at t={t:g} of {duration:g} the factor is {value!r}")
    return Finding()


def order_of_times(case: ScheduleCase) -> Finding:
    """the same times again, backwards: bits"""
    schedule = case.fresh()
    first, again = at(schedule), at(schedule, TIMES[::-1])[::-1]
    says = "it counts its calls; the factor is a function of t, and of what observe put into self.state"
    return Finding() if first == again else failure(says, *_first_apart(first, again))


def units(case: ScheduleCase) -> Finding:
    """unit=epoch against unit=step: bits"""
    epochs, steps = at(case.fresh(unit="epoch")), at(case.fresh(unit="step"))
    says = "t and duration are in units already; whoever asks has converted them"
    return Finding() if epochs == steps else failure(says, *_first_apart(epochs, steps))


def warm_up(case: ScheduleCase) -> Finding:
    """a line up to the schedule's start, then it"""
    warm = case.fresh(warmup=WARMUP, warmup_start=FROM, **_span(case, END))
    own = case.fresh(warmup=0.0, **_span(case, END - WARMUP))
    begin = own(0.0, END - WARMUP)
    expected = [
        FROM + (begin - FROM) * t / WARMUP if t < WARMUP else own(t - WARMUP, END - WARMUP)
        for t in TIMES
    ]
    says = "factor(t, duration) begins at t = 0 after the warm-up, which is the base class's"
    return compare(np.array(at(warm)), np.array(expected), says, relative=1e-9)


def end_is_kept(case: ScheduleCase) -> Finding:
    """its factor at the end and beyond: bits"""
    if not isinstance(case.schedule, Annealing):
        return remark("for schedules that span the training")
    schedule = case.fresh(warmup=0.0, **_span(case, END))
    last = schedule(END, END)
    beyond = at(schedule, (END + 1e-9, END + 1, 2 * END, 100 * END))
    says = "beyond its end a schedule stays where it was"
    if any(value != last for value in beyond):
        return failure(says, *_first_apart([last] * len(beyond), beyond))
    own = at(case.fresh(warmup=0.0, duration=END), duration=math.inf)
    says = "schedule.duration is not what it spans: leave __call__ alone"
    return Finding() if own == at(schedule) else failure(says, *_first_apart(own, at(schedule)))


def steady(case: ScheduleCase) -> Finding:
    """always 1, where that is declared"""
    schedule = case.fresh(warmup=0.0)
    if not schedule.steady:
        return remark("for schedules that declare it")
    values = [*at(schedule), *told(schedule, LOSSES)]
    ones = [1.0] * len(values)
    says = "steady = True has its factors left out of account, but they are not 1"
    return Finding() if values == ones else failure(says, *_first_apart(values, ones))


def state_survives(case: ScheduleCase) -> Finding:
    """going on against saved, restored, going on"""
    schedule, other = case.fresh(), case.fresh()
    told(schedule, LOSSES[:HALF])
    if problem := unsaveable(schedule.state):
        return failure(f"self.state holds {problem}; keep numbers and arrays only")
    other.state = copy.deepcopy(schedule.state)
    on, restored = (told(s, LOSSES[HALF:], HALF) for s in (schedule, other))
    says = "something that survives from one time to another is not in self.state"
    return Finding() if on == restored else failure(says, *_first_apart(on, restored))


def reset_starts_afresh(case: ScheduleCase) -> Finding:
    """all over again after reset against a new one"""
    schedule = case.fresh()
    first = told(schedule, LOSSES)
    schedule.reset()
    again = told(schedule, LOSSES)
    says = "a second run differs from the first: something outlives reset"
    return Finding() if first == again else failure(says, *_first_apart(first, again))


CHECKS: tuple[Callable[[ScheduleCase], Finding], ...] = (
    factors,
    order_of_times,
    units,
    warm_up,
    end_is_kept,
    steady,
    state_survives,
    reset_starts_afresh,
)
CHEAP = (factors, order_of_times, state_survives, reset_starts_afresh)


def cases(schedule: Schedule, cheap: bool = False) -> list[ScheduleCase]:
    """The schedule as it is, and with each field away from its default."""
    chosen = [("", schedule)] if cheap else variants(schedule)
    return [ScheduleCase(name, variant) for name, variant in chosen]


def _span(case: ScheduleCase, duration: float) -> dict[str, float]:
    """The field that makes a schedule span so much, where it has been told what to span."""
    own = getattr(case.schedule, "duration", None)
    return {} if own is None else {"duration": duration}


def _first_apart(here: Sequence[float], there: Sequence[float]) -> tuple[float, float]:
    return next((a, b) for a, b in zip(here, there, strict=True) if a != b)
