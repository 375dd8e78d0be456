from __future__ import annotations

import numpy as np
import pytest

from framework.errors import FieldError
from plugins.optimizers.lion import Lion


def directions(optimizer, gradients):
    """What it makes of these gradients, one number each."""
    optimizer.reset(np.zeros(1))
    return [float(optimizer.direction(np.array([g]), np.zeros(1))[0]) for g in gradients]


def test_the_sign_is_of_an_average_that_is_updated_after():
    """After the gradient 1 m = 0.01: 0.9 m + 0.1 g turns at g = -0.09, and is 0 at 0 alone."""
    for second, sign in ((-0.089, 1), (-0.091, -1), (0.0, 1)):
        assert directions(Lion(), [1.0, second]) == [1, sign]
    assert directions(Lion(), [0.0]) == [0]


def test_memory_fades_by_beta2():
    optimizer = Lion(beta2=0.5)
    directions(optimizer, [4.0, 0.0, 8.0])
    assert optimizer.state["m"] == pytest.approx([0.5 * (0.5 * 2 + 0) + 4])


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"beta1": 1.0}, "beta1=1.0: a decay rate is in 0 <= beta < 1"),
        ({"beta2": -0.1}, "beta2=-0.1: a decay rate is in 0 <= beta < 1"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        Lion(**fields)
    assert str(caught.value) == text
