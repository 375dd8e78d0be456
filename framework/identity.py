"""What makes two runs the same: the configuration, the source of all that they use, and the data."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from framework.experiment import Run
from framework.first_run import core_source
from framework.registry import Component, Registry
from framework.settings import ALL, ARMS, flat

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
    """What the runs of an arm stand on: the core's source, the plugins' sources, the data's digest.

    plugins: of each used one, and of modules beside those of the user's own, which they may import.
    """

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
        own = {Path(each.origin.path).resolve().parent for each in used if _is_own(each)}
        return cls(core_source(), {**sources, **_local(own)}, run.data.digest)


def identity(config: Any, ground: Ground) -> str:
    """The hash of a run: equal ones are the same training on the same data by the same code."""
    settings = {k: v for k, v in flat(config).items() if _counts(f"{k}.", ground)}
    told = json.dumps([asdict(ground), settings], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def _counts(key: str, ground: Ground) -> bool:
    """Whether a field may change what a run measures; those of metrics that it has not may not."""
    group, name = key.split(".")[:2]
    if group in ALL:
        return f"{group}={name}" in ground.plugins and not key.startswith(ASIDE)
    return not key.startswith(ASIDE)


def _is_own(component: Component) -> bool:
    return component.origin.found != "built-in"


def _local(folders: set[Path]) -> dict[str, str]:
    """The hashes of the modules that were imported from these folders, which plugins may have imported."""
    found = {}
    for name, module in sorted(sys.modules.items()):
        file = Path(getattr(module, "__file__", None) or "")
        ours = name.partition(".")[0] in ("__main__", "framework", "plugins")
        if not ours and folders & set(file.resolve().parents) and file.is_file():
            found[name] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found
