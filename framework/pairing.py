"""What runs with one seed share: the split, the order of the batches, and the weights they start from.

Two runs are a pair, and their difference is free of what the seed brings, if these hashes agree.
"""

from __future__ import annotations

import hashlib

import numpy as np

from framework.experiment import Run
from framework.params import Array
from framework.random import stream

FULL = "full"  # batches of a run that has no order: all rows at once
LENGTH = 16


def hashes(run: Run) -> dict[str, str]:
    """`split`, `batches` and `init`, of a run that has not begun.

    split: of the data's digest and the rows of each part. batches: of the order in which the first epoch
    takes the rows, whatever the size of a batch; "full" for full batches. init: `<shapes>:<values>`; values
    are comparable where the shapes are equal.
    """
    rows = [run.data.splits[name].rows for name in sorted(run.data.splits)]
    return {"split": _hash(run.data.digest, *rows), "batches": _batches(run), "init": _init(run)}


def _batches(run: Run) -> str:
    if run.batches.size == run.batches.rows:
        return FULL
    order = stream(run.settings.seed, "batches").permutation(run.batches.rows)
    return _hash("batches", order)


def _init(run: Run) -> str:
    shapes = [(name, view.shape) for name, view in run.network.layout.views(run.theta).items()]
    return f"{_hash(repr(shapes))[:8]}:{_hash('init', run.theta)}"


def _hash(what: str, *arrays: Array) -> str:
    total = hashlib.sha256(what.encode())
    for array in arrays:
        total.update(f"{array.dtype.str}{array.shape}".encode())
        total.update(np.ascontiguousarray(array).data)
    return total.hexdigest()[:LENGTH]
