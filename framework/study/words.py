"""The words of a sweep, taken apart: what is varied, over which seeds, and what belongs to one option alone.

loss=ce,mse                    varied: a factor
seed=range(10)                 the seeds: what is repeated
optim.newton.damping=1e-3,1    of one option: optim.damping, where optim=newton and nowhere else
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from framework.conf import presets
from framework.errors import ConfigError
from framework.registry import Registry
from framework.settings import CHOICES

SEED = "seed"
ELSEWHERE = ("hydra/sweeper", "hydra/launcher", "hydra.sweeper", "hydra.launcher", "hydra.mode")


def parse(words: Sequence[str], loader: Any = None) -> list[Override]:
    """Words in Hydra's grammar; loader: Hydra's, which knows what glob(*) can choose from."""
    return OverridesParser.create(config_loader=loader).parse_overrides(list(words))


def spelled(override: Override) -> list[str]:
    """The word itself, or if it has several values a word for each."""
    if not override.is_sweep_override():
        return [override.input_line or ""]
    try:
        values = list(override.sweep_string_iterator())
    except (HydraException, NotImplementedError, TypeError) as error:
        way = "list its values, as in 0.1,0.3 or range(10)"
        raise ConfigError(f"{override.input_line}: cannot be swept; {way}") from error
    return [f"{override.get_key_element()}={value}" for value in values]


def key_of(word: str) -> str:
    """`optim.lr` of `optim.lr=0.1`."""
    return word.partition("=")[0].lstrip("+~")


def refuse_launchers(words: Sequence[Override]) -> None:
    """Hydra's own sweepers and launchers know nothing of seeds, arms and verdicts."""
    for override in words:
        if override.key_or_group.startswith(ELSEWHERE):
            way = "study.workers=2 runs two jobs at once"
            raise ConfigError(f"{override.input_line}: studies are run by this framework; {way}")


def option_of(override: Override, registry: Registry) -> tuple[str, str] | None:
    """(optim, newton) for a word of one option alone, as optim.newton.damping=1; None for any other."""
    group, _, rest = override.key_or_group.partition(".")
    option, _, field = rest.partition(".")
    if group not in CHOICES or not field:
        return None
    known = option in registry.names(group) or option in presets(group)
    return (group, option) if known else None


def without_options(words: Sequence[Override], registry: Registry) -> list[Override]:
    """Those that hold for every option."""
    return [word for word in words if option_of(word, registry) is None]


def combinations(
    words: Sequence[Override], choices: Mapping[str, str], registry: Registry
) -> Iterator[list[str]]:
    """Every choice of one value for each word, words of one option only beside that option.

    choices: group -> option, where no word says it.
    """
    common = without_options(words, registry)
    own = [word for word in words if option_of(word, registry) is not None]
    for combination in product(*map(spelled, common)):
        chosen = {**choices, **{key_of(w): w.partition("=")[2] for w in combination}}
        fitting = [word for word in own if _fits(word, chosen, registry)]
        for more in product(*(_shortened(word, registry) for word in fitting)):
            yield [*combination, *more]


def _fits(word: Override, chosen: Mapping[str, str], registry: Registry) -> bool:
    option = option_of(word, registry)
    return option is not None and chosen.get(option[0]) == option[1]


def _shortened(word: Override, registry: Registry) -> list[str]:
    """optim.damping=1 for optim.newton.damping=1, of each value."""
    option = option_of(word, registry)
    assert option is not None
    return [shortened(each, option) for each in spelled(word)]


def shortened(text: str, option: tuple[str, str]) -> str:
    """`optim.damping` for `optim.newton.damping`, at the beginning of a word."""
    return text.replace(".".join(option), option[0], 1)
