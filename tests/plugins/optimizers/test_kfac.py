from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

from framework.errors import ConfigError, FieldError
from plugins.models.linear import Linear
from plugins.models.mlp import MLP
from plugins.optimizers.kfac import KFAC
from plugins.optimizers.sgd import SGD


def test_for_one_sample_of_a_linear_model_a_step_is_the_exact_natural_gradient(learning, minimise):
    """(A ⊗ G + tiny)⁻¹ g, with the bias as the last row of the weights."""
    rng = np.random.default_rng(0)
    objective = learning(Linear(), rng.normal(size=(1, 4)), np.array([1]), 3)
    theta = rng.normal(size=15)
    point = objective.at(theta.copy())
    expected = -np.linalg.pinv(point.gauss_newton(), rcond=1e-10) @ point.grad()
    before = theta.copy()
    minimise(KFAC(lr=1.0, damping=1e-10), objective, 1, theta)
    np.testing.assert_allclose(theta - before, expected, rtol=1e-3)


def test_for_linear_least_squares_it_takes_one_step(least_squares, minimise):
    """G = I does not depend on the sample: A ⊗ G is the Hessian."""
    objective, expected = least_squares
    _, theta = minimise(KFAC(damping=1e-20), objective, 1)
    np.testing.assert_allclose(theta, expected, rtol=1e-6)


def test_the_step_is_the_documented_one(learning, digits, minimise):
    """d = -(A + π γ I)⁻¹ V (G + γ/π I)⁻¹, written out for a linear layer with ce."""
    x, labels = digits[0][:20, 20:24], digits[1][:20]
    objective = learning(Linear(), x, labels, 10, 0.01)
    theta = np.random.default_rng(0).normal(size=50)
    point = objective.at(theta.copy())
    p, ones = point.outputs, np.column_stack([x, np.ones(20)])
    a = ones.T @ ones / 20
    g = np.mean([np.diag(q) - np.outer(q, q) for q in p], axis=0)
    pi, gamma = np.sqrt((np.trace(a) / 5) / (np.trace(g) / 10)), np.sqrt(0.3 + 0.01)
    left, right = a + pi * gamma * np.eye(5), g + gamma / pi * np.eye(10)
    step = np.linalg.solve(left, point.grad().reshape(5, 10)) @ np.linalg.inv(right)
    expected = theta - 0.5 * step.ravel()
    minimise(KFAC(lr=0.5, damping=0.3), objective, 1, theta)
    np.testing.assert_allclose(theta, expected, rtol=1e-9)


@pytest.mark.parametrize("momentum", [True, False])
def test_rescaled_steps_minimise_the_exact_model(momentum, task):
    """The gradient of q(p) = gᵀp + ½ pᵀ(F + λI)p is orthogonal to all that the step is made of."""
    optimizer = KFAC(momentum=momentum, damping=0.5, refresh=1)
    rng = np.random.default_rng(0)
    theta = 0.3 * rng.normal(size=task.network.layout.size)
    optimizer.reset(theta)
    optimizer.state["last"] = last = rng.normal(size=theta.size)
    point = task.at(theta)
    gradient, direction = point.grad(), rng.normal(size=theta.size)
    step, promised = optimizer._rescaled(point, gradient, direction)
    slope = gradient + point.ggn(step) + 0.5 * step
    assert abs(slope @ direction) <= 1e-9 * np.linalg.norm(slope) * np.linalg.norm(direction)
    flat = abs(slope @ last) <= 1e-9 * np.linalg.norm(slope) * np.linalg.norm(last)
    assert flat == momentum
    decrease = -(gradient @ step + 0.5 * step @ (point.ggn(step) + 0.5 * step))
    assert promised == pytest.approx(decrease, rel=1e-9)


def test_factors_are_averaged_at_refreshes(task):
    optimizer = KFAC(refresh=2, averaging=0.75, lr=1e-3)
    theta = task.network.init(np.random.default_rng(0))
    optimizer.accepts(task)
    optimizer.reset(theta)
    seen, name = [], next(p.name for p in task.network.layout)
    halves = [task.batch(np.arange(k, 300, 3)) for k in range(3)]
    for k in range(6):
        optimizer.step(halves[k // 2], theta)
        seen.append(optimizer.state[f"inputs {name}"].copy())
    for same, other in ((0, 1), (2, 3), (4, 5)):
        np.testing.assert_array_equal(seen[same], seen[other])
    # A of the first layer depends on the data alone: the mean of halves, then of all three
    one, two, three = (h.x for h in halves)
    ones = np.ones((100, 1))
    each = [np.hstack([x, ones]).T @ np.hstack([x, ones]) / 100 for x in (one, two, three)]
    np.testing.assert_allclose(seen[0], each[0], atol=1e-14)
    np.testing.assert_allclose(seen[2], (each[0] + each[1]) / 2, atol=1e-14)
    np.testing.assert_allclose(seen[4], sum(each) / 3, atol=1e-14)


def test_on_digits_it_goes_down_faster_per_step_than_sgd(learning, minimise):
    x, labels = load_digits(return_X_y=True)
    objective = learning(MLP(hidden=[32]), x / 16, labels, 10, 1e-4)
    kfac, _ = minimise(KFAC(), objective, 30)
    for lr in (0.1, 0.3, 1.0, 3.0):
        optimizer = SGD(lr=lr, momentum=0.9)
        optimizer.batch_size = KFAC.batch_size
        sgd, _ = minimise(optimizer, objective, 30)
        assert kfac[10] < sgd[10] and kfac[30] < 0.7 * sgd[30]


def test_it_trains_each_model_on_each_loss(task, minimise):
    values, _ = minimise(KFAC(), task, 30)
    assert values[-1] < 0.5 * values[0]


def test_the_damping_follows_the_reduction_ratio():
    """Martens and Grosse (2015), section 6.5: every T steps by (19/20)^T."""
    optimizer = KFAC(damping=2.0, adapt=3)
    for ratio, power in ((0.9, 3), (0.5, 0), (0.1, -3), (-1.0, -3), (float("nan"), -3)):
        optimizer.reset(np.zeros(1))
        optimizer._adapt(ratio)
        assert optimizer.state["damping"] == pytest.approx(2 * 0.95**power)


def test_networks_with_other_layers_are_refused(learning, digits):
    x, labels = digits
    objective = learning(MLP(hidden=[4], layer_norm=True), x, labels, 10)
    with pytest.raises(ConfigError) as caught:
        KFAC().accepts(objective)
    assert str(caught.value) == (
        "it needs a network of dense layers, and '2.layernorm.gain' belongs to none; "
        "choose optim=hf or natural_gradient"
    )


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"lr": 0.0}, "lr=0.0: a learning rate is > 0, or null"),
        ({"damping": 0.0}, "damping=0.0: damping is > 0"),
        ({"averaging": 1.0}, "averaging=1.0: a weight is in 0 <= w < 1"),
        ({"refresh": 0}, "refresh=0: a number of steps is >= 1"),
        ({"adapt": 0}, "adapt=0: a number of steps is >= 1"),
        ({"curvature": 0.0}, "curvature=0.0: a share of the rows, 0 < s <= 1"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        KFAC(**fields)
    assert str(caught.value) == text
