"""What a configuration chooses: a component of each kind, and whether they fit each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from framework import settings
from framework.data import Data
from framework.errors import ConfigError, FrameworkError, spell
from framework.interfaces import Annealing, Dataset, Loss, Model, Optimizer, Schedule
from framework.registry import Component, Registry, describe
from framework.tasks import FUNCTION
from framework.training import Batches


class Choices:
    """The settings of a run, and its components, by kind: as registered, and as configured."""

    def __init__(self, config: Any, registry: Registry) -> None:
        self.config, self.registry = config, registry
        self.settings = settings.settings(config)
        self.parts = {k: settings.component(registry, k, config[k]) for k in settings.CHOICES}
        self.components = {k: registry.get(k, str(config[k]["name"])) for k in settings.CHOICES}
        self.loss: Loss = self.parts["loss"]
        self.optimizer: Optimizer = self.parts["optim"]
        self.model: Model = self.parts["model"]
        self.dataset: Dataset = self.parts["data"]
        self.schedule: Schedule = self.parts["schedule"]

    def named(self, kind: str) -> str:
        """`loss=ce`, as it was typed."""
        return f"{kind}={self.components[kind].name}"

    def ask(self, kind: str, act: Callable[[], Any]) -> Any:
        """Run a plugin's own code; its ValueErrors become one line under its name."""
        try:
            return act()
        except FrameworkError as error:
            raise ConfigError(f"{self.named(kind)}: {error}") from error
        except MemoryError as error:
            raise ConfigError(f"{self.named(kind)}: {error}; choose smaller sizes") from error
        except (ValueError, TypeError) as error:
            where = self.components[kind].origin.path
            raise ConfigError(f"{self.named(kind)}: {describe(error)} (in {where})") from error

    def check(self, data: Data) -> None:
        """They fit each other and the data; where they do not, the error says what to choose."""
        rows = len(data.splits["train"].y)
        self.settings.train = self.settings.budget.of(self.settings.train, rows)
        self._check_targets(data)
        self._check_penalty()
        self._check_rate()
        self._check_average()
        self._check_length(rows)

    @property
    def batch_size(self) -> int | None:
        """Samples in a batch; None for all."""
        asked = self.settings.train.batch_size
        if asked == "full":
            return None
        return self.optimizer.batch_size if isinstance(asked, str) else asked

    def _check_targets(self, data: Data) -> None:
        if self.loss.needs_targets and data.task.kind == FUNCTION:
            better = " or ".join(self._others("loss", "needs_targets", False))
            raise ConfigError(
                f"{self.named('loss')}: {self.named('data')} has no targets; choose loss={better}"
            )

    def _check_penalty(self) -> None:
        if self.settings.objective.l1 and not self.optimizer.proximal:
            l1, better = spell(self.settings.objective.l1), self._others("optim", "proximal", True)
            raise ConfigError(
                f"objective.l1={l1}: {self.named('optim')} takes no proximal steps; "
                f"choose optim={' or '.join(better)}"
            )

    def _check_rate(self) -> None:
        """There is a learning rate that the schedule can change."""
        if self.optimizer.scheduled or not self.schedule.changes:
            return
        label = self.named("schedule")
        if self.schedule.steady:
            label = f"schedule.warmup={spell(self.schedule.warmup)}"
        better = " or ".join(self._others("optim", "scheduled", True))
        raise ConfigError(
            f"{label}: {self.named('optim')} has no learning rate that it could change; "
            f"choose schedule=constant without warm-up, or optim={better}"
        )

    def _check_average(self) -> None:
        train = self.settings.train
        if (
            train.average != "none"
            and train.epochs is not None
            and train.average_start >= train.epochs
        ):
            start = f"train.average_start={spell(train.average_start)}"
            raise ConfigError(
                f"{start}: training is over after {train.epochs} epochs; start sooner"
            )

    def _check_length(self, rows: int) -> None:
        """There is a length that the schedule can span, and not all of it is warm-up."""
        schedule, epochs = self.schedule, self.settings.train.epochs
        if not isinstance(schedule, Annealing) or schedule.duration is not None:
            return
        if epochs is None:
            label = self.named("schedule")
            budget = self.settings.budget
            endless = (
                "train.epochs=null" if budget.unit == "epochs" else f"budget.unit={budget.unit}"
            )
            raise ConfigError(f"{label}: {endless} has no end to span; set schedule.duration")
        steps = Batches.count(rows, self.batch_size)
        length = epochs * (1 if schedule.unit == "epoch" else steps)
        if schedule.warmup >= length:
            over = f"training is over after {length} {schedule.unit}{'s' * (length > 1)}"
            raise ConfigError(f"schedule.warmup={spell(schedule.warmup)}: {over}; shorten it")

    def _others(self, kind: str, flag: str, wanted: bool) -> list[str]:
        """The names of those of a kind that would do."""
        return [c.name for c in self.registry.of_kind(kind) if _flag(c, flag) is wanted]


def _flag(component: Component, name: str) -> bool:
    return bool(getattr(component.cls, name))
