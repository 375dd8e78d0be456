from __future__ import annotations

import numpy as np
import pytest

from framework.errors import FieldError
from framework.links import LINKS
from framework.objective import Objective
from plugins.losses.cross_entropy import CrossEntropy
from plugins.models.mlp import MLP
from plugins.optimizers.adam import Adam
from plugins.optimizers.lamb import LAMB


@pytest.fixture
def objective():
    """A network with two layers of weights, biases 0 at first."""
    rng, loss = np.random.default_rng(0), CrossEntropy()
    x, y = rng.normal(size=(20, 3)), loss.prepare(np.arange(20) % 3, 3)
    return Objective(MLP(hidden=[4]).build((3,), 3), loss.head(LINKS["softmax"]), x, y)


@pytest.fixture
def theta(objective):
    return objective.network.init(np.random.default_rng(1))


def path(optimizer, objective, theta, steps=5):
    theta = theta.copy()
    optimizer.reset(theta)
    for _ in range(steps):
        before = theta.copy()
        optimizer.step(objective, theta)
        yield before, theta - before


def test_every_step_of_a_layer_is_as_long_as_lr_times_its_weights(objective, theta):
    for before, step in path(LAMB(lr=0.02, weight_decay=0.1), objective, theta):
        for parameter in objective.network.layout:
            if parameter.kind == "weight":
                part = objective.network.layout.slices[parameter.name]
                length = np.linalg.norm(before[part])
                assert np.linalg.norm(step[part]) == pytest.approx(0.02 * length, rel=1e-12)


def test_biases_take_the_step_of_adam(objective, theta):
    """The first of which is lr times the sign of the gradient."""
    bias = objective.network.layout.mask("bias") > 0
    gradient = objective.at(theta).grad()
    ((_, step),) = path(LAMB(lr=0.02, eps=1e-12, weight_decay=0.1), objective, theta, 1)
    np.testing.assert_allclose(step[bias], -0.02 * np.sign(gradient)[bias], rtol=1e-6)


def test_decay_turns_the_step_but_does_not_lengthen_it(objective, theta):
    """u = m̂ / √v̂ + λ w, whose length is then set to ‖w‖."""
    gradient, layout = objective.at(theta).grad(), objective.network.layout
    ((_, step),) = path(LAMB(lr=0.02, eps=1e-12, weight_decay=0.7), objective, theta, 1)
    for parameter in layout:
        if parameter.kind == "weight":
            part = layout.slices[parameter.name]
            w = theta[part]
            u = np.sign(gradient[part]) + 0.7 * w
            expected = -0.02 * u * np.linalg.norm(w) / np.linalg.norm(u)
            np.testing.assert_allclose(step[part], expected, rtol=1e-6)


def test_weights_of_0_are_not_scaled(objective, theta):
    last = [p.name for p in objective.network.layout if p.kind == "weight"][-1]
    part = objective.network.layout.slices[last]
    theta[part] = 0
    gradient = objective.at(theta).grad()[part]
    assert gradient.all()
    ((_, step),) = path(LAMB(lr=0.02, eps=1e-12), objective, theta, 1)
    np.testing.assert_allclose(step[part], -0.02 * np.sign(gradient), rtol=1e-6)


def test_its_direction_is_that_of_adam():
    ours, adams = LAMB(beta1=0.8, beta2=0.9, eps=0.1), Adam(beta1=0.8, beta2=0.9, eps=0.1)
    for optimizer in (ours, adams):
        optimizer.reset(np.zeros(3))
    for gradient in np.random.default_rng(0).normal(size=(10, 3)):
        here, there = (o.direction(gradient, np.zeros(3)) for o in (ours, adams))
        np.testing.assert_array_equal(here, there)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"eps": 0.0}, "eps=0.0: a gradient of 0 needs optim.eps > 0 or optim.eps_root > 0"),
        ({"beta1": 1.0}, "beta1=1.0: a decay rate is in 0 <= beta < 1"),
        ({"weight_decay": -1.0}, "weight_decay=-1.0: weight decay is >= 0"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        LAMB(**fields)
    assert str(caught.value) == text
