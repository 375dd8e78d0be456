from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from framework.diagnostics import heights, plane_of_paths


def path(seed=0, points=30, size=7):
    return np.random.default_rng(seed).normal(size=(points, size)).cumsum(axis=0)


def test_the_plane_is_that_of_the_principal_components():
    walk = path()
    plane, pca = plane_of_paths([walk]), PCA(2).fit(walk)
    for ours, theirs in zip(plane.axes, pca.components_, strict=True):
        np.testing.assert_allclose(abs(ours @ theirs), 1, rtol=1e-12)
    np.testing.assert_allclose(plane.shares, pca.explained_variance_ratio_, rtol=1e-10)
    np.testing.assert_array_equal(plane.origin, walk[-1])


def test_several_paths_share_one_plane():
    first, second = path(1), path(2, points=12)
    plane = plane_of_paths([first, second])
    ratios = PCA(2).fit(np.concatenate([first, second])).explained_variance_ratio_
    np.testing.assert_allclose(plane.shares, ratios, rtol=1e-10)
    np.testing.assert_allclose(plane.origin, (first[-1] + second[-1]) / 2)


def test_two_parameters_are_their_own_plane():
    walk = path(size=2)
    plane = plane_of_paths([walk])
    np.testing.assert_array_equal(plane.coordinates(walk), walk)
    np.testing.assert_array_equal(plane.at(0.5, -2.0), [0.5, -2.0])


def test_coordinates_are_those_of_points_in_the_plane():
    plane = plane_of_paths([path()])
    point = plane.at(0.3, -1.7)
    np.testing.assert_allclose(plane.coordinates(point[None]), [[0.3, -1.7]], rtol=1e-12)


@pytest.mark.parametrize("points", [1, 2, 5])
def test_a_short_or_straight_path_has_a_plane_and_a_window(points):
    walk = np.outer(np.arange(points), [1.0, 2.0, 2.0])
    plane = plane_of_paths([walk])
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-12)
    low, high = plane.window([walk])
    assert (low < high).all()
    assert ((low < plane.coordinates(walk)) & (plane.coordinates(walk) < high)).all()


def test_heights_are_the_objective_at_each_point(quadratic):
    objective = quadratic([[2.0, 0.0], [0.0, 10.0]])
    plane = plane_of_paths([path(size=2)])
    a, b, z = heights(objective, plane, np.array([-1.0, 0.0]), np.array([1.0, 3.0]), 11, np.inf)
    np.testing.assert_allclose(a, np.linspace(-1, 1, 11))
    np.testing.assert_allclose(b, np.linspace(0, 3, 11))
    np.testing.assert_allclose(z, a[None, :] ** 2 + 5 * b[:, None] ** 2, rtol=1e-12)


def test_what_is_not_finite_is_left_out(quadratic):
    objective = quadratic(1e300 * np.eye(2))
    plane = plane_of_paths([path(size=2)])
    low, high = np.array([0.0, 0.0]), np.array([1e200, 0.0])
    _, _, z = heights(objective, plane, low, high, 5, np.inf)
    assert np.isnan(z[:, 1:]).all() and (z[:, 0] == 0).all()


def test_little_time_makes_a_coarse_grid(quadratic):
    plane = plane_of_paths([path(size=2)])
    a, _, _ = heights(quadratic(np.eye(2)), plane, -np.ones(2), np.ones(2), 61, 1e-12)
    assert len(a) == 9
