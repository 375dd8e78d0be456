from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats
from sklearn.metrics import log_loss

from framework.errors import ConfigError, DataError, FieldError
from framework.heads import ComposedHead
from framework.links import LINKS
from framework.testing import assert_conforms
from plugins.losses.cross_entropy import Bernoulli, Categorical, CrossEntropy

SOFTMAX, SIGMOID = LINKS["softmax"], LINKS["sigmoid"]
COMPOSED = {
    "softmax": ComposedHead(Categorical(), SOFTMAX),
    "sigmoid": ComposedHead(Bernoulli(), SIGMOID),
}


@pytest.fixture(params=sorted(COMPOSED))
def name(request):
    return request.param


@pytest.fixture
def head(name):
    return CrossEntropy().head(LINKS[name])


@pytest.fixture
def arrays(name):
    """Logits, one-hot or 0/1 targets, and a direction, (20, 4)."""
    rng = np.random.default_rng(0)
    z, v = rng.normal(size=(2, 20, 4))
    labels = rng.integers(4, size=20)
    y = np.eye(4)[labels] if name == "softmax" else rng.integers(2, size=(20, 4)).astype(float)
    return 2 * z, y, v


def test_the_mean_over_classes_is_scikit_learns():
    rng = np.random.default_rng(0)
    z, labels = 3 * rng.normal(size=(200, 4)), rng.integers(4, size=200)
    y = CrossEntropy().prepare(labels, 4)
    expected = log_loss(labels, special.softmax(z, axis=1))
    assert CrossEntropy().head(SOFTMAX).value(z, y).mean() == pytest.approx(expected, rel=1e-13)


def test_the_mean_over_two_classes_is_scikit_learns():
    rng = np.random.default_rng(0)
    z, labels = 3 * rng.normal(size=(200, 1)), rng.integers(2, size=200)
    y = CrossEntropy().prepare(labels, 1)
    expected = log_loss(labels, special.expit(z[:, 0]))
    assert CrossEntropy().head(SIGMOID).value(z, y).mean() == pytest.approx(expected, rel=1e-13)


def test_several_sigmoids_are_a_sum_of_bernoullis():
    rng = np.random.default_rng(0)
    z, y = rng.normal(size=(20, 3)), rng.integers(2, size=(20, 3))
    expected = -stats.bernoulli.logpmf(y, special.expit(z)).sum(axis=1)
    got = CrossEntropy().head(SIGMOID).value(z, y.astype(float))
    np.testing.assert_allclose(got, expected, rtol=1e-13)


def test_soft_targets_are_taken_as_weights():
    rng = np.random.default_rng(0)
    z, y = rng.normal(size=(20, 3)), rng.uniform(size=(20, 3))
    expected = -(y * special.log_softmax(z, axis=1)).sum(axis=1)
    head = CrossEntropy().head(SOFTMAX)
    np.testing.assert_allclose(head.value(z, y), expected, rtol=1e-13)
    two = -(y * special.log_expit(z) + (1 - y) * special.log_expit(-z)).sum(axis=1)
    np.testing.assert_allclose(CrossEntropy().head(SIGMOID).value(z, y), two, rtol=1e-13)


def test_two_outputs_of_a_softmax_are_one_of_a_sigmoid():
    z, labels = np.linspace(-5, 5, 11), np.arange(11) % 2
    two = CrossEntropy().head(SOFTMAX).value(np.column_stack([0 * z, z]), np.eye(2)[labels])
    one = CrossEntropy().head(SIGMOID).value(z[:, None], labels[:, None].astype(float))
    np.testing.assert_allclose(two, one, rtol=1e-13)


def test_fused_is_composed_in_a_moderate_range(name, head, arrays):
    z, y, v = arrays
    composed = ComposedHead(head.loss, head.link)
    assert type(head) is not ComposedHead and head.split == "logits"
    np.testing.assert_allclose(head.value(z, y), composed.value(z, y), rtol=1e-11)
    np.testing.assert_allclose(head.grad(z, y), composed.grad(z, y), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(head.hvp(z, y, v), composed.hvp(z, y, v), rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(head.predict(z), LINKS[name](z))


def test_the_products_are_derivatives(head, arrays, assert_derivative):
    z, y, v = arrays
    assert_derivative(lambda t: head.value(z + t * v, y), (head.grad(z, y) * v).sum(axis=1))
    assert_derivative(lambda t: head.grad(z + t * v, y), head.hvp(z, y, v))
    np.testing.assert_array_equal(head.ggn(z, y, v), head.hvp(z, y, v))


def test_soft_targets_have_derivatives_too(head, arrays, assert_derivative):
    z, _, v = arrays
    y = np.random.default_rng(3).uniform(size=z.shape)
    assert_derivative(lambda t: head.value(z + t * v, y), (head.grad(z, y) * v).sum(axis=1))
    assert_derivative(lambda t: head.grad(z + t * v, y), head.hvp(z, y, v))


def test_in_output_space_the_products_are_derivatives(name, arrays, assert_derivative):
    z, y, v = arrays
    p, v, loss = LINKS[name](z), 0.01 * v, COMPOSED[name].loss
    v *= p * (1 - p)  # stays within (0, 1)
    assert_derivative(lambda t: loss.value(p + t * v, y), (loss.grad(p, y) * v).sum(axis=1))
    assert_derivative(lambda t: loss.grad(p + t * v, y), loss.hvp(p, y, v))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_confident_mistake_costs_its_margin_and_pulls_with_all_its_weight(name, head, dtype):
    z = np.array([[1e4, -1e4], [-1e4, 1e4]], dtype)
    y = np.array([[0, 1], [1, 0]], dtype)
    value, gradient, curved = head.value(z, y), head.grad(z, y), head.hvp(z, y, np.ones_like(z))
    assert {a.dtype for a in (value, gradient, curved)} == {np.dtype(dtype)}
    np.testing.assert_allclose(value, 2e4, rtol=1e-6)  # 1e4 - -1e4, or 1e4 for each sigmoid
    np.testing.assert_allclose(gradient, np.sign(z), rtol=1e-6)
    np.testing.assert_array_equal(curved, 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_composed_has_no_gradient_there(name, dtype):
    z = np.array([[1e4, -1e4], [-1e4, 1e4]], dtype)
    y = np.array([[0, 1], [1, 0]], dtype)
    with np.errstate(all="ignore"):
        gradient = COMPOSED[name].grad(z, y)
    assert not (np.isfinite(gradient) & (gradient != 0)).any()


@pytest.mark.parametrize("margin", [5.0, 20.0, 40.0, 300.0])
def test_a_small_loss_is_accurate(name, head, margin):
    """log(1 + exp(-margin)), also where it is far below the rounding of the logits."""
    if name == "softmax":
        z, y = np.array([[7.0 + margin, 7.0]]), np.array([[1.0, 0.0]])
    else:
        z, y = np.array([[margin], [-margin]]), np.array([[1.0], [0.0]])
    np.testing.assert_allclose(head.value(z, y), np.log1p(np.exp(-margin)), rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("weights", [[], [0.5, 3.0]], ids=str)
@pytest.mark.parametrize("margin", [5.0, 20.0, 40.0, 80.0])
def test_a_sigmoid_that_rounds_to_1_keeps_its_gradient_and_curvature(dtype, weights, margin):
    """e^-m / (1 + e^-m) and e^-m / (1 + e^-m)², on both sides."""
    z, y = np.array([[margin], [-margin]], dtype), np.array([[1], [0]], dtype)
    head = CrossEntropy(class_weights=weights).head(SIGMOID)
    e, weight = np.exp(-margin), np.array([[3.0], [0.5]]) if weights else 1
    slope, rtol = e / (1 + e) * np.array([[-1], [1]]), 4 * np.finfo(dtype).eps
    np.testing.assert_allclose(head.grad(z, y), weight * slope, rtol=rtol)
    for product in (head.hvp, head.ggn):
        curved = product(z, y, np.full_like(z, -2))
        np.testing.assert_allclose(curved, weight * -2 * e / (1 + e) ** 2, rtol=rtol)


def test_a_shift_of_all_logits_costs_no_accuracy():
    z = np.array([[1e4, 1e4 - 1]], np.float32)
    value = CrossEntropy().head(SOFTMAX).value(z, np.array([[1, 0]], np.float32))
    np.testing.assert_allclose(value, np.log1p(np.exp(-1)), rtol=1e-6)


def test_rows_are_independent_and_nothing_is_changed(head, arrays):
    kept = [a.copy() for a in arrays]
    z, y, v = arrays
    for compute in (head.value, head.grad):
        rows = [compute(z[n : n + 1], y[n : n + 1]) for n in range(20)]
        np.testing.assert_allclose(compute(z, y), np.concatenate(rows), rtol=1e-13)
    rows = [head.hvp(z[n : n + 1], y[n : n + 1], v[n : n + 1]) for n in range(20)]
    np.testing.assert_allclose(head.hvp(z, y, v), np.concatenate(rows), rtol=1e-13)
    for before, after in zip(kept, arrays, strict=True):
        np.testing.assert_array_equal(before, after)


def test_an_empty_batch(head):
    none = np.zeros((0, 3))
    assert head.value(none, none).shape == (0,)
    assert head.grad(none, none).shape == head.hvp(none, none, none).shape == (0, 3)


@pytest.mark.parametrize("link", ["identity", "tanh", "exp"])
def test_links_without_probabilities_are_refused(link):
    with pytest.raises(ConfigError) as caught:
        CrossEntropy().head(LINKS[link])
    assert str(caught.value) == (
        f"model.output={link}: loss=ce needs probabilities; set model.output to softmax or sigmoid "
        "(for classes), or another loss"
    )


# -- targets ------------------------------------------------------------------------------------------


def test_the_targets_may_be_soft_or_weights(name, head):
    y = np.array([[0.0, 1.0], [0.25, 0.5 if name == "sigmoid" else 2.0]])
    np.testing.assert_array_equal(head.loss.prepare(y, 2), y)


@pytest.mark.parametrize("fields", [{}, {"label_smoothing": 0.9}, {"class_weights": [1.0, 0.0]}])
@pytest.mark.parametrize(
    ("link", "wrong", "spelt"),
    [
        ("sigmoid", 1.05, "1.05"),
        ("sigmoid", -0.05, "-0.05"),
        ("sigmoid", np.nan, "nan"),
        ("softmax", -0.05, "-0.05"),
        ("softmax", np.nan, "nan"),
    ],
)
def test_targets_that_are_no_probabilities_are_refused(fields, link, wrong, spelt):
    """Before they are smoothed or weighted, which could hide it."""
    loss = CrossEntropy(**fields).head(LINKS[link]).loss
    with pytest.raises(DataError) as caught:
        loss.prepare(np.array([[0.5, 0.5], [0.5, wrong], [wrong, wrong]]), 2)
    rule = {"sigmoid": "between 0 and 1", "softmax": ">= 0"}[link]
    assert str(caught.value) == (
        f"row 1: the target {spelt} is no probability; behind {link} each is {rule}; other numbers need "
        f"another loss, say mse"
    )


def test_a_sigmoid_for_a_regression_is_refused_in_a_line(command):
    done = command("loss=ce", "data=diabetes", "model.output=sigmoid")
    assert (done.status, done.err) == (
        2,
        "error: loss=ce: row 0: the target 281 is no probability; behind sigmoid each is between 0 and 1; "
        "other numbers need another loss, say mse\n",
    )


# -- label smoothing and class weights ---------------------------------------------------------------

VARIANTS = {
    "smooth": {"label_smoothing": 0.1},
    "weighted": {"class_weights": [0.5, 2.0, 1.0]},
    "both": {"label_smoothing": 0.3, "class_weights": [0.5, 2.0, 1.0]},
    "two weights": {"label_smoothing": 0.3, "class_weights": [0.5, 2.0]},
}


def test_smooth_labels_share_with_all_classes():
    smooth = CrossEntropy(label_smoothing=0.3)
    np.testing.assert_allclose(smooth.prepare(np.array([1]), 3), [[0.1, 0.8, 0.1]], rtol=1e-15)
    one = smooth.head(SIGMOID).loss.prepare(np.array([0, 1]), 1)
    np.testing.assert_allclose(one, [[0.15], [0.85]], rtol=1e-15)
    two = smooth.head(SIGMOID).loss.prepare(np.array([1]), 2)
    np.testing.assert_allclose(two, [[0.15, 0.85]], rtol=1e-15)


@pytest.mark.parametrize("link", ["softmax", "sigmoid"])
def test_class_weights_are_scikit_learns_sample_weights(link):
    """Whose mean is divided by the sum of the weights, ours by the number of samples."""
    rng = np.random.default_rng(0)
    outputs = 1 if link == "sigmoid" else 2
    z, labels = 3 * rng.normal(size=(200, outputs)), rng.integers(2, size=200)
    weights = np.array([0.5, 3.0])[labels]
    head = CrossEntropy(class_weights=[0.5, 3.0]).head(LINKS[link])
    p = head.predict(z)
    expected = log_loss(labels, p, sample_weight=weights) * weights.mean()
    value = head.value(z, head.loss.prepare(labels, outputs)).mean()
    assert value == pytest.approx(expected, rel=1e-13)


def test_a_weight_of_several_sigmoids_is_on_the_positives(arrays):
    z = arrays[0][:, :3]
    y = np.random.default_rng(0).integers(2, size=(20, 3)).astype(float)
    weights = np.array([0.5, 2.0, 1.0])
    head = CrossEntropy(class_weights=list(weights)).head(SIGMOID)
    expected = -(weights * y * special.log_expit(z) + (1 - y) * special.log_expit(-z)).sum(axis=1)
    np.testing.assert_allclose(head.value(z, y), expected, rtol=1e-13)


@pytest.mark.parametrize("fields", VARIANTS.values(), ids=VARIANTS)
def test_the_variants_conform(fields):
    assert_conforms(CrossEntropy(**fields))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_weighted_mistake_costs_its_margin_times_the_weight(dtype):
    z, y = np.array([[1e4], [-1e4]], dtype), np.array([[0], [1]], dtype)
    head = CrossEntropy(class_weights=[0.5, 3.0]).head(SIGMOID)
    np.testing.assert_allclose(head.value(z, y), [5e3, 3e4], rtol=1e-6)
    np.testing.assert_allclose(head.grad(z, y), [[0.5], [-3]], rtol=1e-6)


@pytest.mark.parametrize(
    ("link", "outputs", "classes"), [("softmax", 4, 4), ("sigmoid", 4, 4), ("sigmoid", 1, 2)]
)
def test_a_weight_is_needed_for_each_class(link, outputs, classes):
    head = CrossEntropy(class_weights=[1.0, 2.0, 0.5]).head(LINKS[link])
    with pytest.raises(ConfigError) as caught:
        head.loss.prepare(np.zeros(5, int), outputs)
    assert str(caught.value) == (
        f"class_weights=[1,2,0.5]: 3 weights for {classes} classes; give one for each, or [] for none"
    )


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("label_smoothing", 1.0, "a share of the label, 0 <= share < 1"),
        ("label_smoothing", -0.1, "a share of the label, 0 <= share < 1"),
        ("class_weights", [1.0, -1.0], "a class's weight is >= 0"),
        ("class_weights", [np.nan], "a class's weight is >= 0"),
    ],
)
def test_ranges(field, value, rule):
    with pytest.raises(FieldError) as caught:
        CrossEntropy(**{field: value})
    assert caught.value.rule == rule


def test_a_wrong_number_of_weights_is_told_in_a_line(command):
    done = command("loss=ce", "data=iris", "loss.class_weights=[1,2]")
    assert (done.status, done.err) == (
        2,
        "error: loss=ce: class_weights=[1,2]: 2 weights for 3 classes; give one for each, or [] for "
        "none\n",
    )
