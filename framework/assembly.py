"""From a composed configuration to a run: everything is built and checked before anything starts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pluggy
from omegaconf import OmegaConf

from framework import hookspecs, settings
from framework.choices import Choices
from framework.data import Data, cache_folder, prepare, reconstruction
from framework.errors import ConfigError, DataError
from framework.experiment import Run, Training
from framework.first_run import Setting, verify
from framework.heads import Head
from framework.interfaces import Metric, Network
from framework.links import Link
from framework.objective import Objective
from framework.params import Array
from framework.random import stream
from framework.registry import KINDS, Registry, discover
from framework.tasks import FUNCTION
from framework.tracking.folder import CONFIG, RUN, read_json


def assemble(config: Any, registry: Registry) -> Run:
    """Check everything and build everything; nothing is left behind where something is wrong."""
    choices = Choices(config, registry)
    data = _data(choices)
    choices.check(data)
    head = _head(choices, data)
    logits = head.loss.outputs(data.task.outputs(head.link))
    network = choices.ask("model", lambda: choices.model.build(data.task.inputs, logits))
    _check_size(choices, network)
    metrics = _metrics(choices, data, head.link)
    verdict = _verdict(choices, metrics, Setting(head.link, data.task.inputs, logits))
    objective = _objective(choices, data, head, network)
    theta = _start(choices, objective, logits)
    choices.ask("optim", lambda: choices.optimizer.accepts(objective))
    return Run(
        config=config,
        settings=choices.settings,
        components=choices.components,
        model_fields={k: v for k, v in settings.plain(config["model"]).items() if k != "name"},
        data=data,
        optimizer=choices.optimizer,
        network=network,
        objective=objective,
        metrics=metrics,
        theta=theta,
        batch_size=choices.batch_size,
        schedule=choices.schedule,
        logits=logits,
        hooks=_hooks(registry, config),
        check=verdict,
    )


def reopen(folder: Path) -> Run:
    """The run in `folder` assembled again, as it was before its first step; nothing is recorded of this one.

    What figures need the objective, the network or the data for. Raises DataError if the data has changed
    since.
    """
    config: Any = OmegaConf.load(folder / CONFIG)
    run = assemble(config, discover(config["plugins"]["paths"]))
    then = read_json(folder / RUN)
    if then is not None and then["dataset"]["digest"] != run.data.digest:
        raise DataError(f"{folder}: data={run.data.name} has changed since this run was made")
    return run


def _data(choices: Choices) -> Data:
    chosen, name = choices.settings, choices.components["data"].name
    try:
        data = prepare(choices.dataset, name, chosen.seed, chosen.dtype, cache_folder())
    except MemoryError as error:
        raise ConfigError(f"{choices.named('data')}: {error}; choose smaller sizes") from error
    return reconstruction(data) if choices.model.reconstructs else data


def _head(choices: Choices, data: Data) -> Head:
    link = data.task.link(choices.model.output, choices.loss.natural_link)
    try:
        return choices.loss.head(link)
    except ConfigError as error:
        if choices.model.output != "auto":
            raise
        if choices.model.reconstructs:
            what = f"{choices.named('model')} gives back numbers; choose loss=mse, or another for numbers"
            raise ConfigError(f"{choices.named('loss')}: {what}") from error
        kind = f"the natural link for {data.task.kind}, {choices.named('data')}"
        raise ConfigError(f"{error} ({link.name} is {kind})") from error


def _check_size(choices: Choices, network: Network) -> None:
    """The parameters and their gradient fit into this machine's memory."""
    needed = 2 * network.layout.size * np.dtype(choices.settings.dtype).itemsize
    there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if needed > there:
        sizes = f"{needed / 2**30:,.0f} GiB for them and their gradient, of {there / 2**30:,.0f}"
        count = f"{network.layout.size:,} parameters"
        raise ConfigError(f"{choices.named('model')}: {count} take {sizes}; choose smaller sizes")


def _metrics(choices: Choices, data: Data, link: Link) -> dict[str, Metric]:
    """The metrics listed for this kind of task, as far as they mean anything behind this link."""
    if data.task.kind == FUNCTION:
        return {}
    kind, registry = (
        "classification" if data.task.classification else "regression",
        choices.registry,
    )
    result: dict[str, Metric] = {}
    for name in getattr(choices.settings.metrics, kind):
        if name not in registry.names("metric"):
            raise ConfigError(f"metrics.{kind}={name}: {registry.no_such('metric', name)}")
        fields, cls = choices.config["metric"][name], registry.get("metric", name).cls
        metric = settings.build(cls, fields, f"metric.{name}")
        if data.task.kind not in metric.kinds:
            kinds = ", ".join(sorted(metric.kinds))
            raise ConfigError(f"metrics.{kind}={name}: this metric is for {kinds} tasks only")
        if metric.applies(data.task, link):
            result[name] = metric
    return result


def _verdict(choices: Choices, metrics: dict[str, Metric], setting: Setting) -> str:
    """What the checks before a first run say of everything that was chosen."""
    checked = [(choices.components[kind], part) for kind, part in choices.parts.items()]
    checked += [(choices.registry.get("metric", name), metric) for name, metric in metrics.items()]
    return verify(checked, setting, choices.settings.plugins.unchecked, cache_folder())


def _objective(choices: Choices, data: Data, head: Head, network: Network) -> Objective:
    chosen, train = choices.settings, data.splits["train"]
    predictions = data.task.outputs(head.link)
    y = choices.ask("loss", lambda: head.loss.prepare(train.y, predictions))
    y = y.astype(chosen.dtype, copy=False)
    l2, l1 = chosen.objective.l2, chosen.objective.l1
    return Objective(network, head, train.x, y, l2, l1=l1, seed=chosen.seed)


def _start(choices: Choices, objective: Objective, logits: int) -> Array:
    """A theta to start from; a model plugin's first answer has the right shape."""
    seed, dtype = choices.settings.seed, np.dtype(choices.settings.dtype)
    network, x, model = objective.network, objective.x, choices.named("model")
    choices.ask("model", lambda: network.fit(x, stream(seed, "fit")))
    theta: Array = network.init(stream(seed, "init"), dtype)
    if theta.shape != (network.layout.size,):
        size = network.layout.size
        raise ConfigError(f"{model}: init gave shape {theta.shape}, its layout has {size}")
    z = choices.ask("model", lambda: network.linearize(theta, x[:2]).z)
    if z.shape != (len(x[:2]), logits):
        raise ConfigError(
            f"{model}: {len(x[:2])} samples gave logits of shape {z.shape}; "
            f"expected ({len(x[:2])}, {logits})"
        )
    return theta


def _hooks(registry: Registry, config: Any) -> pluggy.PluginManager:
    """A plugin manager of this run's own, with the enabled callbacks in it."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(Training(), "core")
    for component in registry.of_kind(KINDS["callbacks"].name):
        fields = config["callbacks"][component.name]
        callback = settings.build(component.cls, fields, f"callbacks.{component.name}")
        if callback.enabled:
            manager.register(callback, component.name)
    return manager
