"""A command taken apart: Hydra gets what it composes, the rest is a study's."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.types import Override

from framework.conf import RECIPES, STUDIES
from framework.errors import ConfigError
from framework.registry import Registry
from framework.settings import ARMS, settings
from framework.study.arms import MANNER
from framework.study.words import option_of, refuse_launchers, without_options

BAD_INPUT, INTERRUPTED = 2, 130  # exit statuses
SWEEP = {"-m", "--multirun"}


@dataclass(frozen=True)
class Command:
    """options: Hydra's own, as --cfg job. overrides: the words in its grammar. sweep: -m was among them."""

    options: tuple[str, ...]
    overrides: tuple[Override, ...]
    sweep: bool = False

    @classmethod
    def of(cls, arguments: Sequence[str], overrides: Sequence[Override]) -> Command:
        """The arguments of the command line, and those of them that are overrides."""
        words = {o.input_line for o in overrides}
        options = tuple(word for word in arguments if word not in words and word not in SWEEP)
        named = any(o.key_or_group == STUDIES for o in overrides)
        return cls(options, tuple(overrides), named or bool(SWEEP & set(arguments)))

    @property
    def words(self) -> list[str]:
        return [o.input_line or "" for o in self.overrides]

    def __str__(self) -> str:
        """What was typed after `python run.py`."""
        return " ".join(["-m"] * self.sweep + [shlex.join(self.words)])

    @property
    def title(self) -> str:
        """Short, for the name of a study: what is said of the runs, not of how they are run."""
        told = [o for o in self.overrides if not o.key_or_group.startswith(MANNER)]
        words = [shlex.quote(o.input_line or "") for o in told]
        heads = (f"+{RECIPES}=", f"+{STUDIES}=")
        return " ".join(word.removeprefix(heads[0]).removeprefix(heads[1]) for word in words)

    def for_hydra(self, registry: Registry) -> list[str]:
        """What Hydra composes: all words of a single run; of a sweep those that hold for all of its runs."""
        from framework.study.drafts import base_words

        refuse_launchers(self.overrides)
        if not self.sweep:
            _refuse_several(self.overrides, registry)
            common = without_options(self.overrides, registry)
            return [*self.options, *(o.input_line or "" for o in common)]
        return [*self.options, *base_words(self.overrides)]

    def run(self, config: Any, registry: Registry) -> int:
        """Do what a configuration, composed of `for_hydra`, and the words ask for; returns the exit status.

        Raises ConfigError where it cannot work; then nothing was started.
        """
        chosen = settings(config)
        several = (
            self.sweep or config.get(ARMS) or chosen.study.seeds or chosen.tune.method != "none"
        )
        if several or chosen.study.plan:
            return self._study(config, registry)
        if any(option_of(o, registry) for o in self.overrides):
            return self._with_options(config, registry)
        return self._single(config, registry)

    def _single(self, config: Any, registry: Registry) -> int:
        from framework.single import run_single
        from framework.study.drafts import recipe_in

        return run_single(config, registry, recipe_in(HydraConfig.get().runtime.choices))

    def _with_options(self, config: Any, registry: Registry) -> int:
        from framework.study.plan import make_plan

        (arm,) = make_plan(config, self.words, registry).arms
        return self._single(arm.config, registry)

    def _study(self, config: Any, registry: Registry) -> int:
        from framework.study.conduct import Study
        from framework.study.plan import make_plan

        plan = make_plan(config, self.words, registry)
        study = Study(plan, settings(config), registry, self.sweep, self.title, str(self))
        return study.show() if study.settings.study.plan else study.run()


def _refuse_several(overrides: Sequence[Override], registry: Registry) -> None:
    """Hydra says so of the words that it gets, as it does of these."""
    for override in overrides:
        if override.is_sweep_override() and option_of(override, registry):
            way = "several values are a sweep, with -m; a list is [a,b]"
            raise ConfigError(f"{override.input_line}: {way}")
