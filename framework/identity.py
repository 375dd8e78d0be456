"""What makes two runs the same: the configuration, the source of all that they use, and the data."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from framework.experiment import Run
from framework.first_run import core_source
from framework.registry import Registry
from framework.settings import ARMS, flat

# What a run may be told that changes nothing of what it measures.
ASIDE = (
    "tracking.",
    "plugins.",
    "study.",
    "tune.",
    f"{ARMS}.",
    "callbacks.console.",
    "quiet",
    "rerun",
)


@dataclass(frozen=True)
class Ground:
    """What the runs of an arm stand on: the core's source, the plugins' sources, the data's digest."""

    core: str
    plugins: dict[str, str]
    data: str

    @classmethod
    def of(cls, run: Run, registry: Registry) -> Ground:
        """That of an assembled run; another seed has the same."""
        used = list(run.components.values())
        used += [registry.get("metric", name) for name in run.metrics]
        active = {name for name, _ in run.hooks.list_name_plugin()}
        used += [each for each in registry.of_kind("callbacks") if each.name in active]
        sources = {f"{each.kind}={each.name}": each.origin.sha256 for each in used}
        return cls(core_source(), sources, run.data.digest)


def identity(config: Any, ground: Ground) -> str:
    """The hash of a run: equal ones are the same training on the same data by the same code."""
    settings = {k: v for k, v in flat(config).items() if not f"{k}.".startswith(ASIDE)}
    told = json.dumps([asdict(ground), settings], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()
