from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from framework.diagnostics import hutchinson_trace

MATRIX = np.array([[2.0, -1.0, 0.5], [-1.0, 1.0, 3.0], [0.5, 3.0, -4.0]])


class Signs:
    """Draws the given sign vectors, one after the other."""

    def __init__(self, vectors):
        self.vectors = iter(vectors)

    def choice(self, values, size):
        assert sorted(values) == [-1, 1]
        return np.array(next(self.vectors), float)


def test_the_mean_over_all_signs_is_the_trace(quadratic):
    matrix = np.kron(np.eye(3), MATRIX)  # nine parameters, more than eight probes
    vectors = [np.tile(signs, 3) for signs in product([-1, 1], repeat=3)]
    trace, error = hutchinson_trace(quadratic(matrix).at(np.ones(9)), 8, Signs(vectors))
    assert trace == pytest.approx(np.trace(matrix), rel=1e-12)
    found = [v @ matrix @ v for v in vectors]
    assert error == pytest.approx(np.std(found, ddof=1) / np.sqrt(8), rel=1e-12)


def test_any_signs_give_the_trace_of_a_diagonal(quadratic):
    diagonal = np.array([3.0, -1.0, 0.25, 10.0])
    point = quadratic(np.diag(diagonal)).at(np.ones(4))
    trace, error = hutchinson_trace(point, 2, np.random.default_rng(0))
    assert (trace, error) == (12.25, 0.0)


def test_few_parameters_have_it_exactly(quadratic):
    assert hutchinson_trace(quadratic(MATRIX).at(np.ones(3)), 3, None) == (-1.0, 0.0)


def test_the_error_says_how_far_off_the_estimate_is(mlp):
    """Of 200 estimates of four probes, the scaled errors have a spread of about one."""
    objective, theta = mlp(hidden=6)
    point, exact = objective.at(theta), np.trace(objective.at(theta).hessian())
    rng = np.random.default_rng(0)
    found = np.array([hutchinson_trace(point, 16, rng) for _ in range(100)])
    scaled = (found[:, 0] - exact) / found[:, 1]
    assert abs(found[:, 0].mean() - exact) < 4 * found[:, 0].std() / 10
    assert 0.8 < scaled.std() < 1.4


def test_a_single_probe_knows_no_error(quadratic):
    _, error = hutchinson_trace(quadratic(MATRIX).at(np.ones(3)), 1, np.random.default_rng(0))
    assert math.isnan(error)
