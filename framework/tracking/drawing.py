"""The figures of a run or a study, drawn by the callbacks that implement `draw_figures` or `draw_study`."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy
from omegaconf import OmegaConf

from framework import hookspecs
from framework.registry import known_plugins
from framework.settings import build
from framework.tracking import folder as files
from framework.tracking.record import Record, records_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_into(folder: Path) -> None:
    """Draw the figures of the run, or of the study, in `folder` into its folder figures/.

    A callback that fails costs its own figures alone; all failures are raised at the end.
    """
    failures = []
    for name, draw in drawers(folder).items():
        try:
            for figure, drawn in draw().items():
                _save(drawn, folder / "figures" / f"{figure}.png")
        except Exception as failure:
            failure.add_note(f"callbacks.{name}.enabled=false draws the others alone")
            failures.append(failure)
    if failures:
        raise ExceptionGroup("some figures could not be drawn", failures)


def _save(figure: Figure, path: Path) -> None:
    """A picture that is there may be that of another run too, by a link: it is replaced, not written over."""
    path.parent.mkdir(exist_ok=True)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=120, pil_kwargs={"compress_level": 1})
    part = path.with_suffix(".part")
    part.write_bytes(picture.getvalue())
    part.replace(path)


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


def drawers(folder: Path) -> dict[str, Callable[[], dict[str, Figure]]]:
    """What draws the figures of a run or a study, by the callback's name, as its config.yaml sets them.

    For a study it is that of its first run.
    """
    if not (folder / files.STUDY).exists():
        return _asked("draw_figures", folder, record=Record(folder))
    records = records_of(folder)
    return _asked("draw_study", records[0].folder, records=records) if records else {}


def _asked(hook: str, folder: Path, **given: Any) -> dict[str, Callable[[], dict[str, Figure]]]:
    """The hook of each callback of the run in `folder` by itself."""
    config: Any = OmegaConf.to_container(OmegaConf.load(folder / files.CONFIG))
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    callbacks = _callbacks(config)
    for name, callback in callbacks.items():
        manager.register(callback, name=name)
    found: dict[str, Callable[[], dict[str, Figure]]] = {}
    for name, callback in callbacks.items():
        others = [other for other in callbacks.values() if other is not callback]
        alone = manager.subset_hook_caller(hook, others)
        if alone.get_hookimpls():
            found[name] = partial(_drawn, alone, given)
    return found


def _drawn(hook: pluggy.HookCaller, given: dict[str, Any]) -> dict[str, Figure]:
    return {name: figure for figures in hook(**given) for name, figure in figures.items()}


def _callbacks(config: dict[str, Any]) -> dict[str, Any]:
    """The enabled callbacks that draw, by name."""
    registry = known_plugins(config.get("plugins", {}).get("paths", ()))
    chosen = config.get("callbacks", {})
    return {
        component.name: callback
        for component in registry.of_kind("callbacks")
        if any(hasattr(component.cls, hook) for hook in ("draw_figures", "draw_study"))
        and (callback := _built(component, chosen)).enabled
    }


def _built(component: Any, chosen: dict[str, Any]) -> Any:
    return build(component.cls, chosen.get(component.name, {}), f"callbacks.{component.name}")
