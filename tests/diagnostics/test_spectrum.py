from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.sparse.linalg

from framework.diagnostics import extreme_eigenvalues, spectrum


def ends(objective, theta):
    values = np.linalg.eigvalsh(objective.at(theta).hessian())
    return values[0], values[-1]


@pytest.mark.parametrize("hidden", [3, 40])
def test_both_ends_are_those_of_the_dense_hessian(mlp, hidden):
    objective, theta = mlp(hidden=hidden)
    assert (len(theta) > spectrum.DENSE) == (hidden == 40)
    least, greatest = ends(objective, theta)
    found = extreme_eigenvalues(objective.at(theta), np.random.default_rng(0))
    np.testing.assert_allclose(found, (least, greatest), atol=2e-4 * (greatest - least))


def test_in_single_precision_too(mlp):
    objective, theta = mlp(hidden=40)
    least, greatest = ends(objective, theta)
    objective.x, objective.y = objective.x.astype(np.float32), objective.y.astype(np.float32)
    point = objective.at(theta.astype(np.float32))
    found = extreme_eigenvalues(point, np.random.default_rng(0))
    np.testing.assert_allclose(found, (least, greatest), atol=1e-3 * (greatest - least))


@pytest.mark.parametrize("sign", [1, -1])
def test_of_a_known_spectrum(quadratic, sign):
    values = sign * np.concatenate([[-3.0], np.linspace(-1, 1, 150), [2.0, 7.0]])
    q, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(len(values),) * 2))
    point = quadratic(q @ np.diag(values) @ q.T).at(np.ones(len(values)))
    found = extreme_eigenvalues(point, np.random.default_rng(1), tolerance=1e-6)
    np.testing.assert_allclose(found, sorted([-3.0 * sign, 7.0 * sign]), atol=1e-4)


@pytest.mark.parametrize("value", [0.0, 2.0, -3.0])
def test_of_a_multiple_of_the_identity(quadratic, value):
    point = quadratic(value * np.eye(100)).at(np.ones(100))
    found = extreme_eigenvalues(point, np.random.default_rng(0))
    np.testing.assert_allclose(found, (value, value), rtol=1e-12)


def test_a_semidefinite_one_ends_at_zero(quadratic):
    values = np.concatenate([np.zeros(90), [1.0, 5.0]])
    point = quadratic(np.diag(values)).at(np.ones(len(values)))
    found = extreme_eigenvalues(point, np.random.default_rng(0))
    np.testing.assert_allclose(found, (0, 5), atol=1e-3)


def test_what_does_not_converge_is_not_told(mlp, monkeypatch):
    def fails(*args, **kwargs):
        raise scipy.sparse.linalg.ArpackNoConvergence("no", np.array([]), np.array([]))

    monkeypatch.setattr(scipy.sparse.linalg, "eigsh", fails)
    objective, theta = mlp(hidden=40)
    found = extreme_eigenvalues(objective.at(theta), np.random.default_rng(0))
    assert all(math.isnan(value) for value in found)
