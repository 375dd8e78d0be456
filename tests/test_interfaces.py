from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from sklearn.preprocessing import label_binarize

from framework.errors import ConfigError, DataError, FieldError
from framework.heads import ComposedHead, Head
from framework.interfaces import (
    Callback,
    Curve,
    Dataset,
    Linearization,
    Loss,
    Metric,
    Network,
    Optimizer,
    Table,
    one_hot,
    refuse_link,
)
from framework.layers import ACTIVATIONS, INITIALIZERS, Dense, Sequential
from framework.links import LINKS, Sigmoid
from framework.tasks import Task


@dataclass
class LogCosh(Loss):
    """Σ_k log cosh(p_k - y_k), without a Hessian of its own."""

    def value(self, p, y):
        return np.log(np.cosh(p - y)).sum(axis=1)

    def grad(self, p, y):
        return np.tanh(p - y)


class Plain(Network):
    """The same network as another one, giving no more than its logits and vjp."""

    def __init__(self, network):
        self.inner, self.layout = network, network.layout

    def init(self, rng, dtype=np.float64):
        return self.inner.init(rng, dtype)

    def linearize(self, theta, x):
        return PlainPass(self, theta, x)


class PlainPass(Linearization):
    def __init__(self, network, theta, x):
        super().__init__(network, theta, x)
        self.exact = network.inner.linearize(theta, x)
        self.z = self.exact.z

    def vjp(self, dz, out):
        return self.exact.vjp(dz, out)


@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool"])
@pytest.mark.parametrize("outputs", [1, 2])
def test_two_classes_as_floats(outputs, dtype):
    labels = np.array([0, 1, 1, 0, 1], dtype)
    column = label_binarize(labels.astype(int), classes=[0, 1])
    expected = column if outputs == 1 else np.hstack([1 - column, column])
    np.testing.assert_array_equal(one_hot(labels, outputs), expected)
    assert one_hot(labels, outputs).dtype == np.float64


def test_several_classes_as_one_hot_rows():
    labels = np.array([2, 0, 3, 3, 1])
    np.testing.assert_array_equal(one_hot(labels, 4), label_binarize(labels, classes=range(4)))
    assert one_hot(labels[:0], 4).shape == (0, 4)
    assert one_hot(labels[:0], 1).shape == (0, 1)


@pytest.mark.parametrize(
    ("labels", "outputs", "text"),
    [
        ([0, -1, 2], 3, "row 1: label -1 is not one of 0..2"),
        ([0, 1, 3, 7], 3, "row 2: label 3 is not one of 0..2"),
        ([2, 0], 1, "row 0: label 2 is not one of 0..1"),
        ([0, -1], 1, "row 1: label -1 is not one of 0..1"),
        ([2, 0], 2, "row 0: label 2 is not one of 0..1"),
    ],
)
def test_labels_out_of_range_are_errors(labels, outputs, text):
    with pytest.raises(DataError) as caught:
        one_hot(np.array(labels), outputs)
    assert str(caught.value) == text


def test_prepare_turns_labels_into_rows_and_values_into_columns():
    loss, values = LogCosh(), np.array([0.5, -1.0, 2.0])
    np.testing.assert_array_equal(loss.prepare(np.array([1, 0]), 2), [[0, 1], [1, 0]])
    np.testing.assert_array_equal(loss.prepare(values, 1), values[:, None])
    np.testing.assert_array_equal(loss.prepare(np.eye(3), 3), np.eye(3))


def test_prepare_takes_no_rows():
    assert LogCosh().prepare(np.zeros(0), 1).shape == (0, 1)
    assert LogCosh().prepare(np.zeros((0, 2)), 2).shape == (0, 2)


def test_targets_of_another_width_are_refused():
    with pytest.raises(DataError, match=r"^targets have 3 columns, the model 2 outputs$"):
        LogCosh().prepare(np.eye(3), 2)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_a_loss_without_hvp_gets_central_differences(scale, dtype):
    rng = np.random.default_rng(0)
    p, y, v = rng.normal(size=(3, 8, 4)).astype(dtype)
    v = (scale * v).astype(dtype)
    v[3] = 0
    got = LogCosh().hvp(p, y, v)
    exact = v.astype(float) / np.cosh((p - y).astype(float)) ** 2
    assert got.dtype == dtype
    np.testing.assert_array_equal(got[3], 0)
    error = np.abs(got - exact).max(axis=1)
    assert (error <= 20 * np.finfo(dtype).eps ** (2 / 3) * np.abs(v).max(axis=1)).all()


def test_central_differences_take_an_empty_batch():
    assert LogCosh().hvp(*np.zeros((3, 0, 4))).shape == (0, 4)


def test_a_loss_is_composed_unless_it_names_a_fused_head():
    class Fused(ComposedHead):
        pass

    class Paired(LogCosh):
        fused: ClassVar = {Sigmoid: Fused}

    assert type(LogCosh().head(LINKS["sigmoid"])) is ComposedHead
    assert type(Paired().head(LINKS["sigmoid"])) is Fused
    assert type(Paired().head(LINKS["tanh"])) is ComposedHead


def test_refuse_link_says_what_to_set():
    error = refuse_link("ce", LINKS["tanh"], "probabilities", "softmax or sigmoid")
    assert isinstance(error, ConfigError)
    assert str(error) == (
        "model.output=tanh: loss=ce needs probabilities; set model.output to softmax or sigmoid, "
        "or another loss"
    )


@pytest.fixture
def network():
    init = INITIALIZERS["lecun"]
    return Sequential([Dense(5, init), ACTIVATIONS["tanh"](), Dense(3, init)], (4,))


@pytest.fixture
def passes(network):
    """The exact pass and the one that has only vjp, at one theta, with x, dz and a direction."""
    rng = np.random.default_rng(0)
    theta, x = network.init(rng), rng.normal(size=(6, 4))
    theta += 0.1 * rng.normal(size=theta.size)
    dz, v = rng.normal(size=(6, 3)), rng.normal(size=theta.size)
    return network.linearize(theta, x), Plain(network).linearize(theta, x), dz, v


def test_a_network_without_jvp_gets_central_differences(passes):
    exact, plain, _, v = passes
    np.testing.assert_allclose(plain.jvp(v), exact.jvp(v), atol=1e-8 * np.linalg.norm(exact.jvp(v)))
    np.testing.assert_array_equal(plain.jvp(np.zeros_like(v)), 0)


def test_a_network_without_hvp_gets_central_differences(passes):
    exact, plain, dz, v = passes
    y = np.eye(3)[[0, 1, 2, 0, 1, 2]]
    curve = Curve(LogCosh().head(LINKS["sigmoid"]), exact.z, y)
    expected = exact.hvp(v, dz, curve, np.empty_like(v))
    out = np.full_like(v, np.nan)
    assert plain.hvp(v, dz, curve, out) is out
    assert np.linalg.norm(out - expected) <= 1e-7 * np.linalg.norm(expected)


def test_differences_do_not_depend_on_the_length_of_the_direction(passes):
    exact, plain, _, v = passes
    for scale in (1e-9, 1e9):
        error = np.linalg.norm(plain.jvp(scale * v) - scale * exact.jvp(v))
        assert error <= 1e-8 * scale * np.linalg.norm(exact.jvp(v))


def test_the_stages_of_a_plain_network_are_its_logits(passes):
    _, plain, _, _ = passes
    ((name, z),) = plain.stages()
    assert name == "logits" and z is plain.z
    assert plain.hessian(None) is None


@pytest.mark.parametrize(
    ("y", "classes", "task"),
    [
        (np.array([0, 1]), ("n", "y"), Task("binary", (3, 2), ("n", "y"))),
        (np.array([0, 2]), ("a", "b", "c"), Task("multiclass", (3, 2), ("a", "b", "c"))),
        (np.array([0.5, 1]), (), Task("regression", (3, 2), targets=1)),
        (np.ones((2, 4)), (), Task("regression", (3, 2), targets=4)),
    ],
)
def test_a_table_says_what_is_to_be_learned(y, classes, task):
    assert Table(np.zeros((2, 3, 2)), y, classes).task == task


class Nothing(Dataset):
    def load(self):
        return Table(np.zeros((1, 1)), np.zeros(1))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"val": -0.1}, "val=-0.1: a fraction of the rows, 0 <= f < 1"),
        ({"test": 1.0}, "test=1.0: a fraction of the rows, 0 <= f < 1"),
        ({"val": float("nan")}, "val=nan: a fraction of the rows, 0 <= f < 1"),
        ({"val": 0.5, "test": 0.5}, "val=0.5: data.val + data.test leave no training rows"),
    ],
)
def test_fractions_that_leave_no_training_rows_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        Nothing(**fields)
    assert str(caught.value) == text
    assert Nothing().fingerprint() is None


def test_a_metric_applies_by_kind_and_by_link():
    class Surprise(Metric):
        kinds = frozenset({"binary"})
        needs_probabilities = True

        def __call__(self, p, y, task):
            return 0.0

    binary, regression = Task("binary", (1,), ("n", "y")), Task("regression", (1,))
    assert Surprise().applies(binary, LINKS["sigmoid"])
    assert not Surprise().applies(binary, LINKS["identity"])
    assert not Surprise().applies(regression, LINKS["sigmoid"])


def test_callbacks_with_equal_fields_are_still_two():
    @dataclass
    class Watch(Callback):
        pass

    assert len({Watch(), Watch()}) == 2


def test_reset_forgets_the_state():
    class Still(Optimizer):
        def step(self, objective, theta):
            self.state["seen"], self.converged = 1, True

    optimizer = Still()
    optimizer.reset(np.zeros(1))
    optimizer.step(None, np.zeros(1))
    optimizer.reset(np.zeros(1))
    assert optimizer.state == {} and not optimizer.converged


@pytest.mark.parametrize("interface", [Loss, Head, Network, Linearization, Dataset, Metric])
def test_interfaces_cannot_be_built(interface):
    with pytest.raises(TypeError, match="abstract"):
        interface()
