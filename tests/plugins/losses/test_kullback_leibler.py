from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from framework.errors import ConfigError, DataError
from framework.heads import ComposedHead
from framework.links import LINKS
from framework.testing import assert_conforms
from plugins.losses.cross_entropy import CrossEntropy
from plugins.losses.kullback_leibler import KullbackLeibler

SOFTMAX, SIGMOID = LINKS["softmax"], LINKS["sigmoid"]


@pytest.fixture(params=["sigmoid", "softmax"])
def name(request):
    return request.param


@pytest.fixture
def head(name):
    return KullbackLeibler().head(LINKS[name])


@pytest.fixture
def y(name, arrays):
    """Distributions or probabilities, some of them 0 and 1."""
    y = LINKS[name](2 * arrays[1])
    y[:3] = np.eye(3)
    return y


def test_it_is_scipys_relative_entropy(arrays):
    z, y = arrays[0], special.softmax(arrays[1], axis=1)
    y[:3] = np.eye(3)
    expected = stats.entropy(y, special.softmax(z, axis=1), axis=1)
    np.testing.assert_allclose(KullbackLeibler().head(SOFTMAX).value(z, y), expected, rtol=1e-12)


def test_several_sigmoids_are_a_sum_over_two_classes(arrays):
    z, y = arrays[0], special.expit(2 * arrays[1])
    terms = special.rel_entr(y, special.expit(z)) + special.rel_entr(1 - y, special.expit(-z))
    value = KullbackLeibler().head(SIGMOID).value(z, y)
    np.testing.assert_allclose(value, terms.sum(axis=1), rtol=1e-12)


def test_it_is_cross_entropy_minus_the_entropy(name, head, arrays, y):
    z, _, v = arrays
    ce = CrossEntropy().head(LINKS[name])
    entropy = special.entr(y).sum(axis=1)
    if name == "sigmoid":
        entropy += special.entr(1 - y).sum(axis=1)
    np.testing.assert_allclose(head.value(z, y), ce.value(z, y) - entropy, rtol=1e-11)
    np.testing.assert_allclose(head.grad(z, y), ce.grad(z, y), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(head.hvp(z, y, v), ce.hvp(z, y, v), rtol=1e-12, atol=1e-15)


def test_the_products_are_derivatives(head, arrays, y, assert_derivative):
    z, _, v = arrays
    assert_derivative(lambda t: head.value(z + t * v, y), (head.grad(z, y) * v).sum(axis=1))
    assert_derivative(lambda t: head.grad(z + t * v, y), head.hvp(z, y, v))


def test_fused_is_composed_in_a_moderate_range(name, head, arrays, y):
    z, _, v = arrays
    composed = ComposedHead(head.loss, LINKS[name])
    np.testing.assert_allclose(head.value(z, y), composed.value(z, y), rtol=1e-11)
    np.testing.assert_allclose(head.grad(z, y), composed.grad(z, y), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(head.hvp(z, y, v), composed.hvp(z, y, v), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("t", [1e-2, 1e-4, 1e-6])
def test_close_to_the_target_it_keeps_its_digits(name, t):
    """y = ½ and a logit of 2t: log cosh t, nearly ½ t², far below the rounding of the entropy."""
    if name == "softmax":
        z, y = np.array([[2 * t, 0.0]]), np.array([[0.5, 0.5]])
    else:
        z, y = np.array([[2 * t]]), np.array([[0.5]])
    value = KullbackLeibler().head(LINKS[name]).value(z, y)
    np.testing.assert_allclose(value, 0.5 * np.log1p(np.sinh(t) ** 2), rtol=1e-14 / t)


@pytest.mark.parametrize(
    ("dtype", "y"),
    [("float32", 1e-44), ("float32", 1e-39), ("float64", 5e-324), ("float64", 1e-310)],
)
@pytest.mark.parametrize("z", [3.0, -3.0, -20.0])
def test_a_subnormal_target_is_as_good_as_0(name, dtype, y, z):
    """log(1 + e^z), up to y |log y|, which is far below the rounding."""
    if name == "softmax":
        logits, targets = np.array([[0, z]], dtype), np.array([[1 - y, y]], dtype)
    else:
        logits, targets = np.array([[z]], dtype), np.array([[y]], dtype)
    assert targets.min() > 0
    value = KullbackLeibler().head(LINKS[name]).value(logits, targets)
    np.testing.assert_allclose(value, np.log1p(np.exp(z)), rtol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("margin", [5.0, 20.0, 40.0, 300.0])
def test_a_right_answer_keeps_its_digits(name, margin):
    if name == "softmax":
        z, y = np.array([[7.0 + margin, 7.0]]), np.array([[1.0, 0.0]])
    else:
        z, y = np.array([[margin], [-margin]]), np.array([[1.0], [0.0]])
    value = KullbackLeibler().head(LINKS[name]).value(z, y)
    np.testing.assert_allclose(value, np.log1p(np.exp(-margin)), rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_confident_mistake_costs_its_margin_and_pulls_with_all_its_weight(name, head, dtype):
    z, y = np.array([[1e4, -1e4], [-1e4, 1e4]], dtype), np.array([[0, 1], [1, 0]], dtype)
    np.testing.assert_allclose(head.value(z, y), 2e4, rtol=1e-6)
    np.testing.assert_allclose(head.grad(z, y), np.sign(z), rtol=1e-6)
    np.testing.assert_array_equal(head.hvp(z, y, np.ones_like(z)), 0)


def test_rows_that_sum_to_1_but_for_rounding_are_made_to():
    y = np.array([[0.3, 0.7000001]])
    made = KullbackLeibler().prepare(y, 2)
    np.testing.assert_allclose(made, y, rtol=1e-6)
    assert made.sum() == 1


def test_labels_are_one_hot_rows(labels, one_hot):
    np.testing.assert_array_equal(KullbackLeibler().prepare(labels, 3), one_hot)


def test_it_conforms():
    assert_conforms(KullbackLeibler())


def test_targets_that_are_no_distributions_are_refused(head, name):
    wrong = np.array([[0.5, 0.5], [0.5, 1.2]])
    with pytest.raises(DataError) as caught:
        head.loss.prepare(wrong, 2)
    assert (
        str(caught.value)
        == {
            "softmax": "row 1: the targets [0.5,1.2] are no distribution; behind softmax they are >= 0 "
            "and sum to 1",
            "sigmoid": "row 1: the targets [0.5,1.2] are no probabilities; behind sigmoid each is "
            "between 0 and 1",
        }[name]
    )


@pytest.mark.parametrize("link", ["identity", "tanh", "exp"])
def test_links_without_probabilities_are_refused(link):
    with pytest.raises(ConfigError, match=rf"^model.output={link}: loss=kl needs probabilities"):
        KullbackLeibler().head(LINKS[link])
