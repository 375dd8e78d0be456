"""Fifty steps on changing mini-batches are those of torch.optim, default by default and field by field."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from framework.links import LINKS
from framework.objective import Objective
from framework.registry import discover
from plugins.losses.cross_entropy import CrossEntropy
from plugins.models.mlp import MLP

torch = pytest.importorskip("torch")

STEPS, ROWS = 50, 12
REGISTRY = discover()
DECAYED = {"weight_decay": 0.1}
CASES = [  # name, our fields, torch's class, its arguments
    ("sgd", {}, "SGD", {"lr": 0.1}),
    ("sgd", {"momentum": 0.9, "lr": 0.05}, "SGD", {"momentum": 0.9, "lr": 0.05}),
    (
        "sgd",
        {"momentum": 0.9, "nesterov": True, "lr": 0.05},
        "SGD",
        {"momentum": 0.9, "nesterov": True, "lr": 0.05},
    ),
    ("adagrad", {}, "Adagrad", {}),
    (
        "adagrad",
        {"lr": 0.1, "initial": 0.1, "eps": 1e-3},
        "Adagrad",
        {"lr": 0.1, "initial_accumulator_value": 0.1, "eps": 1e-3},
    ),
    ("rmsprop", {}, "RMSprop", {"lr": 1e-3}),
    ("rmsprop", {"lr": 0.01}, "RMSprop", {}),
    ("rmsprop", {"decay": 0.9, "eps": 1e-3}, "RMSprop", {"lr": 1e-3, "alpha": 0.9, "eps": 1e-3}),
    ("rmsprop", {"lr": 0.01, "centered": True}, "RMSprop", {"centered": True}),
    ("rmsprop", {"momentum": 0.9}, "RMSprop", {"momentum": 0.9, "lr": 1e-3}),
    (
        "rmsprop",
        {"momentum": 0.5, "centered": True},
        "RMSprop",
        {"momentum": 0.5, "centered": True, "lr": 1e-3},
    ),
    ("adadelta", {}, "Adadelta", {}),
    (
        "adadelta",
        {"lr": 0.5, "rho": 0.95, "eps": 1e-4},
        "Adadelta",
        {"lr": 0.5, "rho": 0.95, "eps": 1e-4},
    ),
    ("adam", {}, "Adam", {}),
    (
        "adam",
        {"lr": 0.01, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3},
        "Adam",
        {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-3},
    ),
    ("adam", DECAYED, "AdamW", DECAYED),
    ("adamw", {}, "AdamW", {}),
    ("adamw", {"lr": 0.01, **DECAYED}, "AdamW", {"lr": 0.01, **DECAYED}),
    ("amsgrad", {}, "Adam", {"amsgrad": True}),
    (
        "amsgrad",
        {"beta2": 0.8, "eps": 1e-3, **DECAYED},
        "AdamW",
        {"amsgrad": True, "betas": (0.9, 0.8), "eps": 1e-3, **DECAYED},
    ),
    ("adamax", {}, "Adamax", {}),
    (
        "adamax",
        {"beta1": 0.8, "beta2": 0.9, "eps": 0.1},
        "Adamax",
        {"betas": (0.8, 0.9), "eps": 0.1},
    ),
    ("nadam", {}, "NAdam", {}),
    (
        "nadam",
        {"momentum_decay": 1.0, "beta1": 0.8, "eps": 1e-3, **DECAYED},
        "NAdam",
        {
            "momentum_decay": 1.0,
            "betas": (0.8, 0.999),
            "eps": 1e-3,
            "decoupled_weight_decay": True,
            **DECAYED,
        },
    ),
    ("radam", {}, "RAdam", {}),
    (
        "radam",
        {"beta1": 0.8, "beta2": 0.9, "eps": 1e-2, **DECAYED},
        "RAdam",
        {"betas": (0.8, 0.9), "eps": 1e-2, "decoupled_weight_decay": True, **DECAYED},
    ),
    ("rprop", {}, "Rprop", {}),
    (
        "rprop",
        {"lr": 0.1, "eta_minus": 0.4, "eta_plus": 1.5, "shortest": 0.02, "longest": 0.2},
        "Rprop",
        {"lr": 0.1, "etas": (0.4, 1.5), "step_sizes": (0.02, 0.2)},
    ),
]
COUPLED = ["sgd", "adagrad", "rmsprop", "adadelta", "adam", "adamax", "nadam", "radam"]


def label(value):
    return value if isinstance(value, str) else ",".join(f"{k}={v}" for k, v in value.items())


@pytest.fixture(autouse=True)
def double():
    """torch keeps its own scalars, such as NAdam's product of momenta, in the default dtype."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture
def problem():
    """problem(l2): a network of 31 parameters, and how its 60 samples make a batch of step t."""
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(60, 3)), rng.integers(3, size=60)

    def make(l2=0.0):
        loss = CrossEntropy()
        y, head = loss.prepare(labels, 3), loss.head(LINKS["softmax"])
        return Objective(MLP(hidden=[4]).build((3,), 3), head, x, y, l2)

    return make


def rows(t):
    return (np.arange(ROWS) * 7 + 5 * t) % 60


def ours(objective, optimizer, scales):
    theta = objective.network.init(np.random.default_rng(1))
    optimizer.reset(theta)
    for t, optimizer.scale in enumerate(scales):
        optimizer.step(objective.batch(rows(t)), theta)
        yield theta.copy()


def theirs(objective, kind, arguments, scales, clip=None):
    """torch's own steps, on our gradients: parameters by name, biases in a group that does not decay."""
    layout, theta = objective.network.layout, objective.network.init(np.random.default_rng(1))
    parts = {p.name: torch.tensor(theta[layout.slices[p.name]], requires_grad=True) for p in layout}
    weights = [parts[p.name] for p in layout if p.kind == "weight"]
    biases = [parts[p.name] for p in layout if p.kind == "bias"]
    cls = getattr(torch.optim, kind)
    free = {"weight_decay": 0.0} if "weight_decay" in inspect.signature(cls).parameters else {}
    optimizer = cls([{"params": weights}, {"params": biases, **free}], **arguments)
    rates = [group["lr"] for group in optimizer.param_groups]
    for t, scale in enumerate(scales):
        gradient = objective.batch(rows(t)).at(theta).grad()
        for name, part in parts.items():
            part.grad = torch.tensor(gradient[layout.slices[name]])
        if clip is not None:
            clip(parts.values())
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * scale
        optimizer.step()
        theta = np.concatenate([part.detach().numpy() for part in parts.values()])
        yield theta.copy()


def assert_same(path, expected):
    for here, there in zip(path, expected, strict=True):
        assert np.abs(here - there).max() <= 1e-12 * np.abs(there).max()


@pytest.mark.parametrize(("name", "fields", "kind", "arguments"), CASES, ids=label)
def test_the_path_is_that_of_torch(name, fields, kind, arguments, problem):
    optimizer = REGISTRY.get("optim", name).cls(**fields)
    scales = np.ones(STEPS)
    assert_same(ours(problem(), optimizer, scales), theirs(problem(), kind, arguments, scales))


@pytest.mark.parametrize("name", COUPLED)
def test_l2_of_the_objective_is_the_weight_decay_of_torch(name, problem):
    """theirs is added to the gradient of weights, and so is ours of the objective."""
    component, scales = REGISTRY.get("optim", name), np.ones(STEPS)
    kind = next(kind for known, _, kind, _ in CASES if known == name)
    arguments = {"lr": component.cls().lr, **DECAYED}
    path = ours(problem(0.1), component.cls(), scales)
    assert_same(path, theirs(problem(), kind, arguments, scales))


@pytest.mark.parametrize(
    ("name", "kind"), [("sgd", "SGD"), ("adam", "AdamW"), ("rmsprop", "RMSprop")]
)
def test_a_schedule_changes_the_rate_as_in_torch(name, kind, problem):
    """At once, and decoupled decay with it; momentum is kept in units without the rate."""
    cls, scales = REGISTRY.get("optim", name).cls, 0.9 ** np.arange(STEPS)
    extra = DECAYED if name == "adam" else {"momentum": 0.9}
    path = ours(problem(), cls(lr=0.01, **extra), scales)
    assert_same(path, theirs(problem(), kind, {"lr": 0.01, **extra}, scales))


def test_adagrads_lr_decay_in_torch_is_a_schedule(problem):
    schedule = REGISTRY.get("schedule", "inverse_time").cls(unit="step", decay=0.1)
    path = ours(problem(), REGISTRY.get("optim", "adagrad").cls(), map(schedule, range(STEPS)))
    assert_same(path, theirs(problem(), "Adagrad", {"lr_decay": 0.1}, np.ones(STEPS)))


@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_clipping_is_that_of_torch(name, problem):
    component, scales = REGISTRY.get("optim", name), np.ones(STEPS)
    kind, lr = {"sgd": "SGD", "adam": "Adam"}[name], component.cls().lr
    path = ours(problem(), component.cls(clip_value=0.05), scales)

    def by_value(parts):
        torch.nn.utils.clip_grad_value_(parts, 0.05)

    assert_same(path, theirs(problem(), kind, {"lr": lr}, scales, by_value))

    def by_norm(parts):
        """torch divides by the norm plus 1e-6: here its own formula without."""
        parts = list(parts)
        norm = torch.nn.utils.get_total_norm([part.grad for part in parts])
        torch.nn.utils.clip_grads_with_norm_(parts, 0.05, norm - 1e-6)

    path = ours(problem(), component.cls(clip_norm=0.05), scales)
    assert_same(path, theirs(problem(), kind, {"lr": lr}, scales, by_norm))
