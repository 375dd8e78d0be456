"""`python run.py ...`: one run, from its configuration to its folder."""

from __future__ import annotations

import sys
import traceback
from typing import Any

from framework.assembly import assemble
from framework.errors import ConfigError
from framework.identity import Ground, identity
from framework.job import Report, carry_out
from framework.provenance import describe_run, text_of
from framework.recording import Recording
from framework.registry import Registry, describe

FAILED = 1  # exit status


def run_single(config: Any, registry: Registry, recipe: str | None) -> int:
    """Train and record what a composed configuration asks for; returns the exit status.

    Raises ConfigError where it cannot work; nothing is left behind then.
    """
    try:
        run = assemble(config, registry)
    except ConfigError:
        raise
    except Exception as error:  # a plugin's own bug: its author needs the traceback
        traceback.print_exc()
        print(f"error: {describe(error)}", file=sys.stderr)
        return FAILED
    run.recipe = recipe
    mark = identity(config, Ground.of(run, registry))
    with Recording(run.settings.tracking) as recording, recording.folder() as folder:
        folder.start(describe_run(run, recording.uri, None, mark), text_of(run.config))
        recording.begin()
        report = carry_out(run, folder)
    return _status(report, recording.incomplete)


def _status(report: Report, incomplete: bool) -> int:
    if not report.finished:
        print(f"failed: {report.reason}", file=sys.stderr, flush=True)
    return FAILED if incomplete or not report.finished else 0
