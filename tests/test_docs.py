"""What README and docs say is true: their commands run, their code works, their links lead somewhere."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCS = [*sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs/recipes").glob("*.md"))]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS]
README = PAGES[0].read_text()
NEEDS_MORE = re.compile(r"data\.(path|root|id)=|examples/")  # a file, a folder, the network

BLOCKS = [
    block for page in PAGES for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.S)
]
COMMANDS = sorted(
    {
        shlex.join(shlex.split(part)[2:])
        for block in BLOCKS
        for line in block.splitlines()
        for part in line.split("&&")
        if part.split()[:2] == ["python", "run.py"] and not NEEDS_MORE.search(part)
    }
)
CHOICES = sorted(
    {
        words
        for row in README.splitlines()
        if row.startswith("| ")
        for words in re.findall(r"`([a-z]+[=.][^`]*=[^`]*|[a-z]+=[^`]*)`", row)
        if not NEEDS_MORE.search(words)
    }
)

Command = Callable[..., Any]


def my_loss() -> str:
    found = re.search(r"```python\n# my_loss.py\n(.*?)```", README, re.S)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_of_the_docs_runs(command: Command, words: str) -> None:
    Path("my_loss.py").write_text(my_loss())
    fewer = ["data.images=8"] if "lenet5_images" in words else []
    done = command(*shlex.split(words), "train.epochs=1", *fewer)
    assert (done.status, done.err) == (0, "")


@pytest.mark.parametrize("words", CHOICES)
def test_a_choice_of_the_readmes_table_runs(command: Command, words: str) -> None:
    more = [] if "train." in words else ["train.epochs=1"]
    done = command(*shlex.split(words), *more, "quiet=true")
    assert (done.status, done.err) == (0, "")


def test_there_are_commands_and_choices() -> None:
    assert len(COMMANDS) >= 5
    assert len(CHOICES) >= 12


def test_the_plugin_of_the_readme_is_the_example_and_is_short() -> None:
    example = (ROOT / "examples" / "my_loss.py").read_text()
    assert example.endswith(my_loss())
    code = [line for line in my_loss().splitlines() if line.strip()]
    assert len([line for line in code if not line.startswith(("import", "from"))]) <= 15


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        assert "://" in target or (page.parent / target).exists(), target


def test_the_changelog_knows_the_version() -> None:
    from importlib.metadata import version

    assert f"## {version('experiment-framework')}" in (ROOT / "CHANGELOG.md").read_text()
