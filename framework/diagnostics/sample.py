"""The objective on a few rows, at an expense of its own."""

from __future__ import annotations

from framework.objective import Objective
from framework.rows import first
from framework.work import Work


def first_rows(objective: Objective, count: int, work: Work | None = None) -> Objective:
    """The same objective on the first `count` samples, or all if there are fewer; it counts in `work`.

    Without one it has a Work of its own.
    """
    x, y, l2, l1 = first(objective.x, count), objective.y[:count], objective.l2, objective.l1
    return Objective(objective.network, objective.head, x, y, l2, work, l1=l1)
