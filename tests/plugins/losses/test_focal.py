from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from framework.errors import ConfigError, DataError, FieldError
from framework.heads import ComposedHead
from framework.links import LINKS
from framework.testing import assert_conforms
from plugins.losses.cross_entropy import CrossEntropy
from plugins.losses.focal import Focal

SOFTMAX, SIGMOID = LINKS["softmax"], LINKS["sigmoid"]
GAMMAS = [0.0, 0.5, 1.0, 2.0, 5.0]


@pytest.fixture(params=["sigmoid", "softmax"])
def name(request):
    return request.param


@pytest.fixture
def y(name, one_hot):
    """One-hot rows, or any 0 and 1."""
    if name == "softmax":
        return one_hot
    return np.random.default_rng(2).integers(2, size=(20, 3)).astype(float)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_by_the_formula(name, y, arrays, gamma):
    z = 2 * arrays[0]
    if name == "softmax":
        p_t = (y * special.softmax(z, axis=1)).sum(axis=1, keepdims=True)
    else:
        p_t = np.where(y == 1, special.expit(z), special.expit(-z))
    expected = (-((1 - p_t) ** gamma) * np.log(p_t)).sum(axis=1)
    value = Focal(gamma=gamma).head(LINKS[name]).value(z, y)
    np.testing.assert_allclose(value, expected, rtol=1e-12)


@pytest.mark.parametrize(("label", "weight"), [(1.0, 0.25), (0.0, 0.75)])
def test_alpha_weighs_the_two_sides(label, weight):
    z, y = np.array([[0.3]]), np.array([[label]])
    bare, head = Focal().head(SIGMOID), Focal(alpha=0.25).head(SIGMOID)
    assert head.value(z, y) / bare.value(z, y) == pytest.approx(weight, rel=1e-15)


def test_with_alpha_the_products_are_derivatives(arrays, assert_derivative):
    z, _, v = arrays
    y = (np.arange(60).reshape(20, 3) % 2).astype(float)
    head = Focal(alpha=0.25).head(SIGMOID)
    assert_derivative(lambda t: head.value(z + t * v, y), (head.grad(z, y) * v).sum(axis=1))
    assert_derivative(lambda t: head.grad(z + t * v, y), head.hvp(z, y, v))


def test_without_focus_it_is_cross_entropy(name, y, arrays):
    z, _, v = arrays
    ours, ce = Focal(gamma=0).head(LINKS[name]), CrossEntropy().head(LINKS[name])
    np.testing.assert_allclose(ours.value(z, y), ce.value(z, y), rtol=1e-13)
    np.testing.assert_allclose(ours.grad(z, y), ce.grad(z, y), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(ours.hvp(z, y, v), ce.hvp(z, y, v), rtol=1e-11, atol=1e-15)
    np.testing.assert_allclose(ours.ggn(z, y, v), ce.ggn(z, y, v), rtol=1e-11, atol=1e-15)


def test_the_factor_of_a_right_answer_by_the_paper():
    """With γ = 2 an example of p_t = 0.9 counts 100 times less, one of 0.968 about 1,000 times."""
    p = np.array([0.9, 0.968])
    z, y = special.logit(p)[:, None], np.ones((2, 1))
    ratio = Focal().head(SIGMOID).value(z, y) / CrossEntropy().head(SIGMOID).value(z, y)
    np.testing.assert_allclose(ratio, [1 / 100, 1 / 976.5625], rtol=1e-12)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_the_products_are_derivatives(name, y, arrays, gamma, assert_derivative):
    z, _, v = arrays
    head = Focal(gamma=gamma).head(LINKS[name])
    assert_derivative(lambda t: head.value(z + t * v, y), (head.grad(z, y) * v).sum(axis=1))
    assert_derivative(lambda t: head.grad(z + t * v, y), head.hvp(z, y, v))


@pytest.mark.parametrize("gamma", GAMMAS)
def test_fused_is_composed_in_a_moderate_range(name, y, arrays, gamma):
    z, _, v = arrays
    head = Focal(gamma=gamma).head(LINKS[name])
    composed = ComposedHead(head.loss, head.link)
    np.testing.assert_allclose(head.value(z, y), composed.value(z, y), rtol=1e-11)
    np.testing.assert_allclose(head.grad(z, y), composed.grad(z, y), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(head.hvp(z, y, v), composed.hvp(z, y, v), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("gamma", GAMMAS)
def test_it_is_convex_in_the_probability(gamma):
    p = np.linspace(0.001, 0.999, 999)[:, None]
    one = np.ones_like(p)
    assert Focal(gamma=gamma).hvp(p, one, one).min() > 0


@pytest.mark.parametrize("gamma", GAMMAS)
def test_the_gauss_newton_matrix_is_semidefinite_where_the_hessian_is_not(name, y, arrays, gamma):
    z, _, v = arrays
    head, z = Focal(gamma=gamma).head(LINKS[name]), 8 * z
    curve = (head.ggn(z, y, v) * v).sum(axis=1)
    assert (curve >= 0).all()
    negative = (head.hvp(z, y, v) * v).sum(axis=1) < 0
    assert negative.any() == (gamma > 0)


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_confident_mistake_costs_its_margin_and_pulls_with_all_its_weight(name, gamma, dtype):
    z, y = np.array([[1e4, -1e4], [-1e4, 1e4]], dtype), np.array([[0, 1], [1, 0]], dtype)
    head = Focal(gamma=gamma).head(LINKS[name])
    np.testing.assert_allclose(head.value(z, y), 2e4, rtol=1e-6)
    np.testing.assert_allclose(head.grad(z, y), np.sign(z), rtol=1e-6)
    np.testing.assert_array_equal(head.hvp(z, y, np.ones_like(z)), 0)


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("margin", [5.0, 20.0, 40.0])
def test_a_right_answer_keeps_its_digits(name, gamma, margin):
    """G(m) = σ(-m)^γ log(1 + e^-m), and its slope; σ(-m) and the logarithm are nearly e^-m."""
    if name == "softmax":
        z, y = np.array([[7.0 + margin, 7.0]]), np.array([[1.0, 0.0]])
    else:
        z, y = np.array([[margin]]), np.array([[1.0]])
    q, surprise = special.expit(-margin), np.log1p(np.exp(-margin))
    head = Focal(gamma=gamma).head(LINKS[name])
    np.testing.assert_allclose(head.value(z, y), q**gamma * surprise, rtol=1e-12)
    slope = -(q**gamma) * (gamma * special.expit(margin) * surprise + q)
    np.testing.assert_allclose(head.grad(z, y)[0, 0], slope, rtol=1e-12)


@pytest.mark.parametrize("fields", [{"gamma": g} for g in GAMMAS] + [{"alpha": 0.25}], ids=str)
def test_it_conforms(fields):
    assert_conforms(Focal(**fields))


@pytest.mark.parametrize("link", ["identity", "tanh", "exp"])
def test_links_without_probabilities_are_refused(link):
    with pytest.raises(ConfigError, match=rf"^model.output={link}: loss=focal needs probabilities"):
        Focal().head(LINKS[link])


def test_alpha_has_no_positive_class_behind_softmax():
    with pytest.raises(ConfigError) as caught:
        Focal(alpha=0.25).head(SOFTMAX)
    assert str(caught.value) == (
        "loss.alpha=0.25: behind softmax no class is the positive one; set loss.alpha=null, or "
        "model.output=sigmoid"
    )


def test_what_is_no_class_is_refused():
    with pytest.raises(DataError, match=r"^row 0: the target \[0.5,0.5\] is no class; choose data"):
        Focal().prepare(np.array([[0.5, 0.5]]), 2)
    with pytest.raises(DataError, match=r"^row 1: the target \[1,1\] is no class"):
        Focal().prepare(np.array([[0.0, 1.0], [1.0, 1.0]]), 2)
    both = Focal().head(SIGMOID).loss.prepare(np.array([[1.0, 1.0], [0.0, 0.0]]), 2)
    np.testing.assert_array_equal(both, [[1, 1], [0, 0]])


@pytest.mark.parametrize(("field", "value"), [("gamma", -1.0), ("alpha", 1.5), ("gamma", np.inf)])
def test_ranges(field, value):
    with pytest.raises(FieldError, match=rf"^{field}={value}: a "):
        Focal(**{field: value})
