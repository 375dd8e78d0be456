from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse.linalg import LinearOperator, cg

from framework.solvers import conjugate_gradients


@pytest.fixture
def system(spectrum):
    """A, condition 100, and g."""
    slopes = np.random.default_rng(1).normal(size=30)
    return spectrum(np.geomspace(0.01, 1, 30), slopes)


def run(matrix, gradient, start=None, diagonal=None, limit=200, progress=1e-300):
    ones = np.ones_like(gradient)
    start = 0 * ones if start is None else start
    diagonal = ones if diagonal is None else diagonal
    return conjugate_gradients(lambda v: matrix @ v, gradient, start, diagonal, limit, progress)


def test_the_end_is_the_solution(system):
    matrix, gradient = system
    for diagonal in (None, matrix.diagonal(), np.geomspace(1, 3, 30)):
        step = run(matrix, gradient, diagonal=diagonal)[-1]
        np.testing.assert_allclose(step, np.linalg.solve(matrix, -gradient), rtol=1e-7)


@pytest.mark.parametrize("preconditioned", [False, True])
@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 5, 9])
def test_iterates_are_scipys(limit, warm, preconditioned, system):
    matrix, gradient = system
    start = 0.3 * np.arange(30.0) if warm else np.zeros(30)
    diagonal = np.geomspace(1, 3, 30) if preconditioned else np.ones(30)
    inverse = LinearOperator((30, 30), matvec=lambda v: v / diagonal, dtype=float)
    expected, _ = cg(matrix, -gradient, start.copy(), rtol=0, atol=0, maxiter=limit, M=inverse)
    before = start.copy()
    step = run(matrix, gradient, start, diagonal, limit)[-1]
    np.testing.assert_allclose(step, expected, rtol=1e-9)
    np.testing.assert_array_equal(start, before)


def test_kept_iterates_are_those_of_growing_numbers_and_the_last(system):
    matrix, gradient = system
    kept = run(matrix, gradient, limit=20)
    each = [run(matrix, gradient, limit=k)[-1] for k in range(1, 21)]
    numbers = [next(k for k, e in enumerate(each, 1) if np.array_equal(e, p)) for p in kept]
    assert numbers[0] == 1 and numbers[-1] == 20
    assert numbers == sorted(set(numbers)) and 6 <= len(numbers) <= 12


def test_it_stops_when_progress_is_slow(system):
    """By Martens' rule, evaluated on the iterates of SciPy's."""
    matrix, gradient = system
    heights = [0.0]
    cg(
        matrix,
        -gradient,
        rtol=0,
        atol=0,
        maxiter=60,
        callback=lambda p: heights.append(gradient @ p + 0.5 * p @ matrix @ p),
    )
    progress = 5e-3
    first = next(
        i for i in range(11, 60) if (heights[i] - heights[i - 10]) / heights[i] < 10 * progress
    )
    step = run(matrix, gradient, progress=progress)[-1]
    assert gradient @ step + 0.5 * step @ matrix @ step == pytest.approx(heights[first], rel=1e-9)


def test_nothing_to_solve_is_no_step():
    (step,) = run(np.eye(3), np.zeros(3))
    np.testing.assert_array_equal(step, 0)
