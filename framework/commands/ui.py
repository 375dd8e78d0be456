"""`python -m framework ui`: the MLflow pages on the runs of this folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click


@click.command("ui")
@click.option("--port", default=5000, show_default=True, help="Port on this machine.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--experiment", default="training-choices", show_default=True)
def command(port: int, host: str, experiment: str) -> None:
    """Finish what is not in MLflow yet, then serve its pages (Ctrl-C ends it)."""
    from framework.tracking.repair import repair
    from framework.tracking.store import ENVIRONMENT, connect, default_uri
    from framework.verdict.published import publish

    uri = default_uri()
    if uri.startswith("http"):
        click.echo(f"MLFLOW_TRACKING_URI is a server already: open {uri}")
        return
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    for folder, what in repair(Path("runs"), publish):
        click.echo(f"{folder.name}: {what}")
    found = connect(uri).get_experiment_by_name(experiment)
    place = f"/#/experiments/{found.experiment_id}/runs" if found else "/#/experiments"
    click.echo(f"Runs: http://{host}:{port}{place}?workflowType=machine_learning")
    click.echo("Choose runs and press Compare; group by loss or optim to see mean curves.")
    sys.stdout.flush()
    server = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", uri]
    os.execv(sys.executable, [*server, "--host", host, "--port", str(port)])
