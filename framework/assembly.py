"""From a composed configuration to a run: everything is built and checked before anything starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pluggy

from framework import hookspecs, settings
from framework.data import Data, cache_folder, prepare, reconstruction
from framework.errors import ConfigError, FrameworkError, spell
from framework.experiment import Run, Training
from framework.first_run import Setting, verify
from framework.heads import Head
from framework.interfaces import Annealing, Loss, Metric, Network, Optimizer, Schedule
from framework.objective import Objective
from framework.params import Array
from framework.random import stream
from framework.registry import KINDS, Component, Registry, describe
from framework.tasks import FUNCTION
from framework.training import Batches


def assemble(config: Any, registry: Registry) -> Run:
    """Check everything and build everything; nothing is left behind where something is wrong."""
    chosen = settings.settings(config)
    parts = {k: settings.component(registry, k, config[k]) for k in settings.CHOICES}
    components = {k: registry.get(k, str(config[k]["name"])) for k in settings.CHOICES}
    model, dataset, loss, optimizer = (parts[k] for k in ("model", "data", "loss", "optim"))
    data_name = components["data"].name
    data = prepare(dataset, data_name, chosen.seed, chosen.dtype, cache_folder())
    data = reconstruction(data) if model.reconstructs else data
    _check_choices(registry, components, data, chosen)
    _check_schedule(registry, components, parts["schedule"])
    link = data.task.link(model.output, loss.natural_link)
    head = _head(loss, link, components, data, model.output)
    predictions = data.task.outputs(link)
    outputs = head.loss.outputs(predictions)
    network = _in_words(
        "model", components["model"], lambda: model.build(data.task.inputs, outputs)
    )
    metrics = _metrics(registry, config, chosen, data, link)
    checked = [(components[kind], parts[kind]) for kind in settings.CHOICES]
    checked += [(registry.get("metric", name), metric) for name, metric in metrics.items()]
    setting = Setting(link, data.task.inputs, outputs)
    verdict = verify(checked, setting, chosen.plugins.unchecked, cache_folder())
    train_part = data.splits["train"]
    y = _in_words("loss", components["loss"], lambda: head.loss.prepare(train_part.y, predictions))
    l2, l1 = chosen.objective.l2, chosen.objective.l1
    y, seed = y.astype(chosen.dtype), chosen.seed
    objective = Objective(network, head, train_part.x, y, l2, l1=l1, seed=seed)
    rng = stream(seed, "fit")
    _in_words("model", components["model"], lambda: network.fit(train_part.x, rng))
    theta = network.init(stream(chosen.seed, "init"), np.dtype(chosen.dtype))
    _check_start(components["model"], network, theta, train_part.x, outputs)
    _in_words("optim", components["optim"], lambda: optimizer.accepts(objective))
    batch_size = _batch_size(chosen.train.batch_size, optimizer)
    _check_length(
        parts["schedule"], components["schedule"], chosen.train.epochs, len(y), batch_size
    )
    return Run(
        config=config,
        settings=chosen,
        components=components,
        model_fields={k: v for k, v in settings.plain(config["model"]).items() if k != "name"},
        data=data,
        optimizer=optimizer,
        network=network,
        objective=objective,
        metrics=metrics,
        theta=theta,
        batch_size=batch_size,
        schedule=parts["schedule"],
        logits=outputs,
        hooks=_hooks(registry, config),
        check=verdict,
    )


def _in_words(kind: str, component: Component, act: Callable[[], Any]) -> Any:
    """Run a plugin's own code while assembling; its ValueErrors become one line."""
    try:
        return act()
    except FrameworkError as error:
        raise ConfigError(f"{kind}={component.name}: {error}") from error
    except (ValueError, TypeError) as error:
        raise ConfigError(
            f"{kind}={component.name}: {describe(error)} (in {component.origin.path})"
        ) from error


def _check_choices(
    registry: Registry, components: dict[str, Component], data: Data, chosen: settings.Settings
) -> None:
    """The choices fit each other; where they do not, the error says what to choose."""

    def others(kind: str, flag: str, wanted: bool) -> str:
        fits = [c.name for c in registry.of_kind(kind) if getattr(c.cls, flag) is wanted]
        return " or ".join(f"{kind}={name}" for name in fits) or f"another {kind}"

    loss, optimizer = components["loss"], components["optim"]
    if getattr(loss.cls, "needs_targets", True) and data.task.kind == FUNCTION:
        without, better = f"data={components['data'].name}", others("loss", "needs_targets", False)
        raise ConfigError(f"loss={loss.name}: {without} has no targets; choose {better}")
    if chosen.objective.l1 and not getattr(optimizer.cls, "proximal", False):
        l1, better = spell(chosen.objective.l1), others("optim", "proximal", True)
        raise ConfigError(
            f"objective.l1={l1}: optim={optimizer.name} takes no proximal steps; choose {better}"
        )


def _check_schedule(
    registry: Registry, components: dict[str, Component], schedule: Schedule
) -> None:
    """There is a learning rate that it can change."""
    label, optim = f"schedule={components['schedule'].name}", components["optim"]
    if schedule.warmup and schedule.steady:
        label = f"schedule.warmup={spell(schedule.warmup)}"
    if not getattr(optim.cls, "scheduled", False) and not (schedule.steady and not schedule.warmup):
        having = (c for c in registry.of_kind("optim") if getattr(c.cls, "scheduled", False))
        raise ConfigError(
            f"{label}: optim={optim.name} has no learning rate that it could change; choose "
            f"schedule=constant without warm-up, or optim={' or '.join(c.name for c in having)}"
        )


def _check_length(
    schedule: Schedule, component: Component, epochs: int | None, rows: int, batch_size: int | None
) -> None:
    """There is a length that it can span, and not all of it is warm-up."""
    if not isinstance(schedule, Annealing) or schedule.duration is not None:
        return
    if epochs is None:
        label = f"schedule={component.name}"
        raise ConfigError(f"{label}: train.epochs=null has no end to span; set schedule.duration")
    length = epochs * (1 if schedule.unit == "epoch" else Batches.count(rows, batch_size))
    if schedule.warmup >= length:
        over = f"training is over after {length} {schedule.unit}{'s' * (length > 1)}"
        raise ConfigError(f"schedule.warmup={spell(schedule.warmup)}: {over}; shorten it")


def _head(loss: Loss, link: Any, components: dict[str, Component], data: Data, output: str) -> Head:
    try:
        return loss.head(link)
    except ConfigError as error:
        if output != "auto":
            raise
        kind = f"the natural link for {data.task.kind}, data={components['data'].name}"
        raise ConfigError(f"{error} ({link.name} is {kind})") from error


def _check_start(
    component: Component, network: Network, theta: Array, x: Array, outputs: int
) -> None:
    """A model plugin's first answer has the right shape."""
    if theta.shape != (network.layout.size,):
        raise ConfigError(
            f"model={component.name}: init gave shape {theta.shape}, its layout has {network.layout.size}"
        )
    z = _in_words("model", component, lambda: network.linearize(theta, x[:2]).z)
    if z.shape != (len(x[:2]), outputs):
        raise ConfigError(
            f"model={component.name}: {len(x[:2])} samples gave logits of shape {z.shape}; "
            f"expected ({len(x[:2])}, {outputs})"
        )


def _batch_size(asked: int | str, optimizer: Optimizer) -> int | None:
    if asked == "full":
        return None
    return optimizer.batch_size if isinstance(asked, str) else asked


def _metrics(
    registry: Registry, config: Any, chosen: settings.Settings, data: Data, link: Any
) -> dict[str, Metric]:
    """The metrics listed for this kind of task, as far as they mean anything behind this link."""
    if data.task.kind == FUNCTION:
        return {}
    kind = "classification" if data.task.classification else "regression"
    result: dict[str, Metric] = {}
    for name in getattr(chosen.metrics, kind):
        if name not in registry.names("metric"):
            raise ConfigError(f"metrics.{kind}={name}: {registry.no_such('metric', name)}")
        cls = registry.get("metric", name).cls
        metric = settings.build(cls, config["metric"][name], f"metric.{name}")
        if data.task.kind not in metric.kinds:
            kinds = ", ".join(sorted(metric.kinds))
            raise ConfigError(f"metrics.{kind}={name}: this metric is for {kinds} tasks only")
        if metric.applies(data.task, link):
            result[name] = metric
    return result


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
