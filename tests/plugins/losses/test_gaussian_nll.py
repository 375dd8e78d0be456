from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from framework.errors import FieldError
from framework.links import LINKS
from framework.testing import assert_conforms
from plugins.losses.gaussian_nll import GaussianNLL
from plugins.losses.mean_squared_error import MeanSquaredError


@pytest.fixture
def logits():
    """Two means and two log-variances of 20 rows, targets, and a direction."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(20, 4)), rng.normal(size=(20, 2)), rng.normal(size=(20, 4))


@pytest.fixture(params=sorted(LINKS))
def link(request):
    return LINKS[request.param]


@pytest.mark.parametrize("floor", [1e-6, 0.5])
def test_it_is_minus_the_log_density(link, logits, floor):
    z, y, _ = logits
    scale = np.sqrt(floor + np.exp(z[:, 2:]))
    expected = -stats.norm.logpdf(y, link(z[:, :2]), scale).sum(axis=1)
    head = GaussianNLL(full=True, floor=floor).head(link)
    np.testing.assert_allclose(head.value(z, y), expected, rtol=1e-12)
    constant = np.log(2 * np.pi)  # ½ for each of two targets
    short = GaussianNLL(floor=floor).head(link).value(z, y)
    np.testing.assert_allclose(short, expected - constant, rtol=1e-12)


def test_twice_as_many_logits_and_the_means_are_predicted(link, logits):
    z, _, _ = logits
    assert GaussianNLL().outputs(3) == 6
    np.testing.assert_array_equal(GaussianNLL().head(link).predict(z), link(z[:, :2]))


def test_a_variance_of_1_is_squared_error(link, logits):
    z, y, v = (a.copy() for a in logits)
    z[:, 2:], v[:, 2:] = np.log1p(-1e-6), 0  # floor + e^s = 1
    ours, mse = GaussianNLL().head(link), MeanSquaredError().head(link)
    np.testing.assert_allclose(ours.value(z, y), mse.value(z[:, :2], y), rtol=1e-9)
    np.testing.assert_allclose(ours.grad(z, y)[:, :2], mse.grad(z[:, :2], y), rtol=1e-9)
    hv = mse.hvp(z[:, :2], y, v[:, :2])
    np.testing.assert_allclose(ours.hvp(z, y, v)[:, :2], hv, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("floor", [1e-6, 0.5])
def test_the_products_are_derivatives(link, logits, floor, assert_derivative):
    z, y, v = logits
    v = 0.5 * v
    head = GaussianNLL(floor=floor).head(link)
    assert_derivative(lambda t: head.value(z + t * v, y), (head.grad(z, y) * v).sum(axis=1))
    assert_derivative(lambda t: head.grad(z + t * v, y), head.hvp(z, y, v))


def test_the_gauss_newton_matrix_is_the_hessians_mean_over_targets(link, logits):
    """E over y ~ N(μ, σ²) by quadrature, which is exact: the Hessian is quadratic in y."""
    z, y, v = logits
    head = GaussianNLL(floor=0.3).head(link)
    nodes, weights = np.polynomial.hermite_e.hermegauss(4)
    weights = weights / weights.sum()
    mean, sigma = head.predict(z), np.sqrt(0.3 + np.exp(z[:, 2:]))
    expected = sum(
        w1 * w2 * head.hvp(z, mean + sigma * np.array([t1, t2]), v)
        for t1, w1 in zip(nodes, weights, strict=True)
        for t2, w2 in zip(nodes, weights, strict=True)
    )
    np.testing.assert_allclose(head.ggn(z, y, v), expected, rtol=1e-10, atol=1e-12)
    assert ((head.ggn(z, y, v) * v).sum(axis=1) >= 0).all()


def test_the_hessian_is_indefinite_where_the_variance_is_too_small(logits):
    z, y, v = logits
    head = GaussianNLL().head(LINKS["identity"])
    assert ((head.hvp(z, y, v) * v).sum(axis=1) < 0).any()


def test_the_best_variance_is_the_mean_square():
    """At constant logits the gradient is 0 where σ² is the targets' variance."""
    y = np.random.default_rng(0).normal(3, 2, size=(50, 1))
    z = np.tile([y.mean(), np.log(y.var() - 1e-6)], (50, 1))
    gradient = GaussianNLL().head(LINKS["identity"]).grad(z, y).mean(axis=0)
    np.testing.assert_allclose(gradient, 0, atol=1e-14)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_extreme_logits_are_finite(dtype):
    z = np.array([[1e4, -1e4], [1e4, 1e4], [-1e4, -1e4]], dtype)
    y, v = np.zeros((3, 1), dtype), np.ones((3, 2), dtype)
    head = GaussianNLL().head(LINKS["identity"])
    # σ² = 1e-6, then e^10000, then 1e-6 again
    np.testing.assert_allclose(head.value(z, y), [5e13, 5e3, 5e13], rtol=1e-6)
    gradient = head.grad(z, y)
    np.testing.assert_allclose(gradient, [[1e10, 0], [0, 0.5], [-1e10, 0]], rtol=1e-5)
    assert np.isfinite(head.hvp(z, y, v)).all() and np.isfinite(head.ggn(z, y, v)).all()
    assert head.value(z, y).dtype == gradient.dtype == head.hvp(z, y, v).dtype == dtype


@pytest.mark.parametrize("fields", [{}, {"full": True}, {"floor": 0.1}], ids=str)
def test_it_conforms(fields):
    assert_conforms(GaussianNLL(**fields))


def test_the_floor_is_positive():
    with pytest.raises(FieldError, match=r"^floor=0: a variance floor is > 0$"):
        GaussianNLL(floor=0)


@pytest.mark.parametrize(
    "optim",
    [
        ["optim=sgd", "optim.lr=0.01", "optim.clip_norm=1"],
        ["optim=newton_cg"],
        ["optim=gauss_newton"],
    ],
    ids=str,
)
def test_it_trains(command, optim):
    done = command("loss=gaussian_nll", "data=diabetes", "train.epochs=2", *optim)
    assert (done.status, done.err) == (0, "")
