from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from framework.errors import ConfigError, FieldError
from framework.interfaces import Curve
from framework.links import LINKS
from framework.objective import Objective
from plugins.losses.cross_entropy import CrossEntropy
from plugins.losses.mean_squared_error import MeanSquaredError
from plugins.models.linear import Linear

HEADS = {
    "identity": MeanSquaredError().head(LINKS["identity"]),
    "softmax": CrossEntropy().head(LINKS["softmax"]),
    "sigmoid": CrossEntropy().head(LINKS["sigmoid"]),
    "mse_softmax": MeanSquaredError().head(LINKS["softmax"]),
}


@pytest.fixture(params=[True, False], ids=["bias", "no_bias"])
def network(request):
    return Linear(bias=request.param).build((4,), 3)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(12, 4)), np.eye(3)[rng.integers(3, size=12)]


def test_logits_are_xw_plus_b(network, data):
    x, _ = data
    theta = np.random.default_rng(1).normal(size=network.layout.size)
    made = LinearRegression()
    made.coef_ = theta[:12].reshape(4, 3).T
    made.intercept_ = theta[12:] if network.bias else 0.0
    np.testing.assert_allclose(network.linearize(theta, x).z, made.predict(x), rtol=1e-12)


def test_the_layout(network):
    declared = [(p.name, p.shape, p.kind) for p in network.layout]
    expected = [("weight", (4, 3), "weight"), ("bias", (3,), "bias")]
    assert declared == expected[: 1 + network.bias]


def test_vjp_is_the_adjoint_of_jvp(network, data):
    rng = np.random.default_rng(1)
    theta, v = rng.normal(size=(2, network.layout.size))
    made, dz = network.linearize(theta, data[0]), rng.normal(size=(12, 3))
    out = np.full_like(theta, np.nan)
    assert made.vjp(dz, out) is out
    assert np.vdot(made.jvp(v), dz) == pytest.approx(np.vdot(v, out), rel=1e-12)


@pytest.mark.parametrize("name", sorted(HEADS))
def test_the_closed_hessian_is_made_of_the_products(name, network, data):
    x, y = data
    theta = np.random.default_rng(1).normal(size=network.layout.size)
    made = network.linearize(theta, x)
    curve, dz = Curve(HEADS[name], made.z, y), HEADS[name].grad(made.z, y)
    columns = [made.hvp(u, dz, curve, np.empty_like(theta)) for u in np.eye(theta.size)]
    closed = made.hessian(curve)
    norm = np.linalg.norm(closed, 2)
    np.testing.assert_allclose(closed, np.stack(columns, axis=1), atol=1e-14 * norm)


def test_the_hessian_of_least_squares_is_the_gram_matrix(data):
    x, y = data
    objective = Objective(Linear().build((4,), 3), HEADS["identity"], x, y)
    ones = np.column_stack([x, np.ones(12)])
    expected = np.kron(ones.T @ ones / 12, np.eye(3))
    np.testing.assert_allclose(objective.at(np.zeros(15)).hessian(), expected, atol=1e-14)


def test_the_hessian_of_softmax_regression_is_bishops(data):
    """Bishop (2006), eq. 4.110: block (k, j) is Σ_n p_nk (I_kj - p_nj) x_n x_nᵀ."""
    x, y = data
    objective = Objective(Linear(bias=False).build((4,), 3), HEADS["softmax"], x, y)
    theta = np.random.default_rng(1).normal(size=12)
    z = x @ theta.reshape(4, 3)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    blocks = np.zeros((4, 3, 4, 3))
    for n in range(12):
        for k in range(3):
            for j in range(3):
                weight = p[n, k] * ((k == j) - p[n, j]) / 12
                blocks[:, k, :, j] += weight * np.outer(x[n], x[n])
    hessian = objective.at(theta).hessian()
    np.testing.assert_allclose(hessian, blocks.reshape(12, 12), atol=1e-14)


def test_images_are_flattened_row_by_row():
    x = np.random.default_rng(0).normal(size=(5, 2, 3))
    theta = np.arange(14.0)
    image, flat = Linear().build((2, 3), 2), Linear().build((6,), 2)
    np.testing.assert_array_equal(
        image.linearize(theta, x).z, flat.linearize(theta, x.reshape(5, 6)).z
    )


def test_it_starts_at_zero_unless_told_otherwise():
    rng = np.random.default_rng(0)
    assert not Linear().build((4,), 3).init(rng).any()
    network = Linear(init="normal").build((400,), 30)
    views = network.layout.views(network.init(rng, np.float32))
    assert views["weight"].dtype == np.float32
    assert abs(views["weight"].std() - 1) < 4.5 / np.sqrt(2 * 12_000)
    assert not views["bias"].any()


def test_biases_start_as_the_initializer_says():
    network, rng = Linear(init="nielsen_large").build((4,), 3), np.random.default_rng(0)
    views = network.layout.views(network.init(np.random.default_rng(0)))
    np.testing.assert_array_equal(views["weight"], rng.standard_normal((4, 3)))
    np.testing.assert_array_equal(views["bias"], rng.standard_normal(3))
    assert Linear(init="nielsen_large", bias=False).build((4,), 3).init(rng).shape == (12,)


@pytest.mark.parametrize("n", [0, 1])
def test_small_batches(network, n):
    made = network.linearize(np.ones(network.layout.size), np.ones((n, 4)))
    assert made.z.shape == (n, 3)
    assert made.vjp(np.ones((n, 3)), np.empty(network.layout.size)).sum() == n * 3 * (
        4 + network.bias
    )


def test_float32_stays_float32(network, data):
    x, y = (array.astype(np.float32) for array in data)
    theta = np.ones(network.layout.size, np.float32)
    made = network.linearize(theta, x)
    hessian = made.hessian(Curve(HEADS["softmax"], made.z, y))
    assert made.z.dtype == made.jvp(theta).dtype == hessian.dtype == np.float32


def test_an_unknown_initializer_is_refused():
    with pytest.raises(FieldError, match=r"^init=glorott: no such choice; did you mean 'glorot'\?"):
        Linear(init="glorott")


def test_a_start_is_the_weights_row_by_row_and_then_the_bias():
    network = Linear(start=[1, 2, 3, 4, 5, 6], init="normal").build((2,), 2)
    theta = network.init(np.random.default_rng(0), np.float32)
    assert theta.dtype == np.float32
    np.testing.assert_array_equal(network.linearize(theta, np.eye(2)).z, [[6, 8], [8, 10]])


def test_a_start_of_another_length_says_what_is_needed():
    with pytest.raises(ConfigError) as caught:
        Linear(start=[1.0, 0.5]).build((2,), 1)
    assert str(caught.value) == (
        "model.start=[1,0.5]: 2 numbers for 3 parameters; give W and b, or [] for init's"
    )


def test_a_start_is_finite():
    with pytest.raises(FieldError) as caught:
        Linear(start=[1.0, float("nan")])
    assert str(caught.value) == "start=[1.0, nan]: a start is finite numbers"
