from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from framework.heads import ComposedHead
from framework.interfaces import Loss
from framework.links import LINKS


@dataclass
class Coupled(Loss):
    """¼ (Σ_k c_k (p_k - y_k))⁴ + ½ ‖p - y‖²: a convex loss whose Hessian is no multiple of the identity."""

    def mix(self, p, y):
        c = np.arange(1.0, p.shape[1] + 1) / p.shape[1]
        return c, (p - y) @ c

    def value(self, p, y):
        _, s = self.mix(p, y)
        return s**4 / 4 + 0.5 * ((p - y) ** 2).sum(axis=1)

    def grad(self, p, y):
        c, s = self.mix(p, y)
        return s[:, None] ** 3 * c + p - y

    def hvp(self, p, y, v):
        c, s = self.mix(p, y)
        return (3 * s**2 * (v @ c))[:, None] * c + v


@pytest.fixture(params=sorted(LINKS))
def head(request):
    return ComposedHead(Coupled(), LINKS[request.param])


@pytest.fixture
def arrays():
    """Logits, targets and a direction, (6, 3)."""
    return np.random.default_rng(1).normal(size=(3, 6, 3))


def test_the_value_is_the_loss_of_the_link(head, arrays):
    z, y, _ = arrays
    np.testing.assert_array_equal(head.value(z, y), head.loss.value(head.link(z), y))
    np.testing.assert_array_equal(head.predict(z), head.link(z))


def test_the_gradient_is_the_derivative_of_the_value(head, arrays, assert_derivative):
    z, y, v = arrays
    assert_derivative(lambda t: head.value(z + t * v, y), (head.grad(z, y) * v).sum(axis=1))


def test_hvp_is_the_derivative_of_the_gradient(head, arrays, assert_derivative):
    z, y, v = arrays
    assert_derivative(lambda t: head.grad(z + t * v, y), head.hvp(z, y, v))


def test_the_gauss_newton_product_is_jacobian_hessian_jacobian(head, arrays):
    z, y, v = arrays
    p = head.link(z)
    for n in range(len(z)):
        row = slice(n, n + 1)
        units = np.eye(3)
        jacobian = np.vstack([head.link.vjp(z[row], p[row], u[None]) for u in units])
        hessian = np.vstack([head.loss.hvp(p[row], y[row], u[None]) for u in units])
        expected = jacobian @ hessian @ jacobian @ v[n]
        np.testing.assert_allclose(head.ggn(z, y, v)[n], expected, rtol=1e-12, atol=1e-14)


def test_the_gauss_newton_product_of_a_convex_loss_is_semidefinite(head, arrays):
    z, y, v = arrays
    assert ((head.ggn(z, y, v) * v).sum(axis=1) >= 0).all()
    assert head.split == "outputs"


def test_the_hessian_is_not_always_semidefinite(arrays):
    z, y, v = arrays
    head = ComposedHead(Coupled(), LINKS["tanh"])
    assert (head.hvp(3 * z, y, v) * v).sum(axis=1).min() < 0


def test_behind_the_identity_a_head_is_its_loss(arrays):
    z, y, v = arrays
    head, loss = ComposedHead(Coupled(), LINKS["identity"]), Coupled()
    np.testing.assert_array_equal(head.grad(z, y), loss.grad(z, y))
    np.testing.assert_array_equal(head.hvp(z, y, v), loss.hvp(z, y, v))
    np.testing.assert_array_equal(head.ggn(z, y, v), loss.hvp(z, y, v))
