"""Factors are those of optax's schedules, with and without a warm-up."""

from __future__ import annotations

import numpy as np
import pytest

from framework.registry import discover

jax = pytest.importorskip("jax")
optax = pytest.importorskip("optax")

REGISTRY = discover()
END, WARMUP = 40, 8
LINE = {"init_value": 0.25, "peak_value": 1.0, "warmup_steps": WARMUP}
WARM = {"warmup": float(WARMUP), "warmup_start": 0.25}


def cases():
    """name, our fields, optax's schedule of 40 steps."""
    yield "constant", WARM, optax.warmup_constant_schedule(0.25, 1.0, WARMUP)
    yield "step", {"every": 7.0, "gamma": 0.5}, optax.exponential_decay(1.0, 7, 0.5, staircase=True)
    scales = {5: 0.3, 17: 0.3}
    yield (
        "multi_step",
        {"milestones": [5.0, 17.0], "gamma": 0.3},
        optax.piecewise_constant_schedule(1.0, scales),
    )
    yield "exponential", {"gamma": 0.9}, optax.exponential_decay(1.0, 1, 0.9)
    fields = {"gamma": 0.5, "every": 6.0, "end": 0.1}
    yield "exponential", fields, optax.exponential_decay(1.0, 6, 0.5, end_value=0.1)
    stairs = optax.warmup_exponential_decay_schedule(
        **LINE, transition_steps=6, decay_rate=0.5, staircase=True, end_value=0.1
    )
    yield "exponential", {**fields, **WARM, "staircase": True}, stairs
    yield "polynomial", {"end": 0.1}, optax.linear_schedule(1.0, 0.1, END)
    fields = {"power": 2.5, "end": 0.1}
    yield "polynomial", fields, optax.polynomial_schedule(1.0, 0.1, 2.5, END)
    yield (
        "polynomial",
        {**fields, **WARM},
        optax.join_schedules(
            [
                optax.linear_schedule(0.25, 1.0, WARMUP),
                optax.polynomial_schedule(1.0, 0.1, 2.5, END - WARMUP),
            ],
            [WARMUP],
        ),
    )
    yield "cosine", {"end": 0.1}, optax.cosine_decay_schedule(1.0, END, 0.1)
    yield "cosine", {"duration": 15.0}, optax.cosine_decay_schedule(1.0, 15)
    warm = optax.warmup_cosine_decay_schedule(**LINE, decay_steps=END, end_value=0.1)
    yield "cosine", {"end": 0.1, **WARM}, warm
    cycles = [  # until step 35, before the end
        {"init_value": 0.0, "peak_value": peak, "warmup_steps": 0, "decay_steps": steps}
        for peak, steps in ((1.0, 5), (0.5, 10), (0.25, 20))
    ]
    yield (
        "cosine",
        {"cycle": 5.0, "growth": 2.0, "peak_decay": 0.5, "duration": 35.0},
        optax.sgdr_schedule(cycles),
    )
    yield "one_cycle", {}, optax.cosine_onecycle_schedule(END, 1.0)
    fields = {"peak": 0.25, "start": 0.1, "end": 0.01}
    yield "one_cycle", fields, optax.cosine_onecycle_schedule(END, 1.0, 0.25, 10.0, 10.0)
    yield (
        "one_cycle",
        {"anneal": "linear", "back": 0.85, "end": 4e-6},
        optax.linear_onecycle_schedule(END, 1.0),
    )


@pytest.fixture(autouse=True)
def double():
    jax.config.update("jax_enable_x64", True)


CASES = list(cases())


@pytest.mark.parametrize(("name", "fields", "expected"), CASES, ids=[str(c[:2]) for c in CASES])
def test_the_factors_are_those_of_optax(name, fields, expected):
    """To the end and beyond."""
    schedule, times = REGISTRY.get("schedule", name).cls(**fields), range(END + 10)
    theirs = [float(expected(np.int64(t))) for t in times]
    ours = [schedule(float(t), float(END)) for t in times]
    assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-15)


def test_the_transformers_schedule_is_an_inverse_root():
    """√(w / max(t, w)) and a linear warm-up of w steps."""
    schedule = REGISTRY.get("schedule", "inverse_time").cls(
        decay=1.0, every=20.0, power=0.5, warmup=20.0
    )
    times = np.arange(200)
    noam = np.minimum((times + 1e-300) ** -0.5, times * 20**-1.5) * 20**0.5
    assert [schedule(float(t)) for t in times] == pytest.approx(noam, rel=1e-12, abs=1e-15)
