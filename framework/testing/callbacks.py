"""Checks of a callback: whether its hooks are hooks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pluggy

from framework import hookspecs
from framework.interfaces import Callback
from framework.testing.outcome import Finding, failure


@dataclass(frozen=True)
class CallbackCase:
    """A callback as configured."""

    name: str
    callback: Callback


def hooks(case: CallbackCase) -> Finding:
    """its @hookimpl methods against the hooks"""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(case.callback)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        return failure(" ".join(str(error).split()))
    if not manager.get_hookcallers(case.callback):
        return failure("it implements no hook; mark its methods by @hookimpl")
    return Finding()


CHECKS: tuple[Callable[[CallbackCase], Finding], ...] = (hooks,)
CHEAP = CHECKS


def cases(callback: Callback) -> list[CallbackCase]:
    """The callback as it is."""
    return [CallbackCase("", callback)]
