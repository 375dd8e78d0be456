"""A command that runs: what has to be chosen beside a component, found by trying."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from omegaconf import OmegaConf

from framework.catalogue import Entry, users
from framework.conf import conf
from framework.data import Data, prepare, reconstruction
from framework.documentation.facts import at_home, example, table
from framework.errors import FrameworkError
from framework.fields import fields
from framework.interfaces import Dataset, Loss, Model, Optimizer
from framework.links import LINKS
from framework.objective import Objective
from framework.random import stream
from framework.registry import Registry
from framework.settings import CHOICES
from framework.tasks import FUNCTION

PARTS = ("loss", "optim", "model", "data")  # whether they fit each other is tried
ROWS = 32

Choice = dict[str, str]


def command(entry: Entry, registry: Registry) -> list[str]:
    """The words after `python run.py` that use it, the fewest that are known to work together."""
    file = Path(entry.origin.path).name
    local = [f"plugins.paths=[{file}]"] if entry.origin.found == "local" else []
    return [*local, *_choices(entry, registry)]


def _choices(entry: Entry, registry: Registry) -> list[str]:
    kind = entry.shelf.name
    if kind in PARTS:
        choice = _companions({kind: entry.name}, registry)
        required = [f.name for f in fields(entry.subject) if f.default == "required"]
        return [*_words(choice), *(f"{kind}.{name}=..." for name in required)]
    if kind == "metric":
        return _of_metric(entry, registry)
    if kind == "link":
        return _words(_companions({"model.output": entry.name}, registry))
    models = [] if entry.component else users(entry, registry)
    usual = not models or default_choices()["model"] in models
    return [*([] if usual else [f"model={models[0]}"]), entry.choice]


@cache
def default_choices() -> Choice:
    """What a run is made of if nothing is chosen, by conf/config.yaml."""
    config: Any = OmegaConf.to_container(OmegaConf.load(conf() / "config.yaml"))
    named = [item for item in config["defaults"] if isinstance(item, dict)]
    return {kind: name for item in named for kind, name in item.items() if kind in CHOICES}


def _of_metric(entry: Entry, registry: Registry) -> list[str]:
    """With the usual data where it is for classes, else with a dataset of numbers."""
    kinds = getattr(entry.subject, "kinds", ())
    if "regression" not in kinds:
        return [f"metrics.classification=[{entry.name}]"]
    of_numbers = [
        name for task, name in _kinds_of_data(registry).items() if task[0] == "regression"
    ]
    choice = _companions({"data": of_numbers[0]}, registry) if of_numbers else {}
    return [*_words(choice), f"metrics.regression=[{entry.name}]"]


def _words(choice: Choice) -> list[str]:
    return [f"{key}={name}" for key, name in choice.items()]


def _companions(fixed: Choice, registry: Registry) -> Choice:
    """These choices with the fewest others that they work with; alone if nothing was found."""
    tries = (fixed | others for others in _tries(fixed, registry))
    return next((choice for choice in tries if _works(choice, registry)), fixed)


def _tries(fixed: Choice, registry: Registry) -> Iterator[Choice]:
    """Other choices beside these, the fewest first."""
    if "data" in fixed and table(registry.get("data", fixed["data"]).cls) is None:
        return
    others: dict[str, list[str]] = {
        "model.output": list(LINKS) if "loss" in fixed else [],
        "loss": _losses(registry, fixed.get("model.output")),
        "data": list(_kinds_of_data(registry).values()),
        "model": registry.names("model"),
    }
    if "loss" in fixed and registry.get("loss", fixed["loss"]).cls.natural_link:  # type: ignore[attr-defined]
        others = {"data": others.pop("data"), **others}  # it has a kind of task in mind
    others = {key: names for key, names in others.items() if key not in fixed}
    yield {}
    for key, names in others.items():
        yield from ({key: name} for name in names)
    for several in (
        ("data", "loss"),
        ("data", "model"),
        ("model", "loss"),
        ("data", "model", "loss"),
    ):
        if not fixed.keys() & several:
            for together in product(*(others[key] for key in several)):
                yield dict(zip(several, together, strict=True))


def _losses(registry: Registry, link: str | None) -> list[str]:
    """Those that are at home behind the link and not everywhere first, then squared errors."""

    def strange(name: str) -> tuple[bool, bool]:
        homes = at_home(example(registry.get("loss", name).cls))
        return link not in homes or len(homes) == len(LINKS), not _is_squared(registry, name)

    return sorted(registry.names("loss"), key=strange)


def _is_squared(registry: Registry, name: str) -> bool:
    """Whether the second derivative of a loss is the same everywhere, which is the plainest one there is."""
    p, y, v = np.array([[0.3], [30.0]]), np.zeros((2, 1)), np.ones((2, 1))
    try:
        bend = registry.get("loss", name).cls().hvp(p, y, v)
    except Exception:  # not for one output, or whatever a plugin does
        return False
    return bool(bend.shape == v.shape and bend[0] == bend[1] > 0)


def _works(choice: Choice, registry: Registry) -> bool:
    """Whether these choices, beside the usual ones, make an objective that the optimizer accepts."""
    chosen = default_choices() | choice
    if any(chosen[kind] not in registry.names(kind) for kind in PARTS):
        return False
    loss, optimizer, model = (example(registry.get(kind, chosen[kind]).cls) for kind in PARTS[:3])
    data = _prepared(registry.get("data", chosen["data"]).cls)
    if data is None or None in (loss, optimizer, model):
        return False
    try:
        return _fits(loss, optimizer, model, data, chosen.get("model.output", model.output))
    except (FrameworkError, ValueError, TypeError):
        return False


def _fits(loss: Loss, optimizer: Optimizer, model: Model, data: Data, output: str) -> bool:
    """False, or an error, where a run would be refused."""
    data = reconstruction(data) if model.reconstructs else data
    if loss.needs_targets and data.task.kind == FUNCTION:
        return False
    link, rows = data.task.link(output, loss.natural_link), data.splits["train"]
    predictions = data.task.outputs(link)
    head = loss.head(link)
    network = model.build(data.task.inputs, head.loss.outputs(predictions))
    x, y = rows.x[:ROWS], head.loss.prepare(rows.y, predictions)[:ROWS]
    network.fit(x, stream(0, "fit"))
    objective, theta = Objective(network, head, x, y), network.init(stream(0, "init"))
    optimizer.accepts(objective)
    return bool(np.isfinite(objective.at(theta).value))


@cache
def _prepared(cls: type[Dataset]) -> Data | None:
    return prepare(example(cls), "", 0, np.float64, None) if table(cls) is not None else None


def _kinds_of_data(registry: Registry) -> dict[tuple[str, tuple[int, ...]], str]:
    """The smallest dataset of each kind of task and shape of inputs, with at most one target."""
    found: dict[tuple[str, tuple[int, ...]], tuple[int, str]] = {}
    for component in registry.of_kind("data"):
        rows = table(component.cls)
        if rows is not None and rows.task.targets <= 1:
            key, size = (rows.task.kind, rows.task.inputs), rows.x.size
            found[key] = min(found.get(key, (size, component.name)), (size, component.name))
    return {key: name for key, (_, name) in sorted(found.items())}
