"""The base of the losses of a residual, on one that nobody needs: Σ_k r_k⁴ / 4."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from framework import Residual
from framework.errors import FieldError
from framework.testing import assert_conforms
from plugins.losses.huber import Huber
from plugins.losses.log_cosh import LogCosh
from plugins.losses.mean_absolute_error import MeanAbsoluteError
from plugins.losses.pseudo_huber import PseudoHuber
from plugins.losses.quantile import Quantile


@dataclass
class Quartic(Residual):
    """Gradient r³, Hessian 3 r²."""

    def each(self, r):
        return r**4 / 4

    def slope(self, r):
        return r**3

    def bend(self, r, v):
        return 3 * r**2 * v


@pytest.mark.parametrize(("reduction", "share"), [("sum", 1), ("mean", 1 / 3)])
def test_it_is_summed_or_averaged_over_the_outputs(arrays, reduction, share):
    p, y, v = arrays
    loss = Quartic(reduction=reduction)
    terms = (p - y) ** 4 / 4
    np.testing.assert_allclose(loss.value(p, y), share * terms.sum(axis=1), rtol=1e-14)
    np.testing.assert_allclose(loss.grad(p, y), share * (p - y) ** 3, rtol=1e-14)
    np.testing.assert_allclose(loss.hvp(p, y, v), share * 3 * (p - y) ** 2 * v, rtol=1e-14)


def test_values_by_hand():
    p, y = np.array([[3.0, 0.0], [1.0, 1.0]]), np.array([[1.0, 1.0], [1.0, 3.0]])
    np.testing.assert_array_equal(Quartic().value(p, y), [4.25, 4])
    np.testing.assert_array_equal(Quartic(reduction="mean").value(p, y), [2.125, 2])
    np.testing.assert_array_equal(Quartic().grad(p, y), [[8, -1], [0, -8]])
    np.testing.assert_array_equal(Quartic().hvp(p, y, p), [[36, 0], [0, 12]])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_dtype_stays(arrays, dtype):
    p, y, v = arrays.astype(dtype)
    loss = Quartic(reduction="mean")
    assert {a.dtype for a in (loss.value(p, y), loss.grad(p, y), loss.hvp(p, y, v))} == {
        np.dtype(dtype)
    }


def test_an_empty_batch():
    none, loss = np.zeros((0, 3)), Quartic()
    assert loss.value(none, none).shape == (0,)
    assert loss.grad(none, none).shape == loss.hvp(none, none, none).shape == (0, 3)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_it_conforms(reduction):
    assert_conforms(Quartic(reduction=reduction))


@pytest.mark.parametrize(
    "loss", [Quartic, MeanAbsoluteError, Huber, PseudoHuber, LogCosh, Quantile]
)
def test_an_unknown_reduction_is_refused_by_every_one(loss):
    with pytest.raises(FieldError) as caught:
        loss(reduction="means")
    assert str(caught.value) == (
        "reduction=means: no such choice; did you mean 'mean'?  (mean, sum)"
    )


def test_a_field_of_its_own_comes_first():
    assert (Huber(2.0).delta, PseudoHuber(2.0).delta, Quantile(0.9).tau) == (2.0, 2.0, 0.9)
