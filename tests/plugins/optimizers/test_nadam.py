from __future__ import annotations

import math

import numpy as np
import pytest

from framework.errors import FieldError
from plugins.optimizers.nadam import NAdam


def directions(optimizer, gradients):
    """What it makes of these gradients, one number each."""
    optimizer.reset(np.zeros(1))
    return [float(optimizer.direction(np.array([g]), np.zeros(1))[0]) for g in gradients]


@pytest.mark.parametrize("beta1", [0.0, 0.5, 0.9])
def test_the_first_step_without_a_schedule_of_momentum(beta1):
    """m = (1 - β) g: β m / (1 - β²) + g = g (1 + 2β) / (1 + β), of a gradient g > 0."""
    (first,) = directions(NAdam(beta1=beta1, momentum_decay=None), [5.0])
    assert first == pytest.approx((1 + 2 * beta1) / (1 + beta1), rel=1e-8)


def test_of_a_constant_gradient_the_closed_form():
    """m = (1 - βᵗ) g and v̂ = g²."""
    path = directions(NAdam(beta1=0.8, beta2=0.9, momentum_decay=None), [-5.0] * 30)
    left = 0.8 ** np.arange(1, 31)
    expected = 0.8 * (1 - left) / (1 - 0.8 * left) + 0.2 / (1 - left)
    assert path == pytest.approx(-expected, rel=1e-7)


def test_the_first_step_with_one():
    """μ₁ = β (1 - ½ 0.96^ψ), μ₂ with 2ψ: μ₂ (1 - β) g / (1 - μ₁ μ₂) + g."""
    (first,) = directions(NAdam(beta1=0.8, momentum_decay=1.0), [5.0])
    a, b = 0.8 * (1 - 0.5 * 0.96), 0.8 * (1 - 0.5 * 0.96**2)
    assert first == pytest.approx(b * 0.2 / (1 - a * b) + 1, rel=1e-8)


def test_momentum_rises_from_half_of_beta1_to_it():
    optimizer = NAdam()
    assert optimizer.momentum(0) == 0.45
    assert optimizer.momentum(250) == pytest.approx(0.9 * (1 - 0.48), rel=1e-12)
    assert optimizer.momentum(10**6) == pytest.approx(0.9, rel=1e-12)


def test_without_momentum_it_is_the_sign_of_the_gradient():
    path = directions(NAdam(beta1=0.0, beta2=0.0), [3.0, -2.0, 1.0])
    assert path == pytest.approx([1, -1, 1], rel=1e-7)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"momentum_decay": -0.1}, "momentum_decay=-0.1: it is >= 0, or null for none"),
        ({"momentum_decay": math.inf}, "momentum_decay=inf: it is >= 0, or null for none"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        NAdam(**fields)
    assert str(caught.value) == text
