from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from framework.solvers import trust_region


class Model:
    """Steps of 1 along the first axis, or to the boundary; the decrease that it promises is given."""

    def __init__(self, promised, unbounded=False):
        self.promised, self.unbounded, self.radii = promised, unbounded, []

    def trust_region_step(self, radius):
        self.radii.append(radius)
        if self.unbounded and math.isinf(radius):
            return None
        return np.array([min(1.0, radius) if not self.unbounded else radius, 0.0])

    def decrease(self, step):
        return self.promised * float(step[0])


def run(values, promised=1.0, radius=math.inf, unbounded=False):
    """values: of the objective at the start, and at each trial."""
    left = list(values[1:])
    objective = SimpleNamespace(at=lambda theta: SimpleNamespace(value=left.pop(0)))
    theta, model = np.zeros(2), Model(promised, unbounded)
    point = SimpleNamespace(value=values[0])
    after, exhausted = trust_region(objective, theta, point, model, radius)
    return theta, after, exhausted, model


@pytest.mark.parametrize(
    ("radius", "ratio", "after", "moved"),
    [
        (0.5, 0.9, 1.0, 0.5),  # good, and the boundary was in the way
        (4.0, 0.9, 4.0, 1.0),  # good, inside
        (0.5, 0.5, 0.5, 0.5),  # fair
        (0.5, 0.1, 0.125, 0.5),  # poor, but taken
        (4.0, 0.1, 0.25, 1.0),
    ],
)
def test_the_radius_follows_the_ratio(radius, ratio, after, moved):
    """Nocedal and Wright (2006), algorithm 4.1."""
    theta, radius, exhausted, _ = run([0.0, -ratio * min(1.0, radius)], radius=radius)
    assert (theta[0], radius, exhausted) == (moved, after, False)


@pytest.mark.parametrize("bad", [1.0, math.inf, math.nan])
def test_a_step_that_goes_up_is_not_taken(bad):
    theta, radius, _, model = run([0.0, bad, bad, -0.05])
    assert model.radii == [math.inf, 0.25, 0.0625]
    assert theta[0] == 0.0625 and radius == 0.125


def test_a_model_without_minimum_starts_at_the_scale_of_theta():
    theta, radius, _, model = run([0.0, -0.9], unbounded=True)
    assert model.radii == [math.inf, 1.0]
    assert theta[0] == 1 and radius == 2


@pytest.mark.parametrize(("rise", "moved"), [(0.0, 1.0), (1e-16, 1.0), (1e-3, 0.0)])
def test_a_promise_of_rounding_is_the_end(rise, moved):
    theta, _, exhausted, _ = run([1.0, 1.0 + rise], promised=1e-17)
    assert exhausted and theta[0] == moved


def test_it_gives_up_after_40_attempts():
    theta, _, exhausted, model = run([0.0] + [1.0] * 40)
    assert len(model.radii) == 40 and not exhausted and not theta.any()
