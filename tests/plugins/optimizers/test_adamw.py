from __future__ import annotations

import numpy as np
import pytest

from framework.errors import FieldError
from framework.links import LINKS
from framework.objective import Objective
from plugins.losses.mean_squared_error import MeanSquaredError
from plugins.models.linear import Linear
from plugins.optimizers.adamw import AdamW


@pytest.fixture
def flat():
    """A loss without a slope, behind three weights and a bias."""
    network, head = Linear().build((3,), 1), MeanSquaredError().head(LINKS["identity"])
    return Objective(network, head, np.zeros((5, 3)), np.zeros((5, 1)))


def test_weights_decay_and_biases_do_not(flat):
    """Where there is no gradient, by 1 - lr weight_decay in each step."""
    theta, optimizer = np.array([1.0, -2.0, 3.0, 0.0]), AdamW(lr=0.1, weight_decay=0.5)
    optimizer.reset(theta)
    for _ in range(10):
        optimizer.step(flat, theta)
    np.testing.assert_allclose(theta, 0.95**10 * np.array([1, -2, 3, 0]), rtol=1e-14)


def test_decay_is_not_divided_by_the_root_of_v():
    """Of two weights with gradients of 1e-3 and 1e3, both move by lr and decay alike."""
    x = np.diag([1e-3, 1e3, 1.0]) * 3
    network, head = Linear().build((3,), 1), MeanSquaredError().head(LINKS["identity"])
    objective = Objective(network, head, x, np.full((3, 1), -1e9))
    theta, optimizer = np.array([1.0, 1.0, 1.0, 0.0]), AdamW(lr=0.01, weight_decay=2.0)
    optimizer.reset(theta)
    optimizer.step(objective, theta)
    np.testing.assert_allclose(theta[:3], 1 - 0.01 * 2 - 0.01, rtol=1e-6)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"weight_decay": -0.1}, "weight_decay=-0.1: weight decay is >= 0"),
        ({"beta1": 1.0}, "beta1=1.0: a decay rate is in 0 <= beta < 1"),
    ],
)
def test_fields_out_of_range_are_refused(fields, text):
    with pytest.raises(FieldError) as caught:
        AdamW(**fields)
    assert str(caught.value) == text
