"""`python -m framework run ...`: what run.py does, for a copy installed without a checkout."""

from __future__ import annotations

import sys

import click


@click.command(
    "run",
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    add_help_option=False,
)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Train: the same words as after `python run.py` (try --help)."""
    from framework.app import main

    sys.argv = ["run.py", *ctx.args]
    sys.exit(main())
