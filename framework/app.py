"""`python run.py ...`: find the plugins, let Hydra compose, run what was asked for."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from framework import overview, settings
from framework.command import BAD_INPUT, INTERRUPTED, Command
from framework.conf import conf
from framework.errors import ConfigError, FrameworkError
from framework.registry import Registry, discover


def main() -> int:
    """Run the command in `sys.argv`; returns the exit status (1: a run failed, 2: bad input)."""
    typed = _line() or _arguments()
    overrides = parse(typed)
    try:
        registry = discover(plugin_paths(overrides))
        settings.store(registry)
        _describe(registry)
    except FrameworkError as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    for refused in registry.quarantined:
        print(f"warning: {refused}", file=sys.stderr)
    words = _arguments()
    return _run(registry, Command.of(words, parse(words)))


def _run(registry: Registry, command: Command) -> int:
    import hydra

    from framework.messages import translate

    own = "HYDRA_FULL_ERROR" in os.environ
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra raises what it would print otherwise; told below
    status = 0

    def task(config: Any) -> None:
        nonlocal status
        try:
            status = command.run(config, registry)
        except ConfigError as error:  # here, or Hydra has its say
            print(f"error: {error}", file=sys.stderr)
            status = BAD_INPUT

    start = hydra.main(version_base="1.3", config_path=str(conf()), config_name="config")
    try:
        with _as_argv(command.for_hydra(registry)):
            start(task)()
    except (HydraException, OmegaConfBaseException) as error:
        if own:
            raise
        told = translate(error, command.words, registry)
        print(f"error: {told}", file=sys.stderr)
        return BAD_INPUT
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:  # `... --help | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt as error:
        print(f"interrupted: {str(error) or 'from the keyboard'}", file=sys.stderr)
        return INTERRUPTED
    return status


@contextmanager
def _as_argv(words: Sequence[str]) -> Iterator[None]:
    """Hydra reads `sys.argv`."""
    before = sys.argv
    sys.argv = [before[0], *words]
    try:
        yield
    finally:
        sys.argv = before


def _describe(registry: Registry) -> None:
    """Let the help text of conf/config.yaml say what there is: ${choices:} and ${settings:}."""
    OmegaConf.register_new_resolver("choices", lambda: overview.choices(registry), replace=True)
    OmegaConf.register_new_resolver("settings", overview.fields, replace=True)


def plugin_paths(overrides: Sequence[Override]) -> list[str]:
    """The value of `plugins.paths=[...]`, read before anything is composed."""
    paths: list[str] = []
    for override in overrides:
        if override.key_or_group == "plugins.paths" and not override.is_delete():
            value = override.value()
            paths = [str(v) for v in value] if isinstance(value, list) else [str(value)]
    for path in paths:
        if not Path(path).expanduser().exists():
            raise ConfigError(
                f"plugins.paths=[{path}]: no such file or folder: {Path(path).absolute()}"
            )
    return paths


def parse(words: Sequence[str]) -> list[Override]:
    """The words that are overrides in Hydra's grammar; options, and what is malformed, are left out.

    Hydra reads the same words again and complains of the malformed ones.
    """
    parser, found = OverridesParser.create(), []
    for word in words:
        try:
            found += parser.parse_overrides([word])
        except HydraException:
            continue
    return found


def _arguments() -> list[str]:
    """The command line, with --plan as the setting that it stands for."""
    return ["study.plan=true" if word == "--plan" else word for word in sys.argv[1:]]


def _line() -> list[str]:
    """Under shell completion the line that is being typed, which may name plugins; else nothing."""
    line = os.environ.get("COMP_LINE", "")
    try:
        return shlex.split(line)[1:]
    except ValueError:
        return line.split()[1:]
