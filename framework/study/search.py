"""The searches of a study: one for each arm that has a field to be searched, all with equally many trials."""

from __future__ import annotations

import dataclasses
import typing
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from framework.errors import ConfigError
from framework.job import Report
from framework.registry import Registry
from framework.settings import CHOICES, Settings, Tune
from framework.study.plan import Arm, Plan
from framework.study.tuning import Search, log_range, tuning_seeds
from framework.study.words import option_of, parse, shortened
from framework.verdict.searched import save

Trial = tuple[Arm, Search, float, int]  # with the value and the seed


@dataclass
class Searches:
    """pairs: each arm with its search. seeds: those of the trials. metric: that is searched for."""

    pairs: list[tuple[Arm, Search]] = field(default_factory=list)
    seeds: list[int] = field(default_factory=list)
    metric: str = ""

    @classmethod
    def of(cls, plan: Plan, settings: Settings, registry: Registry) -> Searches:
        """Those that tune.method asks for; raises ConfigError where no arm has a field to be searched."""
        tune = settings.tune
        if tune.method == "none":
            return cls()
        metric, higher = _metric(plan, tune)
        fields = [(arm, _field(arm, tune, registry)) for arm in plan.arms]
        pairs = [
            (arm, _search(arm, name, settings, higher, registry)) for arm, name in fields if name
        ]
        if not pairs:
            way = "name one that some arm has, as in tune.fields=[optim.lr]"
            raise ConfigError(f"tune.fields=[{','.join(tune.fields)}]: no arm has it; {way}")
        final = {seed for arm in plan.arms for seed in arm.seeds}
        return cls(pairs, tuning_seeds(final, tune.seeds), metric)

    def __bool__(self) -> bool:
        return bool(self.pairs)

    @property
    def count(self) -> int:
        """Of all trials, with all their seeds."""
        return sum(search.trials for _, search in self.pairs) * len(self.seeds)

    def __str__(self) -> str:
        """What is searched, for whoever waits for it."""
        fields = ", ".join(f"{search.field} of {arm.label}" for arm, search in self.pairs)
        trials = self.pairs[0][1].trials
        return (
            f"search: {fields}: {trials} trials of {len(self.seeds)} seeds each, by {self.metric}"
        )

    def batches(self) -> Iterator[list[Trial]]:
        """The trials of all arms that can be made now, until all are spent; each has to be told of."""
        while batch := [
            (arm, search, value, seed)
            for arm, search in self.pairs
            for value in search.ask()
            for seed in self.seeds
        ]:
            yield batch

    def tell(self, batch: Sequence[Trial], reports: Sequence[Report]) -> None:
        """A value's score is the mean over its seeds; where one of them failed, there is none."""
        found: defaultdict[int, defaultdict[float, list[float | None]]]
        found = defaultdict(lambda: defaultdict(list))
        for (_, search, value, _), report in zip(batch, reports, strict=True):
            found[id(search)][value].append(report.metrics.get(self.metric))
        for _, search in self.pairs:
            if scores := found.get(id(search)):
                search.tell({value: _mean(each) for value, each in scores.items()})

    def save(self, study: Path) -> None:
        """Write what was tried and found beside the runs."""
        save(study, [search.result() for _, search in self.pairs])


def _mean(scores: Sequence[float | None]) -> float | None:
    fine = [score for score in scores if score is not None]
    return sum(fine) / len(scores) if len(fine) == len(scores) else None


def _metric(plan: Plan, tune: Tune) -> tuple[str, bool]:
    """That which is searched for, on validation rows, and whether more of it is better."""
    metric = tune.metric or plan.arms[0].sketch.primary
    split, _, name = metric.partition("/")
    if split != "val":
        what = f"tune.metric={metric}" if tune.metric else "tune=equal"
        raise ConfigError(
            f"{what}: rates are chosen on validation rows; set data.val, or a val/ metric"
        )
    for arm in plan.arms:
        if name not in arm.sketch.metrics:
            shared = ", ".join(f"val/{known}" for known in arm.sketch.metrics)
            raise ConfigError(f"tune.metric={metric}: arm '{arm.label}' has {shared}")
    return metric, plan.arms[0].sketch.metrics[name]


def _field(arm: Arm, tune: Tune, registry: Registry) -> str | None:
    """The first of tune.fields that an arm has, as it is in its configuration: a number with a fraction."""
    for name in tune.fields:
        (word,) = parse([f"{name}=1"])
        option = option_of(word, registry)
        if option is not None and arm.config[option[0]]["name"] != option[1]:
            continue
        key = name if option is None else shortened(name, option)
        if _is_float(arm, key, registry):
            return key
    return None


def _is_float(arm: Arm, key: str, registry: Registry) -> bool:
    """As its class declares it: a rate of 3 is one, though it is written as a whole number."""
    value, kind = OmegaConf.select(arm.config, key), _declared(arm, key, registry)
    if kind is None:
        return isinstance(value, float)
    return isinstance(value, int | float) and "float" in str(kind)


def _declared(arm: Arm, key: str, registry: Registry) -> Any:
    """The type of a component's field; None for what is no component's."""
    group, _, rest = key.partition(".")
    if group not in CHOICES:
        return None
    cls = registry.get(group, str(arm.config[group]["name"])).cls
    return typing.get_type_hints(cls).get(rest)


def _search(arm: Arm, name: str, settings: Settings, higher: bool, registry: Registry) -> Search:
    """On the range that is given, or around the field's default, so that it holds the arm's own value."""
    start, tune = float(OmegaConf.select(arm.config, name)), settings.tune
    if tune.range is not None:
        low, high = tune.range
    else:
        low, high = log_range(_default(arm, name, registry) or start)
        low, high = min(low, start or low), max(high, start)
    return Search(arm.label, name, start, low, high, tune.trials, higher, settings.seed)


def _default(arm: Arm, name: str, registry: Registry) -> float | None:
    """The default of a component's field; None for what is no component's."""
    group, _, rest = name.partition(".")
    if group not in CHOICES:
        return None
    cls = registry.get(group, str(arm.config[group]["name"])).cls
    defaults = {f.name: f.default for f in dataclasses.fields(cls)}
    value = defaults.get(rest)
    return float(value) if isinstance(value, int | float) and value > 0 else None
