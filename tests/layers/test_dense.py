from __future__ import annotations

import numpy as np
import pytest

from framework.layers import INITIALIZERS, Dense


def layer(units=3, bias=True):
    return Dense(units, INITIALIZERS["lecun"], bias)


@pytest.fixture
def x():
    return np.random.default_rng(1).normal(size=(5, 4))


@pytest.mark.parametrize("bias", [True, False])
def test_the_products_are_exact(x, bias, check_products):
    check_products(layer(bias=bias), x)


def test_y_is_xw_plus_b_entry_by_entry(x):
    dense = layer()
    dense.build((4,))
    w = {"weight": np.arange(12.0).reshape(4, 3), "bias": np.array([1.0, -1.0, 0.5])}
    y, _ = dense.forward(w, x)
    for n in range(5):
        for k in range(3):
            by_hand = sum(x[n, i] * (3 * i + k) for i in range(4)) + w["bias"][k]
            assert y[n, k] == pytest.approx(by_hand, rel=1e-13)


@pytest.mark.parametrize("bias", [True, False])
def test_parameters_and_shapes(bias):
    dense = layer(bias=bias)
    assert dense.build((4,)) == (3,)
    declared = [(p.name, p.shape, p.kind) for p in dense.parameters]
    assert declared == [("weight", (4, 3), "weight"), ("bias", (3,), "bias")][: 1 + bias]
    fresh = dense.init(np.random.default_rng(0))
    assert {name: value.shape for name, value in fresh.items()} == {n: s for n, s, _ in declared}
    assert not bias or not fresh["bias"].any()


def test_weights_are_drawn_before_biases_that_are_drawn():
    dense, rng = Dense(3, INITIALIZERS["nielsen"]), np.random.default_rng(0)
    dense.build((4,))
    fresh = dense.init(np.random.default_rng(0))
    np.testing.assert_array_equal(fresh["weight"], rng.standard_normal((4, 3)) / 2)
    np.testing.assert_array_equal(fresh["bias"], rng.standard_normal(3))


@pytest.mark.parametrize("init", ["lecun", "nielsen"])
def test_a_start_is_added_to_the_initial_biases(init):
    plain, raised = (Dense(3, INITIALIZERS[init], bias_start=start) for start in (0.0, -2.5))
    for dense in (plain, raised):
        dense.build((4,))
    first, second = (dense.init(np.random.default_rng(0)) for dense in (plain, raised))
    np.testing.assert_array_equal(second["weight"], first["weight"])
    np.testing.assert_array_equal(second["bias"], first["bias"] - 2.5)


def test_data_have_no_tangent(x):
    """tx=None is tx=0, and the first layer hands nothing down."""
    dense, rng = layer(), np.random.default_rng(2)
    dense.build((4,))
    w, tw = ({"weight": rng.normal(size=(4, 3)), "bias": rng.normal(size=3)} for _ in range(2))
    _, saved = dense.forward(w, x)
    zero = np.zeros_like(x)
    np.testing.assert_array_equal(dense.jvp(w, saved, tw, None), dense.jvp(w, saved, tw, zero))
    dy, tdy = rng.normal(size=(2, 5, 3))
    some, none = ({name: np.empty_like(v) for name, v in w.items()} for _ in range(2))
    assert dense.hvp(w, saved, tw, None, dy, tdy, none, first=True) is None
    dense.hvp(w, saved, tw, zero, dy, tdy, some, first=False)
    for name in w:
        np.testing.assert_array_equal(some[name], none[name])
    assert dense.vjp(w, saved, dy, some, first=True) is None


def test_an_empty_batch(x):
    dense = layer()
    dense.build((4,))
    w, dw = ({"weight": np.ones((4, 3)), "bias": np.ones(3)} for _ in range(2))
    y, saved = dense.forward(w, x[:0])
    assert y.shape == (0, 3)
    assert dense.vjp(w, saved, y, dw, first=False).shape == (0, 4)
    assert not dw["weight"].any() and not dw["bias"].any()


def test_samples_that_are_not_flat_are_refused():
    with pytest.raises(ValueError, match=r"a dense layer takes flat samples, not .* \(2, 2\)"):
        layer().build((2, 2))
