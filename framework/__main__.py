"""`python -m framework VERB`: everything around runs."""

from __future__ import annotations

import importlib
import sys

import click

from framework.errors import FrameworkError

VERBS = ("check", "compare", "docs", "export", "list", "recipes", "repair", "run", "ui")


class Verbs(click.Group):
    """Imports a verb's module only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"framework.commands.{cmd_name}")
        command: click.Command = module.command
        return command


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """A bench for training choices: run, list, check, look, repair, document."""


def main() -> None:
    """The command line, with our own errors in one line and status 2."""
    try:
        cli(prog_name="python -m framework")
    except FrameworkError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
