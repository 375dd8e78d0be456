"""python -m framework list."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from framework.__main__ import cli


@pytest.fixture
def run(workplace: Path, hydra_restore_singletons: None) -> CliRunner:
    return CliRunner()


def test_every_kind_is_shown_with_fields_and_defaults_in_80_columns(run: CliRunner) -> None:
    shown = run.invoke(cli, ["list"])
    assert shown.exit_code == 0
    for text in ("loss=<name>", "lr=0.1 momentum=0", "hidden=[32]", "path=(required)"):
        assert text in shown.output
    assert max(map(len, shown.output.splitlines())) <= 80


def test_one_kind_as_json(run: CliRunner) -> None:
    found = json.loads(run.invoke(cli, ["list", "optim", "--json"]).output)
    (sgd,) = [c for c in found["components"] if c["name"] == "sgd"]
    assert sgd["fields"]["lr"] == 0.1
    assert sgd["origin"]["found"] == "built-in"
    assert {c["kind"] for c in found["components"]} == {"optim"}
    assert found["quarantined"] == []


def test_what_was_set_aside_is_shown_with_its_cause(run: CliRunner) -> None:
    Path("broken.py").write_text("import nothing_of_this_name")
    words = ["--plugins", "broken.py"]
    assert (
        "plugin broken.py was set aside: ModuleNotFoundError"
        in run.invoke(cli, ["list", *words]).output
    )
    found = json.loads(run.invoke(cli, ["list", "--json", *words]).output)
    assert found["quarantined"][0]["origin"] == "broken.py"


def test_an_unknown_kind_is_refused(run: CliRunner) -> None:
    refused = run.invoke(cli, ["list", "losses"])
    assert refused.exit_code == 2
    assert "'losses' is not one of 'loss', 'optim'" in refused.output
