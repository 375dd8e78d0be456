from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from framework.errors import FieldError
from plugins.models.quadratic import Quadratic
from plugins.models.rosenbrock import Rosenbrock
from plugins.optimizers.gradient_descent import GradientDescent


def barzilai_borwein(matrix, x, first, rule, steps):
    """Barzilai and Borwein (1988), eqs. 5 and 6, on ½ xᵀ A x: α is from the gradient of the step before."""
    length = first
    for _ in range(steps):
        g = matrix @ x
        x = x - length * g
        yield x
        once, twice = g @ matrix @ g, g @ matrix @ matrix @ g
        length = (g @ g) / once if rule == "bb1" else once / twice


@pytest.mark.parametrize("rule", ["bb1", "bb2"])
def test_barzilai_borwein_on_a_quadratic_in_closed_form(rule, function, descend):
    objective = function(Quadratic(dimensions=4, condition=5))
    optimizer = GradientDescent(rule=rule, lr=0.1, tol=0)
    path, _ = descend(optimizer, objective, np.ones(4), 12)
    reference = barzilai_borwein(objective.network.matrix, np.ones(4), 0.1, rule, 12)
    np.testing.assert_allclose(path[1:], list(reference), rtol=1e-6, atol=1e-9)


def test_constant_steps_shrink_each_eigenvector_by_1_minus_lr_lambda(function, descend):
    objective = function(Quadratic(dimensions=4, condition=5))
    path, _ = descend(GradientDescent(rule="constant", lr=0.3, tol=0), objective, np.ones(4), 12)
    values, vectors = np.linalg.eigh(objective.network.matrix)
    for k, theta in enumerate(path):
        expected = vectors @ ((1 - 0.3 * values) ** k * (vectors.T @ np.ones(4)))
        np.testing.assert_allclose(theta, expected, atol=1e-13)


def test_armijo_meets_its_condition_at_each_step(function, descend):
    objective = function(Rosenbrock())
    path, _ = descend(GradientDescent(), objective, steps=100)
    for here, there in itertools.pairwise(path):
        point, g = objective.at(here), objective.at(here).grad()
        decrease = point.value - objective.at(there).value
        assert decrease >= 1e-4 * (g @ (here - there)) > 0


@pytest.mark.parametrize("rule", ["bb1", "bb2"])
@pytest.mark.parametrize("dimensions", [2, 10])
def test_barzilai_borwein_solves_rosenbrock(rule, dimensions, function, descend):
    objective = function(Rosenbrock(dimensions=dimensions))
    path, epoch = descend(GradientDescent(rule=rule, lr=1e-3), objective, steps=5000)
    assert epoch.stopped == "the optimizer has converged"
    np.testing.assert_allclose(path[-1], np.ones(dimensions), atol=1e-4)
    values = np.array([objective.at(t).value for t in path])
    assert (np.diff(values) > 0).any()  # it may rise,
    for k in range(1, len(values)):  # but not above the largest of the last ten
        assert values[k] <= values[max(0, k - 10) : k].max() * (1 + 1e-12)


@pytest.mark.parametrize("rule", ["armijo", "bb1", "bb2"])
def test_it_trains_each_network_on_each_loss(rule, network, descend):
    path, epoch = descend(GradientDescent(rule=rule, tol=1e-4), network, steps=5000)
    assert epoch.stopped == "the optimizer has converged"
    assert network.at(path[-1]).value < network.at(path[0]).value


def test_a_constant_step_costs_one_gradient(network, descend):
    _, epoch = descend(GradientDescent(rule="constant", lr=0.1), network, steps=10)
    assert epoch.work.forward == epoch.work.backward == 10 * len(network)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"rule": "wolfe"}, "rule=wolfe: no such choice"),
        ({"lr": 0.0}, "lr=0.0: a learning rate is > 0"),
        ({"lr": math.nan}, "lr=nan: a learning rate is > 0"),
        ({"c1": 1.0}, "c1=1.0: the decrease asked for is in 0 < c1 < 1"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        GradientDescent(**fields)
    assert str(caught.value).startswith(text)
