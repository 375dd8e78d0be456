"""The checks before a plugin's first run: refused, kept, overruled."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framework import first_run
from framework.errors import ConfigError
from framework.first_run import Setting, verify
from framework.links import LINKS
from framework.registry import discover

Command = Callable[..., Any]
IDENTITY, SOFTMAX = (Setting(LINKS[name], (4,), 3) for name in ("identity", "softmax"))

LOSS = '''
from dataclasses import dataclass

from framework import Loss, hookimpl


@dataclass
class Mine(Loss):
    """Squared error."""

    scale: float = 1.0

    def value(self, p, y):
        return self.scale * 0.5 * ((p - y) ** 2).sum(axis=1)

    def grad(self, p, y):
        return SIGN self.scale * (p - y)


@hookimpl
def register_losses():
    return {"mine": Mine}
'''
WORDS = ("plugins.paths=[mine.py]", "loss=mine", "data=iris", "train.epochs=1", "quiet=true")


@pytest.fixture
def cache(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache without verdicts; where they are kept."""
    monkeypatch.setenv("FRAMEWORK_CACHE", str(workplace / "cache"))
    return workplace / "cache" / "checks"


def write(sign: str) -> None:
    Path("mine.py").write_text(LOSS.replace("SIGN", sign))


def tags() -> dict[str, str]:
    (file,) = Path("runs").glob("*/run.json")
    found: dict[str, str] = json.loads(file.read_text())["tags"]
    return found


def test_a_right_plugin_runs_and_the_run_says_so(command: Command, cache: Path) -> None:
    write("")
    done = command(*WORDS)
    assert (done.status, done.err) == (0, "")
    assert tags()["check"].startswith("passed (")
    assert any(path.name.startswith("loss-mine-") for path in cache.iterdir())


def test_a_wrong_plugin_refuses_to_run_in_one_line(command: Command, cache: Path) -> None:
    write("-")
    done = command(*WORDS)
    assert done.status == 2
    assert done.err.startswith("error: loss=mine: the check 'gradient' fails: behind softmax")
    assert "analytic" in done.err and "the sign is flipped" in done.err
    assert "'python -m framework check mine.py' tells more" in done.err
    assert "plugins.unchecked=true runs it all the same" in done.err
    assert done.err.count("\n") == 1
    assert not Path("runs").exists()


def test_it_runs_when_told_so_and_what_is_known_is_kept(command: Command, cache: Path) -> None:
    write("-")
    assert command(*WORDS).status == 2
    assert command(*WORDS, "plugins.unchecked=true").status == 0
    assert tags()["check"].startswith("failed: loss=mine: the check 'gradient' fails")


def test_without_a_verdict_it_is_unchecked(command: Command, cache: Path) -> None:
    write("-")
    assert command(*WORDS, "plugins.unchecked=true").status == 0
    assert tags()["check"] == "unchecked"
    assert not cache.exists()


@pytest.fixture
def parts() -> list[Any]:
    component = discover().get("loss", "mse")
    return [(component, component.cls())]


def test_a_verdict_is_made_once(
    parts: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = verify(parts, IDENTITY, False, tmp_path)
    monkeypatch.setattr(first_run, "_judge", None)
    assert verify(parts, IDENTITY, False, tmp_path) == first == "passed (7 checks)"


def test_another_source_link_or_field_is_checked_anew(
    parts: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify(parts, IDENTITY, False, tmp_path)
    verify(parts, SOFTMAX, False, tmp_path)
    monkeypatch.setattr(first_run, "core_source", lambda: "another framework")
    verify(parts, IDENTITY, False, tmp_path)
    assert len(list((tmp_path / "checks").iterdir())) == 3


def test_a_damaged_verdict_is_replaced(parts: list[Any], tmp_path: Path) -> None:
    verify(parts, IDENTITY, False, tmp_path)
    (file,) = (tmp_path / "checks").iterdir()
    file.write_text("{")
    assert verify(parts, IDENTITY, False, tmp_path) == "passed (7 checks)"
    assert json.loads(file.read_text()) == {"checks": 7, "failed": ""}


def test_without_a_cache_it_is_checked_each_time(parts: list[Any]) -> None:
    assert verify(parts, IDENTITY, False, None) == "passed (7 checks)"


def test_a_folder_that_cannot_be_written_to_is_no_error(parts: list[Any], tmp_path: Path) -> None:
    (tmp_path / "checks").write_text("a file in the way")
    assert verify(parts, IDENTITY, False, tmp_path) == "passed (7 checks)"


def test_plugins_that_were_only_found_are_not_checked(command: Command, cache: Path) -> None:
    write("-")
    done = command(WORDS[0], "loss=mse", *WORDS[2:])
    assert (done.status, done.err) == (0, "")


def test_the_error_is_a_config_error(
    parts: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_run, "_judge", lambda part, run: first_run.Verdict(1, "it is wrong"))
    with pytest.raises(
        ConfigError, match=r"^loss=mse: it is wrong; 'python -m framework check loss=mse'"
    ):
        verify(parts, IDENTITY, False, tmp_path)


PICKY = """
from dataclasses import dataclass


from framework import INITIALIZERS, Dense, Model, Sequential, hookimpl


@dataclass
class Picky(Model):
    \"\"\"Takes wines only.\"\"\"

    def build(self, inputs, outputs):
        assert (inputs, outputs) == ((13,), 3), "wines only"
        return Sequential([Dense(outputs, INITIALIZERS["lecun"])], inputs)


@hookimpl
def register_models():
    return {"picky": Picky}
"""


def test_a_model_for_one_shape_only_is_checked_with_that(command: Command, cache: Path) -> None:
    Path("picky.py").write_text(PICKY)
    words = ("plugins.paths=[picky.py]", "model=picky", "train.epochs=1", "quiet=true")
    done = command(*words, "data=wine")
    assert (done.status, done.err) == (0, "")
    assert any(path.name.startswith("model-picky-") for path in cache.iterdir())
