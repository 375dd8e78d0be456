"""The cheap checks before a plugin's first run: their verdict is kept, so that they run once for each source.

A verdict is found by the source of the plugin, its fields, the link, and the source of the framework.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import framework
from framework.errors import ConfigError
from framework.links import Link
from framework.registry import Component

UNCHECKED = "unchecked"


@dataclass(frozen=True)
class Setting:
    """What a run does with its components: the link, the shape of a sample, and the number of outputs."""

    link: Link
    inputs: tuple[int, ...]
    outputs: int


@dataclass(frozen=True)
class Verdict:
    """How many checks were made, and the first that failed, in one line; empty if none did."""

    checks: int
    failed: str = ""


def verify(
    parts: Iterable[tuple[Component, Any]],
    run: Setting,
    unchecked: bool = False,
    folder: Path | None = None,
) -> str:
    """`passed (31 checks)`, for the run's tag; raises ConfigError, in one line, where a plugin is wrong.

    parts: components with the configured instances. unchecked: take them as they are; what is known of them
    is told all the same. folder: where verdicts are kept; None: nowhere.
    """
    verdicts = {
        component: _verdict(component, part, run, unchecked, folder) for component, part in parts
    }
    for component, verdict in verdicts.items():
        label = f"{component.kind}={component.name}"
        if verdict is None or not verdict.failed:
            continue
        if unchecked:
            return f"failed: {label}: {verdict.failed}"
        raise ConfigError(
            f"{label}: {verdict.failed}; 'python -m framework check {_address(component)}' "
            f"tells more, plugins.unchecked=true runs it all the same"
        )
    known = [verdict for verdict in verdicts.values() if verdict is not None]
    if len(known) < len(verdicts):
        return UNCHECKED
    return f"passed ({sum(verdict.checks for verdict in known)} checks)"


def _verdict(
    component: Component, part: Any, run: Setting, unchecked: bool, folder: Path | None
) -> Verdict | None:
    """The one that is kept, else a new one; None if there is none and none is to be made."""
    place = _place(component, part, run.link, folder)
    verdict = _read(place)
    if verdict is None and not unchecked:
        verdict = _judge(part, run)
        _write(place, verdict)
    return verdict


def _address(component: Component) -> str:
    """What `check` finds it by."""
    origin = component.origin
    return origin.path if origin.found == "local" else f"{component.kind}={component.name}"


def _judge(part: Any, run: Setting) -> Verdict:
    from framework.testing.check import cheap

    outcomes = cheap(part, run.link, (run.inputs, run.outputs))
    failed = [f"the check '{o.check}' fails: {o.evidence}" for o in outcomes if o.passed is False]
    return Verdict(sum(o.passed is True for o in outcomes), "".join(failed[:1]))


def _place(component: Component, part: Any, link: Link, folder: Path | None) -> Path | None:
    if folder is None:
        return None
    origin, behind = component.origin, link.name if component.kind == "loss" else ""
    what = [
        component.kind,
        component.name,
        origin.module,
        origin.sha256,
        repr(part),
        behind,
        core_source(),
    ]
    key = hashlib.sha256(json.dumps(what).encode()).hexdigest()
    return folder / "checks" / f"{component.kind}-{component.name}-{key[:32]}.json"


@cache
def core_source() -> str:
    """The hash of the framework's own source."""
    total = hashlib.sha256()
    for file in sorted(Path(framework.__file__).parent.rglob("*.py")):
        total.update(file.read_bytes())
    return total.hexdigest()


def _read(place: Path | None) -> Verdict | None:
    if place is None:
        return None
    try:
        return Verdict(**json.loads(place.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # absent or damaged
        return None


def _write(place: Path | None, verdict: Verdict) -> None:
    if place is None:
        return
    with suppress(OSError):  # full or read-only: it is checked again next time
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_suffix(".part")
        part.write_text(json.dumps(vars(verdict)), encoding="utf-8")
        part.replace(place)
