from __future__ import annotations

import numpy as np

from framework.diagnostics import Trajectory


def walk(trajectory, last, size=3):
    for step in range(last + 1):
        trajectory.add(step, np.full(size, float(step)))
    trajectory.end(last, np.full(size, float(last)))
    return trajectory.arrays()


def test_a_short_path_is_kept_whole():
    steps, thetas = walk(Trajectory(), 30)
    np.testing.assert_array_equal(steps, np.arange(31))
    np.testing.assert_array_equal(thetas, np.repeat(np.arange(31.0)[:, None], 3, axis=1))


def test_a_long_path_is_thinned_by_halves_and_keeps_its_ends():
    steps, thetas = walk(Trajectory(points=10), 101)
    np.testing.assert_array_equal(steps, [0, 16, 32, 48, 64, 80, 96, 101])
    np.testing.assert_array_equal(thetas[:, 0], steps)


def test_large_thetas_leave_room_for_fewer():
    steps, _ = walk(Trajectory(numbers=30), 40, size=5)
    np.testing.assert_array_equal(steps, [0, 8, 16, 24, 32, 40])


def test_too_large_ones_leave_nothing():
    steps, thetas = walk(Trajectory(numbers=11), 40, size=4)
    assert len(steps) == len(thetas) == 0


def test_snapshots_are_copies():
    trajectory, theta = Trajectory(), np.zeros(2)
    trajectory.add(0, theta)
    theta += 1
    np.testing.assert_array_equal(trajectory.arrays()[1], [[0, 0]])
