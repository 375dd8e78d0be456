"""python run.py --help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from framework import overview
from framework.registry import discover

Command = Callable[..., Any]


def test_the_help_names_all_that_there_is_in_80_columns(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="0"):  # Hydra's, after its help
        command("--help")
    shown = capsys.readouterr().out
    words = set(shown.replace(",", " ").split())
    assert {name for _, name in discover().components} <= words
    assert {"relu", "glorot", "softmax"} <= words
    assert {"epochs=30", "l2=0", "batch_size=auto"} <= words
    assert "python -m framework list optim adam" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_choices_are_by_the_key_that_chooses_them() -> None:
    rows = [line[:20].strip() for line in overview.choices(discover()).splitlines()]
    assert [row for row in rows if row][:5] == ["loss", "optim", "schedule", "model", "data"]
    assert "model.activation" in rows


def test_settings_stand_in_their_sections() -> None:
    assert "  objective.        l2=0 l1=0" in overview.fields().splitlines()
