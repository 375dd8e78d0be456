from __future__ import annotations

import numpy as np
import pytest

from framework.diagnostics import derivative_error


def errors(objective, theta):
    return derivative_error(objective, theta, np.random.default_rng(0))


def test_right_derivatives_make_a_v(mlp):
    """Slope 2 where truncation rules; least error near ε^(2/3)."""
    h, *sides = errors(*mlp())
    for side in sides:
        right = (h > 1e-3) & (h < 0.3)
        assert np.polyfit(np.log(h[right]), np.log(side[right]), 1)[0] == pytest.approx(2, abs=0.1)
        assert side.min() < 1e-9
        assert 1e-7 < h[side.argmin()] < 1e-3
        assert side[0] > 1e3 * side.min()


def test_a_wrong_gradient_stays_flat(mlp, monkeypatch):
    objective, theta = mlp()
    right = objective.head.grad
    monkeypatch.setattr(objective.head, "grad", lambda z, y: 1.01 * right(z, y))
    h, gradient, _ = errors(objective, theta)
    assert gradient[(h > 1e-9) & (h < 1e-2)] == pytest.approx(0.01 / 1.01, rel=0.02)


def test_a_wrong_product_stays_flat(mlp, monkeypatch):
    objective, theta = mlp()
    right = objective.head.hvp
    monkeypatch.setattr(objective.head, "hvp", lambda z, y, v: 0.9 * right(z, y, v))
    h, gradient, hvp = errors(objective, theta)
    assert hvp[h < 1e-2].min() > 0.01
    assert gradient.min() < 1e-9


def test_single_precision_has_fewer_digits(mlp):
    objective, theta = mlp()
    objective.x, objective.y = objective.x.astype(np.float32), objective.y.astype(np.float32)
    h, gradient, hvp = errors(objective, theta.astype(np.float32))
    assert h[0] == pytest.approx(np.finfo(np.float32).eps ** 0.75)
    assert 1e-7 < hvp.min() < 1e-2 and gradient.min() < 1e-2


def test_a_flat_objective_has_no_relative_error(quadratic):
    _, gradient, hvp = errors(quadratic(np.zeros((2, 2))), np.ones(2))
    assert np.isnan(gradient).all() and np.isnan(hvp).all()
