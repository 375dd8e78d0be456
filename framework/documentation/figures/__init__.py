"""The figure of a component or part, where one teaches."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from framework.catalogue import Entry
from framework.documentation.figures import (
    activations,
    datasets,
    initializers,
    links,
    losses,
    models,
    optimizers,
    schedules,
)
from framework.documentation.figures.style import Drawing

PLANS: Mapping[str, Callable[[Entry], Drawing | None]] = {
    "loss": losses.plan,
    "optim": optimizers.plan,
    "schedule": schedules.plan,
    "model": models.plan,
    "data": datasets.plan,
    "activation": activations.plan,
    "init": initializers.plan,
    "link": links.plan,
}


def drawing(entry: Entry) -> Drawing | None:
    """The figure of an entry, not drawn yet; None for one without."""
    plan = PLANS.get(entry.shelf.name)
    return plan(entry) if plan else None


__all__ = ["Drawing", "drawing"]
