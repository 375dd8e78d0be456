"""metrics.jsonl read back, also while somebody is still writing it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_lines(path: Path, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """The whole lines from byte `offset` on, and the offset behind them.

    Each is {"step": int, "time": milliseconds, "metrics": {name: value}}. A last line without its
    end is left for the next call; a line torn by the death of its writer is skipped.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read()
    except FileNotFoundError:
        return [], offset
    whole = data[: data.rfind(b"\n") + 1]
    entries = [entry for line in whole.splitlines() if (entry := _parse(line)) is not None]
    return entries, offset + len(whole)


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and "metrics" in entry else None
