"""Recipes and their arms: runs side by side, of which a recipe names the words that set each apart.

    arms:
      quadratic: [loss=mse, optim.lr=3]
      cross_entropy: [loss=ce, optim.lr=0.5]

An arm is the configuration that its words give after those of the command line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hydra import compose
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from framework.conf import RECIPES
from framework.errors import ConfigError, spell
from framework.messages import translate
from framework.registry import Registry
from framework.settings import ARMS, plain

OF_THE_COMMAND = ("hydra.", "plugins.", "tracking.", "quiet", ARMS)  # one command, one of each


def compose_arms(config: Any, registry: Registry) -> dict[str, Any]:
    """The configuration of each arm by its name, all composed before any is run; none for a single run.

    Raises ConfigError, in one line, for an arm that cannot be composed, and for a word of the command line
    that an arm sets too.
    """
    arms = _arms(config)
    typed = list(HydraConfig.get().overrides.task) if arms else []
    return {name: _compose(name, words, typed, registry) for name, words in arms.items()}


def recipe() -> str | None:
    """The recipe that was chosen, if there is one."""
    return HydraConfig.get().runtime.choices.get(RECIPES)


def parsed(words: Sequence[str]) -> dict[str, str]:
    """Key -> word, of words that set something."""
    return {o.key_or_group: o.input_line or "" for o in _overrides(words) if not o.is_delete()}


def _overrides(words: Sequence[str]) -> list[Override]:
    return OverridesParser.create().parse_overrides(list(words))


def _arms(config: Any) -> Mapping[str, Sequence[str]]:
    arms = plain(config).get(ARMS) or {}
    if not isinstance(arms, Mapping):
        raise ConfigError(
            f"{ARMS}={spell(arms)}: arms have names; try '+{ARMS}.mine=[\"loss=ce\"]'"
        )
    for name, words in arms.items():
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            rule = "an arm is a list of words, as in [loss=ce, optim.lr=0.5]"
            raise ConfigError(f"{ARMS}.{name}={spell(words)}: {rule}")
    return arms


def _compose(name: str, words: Sequence[str], typed: Sequence[str], registry: Registry) -> Any:
    everything = [*typed, *words]
    try:
        _refuse(name, words, typed)
        return compose(HydraConfig.get().job.config_name, [*everything, f"~{ARMS}"])
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(f"arm '{name}': {translate(error, everything, registry)}") from error


def _refuse(name: str, words: Sequence[str], typed: Sequence[str]) -> None:
    """What an arm cannot say: several values, what holds for the whole command, and what was typed."""
    label, own = f"arm '{name}'", parsed(words)
    for override in _overrides(words):
        if override.is_sweep_override():
            what = f"{label}: {override.input_line}"
            raise ConfigError(f"{what}: an arm is one run; make an arm of each value")
    for key, word in own.items():
        if key.startswith(OF_THE_COMMAND):
            raise ConfigError(f"{label}: {word}: it holds for all arms; set it beside them")
    for key, word in parsed(typed).items():
        if key in own:
            way = f"~{ARMS}.{name} drops the arm, ~{ARMS} all arms"
            raise ConfigError(f"{word}: {label} sets {own[key]}; leave one out: {way}")
