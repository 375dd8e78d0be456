from __future__ import annotations

import numpy as np

from framework.diagnostics import first_rows
from framework.objective import Objective
from framework.rows import Rows


def test_it_is_the_objective_of_the_first_rows_at_its_own_expense(mlp):
    objective, theta = mlp(l2=0.3)
    few = first_rows(objective, 5)
    same = Objective(objective.network, objective.head, objective.x[:5], objective.y[:5], 0.3)
    assert few.at(theta).value == same.at(theta).value
    few.at(theta).grad()
    assert few.work.backward == 5 and objective.work.backward == 0


def test_or_at_that_of_another(mlp):
    objective, theta = mlp()
    first_rows(objective, 5, objective.work).at(theta).grad()
    assert objective.work.backward == 5


def test_of_fewer_rows_it_takes_all(mlp):
    objective, _ = mlp()
    assert len(first_rows(objective, 1000)) == len(objective)


def test_images_stay_bytes(mlp):
    objective, _ = mlp()
    images = np.arange(60, dtype=np.uint8).reshape(15, 4)
    objective.x = Rows(images, np.arange(12), np.array(0.0), np.array(1.0), np.float64)
    few = first_rows(objective, 3)
    assert isinstance(few.x, Rows)
    np.testing.assert_array_equal(few.x[:], images[:3])
