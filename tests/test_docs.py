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
NEEDS_MORE = re.compile(r"data\.(path|root|id)=")  # a file, a folder, the network


def commands(text: str) -> list[str]:
    """The words of every `python run.py ...` in a page's blocks of sh, with those that make it short.

    A page whose commands take long adds some, in a line <!-- tests add: data.images=8 -->. Of sweeps, whose
    runs and verdicts have tests of their own, it is the plan: every arm is composed and assembled.
    """
    more = " ".join(["train.epochs=1", *re.findall(r"^<!-- tests add: (.*) -->$", text, re.M)])
    lines = "".join(re.findall(r"```sh\n(.*?)```", text, re.S)).splitlines()
    parts = (shlex.split(part) for line in lines for part in line.split("&&"))
    words = [shlex.join(part[2:]) for part in parts if part[:2] == ["python", "run.py"]]
    return [f"{each} {more}{' study.plan=true' * each.startswith('-m ')}" for each in words]


COMMANDS = sorted(
    {
        words
        for page in PAGES
        for words in commands(page.read_text())
        if not NEEDS_MORE.search(words)
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
    Path("examples").symlink_to(ROOT / "examples")
    done = command(*shlex.split(words))
    assert (done.status, done.err) == (0, "")


def test_a_sweep_of_the_readme_ends_with_a_verdict(command: Command) -> None:
    words = next(each for each in commands(README) if each.startswith("-m loss=ce,mse"))
    done = command(*shlex.split(words.removesuffix(" study.plan=true")))
    assert (done.status, done.err) == (0, "")
    assert "No test can decide" in done.out


@pytest.mark.parametrize("words", CHOICES)
def test_a_choice_of_the_readmes_table_runs(command: Command, words: str) -> None:
    more = [] if "train." in words or "budget." in words else ["train.epochs=1"]
    more += ["study.plan=true"] * words.startswith(("study.", "tune"))
    done = command(*shlex.split(words), *more, "quiet=true")
    assert (done.status, done.err) == (0, "")


def test_there_are_commands_and_choices() -> None:
    assert len(COMMANDS) >= 40
    assert len(CHOICES) >= 12
    assert any("examples/" in words for words in COMMANDS)


def test_a_page_adds_words_to_its_commands() -> None:
    page = "```sh\ncd x && python run.py 'a=[1, 2]'\n```\n<!-- tests add: b=3 -->\n```sh\npython run.py\n```"
    assert commands(page) == ["'a=[1, 2]' train.epochs=1 b=3", " train.epochs=1 b=3"]


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
