"""Learning rates are those of torch.optim.lr_scheduler, step by step."""

from __future__ import annotations

import inspect
import math

import pytest

from framework.registry import discover

torch = pytest.importorskip("torch")
scheduler = torch.optim.lr_scheduler

STEPS = 40
REGISTRY = discover()
CASES = [  # name, our fields, torch's class, its arguments for a learning rate of 1
    ("step", {"every": 10.0, "gamma": 0.1}, "StepLR", {"step_size": 10}),
    ("step", {"every": 7.0, "gamma": 0.5}, "StepLR", {"step_size": 7, "gamma": 0.5}),
    (
        "multi_step",
        {"milestones": [3.0, 17.0, 18.0], "gamma": 0.3},
        "MultiStepLR",
        {"milestones": [3, 17, 18], "gamma": 0.3},
    ),
    ("exponential", {"gamma": 0.9}, "ExponentialLR", {"gamma": 0.9}),
    ("polynomial", {}, "PolynomialLR", {"total_iters": STEPS}),
    ("polynomial", {"power": 2.5}, "PolynomialLR", {"total_iters": STEPS, "power": 2.5}),
    (
        "polynomial",
        {"end": 0.2},
        "LinearLR",
        {"start_factor": 1.0, "end_factor": 0.2, "total_iters": STEPS},
    ),
    (
        "polynomial",
        {"duration": 25.0, "power": 2.0},
        "PolynomialLR",
        {"total_iters": 25, "power": 2.0},
    ),
    ("cosine", {}, "CosineAnnealingLR", {"T_max": STEPS}),
    ("cosine", {"end": 0.1}, "CosineAnnealingLR", {"T_max": STEPS, "eta_min": 0.1}),
    ("cosine", {"cycle": 7.0}, "CosineAnnealingWarmRestarts", {"T_0": 7}),
    (
        "cosine",
        {"cycle": 3.0, "growth": 2.0, "end": 0.1},
        "CosineAnnealingWarmRestarts",
        {"T_0": 3, "T_mult": 2, "eta_min": 0.1},
    ),
]


def label(value):
    return value if isinstance(value, str) else ",".join(f"{k}={v}" for k, v in value.items())


def theirs(make, steps=STEPS):
    """The rates of torch's schedulers before each step, and after the last."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0, momentum=0.9)
    schedule = make(optimizer)
    for _ in range(steps):
        yield optimizer.param_groups[0]["lr"]
        optimizer.step()
        schedule.step()
    yield optimizer.param_groups[0]["lr"]


def ours(name, steps=STEPS, **fields):
    schedule = REGISTRY.get("schedule", name).cls(unit="step", **fields)
    schedule.reset()
    return [schedule(float(t), float(steps)) for t in range(steps + 1)]


@pytest.mark.parametrize(("name", "fields", "kind", "arguments"), CASES, ids=label)
def test_the_rates_are_those_of_torch(name, fields, kind, arguments):
    expected = theirs(lambda optimizer: getattr(scheduler, kind)(optimizer, **arguments))
    assert ours(name, **fields) == pytest.approx(list(expected), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("fields", "arguments"),
    [
        ({}, {}),
        ({"down": 6.0}, {"step_size_down": 6}),
        ({"shrink": 0.5}, {"mode": "triangular2"}),
        ({"gamma": 0.9}, {"mode": "exp_range", "gamma": 0.9}),
    ],
    ids=label,
)
def test_cycles_are_those_of_torch(fields, arguments):
    expected = theirs(lambda o: scheduler.CyclicLR(o, 0.2, 1.0, 3, **arguments))
    rates = ours("cyclic", low=0.2, up=3.0, **fields)
    assert rates == pytest.approx(list(expected), rel=1e-12)


@pytest.mark.parametrize("anneal", ["cosine", "linear"])
@pytest.mark.parametrize("three", [False, True])
def test_one_cycle_is_that_of_torch_whose_phases_end_a_step_early(anneal, three):
    """Of N steps their peak is at step 0.3 N - 1, and the end at N - 1."""
    total, span = 40, 39
    peak = (0.3 * total - 1) / span

    def make(optimizer):
        kind = anneal.removesuffix("ine") if anneal == "cosine" else anneal
        return scheduler.OneCycleLR(optimizer, 1.0, total, anneal_strategy=kind, three_phase=three)

    expected = list(theirs(make, span))
    rates = ours("one_cycle", span, anneal=anneal, peak=peak, back=2 * peak if three else None)
    assert rates == pytest.approx(expected, rel=1e-12, abs=1e-15)
    assert rates[0] == pytest.approx(1 / 25) and max(rates) == pytest.approx(1)


def test_real_times_between_restarts_are_those_of_torch():
    """Its scheduler takes epoch + i / iterations."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    peer = scheduler.CosineAnnealingWarmRestarts(optimizer, 2, 2, 0.1)
    schedule = REGISTRY.get("schedule", "cosine").cls(cycle=2.0, growth=2.0, end=0.1)
    optimizer.step()
    for t in (0.25 * k for k in range(1, 70)):
        peer.step(t)
        assert schedule(t) == pytest.approx(peer.get_last_lr()[0], rel=1e-12)


def test_a_warm_up_is_sequential_and_linear():
    def make(optimizer):
        line = scheduler.LinearLR(optimizer, 0.25, 1.0, 8)
        rest = scheduler.ExponentialLR(optimizer, 0.9)
        return scheduler.SequentialLR(optimizer, [line, rest], [8])

    rates = ours("exponential", gamma=0.9, warmup=8.0, warmup_start=0.25)
    assert rates == pytest.approx(list(theirs(make)), rel=1e-12)


def test_the_defaults_of_plateaus_are_those_of_torch():
    theirs = inspect.signature(scheduler.ReduceLROnPlateau).parameters
    plain = REGISTRY.get("schedule", "reduce_on_plateau").cls()
    names = {name: name for name in ("patience", "threshold", "threshold_mode", "cooldown")}
    for name, other in (names | {"gamma": "factor", "end": "min_lr"}).items():
        assert getattr(plain, name) == theirs[other].default


LOSSES = [3.0, 2.0, 2.0, 1.99999, 1.9, 1.9, math.nan, 1.8999, 1.95, 1.9, 1.0, 1.0, 1.2, 0.99, 0.5]


@pytest.mark.parametrize(
    ("fields", "arguments"),
    [
        ({"patience": 2}, {"patience": 2}),
        ({"patience": 0, "gamma": 0.5}, {"patience": 0, "factor": 0.5}),
        ({"patience": 1, "threshold": 0.0}, {"patience": 1, "threshold": 0.0}),
        ({"patience": 1, "threshold": 0.05}, {"patience": 1, "threshold": 0.05}),
        (
            {"patience": 1, "threshold": 0.5, "threshold_mode": "abs"},
            {"patience": 1, "threshold": 0.5, "threshold_mode": "abs"},
        ),
        ({"patience": 1, "cooldown": 3}, {"patience": 1, "cooldown": 3}),
        ({"patience": 0, "end": 0.02}, {"patience": 0, "min_lr": 0.02}),
    ],
    ids=label,
)
def test_plateaus_are_those_of_torch(fields, arguments):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    peer = scheduler.ReduceLROnPlateau(optimizer, eps=0.0, **arguments)
    schedule = REGISTRY.get("schedule", "reduce_on_plateau").cls(**fields)
    schedule.reset()
    rates = []
    for loss in LOSSES * 2:
        peer.step(loss)
        schedule.observe(loss)
        rates.append(schedule(1.0))
        assert rates[-1] == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12)
    assert rates[-1] < rates[0]
