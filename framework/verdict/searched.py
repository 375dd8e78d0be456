"""What a study's searches tried and found, in tuning.json beside its runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from framework.verdict.verdict import Sensitivity

TUNING = "tuning.json"


def save(study: Path, found: Sequence[Sensitivity]) -> None:
    """Write it into the study's folder."""
    (study / TUNING).write_bytes(_adapter().dump_json(list(found), indent=1))


def sensitivities(study: Path) -> list[Sensitivity]:
    """What was written; none where there were no searches."""
    path = study / TUNING
    return _adapter().validate_json(path.read_bytes()) if path.exists() else []


def _adapter() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(list[Sensitivity])
