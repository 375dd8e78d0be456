from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from framework.layers import ACTIVATIONS, INITIALIZERS, Dense, Dropout, Sequential
from framework.links import LINKS
from framework.objective import Objective
from plugins.losses.mean_squared_error import MeanSquaredError

LECUN = INITIALIZERS["lecun"]


@pytest.fixture
def x():
    return np.random.default_rng(1).normal(size=(6, 5))


def noisy(rate=0.4, seed=0):
    return Dropout(rate).training(np.random.default_rng(seed))


@pytest.mark.parametrize("layer", [Dropout(0.4), noisy()], ids=["evaluation", "training"])
def test_the_products_are_exact(layer, x, check_products, check_conventions):
    check_products(layer, x)
    check_conventions(layer, x)


def test_evaluation_changes_nothing(x):
    np.testing.assert_array_equal(Dropout(0.9).forward({}, x)[0], x)
    np.testing.assert_array_equal(noisy(0).forward({}, x)[0], x)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_entries_are_kept_with_their_probability_and_scaled(rate):
    y, _ = noisy(rate).forward({}, np.ones((400, 100)))
    np.testing.assert_allclose(y[y > 0], 1 / (1 - rate), rtol=1e-15)
    assert stats.binomtest(int((y > 0).sum()), y.size, 1 - rate).pvalue > 1e-3


def test_a_key_gives_the_same_mask_and_another_key_another(x):
    layer, x = noisy(), np.ones((20, 30))
    first, again, other = (drop.forward({}, x)[0] for drop in (layer, layer, noisy(seed=1)))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_rate_out_of_range_is_refused():
    with pytest.raises(ValueError, match="a dropout rate is in 0 <= rate < 1, not 1"):
        Dropout(1)


# In training: mini-batches alone meet it.


def network():
    layers = [Dense(40, LECUN), ACTIVATIONS["tanh"](), Dropout(0.5), Dense(2, LECUN)]
    return Sequential(layers, (5,))


@pytest.fixture
def objective(x):
    head = MeanSquaredError().head(LINKS["identity"])
    return Objective(network(), head, x, np.ones((6, 2)), l2=0.1, seed=3)


@pytest.fixture
def theta():
    return network().init(np.random.default_rng(0))


def test_full_batches_see_no_dropout(objective, theta):
    plain = Sequential([*network().layers[:2], *network().layers[3:]], (5,))
    expected = Objective(plain, objective.head, objective.x, objective.y, l2=0.1).at(theta)
    assert objective.at(theta).value == expected.value
    np.testing.assert_array_equal(objective.at(theta).grad(), expected.grad())


def test_a_mini_batch_is_one_smooth_function(objective, theta, assert_derivative):
    batch, v = objective.batch(np.arange(4)), np.cos(np.arange(theta.size))
    assert batch.at(theta).value == batch.at(theta).value
    assert_derivative(lambda t: batch.at(theta + t * v).value, batch.at(theta).grad() @ v)


def test_steps_differ_and_repeat(objective, theta):
    def values():
        seen = []
        for objective.work.steps in range(4):
            seen.append(objective.batch(np.arange(4)).at(theta).value)
        return seen

    first = values()
    assert len(set(first)) == 4 and first == values()
    objective.seed = 4
    assert not set(first) & set(values())


def test_second_derivatives_see_none(objective, theta):
    rows, v = np.arange(4), np.cos(np.arange(theta.size))
    point = objective.batch(rows).at(theta)
    x, y = objective.x[rows], objective.y[rows]
    quiet = Objective(objective.network, objective.head, x, y, l2=0.1).at(theta)
    np.testing.assert_array_equal(point.hvp(v), quiet.hvp(v))
    np.testing.assert_array_equal(point.ggn(v), quiet.ggn(v))
    np.testing.assert_array_equal(point.hessian(), quiet.hessian())
    assert (point.grad() != quiet.grad()).any()
    assert objective.work.forward == 2 * len(rows)  # one with dropout and one without


def test_part_of_a_mini_batch_is_a_mini_batch(objective, theta):
    part = objective.batch(np.arange(4)).batch(np.array([1, 2]))
    np.testing.assert_array_equal(part.x, objective.x[1:3])
    assert part.at(theta).value != part.quiet.at(theta).value
    assert part.work is objective.work and not part.full


def test_a_network_without_noise_is_itself_in_training():
    plain = Sequential([Dense(2, LECUN)], (5,))
    assert plain.training(0, 0) is plain
