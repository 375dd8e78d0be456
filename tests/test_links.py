from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from framework.links import LINKS, sigmoid

REFERENCE = {
    "identity": np.asarray,
    "sigmoid": special.expit,
    "softmax": lambda z: special.softmax(z, axis=1),
    "tanh": np.tanh,
    "exp": np.exp,
}
BOUNDED = ["sigmoid", "softmax", "tanh"]


@pytest.fixture(params=sorted(LINKS))
def link(request):
    return LINKS[request.param]


@pytest.fixture
def arrays():
    """Logits, a cotangent and a direction, (7, 4)."""
    return np.random.default_rng(0).normal(size=(3, 7, 4))


def test_every_link_is_known_by_its_name():
    assert set(LINKS) == set(REFERENCE)
    assert all(link.name == name for name, link in LINKS.items())


def test_the_value_is_that_of_scipy(link, arrays):
    np.testing.assert_allclose(link(arrays[0]), REFERENCE[link.name](arrays[0]), rtol=1e-14)


def test_vjp_is_the_derivative(link, arrays, assert_derivative):
    z, _, v = arrays
    assert_derivative(lambda t: link(z + t * v), link.vjp(z, link(z), v))


def test_the_jacobian_is_symmetric(link, arrays):
    z, u, v = arrays
    there = np.vdot(u, link.vjp(z, link(z), v))
    back = np.vdot(v, link.vjp(z, link(z), u))
    assert there == pytest.approx(back, rel=1e-13)


def test_curvature_is_the_derivative_of_vjp(link, arrays, assert_derivative):
    z, u, v = arrays

    def moved(t):
        return link.vjp(z + t * v, link(z + t * v), u)

    if link.name == "identity":
        np.testing.assert_array_equal(link.curvature(z, z, u, v), np.zeros_like(z))
    else:
        assert_derivative(moved, link.curvature(z, link(z), u, v))


@pytest.mark.parametrize("product", ["value", "vjp", "curvature"])
def test_rows_are_independent_and_float32_stays(link, arrays, product):
    def compute(z, u, v):
        p = link(z)
        return {
            "value": p,
            "vjp": link.vjp(z, p, u),
            "curvature": link.curvature(z, p, u, v),
        }[product]

    z, u, v = arrays
    one = np.concatenate([compute(z[i : i + 1], u[i : i + 1], v[i : i + 1]) for i in range(7)])
    np.testing.assert_allclose(compute(z, u, v), one, rtol=1e-14, atol=1e-16)
    single = compute(*arrays.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, one, rtol=1e-4, atol=1e-6)
    assert compute(*arrays[:, :0]).shape == (0, 4)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", BOUNDED)
def test_bounded_links_take_any_logits(name, dtype):
    z = np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4], [1e4, 1e4, 1e4]], dtype)
    p = LINKS[name](z)
    np.testing.assert_allclose(p, REFERENCE[name](z.astype(float)), rtol=1e-6)
    assert np.isfinite(LINKS[name].vjp(z, p, np.ones_like(z))).all()
    assert np.isfinite(LINKS[name].curvature(z, p, np.ones_like(z), np.ones_like(z))).all()


@pytest.mark.parametrize(("dtype", "reach"), [("float32", 87), ("float64", 708)])
def test_sigmoid_is_accurate_in_both_tails(dtype, reach):
    z = np.linspace(-reach, reach, 201).astype(dtype)
    eps = np.finfo(dtype).eps
    # exp(z) itself carries the rounding of its argument: half an ulp of |z|, which is below 8 eps here
    np.testing.assert_allclose(sigmoid(z), special.expit(z.astype(float)), rtol=8 * eps)


def test_softmax_gives_distributions_that_a_shift_leaves_alone(arrays):
    softmax, z = LINKS["softmax"], arrays[0]
    np.testing.assert_allclose(softmax(z).sum(axis=1), 1, rtol=1e-15)
    np.testing.assert_allclose(softmax(z + 8), softmax(z), rtol=1e-13)
    np.testing.assert_allclose(softmax.vjp(z, softmax(z), np.ones_like(z)), 0, atol=1e-16)


def test_only_sigmoid_and_softmax_give_probabilities():
    assert {n for n, link in LINKS.items() if link.probabilities} == {"sigmoid", "softmax"}
