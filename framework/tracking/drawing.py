"""The figures of a run, drawn by those of its callbacks that implement `draw_figures`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pluggy
from omegaconf import OmegaConf

from framework import hookspecs
from framework.registry import Registry, discover
from framework.settings import build
from framework.tracking import folder as files
from framework.tracking.record import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_figures(record: Record) -> dict[str, Figure]:
    """All figures of a run by name, as the run's own config.yaml sets its callbacks."""
    config: Any = OmegaConf.to_container(OmegaConf.load(record.folder / files.CONFIG))
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    for name, callback in _callbacks(config).items():
        manager.register(callback, name=name)
    drawn: dict[str, Figure] = {}
    for figures in manager.hook.draw_figures(record=record):
        drawn |= figures
    return drawn


@cache
def known_plugins(paths: tuple[str, ...] = ()) -> Registry:
    """The registry, made once in this process for each list of paths."""
    return discover(paths)


def _callbacks(config: dict[str, Any]) -> dict[str, Any]:
    """The enabled callbacks that draw, by name."""
    registry = known_plugins(tuple(config.get("plugins", {}).get("paths", ())))
    chosen = config.get("callbacks", {})
    return {
        component.name: callback
        for component in registry.of_kind("callbacks")
        if hasattr(component.cls, "draw_figures")
        and (callback := _built(component, chosen)).enabled
    }


def _built(component: Any, chosen: dict[str, Any]) -> Any:
    return build(component.cls, chosen.get(component.name, {}), f"callbacks.{component.name}")
