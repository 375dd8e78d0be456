from __future__ import annotations

import math

import numpy as np
import pytest

from framework.errors import FieldError
from plugins.optimizers.radam import RAdam


def directions(optimizer, gradients):
    """What it makes of these gradients, one number each."""
    optimizer.reset(np.zeros(1))
    return [float(optimizer.direction(np.array([g]), np.zeros(1))[0]) for g in gradients]


def test_the_first_five_steps_are_those_of_momentum():
    """For beta2 = 0.999 the sixth ρ is the first above 5 (5.0 - 0.01 at t = 5)."""
    path = directions(RAdam(), [2.0] * 6)
    assert path[:5] == pytest.approx([2.0] * 5, rel=1e-12)
    rho = 1999 - 12 * 0.999**6 / (1 - 0.999**6)
    r = math.sqrt((rho - 4) * (rho - 2) * 1999 / (1995 * 1997 * rho))
    assert path[5] == pytest.approx(r, rel=1e-6)


def test_the_rectification_fades():
    path = directions(RAdam(beta2=0.9, threshold=4.0), [-3.0] * 400)
    assert path[-1] == pytest.approx(-1, rel=1e-7)


def test_the_epsilon_is_added_before_or_after_the_correction():
    """Of a constant gradient g the root of v is √(1 - β₂ᵗ) |g|, that of v̂ |g|."""
    most, t = 2 / (1 - 0.9) - 1, 20
    rho, correction = most - 2 * t * 0.9**t / (1 - 0.9**t), 1 - 0.9**t
    r = math.sqrt((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho))
    hat = directions(RAdam(beta2=0.9, eps=1.0), [3.0] * t)[-1]
    plain = directions(RAdam(beta2=0.9, eps=1.0, eps_hat=False), [3.0] * t)[-1]
    root = math.sqrt(correction)
    assert hat == pytest.approx(r * root * 3 / (root * 3 + 1), rel=1e-9)
    assert plain == pytest.approx(r * 3 / 4, rel=1e-9)


def test_where_gradients_are_soon_forgotten_it_never_divides():
    assert directions(RAdam(beta2=0.5), [2.0] * 50) == pytest.approx([2.0] * 50, rel=1e-12)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"threshold": 3.9}, "threshold=3.9: it is >= 4, below which there is no variance"),
        ({"threshold": math.inf}, "threshold=inf: it is >= 4, below which there is no variance"),
        ({"beta2": 1.0}, "beta2=1.0: a decay rate is in 0 <= beta < 1"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        RAdam(**fields)
    assert str(caught.value) == text
