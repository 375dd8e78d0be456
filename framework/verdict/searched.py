"""What a study's searches tried and found, in tuning.json beside its runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from framework.verdict.outcome import TUNED
from framework.verdict.verdict import Sensitivity

TUNING = "tuning.json"


def save(study: Path, found: Sequence[Sensitivity]) -> None:
    """Write it into the study's folder."""
    (study / TUNING).write_bytes(_adapter().dump_json(list(found), indent=1))


def sensitivities(study: Path) -> list[Sensitivity]:
    """What was written; none where there were no searches."""
    path = study / TUNING
    return _adapter().validate_json(path.read_bytes()) if path.exists() else []


def edges(found: Sequence[Sensitivity]) -> list[str]:
    """What to do about each search whose best value lies on the edge of its range."""
    return [f"{each.arm}: {each.field}: {each.edge}" for each in found if each.edge]


def told(found: Sequence[Sensitivity], arms: Iterable[str]) -> list[str]:
    """What each search chose of what, and which of the arms had none."""
    if not found:
        return []
    lines = [
        f"{each.arm}: {each.field} = {each.best:g} was the best of {len(each.values)} values in "
        f"[{each.low:g}, {each.high:g}] on validation rows"
        for each in found
    ]
    searched = {each.arm for each in found}
    rest = [arm for arm in arms if arm not in searched and not arm.endswith(TUNED)]
    return [*lines, *(f"{arm} has none of tune.fields: it is as given in both" for arm in rest)]


def _adapter() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(list[Sensitivity])
