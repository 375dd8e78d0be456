from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from framework.errors import FieldError
from framework.links import LINKS
from framework.tasks import Task
from plugins.metrics.ece import ECE

BINARY, MULTI = Task("binary", (2,), ("n", "y")), Task("multiclass", (2,), tuple("abcd"))


def guo(confidence, right, bins):
    """Equation 3, bin by bin, row by row."""
    total = 0.0
    for m in range(1, bins + 1):
        inside = [i for i, c in enumerate(confidence) if (m - 1) / bins < c <= m / bins]
        if inside:
            accuracy = math.fsum(right[i] for i in inside) / len(inside)
            mean = math.fsum(confidence[i] for i in inside) / len(inside)
            total += len(inside) / len(right) * abs(accuracy - mean)
    return total


@pytest.mark.parametrize("bins", [1, 10, 15])
def test_it_is_guos_sum_over_bins(bins, classified):
    p, y, task = classified
    both = np.hstack([1 - p, p]) if p.shape[1] == 1 else p
    expected = guo(both.max(axis=1), task.labels(p) == y, bins)
    assert ECE(bins)(p, y, task) == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("bins", [5, 15])
def test_it_is_made_of_scikit_learns_calibration_curve(bins, by_chance):
    p, y, task = by_chance
    confidence = (np.hstack([1 - p, p]) if p.shape[1] == 1 else p).max(axis=1)
    right = task.labels(p) == y
    shares, means = calibration_curve(right, confidence, n_bins=bins)
    rows = np.histogram(confidence, np.linspace(0, 1, bins + 1))[0]
    expected = np.sum(rows[rows > 0] / len(y) * np.abs(shares - means))
    assert ECE(bins)(p, y, task) == pytest.approx(expected, rel=1e-12)


def test_by_hand():
    """Ten bins: 0.75 and 0.8 in the eighth, one of two right; 0.95 in the tenth, wrong; 0.55 in the sixth."""
    p = np.array([[0.75], [0.2], [0.95], [0.55]])
    y = np.array([1, 1, 0, 1])
    expected = 2 / 4 * abs(1 / 2 - 0.775) + 1 / 4 * abs(0 - 0.95) + 1 / 4 * abs(1 - 0.55)
    assert ECE(bins=10)(p, y, BINARY) == pytest.approx(expected, rel=1e-14)


def test_a_bin_has_its_upper_edge():
    """0.5 of 2 bins lies in the first, 0.6 in the second: the two errors do not cancel."""
    p = np.array([[0.5, 0.5, 0, 0], [0.6, 0.4, 0, 0]])
    assert ECE(bins=2)(p, np.array([0, 3]), MULTI) == pytest.approx((0.5 + 0.6) / 2)


@pytest.mark.parametrize("seed", range(3))
def test_labels_drawn_from_the_probabilities_are_calibrated(seed):
    """A bin's gap is then noise, of a standard deviation below 1 / (2 sqrt n_m)."""
    rng, n = np.random.default_rng(seed), 100_000
    p = rng.random(size=(n, 1))
    y = (rng.random(n) < p[:, 0]).astype(int)
    assert ECE()(p, y, BINARY) < 3 * math.sqrt(15 / n) / 2
    assert ECE()(np.clip(1.2 * p - 0.1, 0, 1), y, BINARY) > 0.03  # over-confident


def test_nan_stays_nan():
    assert np.isnan(ECE()(np.array([[np.nan], [0.2]]), np.array([1, 1]), BINARY))


def test_no_bin_is_refused():
    with pytest.raises(FieldError, match=r"^bins=0: a number of bins is > 0$"):
        ECE(bins=0)


def test_it_needs_probabilities_and_is_better_when_lower():
    assert ECE().applies(BINARY, LINKS["sigmoid"]) and ECE().applies(MULTI, LINKS["softmax"])
    assert not ECE().applies(MULTI, LINKS["identity"])
    assert not ECE.higher_is_better
