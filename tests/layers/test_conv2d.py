from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import correlate2d

from framework.errors import ConfigError
from framework.layers import INITIALIZERS, Conv2D, conv2d

SHAPES = {
    "plain": ((6, 5, 2), {"kernel": 3}),
    "padded": ((5, 4, 1), {"kernel": 3, "padding": 2}),
    "strided": ((7, 6, 3), {"kernel": 2, "stride": 2}),
    "strided_and_padded": ((6, 7, 5), {"kernel": 3, "stride": 3, "padding": 1}),
    "pixels": ((3, 4, 2), {"kernel": 1}),
    "whole_image": ((3, 3, 4), {"kernel": 3}),
    "no_bias": ((5, 5, 2), {"kernel": 3, "bias": False}),
}


def layer(filters=2, kernel=3, **fields):
    return Conv2D(filters, kernel, INITIALIZERS["glorot"], **fields)


@pytest.fixture(params=sorted(SHAPES))
def case(request):
    shape, fields = SHAPES[request.param]
    return layer(**fields), np.random.default_rng(1).normal(size=(4, *shape))


def draw(conv, rng):
    return {p.name: rng.normal(size=p.shape) for p in conv.parameters}


def test_the_products_are_exact(case, check_products):
    check_products(*case)


def test_conventions(case, check_conventions):
    check_conventions(*case)


def test_it_is_scipys_correlation_summed_over_channels(case):
    conv, x = case
    h, w, filters = conv.build(x.shape[1:])
    weights, (p, s) = (
        draw(conv, np.random.default_rng(2)),
        (conv.window.padding, conv.window.stride),
    )
    y, _ = conv.forward(weights, x)
    padded = np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)))
    for n in range(len(x)):
        for f in range(filters):
            maps = [
                correlate2d(padded[n, :, :, c], weights["weight"][:, :, c, f], mode="valid")
                for c in range(x.shape[3])
            ]
            expected = sum(maps)[::s, ::s] + (weights["bias"][f] if conv.bias else 0)
            assert expected.shape == (h, w)
            np.testing.assert_allclose(y[n, :, :, f], expected, rtol=1e-12, atol=1e-12)


def test_chunks_change_nothing(case, monkeypatch):
    conv, x = case
    conv.build(x.shape[1:])
    rng = np.random.default_rng(2)
    w, tw = draw(conv, rng), draw(conv, rng)

    def everything():
        y, saved = conv.forward(w, x)
        dy, hw = np.cos(y), {name: np.empty_like(v) for name, v in w.items()}
        below = conv.hvp(w, saved, tw, np.sin(x), dy, np.sin(y), hw, first=False)
        return [y, conv.jvp(w, saved, tw, np.sin(x)), *below, *hw.values()]

    whole = everything()
    monkeypatch.setattr(conv2d, "CHUNK", 1)
    assert len(list(conv._chunks(x))) == len(x)
    for one_by_one, at_once in zip(everything(), whole, strict=True):
        np.testing.assert_allclose(one_by_one, at_once, rtol=1e-12, atol=1e-13)


def test_columns_of_a_chunk_are_bounded():
    conv = layer(filters=6, kernel=5, padding=2)
    conv.build((227, 227, 1))
    x = np.broadcast_to(np.float32(0), (128, 227, 227, 1))
    parts = list(conv._chunks(x))
    assert [row for part in parts for row in range(128)[part]] == list(range(128))
    assert all(
        conv._columns(x[part], 1).nbytes <= max(conv2d.CHUNK, 227**2 * 26 * 4) for part in parts[:2]
    )


def test_an_input_that_is_its_own_tangent(check_products):
    """y is linear in x: along tx = x, with the weights held, ty = y - b."""
    conv, x = layer(), np.random.default_rng(1).normal(size=(4, 5, 5, 2))
    conv.build((5, 5, 2))
    w = draw(conv, np.random.default_rng(2))
    y, saved = conv.forward(w, x)
    zero = {name: np.zeros_like(v) for name, v in w.items()}
    np.testing.assert_allclose(conv.jvp(w, saved, zero, x), y - w["bias"], rtol=1e-12, atol=1e-13)


def test_parameters_and_shapes():
    conv = layer(filters=6, kernel=5, padding=2)
    assert conv.build((28, 28, 1)) == (28, 28, 6)
    declared = [(p.name, p.shape, p.kind) for p in conv.parameters]
    assert declared == [("weight", (5, 5, 1, 6), "weight"), ("bias", (6,), "bias")]
    fresh = conv.init(np.random.default_rng(0))
    assert {name: v.shape for name, v in fresh.items()} == {n: s for n, s, _ in declared}
    assert not fresh["bias"].any()


def test_fans_count_the_kernels_area():
    """Glorot's bound with n_in = k² channels and n_out = k² filters, nearly met by many draws."""
    conv = Conv2D(64, 3, INITIALIZERS["glorot"])
    conv.build((8, 8, 32))
    bound = np.sqrt(6 / (9 * 32 + 9 * 64))
    assert 0.999 * bound < np.abs(conv.init(np.random.default_rng(0))["weight"]).max() <= bound


def test_weights_are_drawn_before_biases_that_are_drawn():
    conv, rng = Conv2D(3, 2, INITIALIZERS["nielsen_large"]), np.random.default_rng(0)
    conv.build((5, 5, 4))
    fresh = conv.init(np.random.default_rng(0))
    np.testing.assert_array_equal(fresh["weight"].ravel(), rng.standard_normal(2 * 2 * 4 * 3))
    np.testing.assert_array_equal(fresh["bias"], rng.standard_normal(3))


def test_an_orthogonal_kernel_is_so_when_flattened():
    conv = Conv2D(6, 3, INITIALIZERS["orthogonal"])
    conv.build((5, 5, 2))
    kernel = conv.init(np.random.default_rng(0))["weight"].reshape(18, 6)
    np.testing.assert_allclose(kernel.T @ kernel, np.eye(6), atol=1e-14)


def test_what_does_not_fit_is_refused():
    with pytest.raises(
        ConfigError, match="a 5x5 window with padding 0 does not fit into 4x9 pixels"
    ):
        layer(kernel=5).build((4, 9, 1))
    with pytest.raises(ValueError, match=r"images are \(height, width, channels\), not \(4, 9\)"):
        layer().build((4, 9))
