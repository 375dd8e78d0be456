from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import least_squares as scipy_least_squares

from framework.errors import ConfigError, FieldError
from plugins.models.linear import Linear
from plugins.optimizers.levenberg_marquardt import LevenbergMarquardt

RULES = [(r, s) for r in ("nielsen", "marquardt") for s in ("identity", "marquardt", "more")]


@pytest.mark.parametrize("scaling", ["identity", "marquardt", "more"])
def test_linear_least_squares_takes_one_step(scaling, least_squares, minimise):
    objective, expected = least_squares
    optimizer = LevenbergMarquardt(damping=1e-15, scaling=scaling)
    _, theta = minimise(optimizer, objective, 1)
    np.testing.assert_allclose(theta, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("rule", "scaling"), RULES)
def test_a_curve_is_fitted_as_minpack_does(rule, scaling, curve, residuals, minimise):
    objective, theta = curve
    function, jacobian = residuals(objective)
    peer = scipy_least_squares(
        function, theta, jacobian, method="lm", xtol=1e-14, ftol=1e-14, gtol=1e-14
    )
    values, theta = minimise(LevenbergMarquardt(rule=rule, scaling=scaling), objective, 30, theta)
    assert values[0] > 4 * values[-1]
    assert values[-1] == pytest.approx(peer.cost / 200, rel=1e-12)
    np.testing.assert_allclose(theta, peer.x, rtol=1e-6)
    assert (np.diff(values) <= 1e-15).all()


@pytest.mark.parametrize("scaling", ["identity", "marquardt"])
def test_a_step_solves_the_damped_equations(scaling, curve, minimise):
    """(G + μ D) p = -g with μ = 0.1 max diag G for D = I, and 0.1 for D = diag G."""
    curve, theta = curve
    point = curve.at(theta.copy())
    matrix = np.column_stack([point.ggn(v) for v in np.eye(len(theta))])
    largest = np.eye(len(theta)) * matrix.diagonal().max()
    shift = largest if scaling == "identity" else np.diag(matrix.diagonal())
    step = np.linalg.solve(matrix + 0.1 * shift, -point.grad())
    assert curve.at(theta + step).value < point.value
    expected = theta + step
    minimise(LevenbergMarquardt(damping=0.1, scaling=scaling), curve, 1, theta)
    np.testing.assert_allclose(theta, expected, rtol=1e-9)


@pytest.mark.parametrize("scaling", ["marquardt", "more"])
def test_with_scaling_the_units_of_the_inputs_do_not_matter(scaling, learning, minimise):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50, 3)), rng.normal(size=(50, 1)) > 0
    logits = []
    for units in (1.0, np.array([1e3, 1e-2, 5.0])):
        objective = learning(Linear(), x * units, y.astype(int)[:, 0], 1)
        _, theta = minimise(LevenbergMarquardt(scaling=scaling, damping=0.5), objective, 3)
        logits.append(objective.network.linearize(theta, objective.x).z)
    np.testing.assert_allclose(logits[1], logits[0], rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize(
    ("ratio", "factor"), [(0.5, 1.0), (1.0, 1 / 3), (0.75, 0.875), (0.25, 1.125), (9.0, 1 / 3)]
)
def test_nielsens_rule(ratio, factor):
    """Nielsen (1999), eq. 2.5."""
    optimizer = LevenbergMarquardt()
    optimizer.reset(np.zeros(1))
    optimizer.state["damping"] = 1.0
    optimizer._learn(ratio)
    assert optimizer.state["damping"] == pytest.approx(factor)
    for times in (2, 8, 64):
        optimizer._learn(-1.0)
        assert optimizer.state["damping"] == pytest.approx(factor * times)
    optimizer._learn(float("nan"))
    assert optimizer.state["damping"] == pytest.approx(factor * 1024)


def test_regressions_end_where_scikit_learn_does(regression, minimise):
    objective, optimum = regression
    values, _ = minimise(LevenbergMarquardt(solver="dense"), objective, 12)
    assert values[-1] == pytest.approx(optimum, rel=1e-10)


@pytest.mark.parametrize("solver", ["dense", "cg"])
def test_it_never_goes_uphill(solver, task, minimise):
    values, _ = minimise(LevenbergMarquardt(solver=solver), task, 5)
    assert (np.diff(values) <= 1e-14).all()
    assert values[-1] < 0.8 * values[0]


def test_scaling_large_networks_is_refused(task):
    with pytest.raises(ConfigError) as caught:
        LevenbergMarquardt(scaling="more", dense_limit=100).accepts(task)
    size = task.network.layout.size
    assert str(caught.value) == (
        f"scaling=more writes out a matrix of {size} parameters, dense_limit is 100; "
        "choose scaling=identity, or solver=dense"
    )


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"damping": 0.0}, "damping=0.0: damping is > 0"),
        ({"rule": "more"}, "rule=more: no such choice  (marquardt, nielsen)"),
        (
            {"scaling": "none"},
            "scaling=none: no such choice; did you mean 'more'?  (identity, marquardt, more)",
        ),
        (
            {"scaling": "more", "solver": "cg"},
            "scaling=more: products do not give diag G; set optim.solver=dense",
        ),
        ({"curvature": -1.0}, "curvature=-1.0: a share of the rows, 0 < s <= 1"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        LevenbergMarquardt(**fields)
    assert str(caught.value) == text
