"""The figures of a run or a study, drawn by the callbacks that implement `draw_figures` or `draw_study`."""

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
from framework.tracking.record import Record, records_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_into(folder: Path) -> None:
    """Draw the figures of the run, or of the study, in `folder` into its folder figures/."""
    study = (folder / files.STUDY).exists()
    for name, figure in (draw_study if study else draw_run)(folder).items():
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


def draw_run(folder: Path) -> dict[str, Figure]:
    """All figures of a run by name, as its own config.yaml sets its callbacks."""
    return _joined(_hooks(folder).draw_figures(record=Record(folder)))


def draw_study(folder: Path) -> dict[str, Figure]:
    """All figures of a study by name, as the config.yaml of its first run sets the callbacks."""
    records = records_of(folder)
    if len(records) < 2:
        return {}
    return _joined(_hooks(records[0].folder).draw_study(records=records))


def _hooks(folder: Path) -> Any:
    """The hooks of the callbacks that the run in `folder` has."""
    config: Any = OmegaConf.to_container(OmegaConf.load(folder / files.CONFIG))
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    for name, callback in _callbacks(config).items():
        manager.register(callback, name=name)
    return manager.hook


def _joined(drawn: list[dict[str, Figure]]) -> dict[str, Figure]:
    return {name: figure for figures in drawn for name, figure in figures.items()}


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
        if any(hasattr(component.cls, hook) for hook in ("draw_figures", "draw_study"))
        and (callback := _built(component, chosen)).enabled
    }


def _built(component: Any, chosen: dict[str, Any]) -> Any:
    return build(component.cls, chosen.get(component.name, {}), f"callbacks.{component.name}")
