"""The arms of a study in words, and their configurations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from hydra import compose
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import open_dict
from omegaconf.errors import OmegaConfBaseException

from framework.conf import RECIPES, STUDIES
from framework.errors import ConfigError
from framework.messages import translate
from framework.registry import Registry
from framework.settings import CHOICES
from framework.study.arms import OF_THE_COMMAND, arms_of, refuse_both
from framework.study.words import SEED, combinations, key_of, option_of, shortened, spelled

HEADS = (RECIPES, STUDIES)  # words that bring others with them


@dataclass(frozen=True)
class Draft:
    """An arm in words. factors: the keys that set it apart; varied: key -> word, of a sweep."""

    label: str
    words: tuple[str, ...]
    name: str | None
    factors: tuple[str, ...]
    varied: Mapping[str, str]


def drafts(overrides: Sequence[Override], config: Any, registry: Registry) -> list[Draft]:
    """Every arm that the words ask for. config: composed of those that hold for the whole command.

    Raises ConfigError, in one line, for words that cannot be meant.
    """
    _refuse_swept([o for o in overrides if o.is_sweep_override()])
    _refuse_two_heads(overrides)
    found = [d for head in _heads(overrides) for d in _below(head, overrides, config, registry)]
    _refuse_unused(overrides, found, registry)
    _refuse_twice(found)
    return found


def _refuse_twice(found: Sequence[Draft]) -> None:
    """Runs of arms with one name would count as one arm's."""
    labels = [draft.label for draft in found]
    for label in labels:
        if labels.count(label) > 1:
            raise ConfigError(f"arm '{label}': there are two of this name; leave one out")


def _refuse_swept(swept: Sequence[Override]) -> None:
    for override in swept:
        if override.key_or_group.startswith(OF_THE_COMMAND):
            what = f"{override.input_line}: it holds for all runs of a command"
            raise ConfigError(f"{what}; give it one value")


def _refuse_two_heads(overrides: Sequence[Override]) -> None:
    """A recipe and a named study at once: the arms of both would be one study's."""
    named = {o.key_or_group: o.input_line or "" for o in overrides if o.key_or_group in HEADS}
    if len(named) > 1:
        raise ConfigError(f"{' '.join(named.values())}: one recipe or study at a time")


def _heads(overrides: Sequence[Override]) -> Iterator[tuple[str, ...]]:
    """Every choice of recipes."""
    return product(*(spelled(o) for o in overrides if o.key_or_group in HEADS))


def _below(
    head: Sequence[str], overrides: Sequence[Override], config: Any, registry: Registry
) -> Iterator[Draft]:
    """The arms below one choice of recipes."""
    swept_heads = any(o.is_sweep_override() for o in overrides if o.key_or_group in HEADS)
    if swept_heads:
        config, choices, _ = composed(base_words(overrides, head), registry)
    else:
        choices = dict(HydraConfig.get().runtime.choices)
    typed = [o for o in overrides if o.key_or_group not in HEADS]
    rest = [o for o in typed if not (o.key_or_group == SEED and o.is_sweep_override())]
    keys = {_short(o, registry) for o in rest if o.is_sweep_override()}
    named: list[tuple[str | None, list[Override]]] = [*arms_of(config, registry).items()]
    for name, own in named or [(None, [])]:
        if name is not None:
            refuse_both(name, own, typed)
        factors = tuple(keys | {o.key_or_group for o in own})
        for combination in combinations([*rest, *own], choices, registry):
            told = [word for word in combination if key_of(word) in keys]
            label = " ".join([*_spaced(name), *(head if swept_heads else ()), *told])
            varied = {key_of(word): word for word in told}
            yield Draft(label, (*head, *combination), name, factors, varied)


def _spaced(name: str | None) -> list[str]:
    return [name.replace("_", " ")] if name else []


def _short(override: Override, registry: Registry) -> str:
    """`optim.damping` of `optim.newton.damping=1,2`."""
    option = option_of(override, registry)
    key = override.key_or_group
    return key if option is None else shortened(key, option)


def _refuse_unused(
    overrides: Sequence[Override], drafts: Sequence[Draft], registry: Registry
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


def composed(words: Sequence[str], registry: Registry) -> tuple[Any, dict[str, str], str | None]:
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


def told(message: str, draft: Draft) -> str:
    """A message with the arm it is about, and how a word is kept to one option."""
    if draft.name is not None:
        message = f"arm '{draft.name}': {message}"
    elif draft.varied and not message.startswith(tuple(draft.varied.values())):
        message = f"arm '{draft.label}': {message}"
    for group, word in draft.varied.items():
        if f"no such field of {group};" in message or f"no such field of {group} " in message:
            key = f"{group}.{word.partition('=')[2]}.<field>"
            message += f"; {key}=... is set for that option alone"
    return message
