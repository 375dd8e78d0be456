"""With several batches an epoch, times are fractions that floats round: nothing happens a step late."""

from __future__ import annotations

import math
from bisect import bisect_right
from fractions import Fraction as F
from itertools import accumulate, count, takewhile

import pytest

from framework import Schedule
from plugins.schedules.cosine import Cosine
from plugins.schedules.cyclic import Cyclic
from plugins.schedules.exponential import Exponential
from plugins.schedules.inverse_time import InverseTime
from plugins.schedules.multi_step import MultiStep
from plugins.schedules.one_cycle import OneCycle
from plugins.schedules.polynomial import Polynomial
from plugins.schedules.step import Step

PERIODS = [F(1, 10), F(1, 7), F(3, 10), F(1), F(12, 7)]
STEPS = 300  # of training


@pytest.fixture(params=[10, 7, 3], ids=lambda n: f"{n} batches")
def batches(request):
    """Of an epoch."""
    return request.param


@pytest.fixture(params=[F(0), F(1, 10), F(1, 7), F(3, 10), F(2), F(10, 3)], ids=str)
def warmup(request):
    return request.param


@pytest.fixture(params=PERIODS, ids=str)
def period(request):
    return request.param


@pytest.fixture
def times(batches, warmup):
    """(t, time since the warm-up) of every step after it: the first as floats go, the other exact."""
    ticks = [k for k in range(STEPS) if F(k, batches) >= warmup]
    return [(k / batches, F(k, batches) - warmup) for k in ticks]


def exponents(schedule, times):
    """The k of all factors ½^k."""
    return [round(-math.log2(schedule(t))) for t, _ in times]


@pytest.mark.parametrize("number", [*range(1, 50), 10**6])
def test_what_is_a_hair_below_an_integer_is_it(number):
    for hairs in range(-4, 5):
        assert Schedule.whole(number * (1 + hairs * 2.0**-53)) == number
    assert Schedule.whole(number - 1e-6) == Schedule.whole(number - 0.5) == number - 1
    assert Schedule.whole(number + 0.999) == number


def test_whole_from_0_to_beyond_what_floats_resolve():
    assert [Schedule.whole(x) for x in (0.0, 1e-300, 0.5, 1e15, 1e300)] == [0, 0, 0, 10**15, 1e300]


def test_stairs_are_on_time(times, warmup, period):
    expected = [math.floor(since / period) for _, since in times]
    every = {"every": float(period), "warmup": float(warmup)}
    assert exponents(Step(gamma=0.5, **every), times) == expected
    assert exponents(Exponential(gamma=0.5, staircase=True, **every), times) == expected
    inverse = InverseTime(decay=1.0, staircase=True, **every)
    assert [round(1 / inverse(t)) - 1 for t, _ in times] == expected


def test_milestones_are_on_time(times, warmup, period):
    milestones = [n * period for n in (1, 2, 3, 5, 8, 13, 21)]
    schedule = MultiStep(gamma=0.5, milestones=[float(m) for m in milestones], warmup=float(warmup))
    expected = [sum(since >= m for m in milestones) for _, since in times]
    assert exponents(schedule, times) == expected


def starts_of_cycles(cycle, growth, end):
    """Before the end: no cycle starts there."""
    lengths = (cycle * growth**number for number in count())
    return [*takewhile(lambda start: start < end, accumulate(lengths, initial=F(0)))]


@pytest.mark.parametrize("growth", [1, 2])
@pytest.mark.parametrize("cycles", [None, 15], ids=["endless", "ending"])
def test_cycles_of_cosines_start_on_time(times, warmup, period, growth, cycles):
    """Ending: with a cycle, of which there are 15 equal ones, or 4 that double."""
    duration = None if cycles is None else cycles * period
    starts = starts_of_cycles(period, growth, duration or STEPS)
    fields = {"cycle": float(period), "growth": float(growth), "peak_decay": 0.5}
    schedule = Cosine(warmup=float(warmup), **fields)
    end = float(duration + warmup) if duration else math.inf
    for t, since in times:
        known = min(since, duration or since)
        number = bisect_right(starts, known) - 1
        share = (known - starts[number]) / (period * growth**number)
        expected = 0.5**number * (1 + math.cos(math.pi * share)) / 2
        assert schedule(t, end) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_restarts_by_hand():
    warm = Cosine(cycle=1.0, warmup=0.1)
    assert [warm(k + 0.1) for k in range(1, 9)] == [1] * 8
    assert [Cosine(cycle=0.1)(k / 10) for k in range(100)] == [1] * 100


def test_waves_start_on_time(times, warmup, period):
    """Each is half as high as the one before; none is below 0."""
    schedule = Cyclic(low=0.0, up=float(period), shrink=0.5, warmup=float(warmup))
    for t, since in times:
        done, phase = divmod(since / period, 2)
        expected = float(min(phase, 2 - phase)) * 0.5**done
        assert schedule(t) == pytest.approx(expected, rel=1e-9, abs=1e-12)
        assert schedule(t) >= 0


@pytest.mark.parametrize("cls", [Cosine, Polynomial, OneCycle])
def test_the_end_is_the_end(cls, batches, warmup):
    """To the bit, whatever duration - warmup rounds to; so too where a cycle ends there."""
    for steps in range(math.floor(warmup * batches) + 1, STEPS):
        end = steps / batches
        assert cls(end=0.0, warmup=float(warmup))(end, end) == 0
        assert cls(end=0.0, warmup=float(warmup), duration=end)(end + 1.0) == 0
    for number in range(1, STEPS):
        end = float(warmup + F(number, batches))
        assert Cosine(cycle=1 / batches, warmup=float(warmup))(end, end) == 0
