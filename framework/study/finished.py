"""Runs that are finished, found by their identity, so that nothing is trained twice.

The run folders themselves are asked: ten thousand of them take about a second.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from framework.tracking import folder as files

KEPT = (files.CONFIG, files.METRICS, files.RESULT, "evaluation.npz")


def finished(root: Path, wanted: Collection[str]) -> dict[str, Path]:
    """Identity -> the newest folder below `root` with a finished run of it, of those that are wanted."""
    found: dict[str, Path] = {}
    described = [*root.glob(f"*/{files.RUN}"), *root.glob(f"*/*/{files.RUN}")]
    for path in sorted(described):
        mark = (_read(path) or {}).get("identity")
        if mark in wanted and _is_finished(path.parent):
            found[str(mark)] = path.parent
    return found


def _is_finished(run: Path) -> bool:
    result = _read(run / files.RESULT)
    done = result is not None and result.get("status") == "FINISHED"
    return done and (run / "model").is_dir()


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return files.read_json(path)
    except (OSError, ValueError):  # damaged: as if it were not there
        return None


def reuse(run: Path, new: Path, changes: Mapping[str, Any]) -> None:
    """Make the folder `new` of the finished run `run`: the same files, told with `changes` of run.json.

    Files are linked where that can be: nobody writes to them again. Its figures stay where they were drawn.
    """
    new.mkdir(parents=True, exist_ok=True)
    for name in KEPT:
        if (run / name).exists():
            _link(run / name, new / name)
    shutil.copytree(run / "model", new / "model", copy_function=_link, dirs_exist_ok=True)
    told = files.read_json(run / files.RUN) or {}
    files.write_json(new / files.RUN, {**told, **changes})


def _link(source: Any, target: Any) -> Any:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        shutil.copy2(source, target)
    return target
