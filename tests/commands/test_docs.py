"""python -m framework docs."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from framework.__main__ import cli

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "my_loss.py"


@pytest.fixture
def run(workplace: Path, hydra_restore_singletons: None) -> CliRunner:
    return CliRunner()


def files(folder: Path) -> list[str]:
    """Relative to the folder, without the bytecode that Python may keep."""
    found = (f for f in folder.rglob("*") if f.is_file() and f.suffix != ".pyc")
    return sorted(str(f.relative_to(folder)) for f in found)


def test_a_plugin_of_ones_own_gets_a_page_and_a_figure(run: CliRunner, workplace: Path) -> None:
    mine = workplace / "my_loss.py"
    mine.write_text(EXAMPLE.read_text())
    done = run.invoke(cli, ["docs", "my_loss.py", "--out", "site"])
    assert done.exit_code == 0, done.output
    assert files(workplace / "site") == [
        "README.md",
        "losses/README.md",
        "losses/my_loss.md",
        "losses/my_loss.png",
    ]
    page = (workplace / "site" / "losses" / "my_loss.md").read_text()
    assert "python run.py plugins.paths=[my_loss.py] loss=my_loss" in page
    assert "`my_loss.py`" in page
    assert "](../links/" not in page
    assert files(workplace) == ["my_loss.py", *(f"site/{f}" for f in files(workplace / "site"))]


def test_names_add_to_the_pages_that_are_there(run: CliRunner, workplace: Path) -> None:
    for name in ("mse", "loss=ce"):
        assert run.invoke(cli, ["docs", name, "--out", "site", "--no-figures"]).exit_code == 0
    site = workplace / "site"
    assert files(site) == ["README.md", "losses/README.md", "losses/ce.md", "losses/mse.md"]
    assert "[mse](mse.md)" in (site / "losses" / "README.md").read_text()
    assert "[mse](mse.md)" in (site / "losses" / "ce.md").read_text()


def test_without_figures_none_is_drawn_or_shown(run: CliRunner, workplace: Path) -> None:
    assert run.invoke(cli, ["docs", "relu", "--out", "site", "--no-figures"]).exit_code == 0
    page = workplace / "site" / "activations" / "relu.md"
    assert "png" not in page.read_text()
    (page.with_suffix(".png")).write_bytes(b"a figure")
    assert run.invoke(cli, ["docs", "relu", "--out", "site", "--no-figures"]).exit_code == 0
    assert "](relu.png)" in page.read_text()


def test_all_pages_are_written(run: CliRunner, workplace: Path) -> None:
    done = run.invoke(cli, ["docs", "--out", "site", "--no-figures"])
    assert done.exit_code == 0, done.output
    found = files(workplace / "site")
    assert {"README.md", "optimizers/sgd.md", "schedules/constant.md", "links/exp.md"} <= set(found)
    assert not (workplace / "runs").exists()


def test_pages_of_what_is_no_more_are_deleted_and_no_others(
    run: CliRunner, workplace: Path
) -> None:
    run.invoke(cli, ["docs", "mse", "--out", "site", "--no-figures"])
    losses = workplace / "site" / "losses"
    (losses / "mse.md").rename(losses / "gone.md")
    (losses / "gone.png").write_bytes(b"a figure")
    (losses / "notes.md").write_text("my own")
    done = run.invoke(cli, ["docs", "--out", "site", "--no-figures"])
    assert "gone.md: deleted" in done.output
    assert not list(losses.glob("gone.*"))
    assert (losses / "notes.md").read_text() == "my own"


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("hubert", "hubert: no such kind or component"),
        ("nowhere.py", "nowhere.py: no such file or folder"),
    ],
)
def test_what_is_not_there(run: CliRunner, word: str, says: str) -> None:
    assert says in str(run.invoke(cli, ["docs", word]).exception)


def test_a_file_that_registers_nothing(run: CliRunner, workplace: Path) -> None:
    (workplace / "empty.py").write_text("x = 1\n")
    refused = run.invoke(cli, ["docs", "empty.py", "--out", "site"])
    assert "empty.py: it registers nothing; plugin empty.py was set aside" in str(refused.exception)
