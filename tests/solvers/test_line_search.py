from __future__ import annotations

import math
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

from framework.errors import NonFinite
from framework.solvers import Ray, Trial, armijo, strong_wolfe

C1 = 1e-4


class Curve:
    """A function of one variable as an objective, counting evaluations."""

    def __init__(self, value, slope):
        self.value, self.slope, self.values, self.slopes = value, slope, 0, 0

    def at(self, theta):
        curve = self

        class Point(SimpleNamespace):
            @property
            def value(self):
                curve.values += 1
                return float(curve.value(theta[0]))

            def grad(self):
                curve.slopes += 1
                slope = curve.slope(theta[0])
                if not np.isfinite(slope):
                    raise NonFinite("nan arose in the gradient of 'theta'")
                return np.array([slope])

        return Point()


# Moré and Thuente (1994), section 5: three functions that are hard to search along.
MT1 = (lambda a: -a / (a**2 + 2), lambda a: (a**2 - 2) / (a**2 + 2) ** 2)
MT2 = (
    lambda a: (a + 0.004) ** 5 - 2 * (a + 0.004) ** 4,
    lambda a: 5 * (a + 0.004) ** 4 - 8 * (a + 0.004) ** 3,
)


def yanai(b1, b2):
    g1, g2 = math.sqrt(1 + b1**2) - b1, math.sqrt(1 + b2**2) - b2
    return (
        lambda a: g1 * math.hypot(1 - a, b2) + g2 * math.hypot(a, b1),
        lambda a: -g1 * (1 - a) / math.hypot(1 - a, b2) + g2 * a / math.hypot(a, b1),
    )


HARD = {
    "MT1": (*MT1, 1e-3, 0.1),
    "MT2": (*MT2, 0.1, 0.1),
    "MT4": (*yanai(0.001, 0.001), 1e-3, 1e-3),
    "MT5": (*yanai(0.01, 0.001), 1e-3, 1e-3),
    "MT6": (*yanai(0.001, 0.01), 1e-3, 1e-3),
}


def ray(value, slope, at=0.0, direction=1.0):
    curve = Curve(value, slope)
    return Ray(Trial(curve, np.array([at])), np.array([direction])), curve


@pytest.mark.parametrize("first", [1e-3, 1e-1, 1e1, 1e3])
@pytest.mark.parametrize("name", HARD)
def test_hard_functions_of_the_literature(name, first):
    value, slope, c1, c2 = HARD[name]
    line, curve = ray(value, slope)
    found = strong_wolfe(line, first, c1, c2)
    a = found.length
    assert value(a) <= value(0) + c1 * a * slope(0)
    assert abs(slope(a)) <= c2 * abs(slope(0))
    assert curve.slopes <= 20


@pytest.mark.parametrize("seed", range(20))
def test_it_meets_both_conditions_on_wavy_polynomials(seed):
    rng = np.random.default_rng(seed)
    roots = np.sort(rng.uniform(0.1, 4, size=3))
    shape = np.polynomial.Polynomial.fromroots(roots) * rng.uniform(0.5, 3)
    f = shape.integ() * (1 if shape(0) < 0 else -1)
    f = f + 5 * np.polynomial.Polynomial([0, 0, 0, 0, 0, 0, 1e-3])
    g = f.deriv()
    line, _ = ray(f, g)
    found = strong_wolfe(line, 1.0, C1, 0.3)
    assert f(found.length) <= f(0) + C1 * found.length * g(0)
    assert abs(g(found.length)) <= 0.3 * abs(g(0))


def test_on_a_parabola_an_exact_search_takes_one_interpolation():
    line, curve = ray(lambda a: 3 * (a - 0.7) ** 2 + 1, lambda a: 6 * (a - 0.7))
    assert strong_wolfe(line, 0.1, C1, 1e-9).length == pytest.approx(0.7, rel=1e-9)
    assert curve.slopes <= 4


def test_a_trial_is_evaluated_once_and_knows_its_gradient():
    line, curve = ray(lambda a: (a - 1) ** 2, lambda a: 2 * (a - 1))
    found = strong_wolfe(line, 1.0)
    assert (curve.values, curve.slopes) == (2, 2)
    _ = found.value, found.gradient, found.finite
    assert (curve.values, curve.slopes) == (2, 2)


def test_backtracking_asks_for_values_and_for_one_gradient():
    line, curve = ray(
        lambda a: math.cosh(20 * (a - 0.01)), lambda a: 20 * math.sinh(20 * (a - 0.01))
    )
    found = armijo(line, 1.0)
    assert found.value <= line.value + C1 * found.length * line.slope
    assert curve.slopes == 2 and curve.values > 2


def test_backtracking_goes_to_the_vertex_of_the_parabola():
    line, _ = ray(lambda a: (a - 0.2) ** 2, lambda a: 2 * (a - 0.2))
    assert armijo(line, 1.0).length == pytest.approx(0.2, rel=1e-12)
    assert armijo(line, 100.0).length <= 0.4


def test_a_reference_allows_a_rise():
    value, slope = (lambda a: (a - 0.1) ** 2), (lambda a: 2 * (a - 0.1))
    assert armijo(ray(value, slope)[0], 1.0).length < 0.3
    assert armijo(ray(value, slope)[0], 1.0, reference=2.0).length == 1.0


@pytest.mark.parametrize("search", [armijo, strong_wolfe])
@pytest.mark.parametrize("beyond", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("what", ["value", "gradient"])
def test_what_is_not_finite_is_too_far(search, beyond, what):
    """A cliff at 0.01, where value or gradient end."""

    def value(a):
        return beyond if a > 0.01 and what == "value" else -a

    def slope(a):
        return beyond if a > 0.01 and what == "gradient" else -1.0

    found = search(ray(value, slope)[0], 1.0)
    assert 0 < found.length <= 0.01 and found.finite


@pytest.mark.parametrize("search", [armijo, strong_wolfe])
def test_uphill_there_is_nothing(search):
    line, _ = ray(lambda a: abs(a), lambda a: -1.0)  # the gradient lies
    assert search(line, 1.0) is None


def test_without_a_lower_bound_the_lowest_trial_is_taken():
    line, curve = ray(lambda a: -a, lambda a: -1.0)
    assert strong_wolfe(line, 1.0, C1, 0.5).length > 1e20
    assert curve.slopes <= 50


def test_overflow_on_the_way_is_no_warning():
    f, g = (lambda a: np.exp(np.float64(a) ** 2) - 5 * a), (lambda a: 2 * a * np.exp(a**2) - 5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = strong_wolfe(ray(f, g)[0], 1e3)
    assert found.finite and f(found.length) < f(0)


def test_near_a_minimum_slopes_decide_where_values_are_rounding():
    """1 + 1e-20 a² has no digits left in its values; its slope has all of them."""
    line, curve = ray(lambda a: 1.0, lambda a: 2e-20 * a, at=-1.0)
    assert strong_wolfe(line, 0.1, C1, 1e-9).length == pytest.approx(1.0, rel=1e-9)
    assert curve.slopes <= 5


def test_a_search_from_where_the_last_one_ended():
    line, curve = ray(lambda a: (a - 3) ** 2, lambda a: 2 * (a - 3))
    first = strong_wolfe(line, 0.5)
    assert first.length == 0.5 and curve.slopes == 2
    again = strong_wolfe(Ray(first, np.ones(1)), 1.0, C1, 1e-9)
    assert again.length == pytest.approx(2.5, rel=1e-9)
    assert again.theta[0] == pytest.approx(3, rel=1e-9)
    assert curve.slopes == 4


def test_on_a_cubic_the_interpolation_is_exact():
    line, curve = ray(lambda a: a**3 - a, lambda a: 3 * a**2 - 1)
    assert strong_wolfe(line, 0.8, C1, 1e-9).length == pytest.approx(math.sqrt(1 / 3), rel=1e-9)
    assert curve.slopes == 3
