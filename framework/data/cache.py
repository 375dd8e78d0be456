"""Parsed tables are kept as .npz files, so that a run need not parse, nor import a parser, again."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import tempfile
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import numpy as np

from framework.interfaces import Dataset, Table

FORMAT = 2  # of the kept copies; a new number leaves the old ones unread
AFTER_LOADING = {"val", "test", "standardize"}  # fields that do not change what `load` returns


def load(dataset: Dataset, cache: Path | None) -> Table:
    """The dataset's table, from the kept copy if there is one; cache None: never read or written.

    A copy is found by the class, the source of its module and its bases', its fields and
    `dataset.fingerprint()`. A damaged copy is replaced; a folder that cannot be written to is no error.
    """
    key = _key(dataset) if cache else None
    if cache is None or key is None:
        return dataset.load()
    path = cache / f"{type(dataset).__name__.lower()}-{key}.npz"
    table = _read(path)
    if table is None:
        table = dataset.load()
        _write(path, table)
    return table


def cache_folder() -> Path | None:
    """$FRAMEWORK_CACHE, else experiment-framework in $XDG_CACHE_HOME, else in ~/.cache.

    None, which turns the cache off, for a user without a home.
    """
    if chosen := os.environ.get("FRAMEWORK_CACHE"):
        return Path(chosen)
    try:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError:
        return None
    return Path(base) / "experiment-framework"


def _key(dataset: Dataset) -> str | None:
    fingerprint = dataset.fingerprint()
    if fingerprint is None:
        return None
    kind = type(dataset)
    names = [field.name for field in fields(dataset) if field.name not in AFTER_LOADING]
    chosen = repr([(name, getattr(dataset, name)) for name in names])
    parts = [FORMAT, kind.__module__, kind.__qualname__, _source(kind), chosen, fingerprint]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _source(kind: type) -> list[str]:
    """The text of every module that `load` may be made of: of the class, its bases, and this package."""
    files = {str(file) for file in Path(__file__).parent.glob("*.py")}
    for base in kind.__mro__:
        with suppress(OSError, TypeError):  # typed at a prompt, or built into Python
            files.add(inspect.getfile(base))
    return [Path(file).read_text(encoding="utf-8") for file in sorted(files) if Path(file).exists()]


def _read(path: Path) -> Table | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as copy:
            names = json.loads(str(copy["names"]))
            classes, features = tuple(names["classes"]), tuple(names["features"])
            test_rows = copy["test_rows"] if "test_rows" in copy.files else None
            return Table(copy["x"], copy["y"], classes, features, names["source"], test_rows)
    except Exception:  # absent or damaged, in whichever way
        return None


def _write(path: Path, table: Table) -> None:
    x, y = np.asarray(table.x), np.asarray(table.y)
    if x.dtype.hasobject or y.dtype.hasobject:
        return
    arrays = {"x": x, "y": y}
    if table.test_rows is not None:
        arrays["test_rows"] = np.asarray(table.test_rows)
    names = {"classes": table.classes, "features": table.features, "source": table.source}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            whole = Path(folder, path.name)
            np.savez(whole, allow_pickle=False, names=np.array(json.dumps(names)), **arrays)
            whole.replace(path)
    except OSError:  # full or read-only: a run works without
        return
