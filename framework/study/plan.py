"""The plan of a study: its arms and seeds, all composed and assembled before the first run starts."""

from __future__ import annotations

import copy
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.types import Override
from omegaconf import OmegaConf

from framework.assembly import assemble
from framework.errors import ConfigError
from framework.experiment import Place
from framework.identity import Ground, identity
from framework.registry import Registry, describe
from framework.settings import ARMS, plain, settings
from framework.study.drafts import Draft, composed, drafts, told
from framework.study.sketch import Sketch
from framework.study.words import SEED, parse, spelled
from framework.verdict.outcome import FINAL, TUNED


@dataclass(frozen=True)
class Arm:
    """What is compared. words: those that compose it; config: composed, for its first seed."""

    label: str
    words: tuple[str, ...]
    config: Any
    seeds: tuple[int, ...]
    sketch: Sketch
    ground: Ground
    name: str | None = None
    recipe: str | None = None
    tuned: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One run to be made: what a process of its own needs to know of it."""

    number: int
    place: Place
    seed: int
    config: Mapping[str, Any]
    identity: str
    recipe: str | None

    @property
    def name(self) -> str:
        """`loss=ce seed=3`, of a trial `loss=ce optim.lr=0.1 seed=1000000`."""
        words = [self.place.label, *filter(None, [self.place.trial]), f"seed={self.seed}"]
        return " ".join(words)


@dataclass(frozen=True)
class Plan:
    """arms, and the keys that set them apart."""

    arms: tuple[Arm, ...]
    factors: tuple[str, ...]

    def jobs(self) -> list[Job]:
        """All runs as they are given, seed by seed, so that every arm soon has some."""
        seeds = dict.fromkeys(seed for arm in self.arms for seed in arm.seeds)
        pairs = [(arm, seed) for seed in seeds for arm in self.arms if seed in arm.seeds]
        return [job(number, arm, seed) for number, (arm, seed) in enumerate(pairs)]


def job(number: int, arm: Arm, seed: int, phase: str = FINAL, trial: str = "") -> Job:
    """The run of an arm with a seed; figures of its own has the first one only."""
    arm.config[SEED] = seed
    config = plain(arm.config)
    figures = phase == FINAL and seed == arm.seeds[0]
    place = Place(arm.label, arm.name, phase, figures, trial)
    return Job(number, place, seed, config, identity(config, arm.ground), arm.recipe)


def make_plan(config: Any, words: Sequence[str], registry: Registry) -> Plan:
    """What the words ask for. config: composed by Hydra of those that hold for the whole command.

    Raises ConfigError, in one line, for the first arm that cannot be composed or assembled.
    """
    loader = GlobalHydra.instance().config_loader()
    overrides = parse(words, loader)
    found = drafts(overrides, config, registry)
    keys = {key for draft in found for key in draft.factors}
    seeds = _swept_seeds(overrides)
    return Plan(tuple(_arm(draft, registry, seeds) for draft in found), tuple(sorted(keys)))


def with_value(arm: Arm, field: str, value: float) -> Arm:
    """The same arm with another value of a field, as `optim.lr`."""
    config = copy.deepcopy(arm.config)
    OmegaConf.update(config, field, value)
    return replace(arm, config=config, words=(*arm.words, f"{field}={value!r}"))


def tuned(arm: Arm, field: str, value: float, registry: Registry) -> Arm:
    """The arm at the value that a search found, under another name."""
    best = with_value(arm, field, value)
    sketch = Sketch.of(assemble(best.config, registry))
    return replace(best, label=f"{arm.label}{TUNED}", sketch=sketch, tuned={field: value})


def _swept_seeds(overrides: Sequence[Override]) -> tuple[int, ...]:
    """Those of `seed=0,1` or `seed=range(10)`, each once."""
    swept = [o for o in overrides if o.key_or_group == SEED and o.is_sweep_override()]
    words = [word for override in swept for word in spelled(override)]
    if swept and not words:
        raise ConfigError(f"{swept[0].input_line}: there is no seed in it")
    counted = [o.input_line for o in overrides if o.key_or_group == "study.seeds"]
    if swept and counted:
        raise ConfigError(
            f"{counted[0]}: the seeds are swept, {swept[0].input_line}; leave one out"
        )
    values = [word.partition("=")[2] for word in words]
    for word, value in zip(words, values, strict=True):
        if not value.isdecimal():
            raise ConfigError(f"{word}: a seed is a whole number >= 0")
    return tuple(dict.fromkeys(map(int, values)))


def _arm(draft: Draft, registry: Registry, seeds: tuple[int, ...]) -> Arm:
    """seeds: the swept ones; without, those of the configuration."""
    try:
        gone = {f"~{ARMS}"} - set(draft.words)
        config, _, recipe = composed([*draft.words, *gone], registry)
        seeds = seeds or _seeds(config)
        config[SEED] = seeds[0]
        run = assemble(config, registry)
    except ConfigError as error:
        raise ConfigError(told(str(error), draft)) from error
    except Exception as error:  # a plugin's own bug: its author needs the traceback
        traceback.print_exc()
        raise ConfigError(told(describe(error), draft)) from error
    run.recipe = recipe
    label = draft.label or run.name.rpartition(f" {SEED}=")[0]
    run.place = Place(label, draft.name)
    sketch, ground = Sketch.of(run), Ground.of(run, registry)
    return Arm(label, draft.words, config, seeds, sketch, ground, draft.name, recipe)


def _seeds(config: Any) -> tuple[int, ...]:
    chosen = settings(config)
    return tuple(range(chosen.seed, chosen.seed + (chosen.study.seeds or 1)))
