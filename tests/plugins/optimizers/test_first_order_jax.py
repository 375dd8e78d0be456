"""Fifty steps on changing mini-batches are those of optax, with the fields that make its conventions."""

from __future__ import annotations

import numpy as np
import pytest

from framework.links import LINKS
from framework.objective import Objective
from framework.registry import discover
from plugins.losses.cross_entropy import CrossEntropy
from plugins.models.mlp import MLP

jax = pytest.importorskip("jax")
optax = pytest.importorskip("optax")

STEPS, ROWS = 50, 12
REGISTRY = discover()
WEIGHTS = "the mask of weights"  # stands for it among the arguments
DECAYED = {"weight_decay": 0.1}
MASKED = {"weight_decay": 0.1, "mask": WEIGHTS}
LAYERS = {"weight_decay_mask": WEIGHTS, "trust_ratio_mask": WEIGHTS}
CASES = [  # name, our fields, optax's function, its arguments besides the learning rate
    ("sgd", {"lr": 0.05, "momentum": 0.9}, "sgd", {"momentum": 0.9}),
    (
        "sgd",
        {"lr": 0.05, "momentum": 0.9, "nesterov": True},
        "sgd",
        {"momentum": 0.9, "nesterov": True},
    ),
    ("adagrad", {"initial": 0.1, "eps": 0.0, "eps_root": 1e-7}, "adagrad", {}),
    ("rmsprop", {"decay": 0.9, "eps": 0.0, "eps_root": 1e-8}, "rmsprop", {}),
    (
        "rmsprop",
        {"decay": 0.9, "initial": 1.0},
        "rmsprop",
        {"eps_in_sqrt": False, "initial_scale": 1},
    ),
    (
        "rmsprop",
        {"decay": 0.9, "centered": True, "eps": 0.0, "eps_root": 1e-2},
        "rmsprop",
        {"centered": True, "eps": 1e-2},
    ),
    (
        "rmsprop",
        {"lr": 1e-3, "decay": 0.9, "momentum": 0.9, "nesterov": True, "eps": 0.0, "eps_root": 1e-4},
        "rmsprop",
        {"momentum": 0.9, "nesterov": True, "eps": 1e-4},
    ),
    ("adadelta", {}, "adadelta", {}),
    ("adadelta", {"rho": 0.95, "eps": 1e-4}, "adadelta", {"rho": 0.95, "eps": 1e-4}),
    ("adam", {}, "adam", {}),
    (
        "adam",
        {"beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "eps_root": 1e-3},
        "adam",
        {"b1": 0.8, "b2": 0.95, "eps": 1e-3, "eps_root": 1e-3},
    ),
    ("adamw", DECAYED, "adamw", MASKED),
    ("amsgrad", {"maximum": "corrected"}, "amsgrad", {}),
    ("amsgrad", {"maximum": "corrected", "beta2": 0.8}, "amsgrad", {"b2": 0.8}),
    ("adamax", {}, "adamax", {}),
    ("adamax", {"beta2": 0.9, "eps": 0.1}, "adamax", {"b2": 0.9, "eps": 0.1}),
    ("nadam", {"momentum_decay": None}, "nadam", {}),
    (
        "nadam",
        {"momentum_decay": None, "beta1": 0.8, "eps_root": 1e-3},
        "nadam",
        {"b1": 0.8, "eps_root": 1e-3},
    ),
    ("radam", {"eps_hat": False}, "radam", {}),
    (
        "radam",
        {"eps_hat": False, "threshold": 4.5, "beta2": 0.9, "eps": 1e-2},
        "radam",
        {"threshold": 4.5, "b2": 0.9, "eps": 1e-2},
    ),
    ("lion", {}, "lion", {"mask": WEIGHTS}),
    (
        "lion",
        {"lr": 1e-2, "beta1": 0.8, "beta2": 0.7, **DECAYED},
        "lion",
        {"b1": 0.8, "b2": 0.7, **MASKED},
    ),
    ("lars", {}, "lars", LAYERS),
    ("lars", {"biases": True}, "lars", {}),
    (
        "lars",
        {"lr": 1.0, "momentum": 0.5, "nesterov": True, "trust": 0.01, "eps": 0.1, **DECAYED},
        "lars",
        {
            "momentum": 0.5,
            "nesterov": True,
            "trust_coefficient": 0.01,
            "eps": 0.1,
            **DECAYED,
            **LAYERS,
        },
    ),
    ("lamb", {"biases": True}, "lamb", {}),
    (
        "lamb",
        {"lr": 0.01, "biases": True, "beta1": 0.8, "eps": 1e-3, "eps_root": 1e-3, **DECAYED},
        "lamb",
        {"b1": 0.8, "eps": 1e-3, "eps_root": 1e-3, **MASKED},
    ),
]


def label(value):
    return value if isinstance(value, str) else ",".join(f"{k}={v}" for k, v in value.items())


@pytest.fixture
def problem():
    """A network of 31 parameters with 60 samples, biases away from 0."""
    jax.config.update("jax_enable_x64", True)
    rng, loss = np.random.default_rng(0), CrossEntropy()
    x, y = rng.normal(size=(60, 3)), loss.prepare(rng.integers(3, size=60), 3)
    objective = Objective(MLP(hidden=[4]).build((3,), 3), loss.head(LINKS["softmax"]), x, y)
    return objective, objective.network.init(rng) + 0.1 * rng.normal(size=31)


def batch(objective, t):
    return objective.batch((np.arange(ROWS) * 7 + 5 * t) % 60)


def ours(objective, theta, optimizer, scales):
    optimizer.reset(theta)
    for t, optimizer.scale in enumerate(scales):
        optimizer.step(batch(objective, t), theta)
        yield theta.copy()


def theirs(objective, theta, transformation):
    """optax's own steps, on our gradients; parameters by name."""
    layout = objective.network.layout
    parameters = {p.name: jax.numpy.array(theta[layout.slices[p.name]]) for p in layout}
    state, update = transformation.init(parameters), jax.jit(transformation.update)
    for t in range(STEPS):
        gradient = batch(objective, t).at(theta).grad()
        parts = {name: gradient[part] for name, part in layout.slices.items()}
        steps, state = update(parts, state, parameters)
        parameters = optax.apply_updates(parameters, steps)
        theta = np.concatenate([np.asarray(parameters[p.name]) for p in layout])
        yield theta.copy()


def assert_same(path, expected):
    for here, there in zip(path, expected, strict=True):
        assert np.abs(here - there).max() <= 1e-12 * np.abs(there).max()


@pytest.mark.parametrize(("name", "fields", "function", "arguments"), CASES, ids=label)
def test_the_path_is_that_of_optax(name, fields, function, arguments, problem):
    objective, theta = problem
    mask = {p.name: p.kind == "weight" for p in objective.network.layout}
    arguments = {k: mask if v is WEIGHTS else v for k, v in arguments.items()}
    optimizer = REGISTRY.get("optim", name).cls(**fields)
    transformation = getattr(optax, function)(optimizer.lr, **arguments)
    path = ours(objective, theta.copy(), optimizer, np.ones(STEPS))
    assert_same(path, theirs(objective, theta, transformation))


def test_lamb_of_weights_alone_is_two_chains(problem):
    """Biases take Adam's step: optax has no mask for its ratio."""
    objective, theta = problem
    mask = {p.name: "layer" if p.kind == "weight" else "free" for p in objective.network.layout}
    chains = {"layer": optax.lamb(0.01, weight_decay=0.1), "free": optax.adam(0.01, eps=1e-6)}
    optimizer = REGISTRY.get("optim", "lamb").cls(lr=0.01, weight_decay=0.1)
    path = ours(objective, theta.copy(), optimizer, np.ones(STEPS))
    assert_same(path, theirs(objective, theta, optax.multi_transform(chains, mask)))


def test_a_schedule_changes_the_rate_of_lars_as_in_optax(problem):
    """It goes into the velocity there, and so it does here; elsewhere it multiplies what comes of it."""
    objective, theta = problem
    scales = 0.9 ** np.arange(STEPS)
    optimizer = REGISTRY.get("optim", "lars").cls(lr=1.0, biases=True)
    transformation = optax.lars(lambda count: 0.9**count)
    path = ours(objective, theta.copy(), optimizer, scales)
    assert_same(path, theirs(objective, theta, transformation))


@pytest.mark.parametrize(
    ("fields", "clip"),
    [
        ({"clip_norm": 0.05}, lambda: optax.clip_by_global_norm(0.05)),
        ({"clip_value": 0.05}, lambda: optax.clip(0.05)),
    ],
    ids=["norm", "value"],
)
def test_clipping_is_that_of_optax(fields, clip, problem):
    objective, theta = problem
    optimizer = REGISTRY.get("optim", "sgd").cls(momentum=0.9, **fields)
    transformation = optax.chain(clip(), optax.sgd(0.1, momentum=0.9))
    path = ours(objective, theta.copy(), optimizer, np.ones(STEPS))
    assert_same(path, theirs(objective, theta, transformation))


def test_rprop_is_a_step_ahead_of_optax(problem):
    """On the full batch; optax 0.2.8 hands out the update of the step before, at first 0."""
    objective, start = problem
    theta, optimizer = start.copy(), REGISTRY.get("optim", "rprop").cls()
    optimizer.reset(theta)
    transformation = optax.rprop(optimizer.lr)
    state = transformation.init(theta)
    for t in range(STEPS):
        before, gradient = theta.copy(), objective.at(theta).grad()
        optimizer.step(objective, theta)
        late, state = transformation.update(gradient, state)
        np.testing.assert_allclose(theta - before, -state[0].prev_updates, rtol=1e-9, atol=1e-15)
        assert t > 0 or not np.any(late)
