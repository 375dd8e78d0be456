"""What the jobs of a study need, imported once by the server that forks them: see `framework.study.pool`.

A failure is not told here: the job that needs the module meets it again.
"""

from __future__ import annotations

import importlib
from contextlib import suppress

from framework.provenance import surroundings
from framework.registry import known_plugins

MODULES = (
    "numpy",
    "scipy.linalg",
    "omegaconf",
    "framework.study.pool",
    "framework.study.order",
    "framework.assembly",
    "framework.experiment",
    "framework.tracking.folder",
)

for name in MODULES:
    with suppress(Exception):
        importlib.import_module(name)
with suppress(Exception):
    surroundings()
with suppress(Exception):
    known_plugins()
