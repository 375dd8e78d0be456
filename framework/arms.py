"""Arms: runs side by side, of which a recipe names the words that set each apart.

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
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from framework.errors import ConfigError, spell
from framework.messages import translate
from framework.registry import Registry
from framework.settings import ARMS, plain


def compose_arms(config: Any, registry: Registry) -> dict[str, Any]:
    """The configuration of each arm by its name, all composed before any is run; none for a single run.

    Raises ConfigError, in one line, for an arm that cannot be composed, and for a word of the command line
    that an arm sets too.
    """
    arms = _arms(config)
    typed = list(HydraConfig.get().overrides.task) if arms else []
    return {name: _compose(name, words, typed, registry) for name, words in arms.items()}


def _arms(config: Any) -> Mapping[str, Sequence[str]]:
    arms = plain(config).get(ARMS) or {}
    for name, words in arms.items():
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            rule = "an arm is a list of words, as in [loss=ce, optim.lr=0.5]"
            raise ConfigError(f"{ARMS}.{name}={spell(words)}: {rule}")
    return arms


def _compose(name: str, words: Sequence[str], typed: Sequence[str], registry: Registry) -> Any:
    everything = [*typed, *words]
    try:
        _refuse_both(name, words, typed)
        return compose("config", [*everything, f"~{ARMS}"])
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(f"arm '{name}': {translate(error, everything, registry)}") from error


def _refuse_both(name: str, words: Sequence[str], typed: Sequence[str]) -> None:
    """What an arm sets cannot be set by the command line: neither word should win in silence."""
    own = _keys(words)
    for key, word in _keys(typed).items():
        if key in own:
            raise ConfigError(
                f"{word}: arm '{name}' sets {own[key]}; leave one out: ~{ARMS}.{name} drops the arm, "
                f"~{ARMS} all arms"
            )


def _keys(words: Sequence[str]) -> dict[str, str]:
    """Key -> word; deletions set nothing."""
    overrides = OverridesParser.create().parse_overrides(list(words))
    return {o.key_or_group: o.input_line or "" for o in overrides if not o.is_delete()}
