"""`python -m framework repair`: nothing that was trained is missing from MLflow."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("repair")
@click.argument("folder", default="runs", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Bring every run below FOLDER that is over to MLflow; end those whose process died."""
    from framework.tracking.repair import repair
    from framework.verdict.published import publish

    if not folder.is_dir():
        raise click.ClickException(
            f"{folder}: no such folder; runs are kept in tracking.folder=runs"
        )
    done = repair(folder, publish)
    for place, what in done:
        click.echo(f"{place.name}: {what}")
    if not done:
        click.echo("Nothing to repair: MLflow has every run that is over.")
