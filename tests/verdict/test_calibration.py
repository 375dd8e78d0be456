"""1,000 simulated studies each: how often tests cry wolf, and how often intervals hold the difference.

A rate r of an exact test is at most 5 %, so that 1,000 simulations have more than ALARMS alarms with a
probability under 0.001. Intervals hold the difference in 930 of 1,000 at least.
"""

import numpy as np
import pytest
from scipy import stats

from framework.verdict.statistics import compare_censored, compare_independent, compare_paired

SIMULATIONS = 1000
ALARMS = int(stats.binom.ppf(0.999, SIMULATIONS, 0.05))  # 72
COVERED = 930
RESAMPLES = 999


def normal(rng, n):
    return rng.normal(size=n)


def accuracy(rng, n):
    """Of 360 test samples, as of the digits: there are many ties."""
    return rng.binomial(360, 0.97, n) / 360


def exponential(rng, n):
    return rng.exponential(size=n)


def simulated(compare, noise, n, difference=0.0, m=None):
    """Seeds that are better or worse for both arms, and the noise of each run; the first arm is shifted."""
    tests = []
    for number in range(SIMULATIONS):
        rng = np.random.default_rng([number, n])
        seeds = rng.normal(size=n).round(2) if m is None else 0.0
        first, second = seeds + noise(rng, n) + difference, seeds + noise(rng, m or n)
        tests.append(compare(first, second, resamples=RESAMPLES, seed=number))
    return tests


def alarms(tests):
    return sum(test.p <= 0.05 for test in tests)


def covered(tests, difference):
    return sum(test.low - 1e-12 <= difference <= test.high + 1e-12 for test in tests)


@pytest.mark.parametrize("noise", [normal, accuracy, exponential])
def test_paired_arms_of_ten_seeds(noise):
    tests = simulated(compare_paired, noise, 10)
    assert alarms(tests) <= ALARMS
    assert covered(tests, 0.0) >= COVERED


@pytest.mark.parametrize("n", [6, 8])
def test_fewer_seeds(n):
    tests = simulated(compare_paired, normal, n)
    assert alarms(tests) <= ALARMS
    assert covered(tests, 0.0) >= COVERED


def test_a_known_difference_is_held_and_found():
    """Of 1.5 standard deviations of a run: the sign flips find it about as often as Student's t."""
    tests = simulated(compare_paired, normal, 10, difference=1.5)
    assert covered(tests, 1.5) >= COVERED
    power = stats.nct.sf(stats.t.ppf(0.975, 9), 9, np.sqrt(10) * 1.5 / np.sqrt(2))
    assert alarms(tests) / SIMULATIONS == pytest.approx(power, abs=0.04)


def test_arms_without_pairs():
    tests = simulated(compare_independent, normal, 8, difference=1.0, m=7)
    assert covered(tests, 1.0) >= COVERED
    assert alarms(simulated(compare_independent, accuracy, 7, m=7)) <= ALARMS


@pytest.mark.parametrize("paired", [True, False])
def test_times_of_which_a_third_are_censored(paired):
    tests = []
    for number in range(SIMULATIONS):
        times = np.random.default_rng(number).exponential(size=(2, 10 if paired else 7))
        times[times > np.log(3)] = np.inf
        tests.append(compare_censored(*times, paired=paired, resamples=RESAMPLES))
    assert alarms(tests) <= ALARMS
