"""Hydra's and OmegaConf's complaints in one line: the key, the value and the way out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf.errors import OmegaConfBaseException

from framework.conf import RECIPES, STUDIES
from framework.errors import ConfigError, unknown
from framework.registry import KINDS, Registry, one_line
from framework.settings import ARMS, CHOICES

OTHER_GROUPS = {  # beside those of components
    RECIPES: "recipe",
    STUDIES: "study",
    "diagnostics": "preset",
    "tune": "way to tune",
}
NO_KEY = re.compile("Could not delete from config. '([^']*)' does not exist")
NO_GROUP = re.compile("Could not override '([^']*)'. No match in the defaults list")


def translate(error: Exception, overrides: Sequence[str], registry: Registry) -> ConfigError:
    """The error of a composition as the user's own."""
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        return _missing(error, registry)
    if isinstance(error, OverrideParseException):
        return ConfigError(f"{error.override}: {_not_an_override(str(error.override))}")
    if match := NO_KEY.match(str(error)):
        return ConfigError(f"~{match[1]}: there is no such key to leave out")
    if str(error).startswith("Ambiguous value for argument"):
        words = str(error).split("'")[1]
        return ConfigError(f"{words}: several values are a sweep, with -m; a list is [a,b]")
    if match := NO_GROUP.match(str(error)):
        return ConfigError(_no_group(match[1], overrides, registry))
    cause = error.__cause__
    if isinstance(cause, OmegaConfBaseException) and cause.key is not None:
        return ConfigError(_no_such_key(cause, overrides))
    if isinstance(error, HydraException | OmegaConfBaseException):
        return ConfigError(one_line(error))
    raise error


def _missing(error: MissingConfigException, registry: Registry) -> ConfigError:
    """A choice that is no file and no component."""
    group, _, name = str(error.missing_cfg_file).rpartition("/")
    if group in CHOICES:
        try:
            registry.get(group, name)
        except ConfigError as better:
            presets = [o for o in error.options or () if o not in registry.names(group)]
            hint = f"; presets: {', '.join(presets)}" if presets else ""
            return ConfigError(f"{better}{hint}")
    what = KINDS[group].what if group in KINDS else OTHER_GROUPS.get(group, "configuration")
    return ConfigError(f"{group or 'config'}={name}: {unknown(what, name, error.options or ())}")


def _not_an_override(word: str) -> str:
    if word.lstrip("+").startswith(f"{ARMS}."):
        return f"""an arm is written '+{ARMS}.mine=["loss=ce", "optim.lr=1"]', with both kinds of quotes"""
    return "not an override; write key=value, quoted for the shell"


def _no_group(group: str, overrides: Sequence[str], registry: Registry) -> str:
    """A choice of something that conf/config.yaml does not choose: a recipe without its plus, or a typo."""
    typed = next((o for o in overrides if o.startswith(f"{group}=")), group)
    if group in (RECIPES, STUDIES):
        return f"{typed}: a {OTHER_GROUPS[group]} is added, with a plus: +{typed}"
    return f"{typed}: {unknown('choice', group, CHOICES)}"


def _no_such_key(cause: OmegaConfBaseException, overrides: Sequence[str]) -> str:
    """A key that the composed configuration does not have: a typo, not something to be added with '+'."""
    full_key, name = str(cause.full_key or cause.key), str(cause.key)
    typed = next((o for o in overrides if o.lstrip("+~").startswith(f"{full_key}=")), full_key)
    known = list(map(str, cause.parent_node)) if cause.parent_node is not None else []
    known = [k for k in known if k not in ("name", "hydra")]
    where = full_key.rpartition(".")[0]
    what = f"field of {where}" if where else "key"
    return f"{typed}: {unknown(what, name, known)}"
