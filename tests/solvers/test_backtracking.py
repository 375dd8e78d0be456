from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from framework.solvers import backtrack


@pytest.fixture
def objective():
    """f = θ², with NaN beyond 5 and a count of what was asked."""
    made = SimpleNamespace(asked=[])

    def at(theta):
        made.asked.append(float(theta[0]))
        return SimpleNamespace(value=float(theta[0] ** 2) if abs(theta[0]) <= 5 else float("nan"))

    made.at = at
    return made


def test_the_full_step_is_tried_first(objective):
    theta = np.array([2.0])
    assert backtrack(objective, theta, np.array([-2.0]), 4.0, -8.0) == 1
    assert theta == 0 and objective.asked == [0.0]


def test_it_shrinks_until_armijos_condition_holds(objective):
    """From 2 along -16: 2 - 16 α; f falls enough for the first time at α = 1/8, where it is 0."""
    theta = np.array([2.0])
    assert backtrack(objective, theta, np.array([-16.0]), 4.0, -64.0, c=0.3) == 1 / 8
    assert theta == 0 and objective.asked == [-14, -6, -2, 0]


def test_shrink_is_the_factor(objective):
    theta = np.array([2.0])
    length = backtrack(objective, theta, np.array([-5.0]), 4.0, -20.0, 0.01, 0.8)
    assert length == pytest.approx(0.8**2) and theta == pytest.approx(2 - 5 * 0.8**2)


def test_where_nothing_is_lower_theta_stays(objective):
    theta = np.array([2.0])
    assert backtrack(objective, theta, np.array([1.0]), 4.0, -4.0) == 0
    assert theta == 2 and 40 < len(objective.asked) <= 60
