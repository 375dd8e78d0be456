from __future__ import annotations

import numpy as np
import pytest

from framework.errors import FieldError
from framework.links import LINKS
from framework.objective import Objective
from plugins.losses.cross_entropy import CrossEntropy
from plugins.models.mlp import MLP
from plugins.optimizers.lars import LARS


@pytest.fixture
def objective():
    """A network with two layers of weights, biases 0 at first."""
    rng, loss = np.random.default_rng(0), CrossEntropy()
    x, y = rng.normal(size=(20, 3)), loss.prepare(np.arange(20) % 3, 3)
    return Objective(MLP(hidden=[4]).build((3,), 3), loss.head(LINKS["softmax"]), x, y)


@pytest.fixture
def theta(objective):
    return objective.network.init(np.random.default_rng(1))


def after(optimizer, objective, theta):
    """Each parameter's step, by name."""
    there = theta.copy()
    optimizer.reset(there)
    optimizer.step(objective, there)
    return objective.network.layout.views(there - theta)


def test_the_first_step_of_a_layer_is_in_proportion_to_its_weights(objective, theta):
    moves = after(LARS(lr=0.5, trust=0.01), objective, theta)
    before = objective.network.layout.views(theta)
    gradient = objective.network.layout.views(objective.at(theta).grad())
    for parameter in objective.network.layout:
        move, g = moves[parameter.name], gradient[parameter.name]
        if parameter.kind == "bias":
            np.testing.assert_allclose(move, -0.5 * g, rtol=1e-12)
            continue
        length = np.linalg.norm(before[parameter.name])
        assert np.linalg.norm(move) == pytest.approx(0.5 * 0.01 * length, rel=1e-12)
        assert np.vdot(move, g) == pytest.approx(-np.linalg.norm(move) * np.linalg.norm(g))


def test_decay_is_part_of_what_is_scaled(objective, theta):
    """(g + λ w) ‖w‖ / ‖g + λ w‖, for weights."""
    moves = after(LARS(lr=1.0, trust=1.0, weight_decay=0.3), objective, theta)
    before = objective.network.layout.views(theta)
    gradient = objective.network.layout.views(objective.at(theta).grad())
    for parameter in objective.network.layout:
        w, g = before[parameter.name], gradient[parameter.name]
        s = g
        if parameter.kind == "weight":
            s = (g + 0.3 * w) * np.linalg.norm(w) / np.linalg.norm(g + 0.3 * w)
        np.testing.assert_allclose(moves[parameter.name], -s, rtol=1e-10)


def test_weights_of_0_take_the_gradient(objective, theta):
    last = [p.name for p in objective.network.layout if p.kind == "weight"][-1]
    part = objective.network.layout.slices[last]
    theta[part] = 0
    gradient = objective.at(theta).grad()[part]
    assert gradient.all()
    move = after(LARS(lr=0.5), objective, theta)[last]
    np.testing.assert_allclose(move.ravel(), -0.5 * gradient, rtol=1e-12)


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_gathers_what_is_scaled(objective, theta, nesterov):
    """A second gradient that is the first: v = s, then s + m s."""
    optimizer, update = LARS(momentum=0.5, nesterov=nesterov), objective.at(theta).grad()
    s = after(LARS(momentum=0.0), objective, theta)
    path = theta.copy()
    optimizer.reset(path)
    for total in (1 + 0.5, 1 + 0.5 * 1.5) if nesterov else (1.0, 1.5):
        path[...] = theta
        optimizer.move(objective, path, update)
        for name, step in objective.network.layout.views(path - theta).items():
            np.testing.assert_allclose(step, total * s[name], rtol=1e-9)


def test_the_units_of_the_loss_do_not_matter_to_weights(objective, theta):
    here = after(LARS(), objective, theta)
    objective.head.grad = lambda z, y: 1e3 * type(objective.head).grad(objective.head, z, y)
    there = after(LARS(), objective, theta)
    for parameter in objective.network.layout:
        factor = 1 if parameter.kind == "weight" else 1e3
        np.testing.assert_allclose(there[parameter.name], factor * here[parameter.name], rtol=1e-10)


def test_eps_stands_beside_the_norm_of_the_step():
    w, s = np.array([3.0, 4.0]), np.array([0.0, 2.0])
    assert LARS(trust=0.1, eps=3.0).ratio(w, s) == pytest.approx(0.1 * 5 / 5)
    assert LARS().ratio(w, 0 * s) == LARS().ratio(0 * w, s) == 1


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"momentum": 1.0}, "momentum=1.0: momentum is in 0 <= m < 1"),
        (
            {"momentum": 0.0, "nesterov": True},
            "nesterov=True: Nesterov's step needs optim.momentum > 0",
        ),
        ({"trust": 0.0}, "trust=0.0: a trust coefficient is > 0"),
        ({"eps": -1.0}, "eps=-1.0: an epsilon is >= 0"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        LARS(**fields)
    assert str(caught.value) == text
