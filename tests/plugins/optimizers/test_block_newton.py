from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import block_diag

from framework.errors import ConfigError, FieldError
from plugins.datasets.cubic import Cubic
from plugins.models.linear import Linear
from plugins.models.mlp import MLP
from plugins.optimizers.block_newton import BlockNewton
from plugins.optimizers.newton import Newton


@pytest.fixture
def cubic(learning):
    """Least squares with a bias on the exercise's 80 rows, its matrix (X, 1), and the minimum by LAPACK."""
    table = Cubic(minmax="all").load()
    x, y = table.x[:80], table.y[:80]
    objective = learning(Linear(), x, y, 1, loss="mse", link="identity")
    design = np.column_stack([x, np.ones(80)])
    return objective, design, np.linalg.lstsq(design, y, rcond=None)[0]


def errors(optimizer, objective, minimum, steps):
    """θ - minimum from the start on, (steps + 1, P)."""
    theta = np.linspace(-1, 2, len(minimum))
    optimizer.reset(theta)
    path = [theta - minimum]
    for _ in range(steps):
        optimizer.step(objective, theta)
        path.append(theta - minimum)
    return np.array(path)


@pytest.mark.parametrize("sweep", ["jacobi", "gauss_seidel"])
def test_its_steps_are_those_of_the_splitting(sweep, cubic):
    """e ← (I - M⁻¹A) e with M the diagonal blocks of A, or those and what is below them."""
    objective, design, minimum = cubic
    a = design.T @ design
    m = block_diag(a[:5, :5], a[5:, 5:])
    if sweep == "gauss_seidel":
        m[5:, :5] = a[5:, :5]
    iteration = np.eye(6) - np.linalg.solve(m, a)
    for method in ("plain", "eigenvalue"):
        path = errors(BlockNewton(sweep=sweep, method=method), objective, minimum, 20)
        expected = [np.linalg.matrix_power(iteration, k) @ path[0] for k in range(21)]
        np.testing.assert_allclose(path, expected, atol=1e-11)


@pytest.mark.parametrize(("sweep", "power"), [("jacobi", 1), ("gauss_seidel", 2)])
def test_least_squares_contracts_by_how_well_the_inputs_explain_the_constant(sweep, power, cubic):
    objective, design, minimum = cubic
    x, one = design[:, :5], np.ones(80)
    _, missed, *_ = np.linalg.lstsq(x, one, rcond=None)
    rho = np.sqrt(1 - missed[0] / 80)  # R without a constant, of the constant
    path = errors(BlockNewton(sweep=sweep, method="plain"), objective, minimum, 60)
    norms = np.linalg.norm(path @ design.T, axis=1)
    np.testing.assert_allclose(norms[21::2] / norms[19:-2:2], rho ** (2 * power), rtol=1e-9)
    assert round(rho, 3) == 0.958


def test_centred_inputs_take_one_step(learning):
    table = Cubic().load()
    x, y = table.x[:80] - table.x[:80].mean(axis=0), table.y[:80]
    objective = learning(Linear(), x, y, 1, loss="mse", link="identity")
    minimum = np.linalg.lstsq(np.column_stack([x, np.ones(80)]), y, rcond=None)[0]
    path = errors(BlockNewton(), objective, minimum, 1)
    np.testing.assert_allclose(path[1], 0, atol=1e-13)


@pytest.mark.parametrize("model", [Linear(), MLP(hidden=[])], ids=["linear", "mlp"])
def test_a_layer_as_one_block_is_newtons_method(learning, model):
    rng = np.random.default_rng(0)
    x, y = rng.normal(2, 1, size=(40, 5)), rng.normal(size=(40, 2))
    objective = learning(model, x, y, 2, loss="mse", link="identity")
    theta, other = np.ones(12), np.ones(12)
    for optimizer, start in ((BlockNewton(blocks="layer"), theta), (Newton(), other)):
        optimizer.reset(start)
        optimizer.step(objective, start)
    np.testing.assert_allclose(theta, other, rtol=1e-12)


def test_blocks_of_a_network(learning, digits):
    """Of four parameters, or of two layers: each step is that of SciPy's solver on the block."""
    x, labels = digits
    objective = learning(MLP(hidden=[3]), x[:, 20:24], labels, 10, 1e-1)
    theta = objective.network.init(np.random.default_rng(0))
    point = objective.at(theta.copy())
    gradient, hessian = point.grad(), point.hessian()
    for blocks, ends in (("parameter", [12, 15, 45, 55]), ("layer", [15, 55])):
        moved = theta.copy()
        optimizer = BlockNewton(blocks=blocks, method="plain")
        optimizer.reset(moved)
        optimizer.step(objective, moved)
        for a, b in zip([0, *ends], ends, strict=False):
            solved, *_ = np.linalg.lstsq(hessian[a:b, a:b], -gradient[a:b], rcond=1e-13)
            np.testing.assert_allclose((moved - theta)[a:b], solved, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("sweep", ["jacobi", "gauss_seidel"])
def test_guarded_steps_of_a_network_never_go_uphill(sweep, xor, minimise):
    for seed in range(4):
        values, _ = minimise(BlockNewton(sweep=sweep), xor, 40, seed=seed)
        assert (np.diff(values) <= 20 * np.finfo(float).eps * values[:-1]).all()
        assert values[-1] < 0.9 * values[0]


def test_a_large_network_is_refused(learning, digits):
    objective = learning(MLP(hidden=[20]), *digits, 10)
    with pytest.raises(ConfigError) as caught:
        BlockNewton().accepts(objective)
    assert str(caught.value) == (
        "dense_limit=1000: block_newton makes a Hessian of 1510 parameters; choose optim=kfac or "
        "newton_cg, or a higher limit"
    )


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"sweep": "sor"}, "sweep=sor: no such choice  (gauss_seidel, jacobi)"),
        ({"floor": 0.0}, "floor=0.0: a share of the largest eigenvalue, 0 < f <= 1"),
    ],
)
def test_ranges(fields, text):
    with pytest.raises(FieldError) as caught:
        BlockNewton(**fields)
    assert str(caught.value) == text
