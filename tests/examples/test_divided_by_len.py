"""The page's cross-entropy, (a - y)/len(y), is found by the check, which says what is wrong."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from framework.commands.check import command

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "mistakes" / "divided_by_len.py"


def test_the_check_finds_it_and_names_the_factor(workplace: Path) -> None:
    done = CliRunner().invoke(command, [str(EXAMPLE)], catch_exceptions=False)
    assert done.exit_code == 1
    lines = done.output.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("  ✗ gradient"))
    told = " ".join(line.strip() for line in lines[at + 1 : at + 3])
    assert told.startswith("behind sigmoid, labels, 3 outputs: analytic ")
    assert told.endswith("off by a factor 1/3, the outputs: sum or mean, not both")
    assert "failed: loss=divided_by_len: gradient, hessian, closed form" in lines
