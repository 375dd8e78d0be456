from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der, rosen_hess, rosen_hess_prod

from framework.errors import ConfigError, FieldError
from framework.links import LINKS
from framework.objective import Objective
from plugins.losses.value import Value
from plugins.models.rosenbrock import Rosenbrock


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("dimensions", [2, 3, 10])
def test_value_gradient_and_hessian_are_scipys(dimensions, rows):
    network, rng = Rosenbrock(dimensions=dimensions).build((1,), 1), np.random.default_rng(0)
    head = Value().head(LINKS["identity"])
    objective = Objective(network, head, rng.normal(size=(rows, 1)), np.zeros((rows, 1)))
    theta, v = rng.normal(size=(2, dimensions))
    point = objective.at(theta)
    assert point.value == pytest.approx(rosen(theta), rel=1e-13)
    np.testing.assert_allclose(point.grad(), rosen_der(theta), rtol=1e-12)
    np.testing.assert_allclose(point.hvp(v), rosen_hess_prod(theta, v), rtol=1e-11, atol=1e-10)
    np.testing.assert_allclose(point.hessian(), rosen_hess(theta), rtol=1e-11, atol=1e-10)
    assert not point.ggn(v).any()  # a loss without curvature of its own


def test_jvp_and_vjp_are_adjoint():
    network, rng = Rosenbrock(dimensions=4).build((1,), 1), np.random.default_rng(0)
    theta, v = rng.normal(size=(2, 4))
    made, u = network.linearize(theta, np.zeros((3, 1))), rng.normal(size=(3, 1))
    out = np.full(4, np.nan)
    assert made.vjp(u, out) is out
    assert np.vdot(made.jvp(v), u) == pytest.approx(v @ out, rel=1e-13)


def test_the_standard_start():
    rng = np.random.default_rng(0)
    start = Rosenbrock(dimensions=5).build((1,), 1).init(rng, np.float32)
    np.testing.assert_array_equal(start, np.array([-1.2, 1, -1.2, 1, -1.2], np.float32))
    assert start.dtype == np.float32
    spread = Rosenbrock(dimensions=1000, spread=2.0).build((1,), 1)
    offsets = spread.init(rng) - spread.start()
    assert offsets.std() == pytest.approx(2, rel=0.1)


def test_float32_stays_float32():
    made = Rosenbrock().build((1,), 1).linearize(np.ones(2, np.float32), np.zeros((1, 1)))
    assert made.z.dtype == made.jvp(np.ones(2, np.float32)).dtype == np.float32


@pytest.mark.parametrize(("inputs", "outputs"), [((64,), 10), ((64,), 1), ((1,), 3), ((8, 8), 1)])
def test_data_are_refused(inputs, outputs):
    with pytest.raises(ConfigError, match=r"choose data=nothing loss=value$"):
        Rosenbrock().build(inputs, outputs)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"dimensions": 1}, "dimensions=1: a number of dimensions is >= 2"),
        ({"spread": -1.0}, "spread=-1.0: a standard deviation is >= 0"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        Rosenbrock(**fields)
    assert str(caught.value) == text
