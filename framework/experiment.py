"""One run: configuration → components → training, with the hooks fired and everything recorded."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pluggy

from framework import hookspecs, settings
from framework.data import Data, cache_folder, prepare
from framework.errors import CallbackError, ConfigError, FrameworkError, NonFinite, spell
from framework.first_run import Setting, verify
from framework.heads import Head
from framework.interfaces import Callback, Linearization, Loss, Metric, Network, Optimizer
from framework.objective import Objective
from framework.params import Array
from framework.predictor import Predictor
from framework.random import stream
from framework.registry import KINDS, Component, Registry, describe
from framework.tasks import FUNCTION
from framework.training import Batches, train
from framework.work import Budget, Work

hookimpl = hookspecs.hookimpl

Log = Callable[[int, dict[str, float]], None]


@dataclass
class Run:
    """Everything about one run; what callbacks get to see."""

    config: Mapping[str, Any]
    settings: settings.Settings
    components: dict[str, Component]  # the chosen loss, optim, model and data
    model_fields: dict[str, Any]
    data: Data
    optimizer: Optimizer
    network: Network
    objective: Objective
    metrics: dict[str, Metric]  # the primary one first
    theta: Array
    batch_size: int | None
    hooks: pluggy.PluginManager
    log: Log = lambda step, metrics: None
    started: float = field(default_factory=time.time)
    evaluated: int | None = None  # the epoch of the last evaluation
    results: dict[str, float] = field(default_factory=dict)  # of the last evaluation
    folder: Path | None = None  # where the run is recorded
    job: tuple[int, int] | None = None  # (number from 1, of how many) in a sweep
    check: str = "unchecked"  # what the checks before a plugin's first run said

    @property
    def head(self) -> Head:
        return self.objective.head

    @property
    def work(self) -> Work:
        return self.objective.work

    @property
    def name(self) -> str:
        """`ce sgd mlp digits seed=0`."""
        names = [component.name for component in self.components.values()]
        return " ".join([*names, f"seed={self.settings.seed}"])

    @property
    def primary(self) -> str:
        """The metric a run is judged by: the first one, on the validation rows where there are any."""
        split = next(s for s in ("val", "test", "train") if s in self.data.splits)
        return f"{split}/{next(iter(self.metrics), 'loss')}"

    @property
    def derivatives(self) -> str:
        """Which second derivatives are exact, and which stand-ins took their place."""
        pass_ = self.network.linearize(self.theta, self.objective.x[:1])
        standins = [
            name
            for name, inexact in (
                ("loss", type(self.head.loss).hvp is Loss.hvp and self.head.split == "outputs"),
                ("model", type(pass_).hvp is Linearization.hvp),
            )
            if inexact
        ]
        return f"central differences ({', '.join(standins)})" if standins else "exact"

    @property
    def predictor(self) -> Predictor:
        """The model as it is now, on its own."""
        standardizer, task = self.data.standardizer, self.data.task
        return Predictor(self.network, self.theta, self.head.link, task, standardizer)

    def outputs(self, split: str) -> Array:
        """The link's outputs on a split, (N, K)."""
        x = self.data.splits[split].x
        return self.head.predict(self.network.linearize(self.theta, x).z)

    def evaluate(self, epoch: int) -> None:
        """Measure every split at theta, tell the callbacks, and log. None of it counts as training."""
        results: dict[str, float] = {}
        for split in self.data.splits:
            results |= self._measure(split)
        results |= {f"work/{name}": value for name, value in self.work.counts().items()}
        self.hooks.hook.on_evaluate(run=self, step=epoch, metrics=results)
        primary = results.pop(self.primary)
        self.results = {self.primary: primary, **results}
        self.evaluated = epoch
        self.log(epoch, self.results)
        if not np.isfinite(results["train/objective"]):
            raise NonFinite(f"epoch {epoch}: the objective on the training rows is not finite")

    def _measure(self, split: str) -> dict[str, float]:
        part = self.data.splits[split]
        y = self.objective.y if split == "train" else self.targets(split)
        l2, l1 = self.objective.l2, self.objective.l1
        point = Objective(self.network, self.head, part.x, y, l2, l1=l1).at(self.theta)
        result: dict[str, float] = {}
        if split == "train":
            result["train/objective"] = point.value
            result["train/gradient_norm"] = _norm_of_gradient(point)
        result[f"{split}/loss"] = point.loss
        for name, metric in self.metrics.items():
            result[f"{split}/{name}"] = metric(point.outputs, part.y, self.data.task)
        return result

    def targets(self, split: str) -> Array:
        """The targets of a split as the loss prepared them."""
        if split not in self._prepared:
            y, z = self.data.splits[split].y, self.objective.y.shape[1]
            prepared = self.head.loss.prepare(y, z)
            self._prepared[split] = prepared.astype(self.theta.dtype)
        return self._prepared[split]

    def __post_init__(self) -> None:
        self._prepared: dict[str, Array] = {}


def _norm_of_gradient(point: Any) -> float:
    try:
        return float(point.slope())
    except NonFinite:
        return float("nan")


class Training:
    """The core's own implementation of the `run_training` hook."""

    @hookimpl
    def run_training(self, run: Run) -> str | None:
        hook, limits = run.hooks.hook, run.settings.train
        budget = Budget(limits.epochs, limits.samples, limits.gradient_equivalents, limits.seconds)
        batches = Batches(len(run.objective), run.batch_size, stream(run.settings.seed, "batches"))
        watched = bool(hook.on_step_end.get_hookimpls())
        on_step = (lambda: hook.on_step_end(run=run)) if watched else None
        run.evaluate(0)
        stopped = None
        for epoch in train(run.objective, run.optimizer, run.theta, batches, budget, on_step):
            if epoch.stopped or epoch.number % limits.eval_every == 0:
                run.evaluate(epoch.number)
            hook.on_epoch_end(run=run, epoch=epoch)
            stopped = epoch.stopped or hook.should_stop(run=run, epoch=epoch)
            if stopped:
                break
        if run.evaluated != epoch.number:
            run.evaluate(epoch.number)
        return stopped


def assemble(config: Any, registry: Registry) -> Run:
    """Check everything and build everything; nothing is left behind where something is wrong."""
    chosen = settings.settings(config)
    parts = {k: settings.component(registry, k, config[k]) for k in settings.CHOICES}
    components = {k: registry.get(k, str(config[k]["name"])) for k in settings.CHOICES}
    model, dataset, loss, optimizer = (parts[k] for k in ("model", "data", "loss", "optim"))
    data_name = components["data"].name
    data = prepare(dataset, data_name, chosen.seed, chosen.dtype, cache_folder())
    _check_choices(registry, components, data, chosen)
    link = data.task.link(model.output)
    head = _head(loss, link, components, data, model.output)
    outputs = data.task.outputs(link)
    metrics = _metrics(registry, config, chosen, data, link)
    checked = [(components[kind], parts[kind]) for kind in settings.CHOICES]
    checked += [(registry.get("metric", name), metric) for name, metric in metrics.items()]
    setting = Setting(link, data.task.inputs, outputs)
    verdict = verify(checked, setting, chosen.plugins.unchecked, cache_folder())
    network = _in_words(
        "model", components["model"], lambda: model.build(data.task.inputs, outputs)
    )
    train_part = data.splits["train"]
    y = _in_words("loss", components["loss"], lambda: head.loss.prepare(train_part.y, outputs))
    l2, l1 = chosen.objective.l2, chosen.objective.l1
    y, seed = y.astype(chosen.dtype), chosen.seed
    objective = Objective(network, head, train_part.x, y, l2, l1=l1, seed=seed)
    theta = network.init(stream(chosen.seed, "init"), np.dtype(chosen.dtype))
    _check_start(components["model"], network, theta, train_part.x, outputs)
    _in_words("optim", components["optim"], lambda: optimizer.accepts(objective))
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
        batch_size=_batch_size(chosen.train.batch_size, optimizer),
        hooks=_hooks(registry, config),
        check=verdict,
    )


def train_run(run: Run) -> str:
    """Fire `run_training`; returns why it stopped. A callback's failure fails the run, by its name."""
    callbacks = [p for p in run.hooks.get_plugins() if isinstance(p, Callback)]
    with np.errstate(all="ignore"):  # the objective checks every value and gradient itself
        try:
            stopped = run.hooks.hook.run_training(run=run)
        except FrameworkError:
            raise
        except Exception as error:
            culprit = _callback_in(error, callbacks)
            if culprit is None:
                raise
            name = run.hooks.get_name(culprit)
            raise CallbackError(
                f"callbacks.{name} failed: {describe(error)}; callbacks.{name}.enabled=false runs without it"
            ) from error
    return stopped or "no reason was given"


def _callback_in(error: Exception, callbacks: list[Callback]) -> Callback | None:
    """The callback that raised: its frame is further in than the core's own."""
    culprit, trace = None, error.__traceback__
    while trace is not None:
        owner = trace.tb_frame.f_locals.get("self")
        if isinstance(owner, Training):
            culprit = None
        elif any(owner is callback for callback in callbacks):
            culprit = owner
        trace = trace.tb_next
    return culprit


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
