from __future__ import annotations

import math

import numpy as np
import pytest

from framework.errors import FieldError
from plugins.optimizers.adam import Adam
from plugins.optimizers.amsgrad import AMSGrad


def directions(optimizer, gradients):
    """What it makes of these gradients, one number each."""
    optimizer.reset(np.zeros(1))
    return [float(optimizer.direction(np.array([g]), np.zeros(1))[0]) for g in gradients]


def test_of_a_constant_gradient_every_step_is_its_sign():
    """v rises to g², so that the largest is the last one."""
    assert directions(AMSGrad(), [-3.0] * 20) == pytest.approx([-1] * 20, rel=1e-7)


def test_the_largest_v_is_kept():
    """beta1 = 0, beta2 = ½, gradients 8, 0, 1: v = 32, 16, 8½, so that the largest stays 32."""
    plain = AMSGrad(beta1=0.0, beta2=0.5, eps=1e-12)
    path = directions(plain, [8.0, 0.0, 1.0])
    assert path == pytest.approx([1, 0, 1 / math.sqrt(32 / (1 - 0.5**3))], rel=1e-9)


def test_the_largest_of_the_corrected_ones():
    """v̂ = 64, 21⅓, 9.71: the largest stays 64."""
    plain = AMSGrad(beta1=0.0, beta2=0.5, eps=1e-12, maximum="corrected")
    assert directions(plain, [8.0, 0.0, 1.0]) == pytest.approx([1, 0, 1 / 8], rel=1e-9)


@pytest.mark.parametrize("maximum", ["corrected", "uncorrected"])
def test_it_converges_where_adam_does_not(maximum):
    """On [-1, 1] the gradients C, -1, -1, C, ... lead to -1, but Adam to +1 (Reddi et al., theorem 1)."""
    c, ends = 3.0, {}
    fields = {"lr": 0.1, "beta1": 0.0, "beta2": 1 / (1 + c**2)}
    for optimizer in (Adam(**fields), AMSGrad(**fields, maximum=maximum)):
        theta = np.zeros(1)
        optimizer.reset(theta)
        for t in range(3000):
            gradient = np.array([c if t % 3 == 0 else -1.0])
            rate = optimizer.lr / math.sqrt(t + 1)
            theta = np.clip(theta - rate * optimizer.direction(gradient, theta), -1, 1)
        ends[type(optimizer)] = float(theta[0])
    assert ends[Adam] > 0.9
    assert ends[AMSGrad] < -0.9


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (
            {"maximum": "corect"},
            "maximum=corect: no such choice; did you mean 'corrected'?  (corrected, uncorrected)",
        ),
        ({"beta2": 1.0}, "beta2=1.0: a decay rate is in 0 <= beta < 1"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        AMSGrad(**fields)
    assert str(caught.value) == text
