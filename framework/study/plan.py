"""The plan of a study: its arms and seeds, all composed and assembled before the first run starts."""

from __future__ import annotations

import copy
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from hydra import compose
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from framework.assembly import assemble
from framework.conf import RECIPES, STUDIES
from framework.errors import ConfigError
from framework.experiment import Place, Run
from framework.identity import Ground, identity
from framework.messages import translate
from framework.registry import Registry, describe
from framework.settings import ARMS, CHOICES, plain, settings
from framework.study.arms import OF_THE_COMMAND, arms_of, refuse_both
from framework.study.words import SEED, combinations, key_of, option_of, parse, shortened, spelled
from framework.verdict.outcome import FINAL

HEADS = (RECIPES, STUDIES)  # words that bring others with them


@dataclass(frozen=True)
class Arm:
    """What is compared. words: those that compose it; config: composed, for its first seed.

    run: assembled for the first seed, to be asked what it is; not to be trained.
    """

    label: str
    words: tuple[str, ...]
    config: Any
    seeds: tuple[int, ...]
    run: Run
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
    swept = [o for o in overrides if o.is_sweep_override()]
    _refuse_swept(swept)
    drafts = [
        draft for head in _heads(overrides) for draft in _drafts(head, overrides, config, registry)
    ]
    _refuse_unused(overrides, drafts, registry)
    keys = {key for draft in drafts for key in draft.factors}
    seeds = _swept_seeds(swept)
    return Plan(tuple(_arm(draft, registry, seeds) for draft in drafts), tuple(sorted(keys)))


def with_value(arm: Arm, field: str, value: float) -> Arm:
    """The same arm with another value of a field, as `optim.lr`."""
    config = copy.deepcopy(arm.config)
    OmegaConf.update(config, field, value)
    return replace(arm, config=config, words=(*arm.words, f"{field}={value!r}"))


def tuned(arm: Arm, field: str, value: float, registry: Registry) -> Arm:
    """The arm at the value that a search found, under another name."""
    best = with_value(arm, field, value)
    run = assemble(best.config, registry)
    return replace(best, label=f"{arm.label} (tuned)", run=run, tuned={field: value})


@dataclass(frozen=True)
class _Draft:
    """An arm in words. factors: the keys that set it apart; varied: key -> word, of a sweep."""

    label: str
    words: tuple[str, ...]
    name: str | None
    factors: tuple[str, ...]
    varied: Mapping[str, str]


def _swept_seeds(overrides: Sequence[Override]) -> tuple[int, ...]:
    """Those of `seed=0,1` or `seed=range(10)`, each once."""
    words = [w for o in overrides if o.key_or_group == SEED for w in spelled(o)]
    values = [word.partition("=")[2] for word in words]
    for word, value in zip(words, values, strict=True):
        if not value.isdecimal():
            raise ConfigError(f"{word}: a seed is a whole number >= 0")
    return tuple(dict.fromkeys(map(int, values)))


def _refuse_swept(swept: Sequence[Override]) -> None:
    for override in swept:
        if override.key_or_group.startswith(OF_THE_COMMAND):
            what = f"{override.input_line}: it holds for all runs of a command"
            raise ConfigError(f"{what}; give it one value")


def _heads(overrides: Sequence[Override]) -> Iterator[tuple[str, ...]]:
    """Every choice of recipes."""
    return product(*(spelled(o) for o in overrides if o.key_or_group in HEADS))


def _drafts(
    head: Sequence[str], overrides: Sequence[Override], config: Any, registry: Registry
) -> Iterator[_Draft]:
    """The arms below one choice of recipes."""
    swept_heads = any(o.is_sweep_override() for o in overrides if o.key_or_group in HEADS)
    if swept_heads:
        config, choices, _ = _composed(base_words(overrides, head), registry)
    else:
        choices = dict(HydraConfig.get().runtime.choices)
    rest = [o for o in overrides if o.key_or_group not in HEADS]
    rest = [o for o in rest if not (o.key_or_group == SEED and o.is_sweep_override())]
    keys = {key_of(word) for o in rest if o.is_sweep_override() for word in spelled(o)}
    keys |= {_short(o, registry) for o in rest if o.is_sweep_override()}
    named: list[tuple[str | None, list[Override]]] = [*arms_of(config, registry).items()]
    for name, own in named or [(None, [])]:
        if name is not None:
            refuse_both(name, own, rest)
        factors = tuple(keys | {o.key_or_group for o in own})
        for combination in combinations([*rest, *own], choices, registry):
            told = [word for word in combination if key_of(word) in keys]
            label = " ".join([*_spaced(name), *(head if swept_heads else ()), *told])
            varied = {key_of(word): word for word in told}
            yield _Draft(label, (*head, *combination), name, factors, varied)


def _spaced(name: str | None) -> list[str]:
    return [name.replace("_", " ")] if name else []


def _short(override: Override, registry: Registry) -> str:
    """`optim.damping` of `optim.newton.damping=1,2`."""
    option = option_of(override, registry)
    key = override.key_or_group
    return key if option is None else shortened(key, option)


def _refuse_unused(
    overrides: Sequence[Override], drafts: Sequence[_Draft], registry: Registry
) -> None:
    """A word of an option that no arm chooses."""
    for override in overrides:
        option = option_of(override, registry)
        if option is None:
            continue
        short = {shortened(word, option) for word in spelled(override)}
        if not any(short & set(draft.words) for draft in drafts):
            what = f"{override.input_line}: no arm has {'='.join(option)}"
            raise ConfigError(f"{what}; choose it, or leave the word out")


def base_words(overrides: Sequence[Override], head: Sequence[str] = ()) -> list[str]:
    """What holds for the whole command, so that it can be composed before the arms are known."""
    return [
        *head,
        *(
            override.input_line or ""
            for override in overrides
            if override.key_or_group.partition(".")[0] not in CHOICES
            and not override.is_sweep_override()
            and not (head and override.key_or_group in HEADS)
        ),
    ]


def _composed(words: Sequence[str], registry: Registry) -> tuple[Any, dict[str, str], str | None]:
    """The configuration of these words, the choices in it, and the recipe."""
    name = HydraConfig.get().job.config_name
    try:
        config = compose(name, [*words], return_hydra_config=True)
    except (HydraException, OmegaConfBaseException) as error:
        raise translate(error, words, registry) from error
    choices = dict(config.hydra.runtime.choices)
    with open_dict(config):
        del config["hydra"]
    return config, choices, recipe_in(choices)


def recipe_in(choices: Mapping[str, str]) -> str | None:
    """The recipe or study that was chosen, if there is one."""
    return next((choices[head] for head in HEADS if choices.get(head)), None)


def _arm(draft: _Draft, registry: Registry, seeds: tuple[int, ...]) -> Arm:
    """seeds: the swept ones; without, those of the configuration."""
    try:
        config, _, recipe = _composed([*draft.words, f"~{ARMS}"], registry)
        seeds = seeds or _seeds(config)
        config[SEED] = seeds[0]
        run = assemble(config, registry)
    except ConfigError as error:
        raise ConfigError(_told(error, draft)) from error
    except Exception as error:  # a plugin's own bug: its author needs the traceback
        traceback.print_exc()
        raise ConfigError(_told(ConfigError(describe(error)), draft)) from error
    ground = Ground.of(run, registry)
    run.recipe = recipe
    label = draft.label or run.name.rpartition(f" {SEED}=")[0]
    return Arm(label, draft.words, config, seeds, run, ground, draft.name, recipe)


def _seeds(config: Any) -> tuple[int, ...]:
    chosen = settings(config)
    return tuple(range(chosen.seed, chosen.seed + (chosen.study.seeds or 1)))


def _told(error: ConfigError, draft: _Draft) -> str:
    """The message with the arm it is about, and how a word is kept to one option."""
    message = str(error)
    if draft.name is not None:
        message = f"arm '{draft.name}': {message}"
    elif draft.varied and not message.startswith(tuple(draft.varied.values())):
        message = f"arm '{draft.label}': {message}"
    for group, word in draft.varied.items():
        if f"no such field of {group};" in message or f"no such field of {group} " in message:
            key = f"{group}.{word.partition('=')[2]}.<field>"
            message += f"; {key}=... is set for that option alone"
    return message
