from __future__ import annotations

import math

import numpy as np
import pytest

from framework.errors import FieldError
from framework.links import LINKS
from framework.objective import Objective
from plugins.losses.mean_squared_error import MeanSquaredError
from plugins.models.linear import Linear
from plugins.optimizers.sgd import SGD

STEPS = 30


@pytest.fixture
def problem():
    """½ mean (x·w + b - y)², with its Hessian and the minimiser."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50, 3)), rng.normal(size=(50, 1))
    objective = Objective(Linear().build((3,), 1), MeanSquaredError().head(LINKS["identity"]), x, y)
    ones = np.column_stack([x, np.ones(50)])
    return objective, ones.T @ ones / 50, np.linalg.lstsq(ones, y[:, 0], rcond=None)[0]


def run(optimizer, objective, theta, steps=STEPS):
    optimizer.reset(theta)
    path = []
    for _ in range(steps):
        optimizer.step(objective, theta)
        path.append(theta.copy())
    return np.array(path)


def test_on_a_quadratic_each_eigenvector_shrinks_by_1_minus_lr_lambda(problem):
    objective, hessian, minimum = problem
    values, vectors = np.linalg.eigh(hessian)
    theta = np.array([1.0, -2.0, 0.5, 3.0])
    start = vectors.T @ (theta - minimum)
    path = run(SGD(lr=0.3), objective, theta)
    for k, point in enumerate(path, 1):
        expected = minimum + vectors @ ((1 - 0.3 * values) ** k * start)
        np.testing.assert_allclose(point, expected, rtol=1e-10)


def pytorch(gradient, theta, lr, momentum=0.0, nesterov=False, weight_decay=0.0, mask=1.0):
    """The algorithm in the documentation of torch.optim.SGD, with AdamW's decoupled decay before it."""
    buffer = None
    for _ in range(STEPS):
        g = gradient(theta)
        theta = theta - lr * weight_decay * mask * theta
        if momentum:
            buffer = g if buffer is None else momentum * buffer + g
            g = g + momentum * buffer if nesterov else buffer
        theta = theta - lr * g
        yield theta


@pytest.mark.parametrize(
    "fields",
    [
        {"lr": 0.1},
        {"lr": 0.05, "momentum": 0.9},
        {"lr": 0.05, "momentum": 0.9, "nesterov": True},
        {"lr": 0.1, "weight_decay": 0.5},
        {"lr": 0.05, "momentum": 0.5, "nesterov": True, "weight_decay": 0.5},
    ],
    ids=str,
)
def test_the_path_is_that_of_the_documented_recurrence(fields, problem):
    objective, hessian, minimum = problem
    theta, mask = np.array([1.0, -2.0, 0.5, 3.0]), np.array([1, 1, 1, 0])
    reference = pytorch(lambda t: hessian @ (t - minimum), theta.copy(), mask=mask, **fields)
    path = run(SGD(**fields), objective, theta)
    for point, expected in zip(path, reference, strict=True):
        np.testing.assert_allclose(point, expected, rtol=1e-10, atol=1e-12)


def test_heavy_ball_converges_at_the_rate_of_its_roots(problem):
    """The error shrinks like sqrt(momentum)^k once every root of r² - (1 + m - lr λ) r + m is complex."""
    objective, hessian, minimum = problem
    values, momentum = np.linalg.eigvalsh(hessian), 0.5
    lr = 1 / values.max()
    roots = [np.roots([1, -(1 + momentum - lr * v), momentum]) for v in values]
    rate = max(np.abs(r).max() for r in roots)
    path = run(SGD(lr=lr, momentum=momentum), objective, np.array([9.0, -9.0, 9.0, 9.0]), 60)
    errors = np.linalg.norm(path - minimum, axis=1)
    assert (errors[-1] / errors[19]) ** (1 / 40) == pytest.approx(rate, rel=0.05)


def test_without_momentum_decoupled_decay_is_l2(problem):
    objective, _, _ = problem
    held = Objective(objective.network, objective.head, objective.x, objective.y, l2=0.5)
    a = run(SGD(weight_decay=0.5), objective, np.ones(4))
    b = run(SGD(), held, np.ones(4))
    np.testing.assert_allclose(a, b, rtol=1e-12)
    a = run(SGD(momentum=0.9, weight_decay=0.5), objective, np.ones(4))
    b = run(SGD(momentum=0.9), held, np.ones(4))
    assert np.abs(a - b).max() > 1e-3


def test_nesterov_looks_ahead(problem):
    """θ + momentum v of the textbook form, v ← m v - lr g(θ + m v), follows the same path."""
    objective, hessian, minimum = problem
    theta, velocity = np.ones(4), np.zeros(4)
    path = run(SGD(lr=0.1, momentum=0.8, nesterov=True), objective, np.ones(4))
    for point in path:
        velocity = 0.8 * velocity - 0.1 * hessian @ (theta + 0.8 * velocity - minimum)
        theta = theta + velocity
        np.testing.assert_allclose(point, theta + 0.8 * velocity, rtol=1e-10)


def test_a_step_is_in_place_and_costs_one_gradient(problem):
    objective, _, _ = problem
    theta = np.ones(4)
    optimizer = SGD(momentum=0.9)
    optimizer.reset(theta)
    optimizer.step(objective.batch(np.arange(7)), theta)
    assert not np.array_equal(theta, np.ones(4))
    counts = {name: count for name, count in objective.work.counts().items() if count}
    assert counts == {"forward": 7, "backward": 7, "gradient_equivalents": 7}


def test_float32_stays_float32(problem):
    objective, _, _ = problem
    path = run(SGD(momentum=0.9, weight_decay=0.1), objective, np.ones(4))
    objective.x, objective.y = objective.x.astype(np.float32), objective.y.astype(np.float32)
    del objective.weights
    optimizer = SGD(momentum=0.9, weight_decay=0.1)
    single = run(optimizer, objective, np.ones(4, np.float32))
    assert single.dtype == optimizer.state["velocity"].dtype == np.float32
    np.testing.assert_allclose(single, path, rtol=1e-4, atol=1e-5)


def test_the_velocity_is_state_and_reset_forgets_it(problem):
    objective, _, _ = problem
    optimizer = SGD(momentum=0.9)
    first = run(optimizer, objective, np.ones(4))
    assert set(optimizer.state) == {"velocity"} and optimizer.state["velocity"].any()
    np.testing.assert_array_equal(run(optimizer, objective, np.ones(4)), first)
    plain = SGD()
    run(plain, objective, np.ones(4), 1)
    assert plain.state == {} and not plain.converged


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"lr": 0.0}, "lr=0.0: a learning rate is > 0"),
        ({"lr": -1.0}, "lr=-1.0: a learning rate is > 0"),
        ({"lr": math.nan}, "lr=nan: a learning rate is > 0"),
        ({"lr": math.inf}, "lr=inf: a learning rate is > 0"),
        ({"momentum": -0.1}, "momentum=-0.1: momentum is in 0 <= m < 1"),
        ({"momentum": 1.0}, "momentum=1.0: momentum is in 0 <= m < 1"),
        ({"momentum": math.nan}, "momentum=nan: momentum is in 0 <= m < 1"),
        ({"weight_decay": -0.1}, "weight_decay=-0.1: weight decay is >= 0"),
        ({"weight_decay": math.inf}, "weight_decay=inf: weight decay is >= 0"),
        ({"nesterov": True}, "nesterov=True: Nesterov's step needs optim.momentum > 0"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        SGD(**fields)
    assert str(caught.value) == text
