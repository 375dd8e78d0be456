from __future__ import annotations

import numpy as np
import pytest

from framework.errors import FieldError
from plugins.optimizers.rprop import Rprop


def steps(optimizer, gradients):
    """The steps that it takes, one number each."""
    optimizer.reset(np.zeros(1))
    moves = [optimizer.direction(np.array([g]), np.zeros(1)) for g in gradients]
    return [float(optimizer.rate * move[0]) for move in moves]


def test_steps_grow_and_shrink():
    """The gradient turns in the third step, which rests; the fourth is as long as the third would be."""
    path = steps(Rprop(), [1.0, 9.0, -0.1, -5.0, -1.0, 0.0, -1.0])
    expected = [0.01, 0.012, 0, -0.006, -0.0072, 0, -0.0072]
    assert path == pytest.approx(expected, rel=1e-12)


def test_steps_have_bounds():
    path = steps(Rprop(lr=2.0, eta_plus=3.0, longest=10.0), [1.0] * 4)
    assert path == pytest.approx([2, 6, 10, 10], rel=1e-12)
    turning = [1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0]
    path = steps(Rprop(lr=2.0, eta_minus=0.1, shortest=0.1), turning)
    assert path == pytest.approx([2, 0, -0.2, 0, 0.1, 0, -0.1], rel=1e-12)


def test_only_signs_matter():
    gradients = np.sin(np.arange(1.0, 50.0))
    assert steps(Rprop(), gradients) == steps(Rprop(), np.sign(gradients) * 1e3)


def test_it_wants_the_full_batch():
    assert Rprop.batch_size is None


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"eta_minus": 1.0}, "eta_minus=1.0: steps shrink by a factor in 0 < eta < 1"),
        ({"eta_plus": 1.0}, "eta_plus=1.0: steps grow by a factor > 1"),
        ({"shortest": 0.1}, "shortest=0.1: it is > 0 and <= optim.lr"),
        ({"lr": 100.0}, "longest=50.0: it is >= optim.lr"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        Rprop(**fields)
    assert str(caught.value) == text
