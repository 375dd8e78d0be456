from __future__ import annotations

import numpy as np
import pytest

from framework.testing.derivatives import against, batch_factors, derivative, factor, told

FUNCTIONS = {
    "exp": (np.exp, 1.0),
    "steep": (lambda t: np.sin(50 * t), 50.0),
    "cube at 2": (lambda t: (2 + t) ** 3, 12.0),
    "flat": (lambda t: 7.0 + 0 * t, 0.0),
    "huge": (lambda t: 1e100 * np.sin(t), 1e100),
    "tiny": (lambda t: 1e-100 * np.sin(t), 1e-100),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_known_derivatives_lie_within_the_estimated_error(name):
    f, exact = FUNCTIONS[name]
    found = derivative(f)
    assert abs(found.value - exact) <= 10 * found.error + 1e-12 * abs(exact)
    assert found.error <= 1e-7 * abs(exact) or exact == 0


@pytest.mark.parametrize("distance", [0.05, 1e-3, 1e-5])
def test_a_kink_nearby_is_no_fault_and_a_wrong_slope_is(distance):
    def f(t):
        return np.maximum(0.0, t + distance) + np.sin(t)

    assert against(np.asarray(2.0), f, "").passed
    assert against(np.asarray(2.02), f, "").passed is False


def test_at_the_kink_nothing_is_concluded_or_passed():
    assert against(np.asarray(1.0), lambda t: np.asarray(abs(t)), "").passed is not True


def test_each_entry_has_its_own_derivative():
    exact = np.array([1.0, 0.0, 3.0])
    assert against(exact, lambda t: np.array([t, 5.0, np.expm1(3 * t)]), "").passed


def test_a_failure_shows_both_sides_where_they_differ_most():
    found = against(np.array([1.0, 2.0]), lambda t: np.array([t, 2.5 * t]), "wrong")
    assert (found.analytic, found.numeric, found.says) == ("2", "2.5", "wrong")


def test_what_is_not_finite_or_of_another_shape_fails():
    assert against(np.array([np.nan]), lambda t: np.array([t]), "").passed is False
    assert "the shapes differ" in against(np.ones(2), lambda t: np.array([t]), "").says


@pytest.mark.parametrize(
    ("r", "text"),
    [
        (-1, "the sign is flipped"),
        (2, "off by a factor 2"),
        (1 / 7, "off by a factor 1/7, the rows of the batch"),
        (7, "the mean over rows is missing"),
        (0, "it is zero where it should not be"),
        (1.01, "off by a factor 1.01"),
    ],
)
def test_factors_are_told_in_words(r, text):
    numeric = np.array([1.0, -2.0, 3.0])
    found = factor(r * numeric, numeric)
    assert found == pytest.approx(r)
    assert text in told(found, batch_factors(7))


def test_what_is_not_parallel_has_no_factor():
    assert factor(np.array([1.0, 1.0]), np.array([1.0, 2.0])) is None
    assert factor(np.ones(2), np.zeros(2)) is None
