"""python -m framework repair."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from framework.__main__ import cli


def test_a_missing_folder_is_named(workplace: Path) -> None:
    done = CliRunner().invoke(cli, ["repair"])
    assert done.exit_code == 1
    assert "runs: no such folder" in done.output


def test_nothing_to_repair_is_said(workplace: Path) -> None:
    Path("runs").mkdir()
    done = CliRunner().invoke(cli, ["repair"])
    assert (done.exit_code, done.output) == (
        0,
        "Nothing to repair: MLflow has every run that is over.\n",
    )
