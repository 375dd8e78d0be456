from __future__ import annotations

import math

import numpy as np
import pytest

from framework.errors import FieldError
from plugins.optimizers.rmsprop import RMSprop


def directions(optimizer, gradients):
    """What it makes of these gradients, one number each."""
    optimizer.reset(np.zeros(1))
    return [float(optimizer.direction(np.array([g]), np.zeros(1))[0]) for g in gradients]


@pytest.mark.parametrize("gradient", [5.0, -0.01])
def test_of_a_constant_gradient_the_closed_form(gradient):
    """v = (1 - decayᵗ) g², of which the variance is the part decayᵗ."""
    sign, left = math.copysign(1, gradient), 0.9 ** np.arange(1, 30)
    path = directions(RMSprop(decay=0.9, eps=1e-15), [gradient] * 29)
    assert path == pytest.approx(sign / np.sqrt(1 - left), rel=1e-9)
    path = directions(RMSprop(decay=0.9, eps=1e-15, centered=True), [gradient] * 29)
    assert path == pytest.approx(sign / np.sqrt((1 - left) * left), rel=1e-9)


def test_the_epsilons_and_the_start_of_the_average():
    assert directions(RMSprop(decay=0.75, eps=1.0), [8.0]) == pytest.approx([8 / (4 + 1)])
    plain = RMSprop(decay=0.75, eps=0.0, eps_root=9.0)
    assert directions(plain, [8.0]) == pytest.approx([8 / math.sqrt(16 + 9)])
    assert directions(RMSprop(decay=0.75, initial=12.0), [8.0]) == pytest.approx([8 / 5])


def test_momentum_adds_up_what_is_scaled():
    plain = directions(RMSprop(decay=0.9), [1.0, -2.0, 3.0])
    path = directions(RMSprop(decay=0.9, momentum=0.5), [1.0, -2.0, 3.0])
    a, b, c = plain
    assert path == pytest.approx([a, b + a / 2, c + b / 2 + a / 4], rel=1e-12)
    path = directions(RMSprop(decay=0.9, momentum=0.5, nesterov=True), [1.0, -2.0])
    assert path == pytest.approx([a + a / 2, b + (b + a / 2) / 2], rel=1e-12)


def test_a_variance_that_rounds_below_0_is_0():
    path = directions(RMSprop(decay=0.5, centered=True, eps=1e-3), [0.1] * 500)
    assert np.isfinite(path).all()


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"decay": 1.0}, "decay=1.0: a decay rate is in 0 <= d < 1"),
        ({"momentum": -0.1}, "momentum=-0.1: momentum is in 0 <= m < 1"),
        ({"momentum": 1.0}, "momentum=1.0: momentum is in 0 <= m < 1"),
        ({"nesterov": True}, "nesterov=True: Nesterov's step needs optim.momentum > 0"),
        ({"initial": math.nan}, "initial=nan: a mean of squares is >= 0"),
        ({"eps": 0.0}, "eps=0.0: a gradient of 0 needs optim.eps > 0 or optim.eps_root > 0"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        RMSprop(**fields)
    assert str(caught.value) == text
