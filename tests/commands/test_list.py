"""python -m framework list."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from framework.__main__ import cli
from framework.catalogue import shelves


@pytest.fixture
def run(workplace: Path, hydra_restore_singletons: None) -> CliRunner:
    return CliRunner()


@pytest.mark.parametrize("words", [[], ["optim"], ["loss", "data"], ["activation"], ["sgd"]])
def test_everything_fits_into_80_columns(run: CliRunner, words: list[str]) -> None:
    shown = run.invoke(cli, ["list", *words])
    assert shown.exit_code == 0, shown.output
    widths = [len(line) for line in shown.output.splitlines() if "built-in" not in line]
    assert max(widths) <= 80


def test_every_kind_is_shown_with_its_names_a_line_each(run: CliRunner) -> None:
    shown = run.invoke(cli, ["list"]).output
    for shelf in shelves().values():
        assert f"\n{shelf.name} (" in f"\n{shown}", shelf.name
        assert shelf.choice in shown
    lines = shown.splitlines()
    assert [line for line in lines if line.startswith("  newton ")]
    assert [line for line in lines if line.startswith("  relu ")]
    assert "momentum=0" not in shown


def test_optimizers_stand_in_families(run: CliRunner) -> None:
    lines = run.invoke(cli, ["list", "optim"]).output.splitlines()
    starts = [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "]
    first, line_search, curvature = [i for i, word in enumerate(starts) if word == "--"][:3]
    assert first < starts.index("sgd") < line_search < starts.index("bfgs") < curvature
    assert curvature < starts.index("newton")


def test_a_kind_is_shown_with_fields_and_defaults(run: CliRunner) -> None:
    shown = run.invoke(cli, ["list", "optim", "model", "data"]).output
    for text in ("optim=<name>", "lr=0.1 weight_decay=0", "hidden=[32]", "path=(required)"):
        assert text in shown


@pytest.mark.parametrize("words", [["sgd"], ["optim=sgd"], ["optim", "sgd"]])
def test_one_is_shown_whole(run: CliRunner, words: list[str]) -> None:
    shown = run.invoke(cli, ["list", *words]).output
    for text in (
        "optim=sgd",
        "v ← momentum v + g",
        "optim.momentum=0",
        "momentum is in 0 <= m < 1",
        "fields of every FirstOrder",
        "optim.lr=0.1",
        "Source: Sutskever",
    ):
        assert text in shown
    assert "optim=newton" not in shown


def test_a_part_is_shown_whole(run: CliRunner) -> None:
    shown = run.invoke(cli, ["list", "relu"]).output
    assert "model.activation=relu" in shown
    assert "f(x) = max(x, 0)" in shown


def test_a_name_that_is_taken_twice_is_shown_twice(run: CliRunner) -> None:
    shown = run.invoke(cli, ["list", "identity"]).output
    assert "model.activation=identity" in shown
    assert "model.output=identity" in shown


def test_one_kind_as_json(run: CliRunner) -> None:
    found = json.loads(run.invoke(cli, ["list", "optim", "--json"]).output)
    (sgd,) = [c for c in found["components"] if c["name"] == "sgd"]
    assert sgd["fields"]["lr"] == 0.1
    assert sgd["origin"]["found"] == "built-in"
    assert {c["kind"] for c in found["components"]} == {"optim"}
    assert found["quarantined"] == []


def test_json_covers_what_the_text_does(run: CliRunner) -> None:
    found = json.loads(run.invoke(cli, ["list", "--json"]).output)
    assert {c["kind"] for c in found["components"]} == set(shelves())
    (relu,) = [c for c in found["components"] if c["name"] == "relu"]
    assert relu["choice"] == "model.activation=relu"
    assert relu["origin"]["path"].endswith("relu.py")
    assert relu["description"].startswith("f(x) = max(x, 0)")


def test_what_was_set_aside_is_shown_with_its_cause(run: CliRunner) -> None:
    Path("broken.py").write_text("import nothing_of_this_name")
    words = ["--plugins", "broken.py"]
    assert (
        "plugin broken.py was set aside: ModuleNotFoundError"
        in run.invoke(cli, ["list", *words]).output
    )
    found = json.loads(run.invoke(cli, ["list", "--json", *words]).output)
    assert found["quarantined"][0]["origin"] == "broken.py"


def test_ones_own_plugin_says_where_it_is_from(run: CliRunner) -> None:
    Path("mine.py").write_text(MINE)
    shown = run.invoke(cli, ["list", "loss", "--plugins", "mine.py"]).output
    assert "Absolute error to the fourth." in shown
    assert "local (mine.py)" in " ".join(shown.split())


def test_an_unknown_word_is_refused_with_the_nearest(run: CliRunner) -> None:
    refused = run.invoke(cli, ["list", "losses"])
    assert "losses: no such kind or component; did you mean 'loss'?" in str(refused.exception)
    refused = run.invoke(cli, ["list", "optim", "sdg"])
    assert "optim=sdg: no such optimizer; did you mean 'sgd'?" in str(refused.exception)


MINE = '''
from dataclasses import dataclass
from framework import Loss, hookimpl


@dataclass
class Fourth(Loss):
    """Absolute error to the fourth.  Source: own."""

    def value(self, p, y):
        return ((p - y) ** 4).sum(axis=1)

    def grad(self, p, y):
        return 4 * (p - y) ** 3


@hookimpl
def register_losses():
    return {"fourth": Fourth}
'''
