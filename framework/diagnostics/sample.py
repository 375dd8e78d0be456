"""The objective on a few rows, at its own expense."""

from __future__ import annotations

from typing import Any

from framework.objective import Objective
from framework.rows import Rows


def first_rows(objective: Objective, count: int) -> Objective:
    """The same objective on the first `count` samples, or all if there are fewer, with a Work of its own."""
    x: Any = objective.x
    x = x.first(count) if isinstance(x, Rows) else x[:count]
    y, l2, l1 = objective.y[:count], objective.l2, objective.l1
    return Objective(objective.network, objective.head, x, y, l2, l1=l1)
