"""The figures of a run, drawn by those of its callbacks that implement `draw_figures`."""

from __future__ import annotations

import io
from contextlib import suppress
from functools import cache
from pathlib import Path
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


def draw_into(folder: Path) -> None:
    """Draw the figures of the run in `folder` into its folder figures/."""
    for name, figure in draw_figures(Record(folder)).items():
        path = folder / "figures" / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        figure.savefig(path, dpi=120, pil_kwargs={"compress_level": 1})


def warm_up() -> None:
    """Import and search what the first figure needs; a failure is told with the figure itself."""
    with suppress(Exception):
        known_plugins()
    with suppress(Exception):
        _practise()


def _practise() -> None:
    """Fonts are searched and a logarithmic axis made ready when the first figure is drawn."""
    from matplotlib.figure import Figure

    figure = Figure(layout="constrained")
    axes = figure.add_subplot(title="x", yscale="log")
    axes.plot([1, 2], [1, 100], label="x")
    axes.legend()
    figure.savefig(io.BytesIO())


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
