"""The arms of a recipe: runs side by side, of which it names the words that set each apart.

    arms:
      quadratic: [loss=mse, optim.lr=3]
      cross_entropy: [loss=ce, optim.lr=0.5]

An arm is the configuration that its words give after those of the command line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from framework.errors import ConfigError, spell
from framework.messages import translate
from framework.registry import Registry
from framework.settings import ARMS, plain
from framework.study.words import parse

# How a command is run, and what there is one of for all of its runs.
MANNER = ("hydra.", "plugins.", "tracking.", "study.", "tune.", "quiet", "rerun")
OF_THE_COMMAND = (*MANNER, ARMS)


def arms_of(config: Any, registry: Registry) -> dict[str, list[Override]]:
    """The words of each arm by its name; none for a recipe without. Raises ConfigError, in one line."""
    arms = plain(config).get(ARMS) or {}
    if not isinstance(arms, Mapping):
        way = f"try '+{ARMS}.mine=[\"loss=ce\"]'"
        raise ConfigError(f"{ARMS}={spell(arms)}: arms have names; {way}")
    return {name: _words(name, words, registry) for name, words in arms.items()}


def _words(name: str, words: Any, registry: Registry) -> list[Override]:
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        rule = "an arm is a list of words, as in [loss=ce, optim.lr=0.5]"
        raise ConfigError(f"{ARMS}.{name}={spell(words)}: {rule}")
    try:
        overrides = parse(words)
    except HydraException as error:
        raise ConfigError(f"arm '{name}': {translate(error, words, registry)}") from error
    for override in overrides:
        what = f"arm '{name}': {override.input_line}"
        if override.is_sweep_override():
            raise ConfigError(f"{what}: an arm is one run; make an arm of each value")
        if override.key_or_group.startswith(OF_THE_COMMAND):
            raise ConfigError(f"{what}: it holds for all arms; set it beside them")
    return overrides


def refuse_both(name: str, arm: Sequence[Override], typed: Sequence[Override]) -> None:
    """A word of the command line that the arm sets too: nobody can say which is meant."""
    own = {o.key_or_group: o.input_line for o in arm if not o.is_delete()}
    for override in typed:
        if override.key_or_group in own and not override.is_delete():
            way = f"~{ARMS}.{name} drops the arm, ~{ARMS} all arms"
            sets = f"arm '{name}' sets {own[override.key_or_group]}"
            raise ConfigError(f"{override.input_line}: {sets}; leave one out: {way}")
