"""Named random streams: keyed by purpose, not by order.

A run has one seed. Whoever needs randomness asks for the stream of its purpose ("init", "batches",
"split", "noise"), so a new consumer never shifts the others, and two arms of a study with the same seed
share their split, their batches and, where shapes agree, their initial weights.
"""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, purpose: str) -> np.random.Generator:
    """The generator of one purpose under one seed; the same arguments give the same numbers."""
    key = zlib.crc32(purpose.encode())
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(key,)))
