from __future__ import annotations

import numpy as np
import pytest

from framework.errors import NonFinite
from framework.interfaces import Loss
from framework.layers import ACTIVATIONS, INITIALIZERS, Dense, Sequential
from framework.links import LINKS
from framework.objective import Objective
from plugins.losses.cross_entropy import CrossEntropy
from plugins.losses.mean_squared_error import MeanSquaredError
from plugins.models.linear import Linear

LECUN = INITIALIZERS["lecun"]
NETWORKS = {
    "linear": lambda: Linear().build((4,), 3),
    "linear_without_bias": lambda: Linear(bias=False).build((4,), 3),
    "tanh": lambda: Sequential([Dense(5, LECUN), ACTIVATIONS["tanh"](), Dense(3, LECUN)], (4,)),
    "relu": lambda: Sequential([Dense(5, LECUN), ACTIVATIONS["relu"](), Dense(3, LECUN)], (4,)),
    "sigmoid": lambda: Sequential(
        [Dense(4, LECUN), ACTIVATIONS["sigmoid"](), Dense(3, LECUN, bias=False)], (4,)
    ),
}
HEADS = {
    "ce_softmax": CrossEntropy().head(LINKS["softmax"]),
    "ce_sigmoid": CrossEntropy().head(LINKS["sigmoid"]),
    "mse_identity": MeanSquaredError().head(LINKS["identity"]),
    "mse_softmax": MeanSquaredError().head(LINKS["softmax"]),
    "mse_sigmoid": MeanSquaredError().head(LINKS["sigmoid"]),
    "mse_tanh": MeanSquaredError().head(LINKS["tanh"]),
}


def build(network="tanh", head="ce_softmax", l2=0.0, n=9):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(n, 4)), np.eye(3)[rng.integers(3, size=n)]
    return Objective(NETWORKS[network](), HEADS[head], x, y, l2)


@pytest.fixture(params=[(n, h) for n in NETWORKS for h in HEADS], ids="-".join)
def problem(request):
    """An objective with L2, a theta away from symmetry, and two directions."""
    objective = build(*request.param, l2=0.3)
    theta, u, v = np.random.default_rng(1).normal(size=(3, objective.network.layout.size))
    return objective, 0.7 * theta, u, v


def test_the_gradient_is_the_derivative_of_the_value(problem, assert_derivative):
    objective, theta, _, v = problem
    gradient = objective.at(theta).grad()
    scale = np.linalg.norm(gradient) * np.linalg.norm(v)
    assert_derivative(lambda t: objective.at(theta + t * v).value, gradient @ v, scale)


def test_hvp_is_the_derivative_of_the_gradient(problem, assert_derivative):
    objective, theta, _, v = problem
    assert_derivative(lambda t: objective.at(theta + t * v).grad(), objective.at(theta).hvp(v))


def test_the_hessian_is_symmetric_and_its_columns_are_products(problem):
    objective, theta, _, _ = problem
    point = objective.at(theta)
    hessian = point.hessian()
    np.testing.assert_array_equal(hessian, hessian.T)
    columns = np.stack([point.hvp(unit) for unit in np.eye(theta.size)], axis=1)
    np.testing.assert_allclose(hessian, columns, atol=1e-13 * np.linalg.norm(hessian, 2))


def test_the_gauss_newton_matrix_is_semidefinite(problem):
    objective, theta, _, _ = problem
    objective.l2 = 0
    point = objective.at(theta)
    matrix = np.stack([point.ggn(unit) for unit in np.eye(theta.size)])
    norm = np.linalg.norm(matrix, 2)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-14 * norm)
    assert np.linalg.eigvalsh((matrix + matrix.T) / 2).min() >= -1e-14 * norm
    assert norm > 0


@pytest.mark.parametrize("head", ["ce_softmax", "ce_sigmoid", "mse_identity"])
def test_gauss_newton_is_the_hessian_of_a_convex_loss_of_a_linear_network(head):
    objective = build("linear", head, l2=0.3)
    theta, v = np.random.default_rng(1).normal(size=(2, objective.network.layout.size))
    point = objective.at(theta)
    np.testing.assert_allclose(point.ggn(v), point.hvp(v), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("network", sorted(NETWORKS))
def test_gauss_newton_is_the_hessian_where_the_residuals_vanish(network):
    objective = build(network, "mse_identity", l2=0.3)
    theta, v = np.random.default_rng(1).normal(size=(2, objective.network.layout.size))
    objective.y = objective.network.linearize(theta, objective.x).z
    point = objective.at(theta)
    np.testing.assert_allclose(point.ggn(v), point.hvp(v), rtol=1e-11, atol=1e-13)


def test_the_value_is_the_mean_over_samples_plus_half_l2_of_the_weights():
    objective = build("linear", "mse_identity", l2=0.25)
    theta = np.random.default_rng(2).normal(size=15)
    weight, bias = theta[:12].reshape(4, 3), theta[12:]
    residual = objective.x @ weight + bias - objective.y
    point = objective.at(theta)
    assert point.loss == pytest.approx(0.5 * (residual**2).sum() / 9, rel=1e-14)
    expected = point.loss + 0.125 * (weight**2).sum()
    assert point.value == pytest.approx(expected, rel=1e-14)
    expected = np.vstack([objective.x.T @ residual / 9 + 0.25 * weight, residual.mean(axis=0)])
    np.testing.assert_allclose(point.grad(), expected.ravel(), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("network", sorted(NETWORKS))
def test_samples_twice_over_change_nothing(network):
    objective = build(network, l2=0.1)
    twice = objective.batch(np.tile(np.arange(9), 2))
    theta, v = np.random.default_rng(1).normal(size=(2, objective.network.layout.size))
    one, two = objective.at(theta), twice.at(theta)
    assert two.value == pytest.approx(one.value, rel=1e-14)
    for product in ("grad", "hvp", "ggn", "hessian"):
        arguments = () if product in ("grad", "hessian") else (v,)
        a, b = getattr(one, product)(*arguments), getattr(two, product)(*arguments)
        np.testing.assert_allclose(b, a, rtol=1e-12, atol=1e-14)


def test_l2_leaves_biases_free():
    free, held = build("tanh"), build("tanh", l2=2.0)
    theta, v = np.random.default_rng(1).normal(size=(2, free.network.layout.size))
    bias = free.network.layout.mask("bias").astype(bool)
    assert bias.sum() == 5 + 3
    a, b = free.at(theta), held.at(theta)
    np.testing.assert_allclose(b.grad() - a.grad(), np.where(bias, 0, 2 * theta), atol=1e-13)
    np.testing.assert_allclose(b.hvp(v) - a.hvp(v), np.where(bias, 0, 2 * v), atol=1e-13)
    np.testing.assert_allclose(b.ggn(v) - a.ggn(v), np.where(bias, 0, 2 * v), atol=1e-13)
    np.testing.assert_allclose(
        b.hessian() - a.hessian(), np.diag(np.where(bias, 0, 2.0)), atol=1e-13
    )


def test_the_mean_over_batches_of_a_partition_is_the_whole():
    objective = build(l2=0.1)
    theta = np.random.default_rng(1).normal(size=objective.network.layout.size)
    parts = [objective.batch(np.arange(k, 9, 3)).at(theta).grad() for k in range(3)]
    np.testing.assert_allclose(np.mean(parts, axis=0), objective.at(theta).grad(), rtol=1e-12)


def test_only_the_whole_is_full():
    objective = build(l2=0.1)
    batch = objective.batch(np.arange(4))
    assert objective.full and not batch.full
    assert len(objective) == 9 and len(batch) == 4
    np.testing.assert_array_equal(batch.weights, objective.weights)


def test_the_work_of_a_batch_counts_towards_the_whole():
    objective = build("tanh")
    size = objective.network.layout.size
    point = objective.batch(np.arange(4)).at(np.zeros(size))
    assert set(objective.work.counts().values()) == {0}
    _ = point.value, point.loss, point.outputs
    assert objective.work.forward == 4
    point.grad()
    point.hvp(np.ones(size))
    point.hvp(np.ones(size))
    point.ggn(np.ones(size))
    point.hessian()
    counts = objective.work.counts()
    assert counts.pop("gradient_equivalents") == 4 * (1 + 2 + 2 * 4 + 3 + 4 * size) / 3
    expected = {"forward": 4, "backward": 4, "hvp": 8, "ggn": 4, "hessian": 4 * 4 * size}
    assert {name: count for name, count in counts.items() if count} == expected


def test_a_closed_hessian_costs_a_forward_pass_a_parameter():
    objective = build("linear")
    objective.at(np.zeros(15)).hessian()
    assert objective.work.hessian == 9 * 15
    assert objective.work.hvp == 0 and objective.work.backward == 0


@pytest.mark.parametrize("product", ["grad", "hvp", "ggn"])
def test_results_are_written_where_asked(product):
    objective = build(l2=0.1)
    theta = np.random.default_rng(1).normal(size=objective.network.layout.size)
    out = np.full_like(theta, np.nan)
    arguments = () if product == "grad" else (np.ones_like(theta),)
    point = objective.at(theta)
    assert getattr(point, product)(*arguments, out=out) is out
    np.testing.assert_array_equal(out, getattr(point, product)(*arguments))


@pytest.mark.parametrize("network", sorted(NETWORKS))
def test_float32_stays_float32_and_nothing_is_changed(network):
    objective = build(network, l2=0.1)
    exact = objective.at(np.linspace(-1, 1, objective.network.layout.size))
    objective.x, objective.y = objective.x.astype(np.float32), objective.y.astype(np.float32)
    theta = exact.theta.astype(np.float32)
    kept = [array.copy() for array in (objective.x, objective.y, theta)]
    point, v = objective.at(theta), np.ones_like(theta)
    exact = build(network, l2=0.1).at(exact.theta)
    for product, arguments in (("grad", ()), ("hvp", (v,)), ("ggn", (v,)), ("hessian", ())):
        got, expected = getattr(point, product)(*arguments), getattr(exact, product)(*arguments)
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, expected, atol=3e-6 * np.linalg.norm(expected))
    for before, after in zip(kept, (objective.x, objective.y, theta), strict=True):
        np.testing.assert_array_equal(before, after)


class Steep(Loss):
    """Finite values with a gradient that is not."""

    def value(self, p, y):
        return np.zeros(len(p))

    def grad(self, p, y):
        return np.full_like(p, np.inf)


def poisoned(fault):
    """An objective and a theta in which `fault` is the first thing that is not finite."""
    objective, theta = build("relu", "mse_identity"), np.ones(4 * 5 + 5 + 5 * 3 + 3)
    if fault == "nan arose in parameter '3.dense.weight'":
        theta[25 + 7] = np.nan
    elif fault == "inf arose in parameter '1.dense.bias'":
        theta[20] = np.inf
    elif fault == "nan arose in the inputs":
        objective.x[3, 2] = np.nan
    elif fault == "inf arose in the output of layer '1.dense'":
        theta[:20], objective.x = 1e200, 1e200 * np.ones_like(objective.x)
    elif fault == "inf arose in the output of layer '3.dense'":
        theta[25:40] = 1e308
    elif fault == "nan arose in the loss":
        objective.y[0, 0] = np.nan
    elif fault == "inf arose in the loss":
        theta[25:40] = 1e200
    elif fault == "inf arose in the loss's gradient":
        objective.head = Steep().head(LINKS["identity"])
    elif fault == "inf arose in the gradient of '1.dense.weight'":
        theta[:20], theta[25:40] = 0, 1e150
        objective.x = 1e200 * np.ones_like(objective.x)
    else:
        theta[:20], theta[25:40] = 0, 1e130
        objective.x = 1e30 * np.ones_like(objective.x)
    return objective, theta


@pytest.mark.parametrize(
    "fault",
    [
        "nan arose in parameter '3.dense.weight'",
        "inf arose in parameter '1.dense.bias'",
        "nan arose in the inputs",
        "inf arose in the output of layer '1.dense'",
        "inf arose in the output of layer '3.dense'",
        "nan arose in the loss",
        "inf arose in the loss",
        "inf arose in the loss's gradient",
        "inf arose in the gradient of '1.dense.weight'",
        "the squared norm of the gradient overflowed",
    ],
)
def test_the_first_culprit_is_named(fault):
    objective, theta = poisoned(fault)
    with np.errstate(all="ignore"), pytest.raises(NonFinite) as caught:
        objective.at(theta).grad()
    assert str(caught.value) == fault


@pytest.mark.parametrize(
    ("product", "what"),
    [("hvp", "a Hessian product"), ("ggn", "a Gauss-Newton product"), ("hessian", "the Hessian")],
)
def test_products_that_are_not_finite_are_errors_too(product, what):
    objective = build("tanh", "mse_identity")
    theta = np.ones(objective.network.layout.size)
    arguments = () if product == "hessian" else (np.ones_like(theta),)
    objective.x[0, 0] = np.nan
    with pytest.raises(NonFinite, match=f"^nan arose in {what}$"):
        getattr(objective.at(theta), product)(*arguments)


def test_l1_counts_in_the_value_and_in_no_derivative():
    free, held = build("linear", "mse_identity", l2=0.25), build("linear", "mse_identity", l2=0.25)
    held.l1 = 0.5
    theta, v = np.random.default_rng(1).normal(size=(2, 15))
    a, b = free.at(theta), held.at(theta)
    assert b.value == pytest.approx(a.value + 0.5 * np.abs(theta[:12]).sum(), rel=1e-14)
    assert b.smooth == a.smooth == a.value
    for product in ("grad", "hvp", "ggn", "hessian"):
        arguments = () if product in ("grad", "hessian") else (v,)
        np.testing.assert_array_equal(
            getattr(b, product)(*arguments), getattr(a, product)(*arguments)
        )
    assert held.batch(np.arange(4)).l1 == 0.5


def test_the_slope_is_the_norm_of_the_least_subgradient():
    """By search: no subgradient g + l1 s, with s = sign(θ), or any s within ±1 at 0, is shorter."""
    objective = build("linear", "mse_identity")
    theta = np.random.default_rng(1).normal(size=15)
    theta[[0, 5, 7]] = 0
    assert objective.at(theta).slope() == np.linalg.norm(objective.at(theta).grad())
    objective.l1 = 0.2
    point, inside = objective.at(theta), np.linspace(-1, 1, 200_001)
    gradient, expected = point.grad(), []
    for k in range(15):
        signs = inside if theta[k] == 0 else np.sign(theta[k : k + 1])
        expected.append(np.abs(gradient[k] + 0.2 * (k < 12) * signs).min())
    assert point.slope() == pytest.approx(np.linalg.norm(expected), rel=1e-5)
