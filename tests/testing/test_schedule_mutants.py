"""Faults planted in schedules, each caught by the check whose business it is, with what it usually means."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import ClassVar

import pytest

from framework.interfaces import Annealing, Schedule
from framework.testing import cheap, check
from plugins.schedules.constant import Constant
from plugins.schedules.cosine import Cosine
from plugins.schedules.exponential import Exponential
from plugins.schedules.polynomial import Polynomial
from plugins.schedules.reduce_on_plateau import ReduceOnPlateau


def failures(schedule, checks=check):
    return {o.check: o.evidence for o in checks(schedule) if o.passed is False}


def spoil(base, **members):
    """A dataclass like `base` with other methods."""
    return dataclass(type(f"Spoilt{base.__name__}", (base,), members))()


def called(self, t, duration):
    """Counts its calls instead of looking at the time."""
    self.calls = getattr(self, "calls", 0) + 1
    return 0.9**self.calls


def warm_again(self, t, duration=math.inf):
    """Warms up, but leaves the schedule at the time since the start of training."""
    own = self.factor(t, duration)
    return (
        own if t >= self.warmup else self.warmup_start + (own - self.warmup_start) * t / self.warmup
    )


def forgets_the_start(self, t, duration=math.inf):
    own = self.factor(max(t - self.warmup, 0.0), duration - self.warmup)
    return own if t >= self.warmup else own * t / self.warmup


def remembers(self, loss):
    """Keeps the best loss beside its state."""
    self.least = min(getattr(self, "least", math.inf), loss)
    if loss > self.least:
        self.state["factor"] *= 0.5


def keeps_on(self):
    """Resets everything but the factor."""
    factor = getattr(self, "state", {}).get("factor", 1.0)
    ReduceOnPlateau.reset(self)
    self.state["factor"] = factor


def keeps_a_function(self):
    ReduceOnPlateau.reset(self)
    self.state["better"] = lambda loss: True


@dataclass
class FromTheEnd(Annealing):
    """Takes the time left, beyond the end too."""

    def __call__(self, t, duration=math.inf):
        return 1.0 if math.isinf(duration) else abs(1 - t / duration)

    def factor(self, t, duration):
        return abs(1 - t / duration)


@dataclass
class ByTheUnit(Schedule):
    """Takes it on itself to turn steps into epochs."""

    def factor(self, t, duration):
        return 0.9 ** (t / 100 if self.unit == "step" else t)


@dataclass
class Halved(Constant):
    """Says that it is steady, at one half."""

    steady: ClassVar[bool] = True

    def factor(self, t, duration):
        return 0.5


FAULTS = {
    "below zero": (
        spoil(Polynomial, factor=lambda s, t, d: 1 - 1.5 * t / d),
        "factors",
        "at t=7.7 of 10 the factor is -0.155",
    ),
    "infinite at the start": (
        spoil(Constant, factor=lambda s, t, d: math.inf if t == 0 else 1 / t, steady=False),
        "factors",
        "at t=0 of 10 the factor is inf",
    ),
    "no end to divide by": (
        spoil(Constant, factor=lambda s, t, d: (d - t) / d, steady=False),
        "factors",
        "the factor is",
    ),
    "a list": (spoil(Constant, factor=lambda s, t, d: [1.0]), "factors", "the factor is [1.0]"),
    "counts its calls": (
        spoil(Exponential, factor=called),
        "order of times",
        "it counts its calls",
    ),
    "draws": (
        spoil(Exponential, factor=lambda s, t, d: random.random()),
        "order of times",
        "the factor is a function of t",
    ),
    "converts units": (ByTheUnit(), "units", "t and duration are in units already"),
    "warm-up inside the schedule": (
        spoil(Exponential, __call__=warm_again),
        "warm up",
        "begins at t = 0 after the warm-up",
    ),
    "warm-up from 0 always": (spoil(Cosine, __call__=forgets_the_start), "warm up", "begins at"),
    "rises beyond its end": (FromTheEnd(), "end is kept", "beyond its end a schedule stays"),
    "deaf to its duration": (
        spoil(Polynomial, __call__=lambda s, t, d=math.inf: Schedule.__call__(s, min(t, d), d)),
        "end is kept",
        "schedule.duration is not what it spans",
    ),
    "steady at one half": (Halved(), "steady", "they are not 1"),
    "memory beside the state": (
        spoil(ReduceOnPlateau, observe=remembers),
        "state survives",
        "is not in self.state",
    ),
    "a function in the state": (
        spoil(ReduceOnPlateau, reset=keeps_a_function),
        "state survives",
        "self.state holds a function",
    ),
    "reset by halves": (
        spoil(ReduceOnPlateau, reset=keeps_on),
        "reset starts afresh",
        "something outlives reset",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_spoilt_schedule_is_caught(fault):
    spoilt, name, text = FAULTS[fault]
    found = failures(spoilt)
    assert name in found
    assert text in found[name]


@pytest.mark.parametrize("fault", ["below zero", "counts its calls", "memory beside the state"])
def test_the_quick_checks_before_a_first_run_catch_it_too(fault):
    spoilt, name, _ = FAULTS[fault]
    assert name in failures(spoilt, cheap)


@pytest.mark.parametrize(
    "schedule",
    [
        Constant,
        Constant(warmup=2.0, warmup_start=0.1),
        Polynomial(duration=7.0, warmup=1.0),
        Cosine(cycle=1.5, growth=2.0, unit="step"),
        ReduceOnPlateau(patience=2, cooldown=1),
    ],
    ids=str,
)
def test_what_is_right_passes(schedule):
    assert not failures(schedule)
