from __future__ import annotations

import numpy as np
import pytest

from framework.averaging import Average
from framework.training import Batches, train
from framework.work import Budget
from plugins.optimizers.sgd import SGD

THETAS = np.random.default_rng(0).normal(size=(9, 4))


def run(average):
    for step, theta in enumerate(THETAS, 1):
        average.update(theta, step)
    return average


def test_polyak_is_the_mean_of_the_iterates():
    np.testing.assert_allclose(run(Average("polyak")).value, THETAS.mean(axis=0), rtol=1e-14)


def test_the_first_steps_may_be_left_out():
    average = run(Average("polyak", start=4))
    np.testing.assert_allclose(average.value, THETAS[4:].mean(axis=0), rtol=1e-14)


def test_exponential_weights_fall_by_the_decay():
    weights = 0.2 * 0.8 ** np.arange(9)[::-1]
    weights[0] = 0.8**8
    expected = weights @ THETAS
    np.testing.assert_allclose(run(Average("exponential", 0.8)).value, expected, rtol=1e-14)


def test_before_there_is_an_average_theta_is_the_solution():
    theta = THETAS[0].copy()
    assert run(Average("polyak", start=9)).solution(theta) is theta


def test_theta_itself_is_left_alone_and_not_kept():
    average, theta = Average("polyak"), THETAS[0].copy()
    average.update(theta, 1)
    theta[:] = 0
    np.testing.assert_array_equal(average.value, THETAS[0])


@pytest.mark.parametrize("size", [None, 5])
def test_the_loop_averages_what_the_optimizer_did(size, learning_problem):
    objective, theta = learning_problem
    path, average = [], Average("polyak")
    batches = Batches(len(objective), size, np.random.default_rng(0))
    for _ in train(
        objective,
        SGD(),
        theta,
        batches,
        Budget(epochs=3),
        on_step=lambda: path.append(theta.copy()),
        average=average,
    ):
        pass
    np.testing.assert_allclose(average.value, np.mean(path, axis=0), rtol=1e-12)


@pytest.fixture
def learning_problem():
    from framework.links import LINKS
    from framework.objective import Objective
    from plugins.losses.mean_squared_error import MeanSquaredError
    from plugins.models.linear import Linear

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 2)), rng.normal(size=(12, 1))
    head = MeanSquaredError().head(LINKS["identity"])
    return Objective(Linear().build((2,), 1), head, x, y), np.zeros(3)
