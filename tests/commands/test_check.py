"""`python -m framework check`: what it chooses, what it prints, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from framework.commands.check import command
from framework.errors import ConfigError

LOSS = '''
from dataclasses import dataclass

from framework import Loss, hookimpl


@dataclass
class Mine(Loss):
    """Half the squared error."""

    def value(self, p, y):
        return 0.5 * ((p - y) ** 2).sum(axis=1)

    def grad(self, p, y):
        return p - y


@hookimpl
def register_losses():
    return {"NAME": Mine}
'''
WRONG = LOSS.replace("return p - y", "return (p - y) / len(y)")


@pytest.fixture
def check(workplace):
    def run(*words):
        return CliRunner().invoke(command, list(words), catch_exceptions=False)

    return run


def test_a_right_plugin_has_a_line_a_check_and_status_0(check):
    done = check("mse")
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert lines[1] == "loss=mse  built-in"
    assert any(line.startswith("  ✓ gradient               ⟨grad, v⟩ against") for line in lines)
    assert lines[-1].startswith("1 component: ")
    assert " 0 failed" in lines[-1]
    assert max(map(len, lines)) <= 80


def test_a_wrong_plugin_is_named_with_what_it_usually_means_and_status_1(check):
    Path("mine.py").write_text(WRONG.replace("NAME", "wrong"))
    done = check("mine.py")
    assert done.exit_code == 1
    lines = done.output.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("  ✗ gradient"))
    told = " ".join(line.strip() for line in lines[at + 1 : at + 4])
    assert all(line.startswith("      ") for line in lines[at + 1 : at + 3])
    assert "analytic" in told and "numeric" in told
    assert "divide by the batch size nowhere, the objective does" in told
    assert "failed: loss=wrong: gradient, rows are independent" in lines
    assert max(map(len, lines)) <= 80


def test_a_file_means_all_that_it_registers(check):
    Path("pair.py").write_text(LOSS.replace('{"NAME": Mine}', '{"one": Mine, "two": Mine}'))
    done = check("pair.py", "--brief")
    assert done.exit_code == 0
    first, second, *_, last = done.output.splitlines()
    assert first.startswith("✓ loss=one") and second.startswith("✓ loss=two")
    assert last.startswith("2 components: ")


def test_a_built_in_file_is_found_where_it_is(check):
    import plugins.losses.mean_squared_error as module

    done = check(str(module.__file__))
    assert (done.exit_code, done.output.splitlines()[1]) == (0, "loss=mse  built-in")


def test_a_file_that_cannot_be_imported_fails(check):
    Path("broken.py").write_text("1 / 0")
    done = check("broken.py")
    assert done.exit_code == 1
    assert "plugin broken.py was set aside: ZeroDivisionError" in done.output


def test_json_is_for_programs(check):
    done = check("loss=mse", "rmse", "--json")
    found = json.loads(done.output)
    assert [(c["kind"], c["name"], c["passed"]) for c in found["components"]] == [
        ("loss", "mse", True),
        ("metric", "rmse", True),
    ]
    gradient = next(c for c in found["components"][0]["checks"] if c["check"] == "gradient")
    assert gradient["passed"] is True and 0 < gradient["error"] < 1e-9
    assert found["quarantined"] == []


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["cee"], "cee: no such component; did you mean 'ce'?"),
        (["loss=cee"], "loss=cee: no such loss; did you mean 'ce'?"),
        (["los=ce"], "los=ce: no such kind of component; did you mean 'loss'?"),
        (["nowhere.py"], "nowhere.py: no such file or folder: "),
        ([], "name what to check (ce, loss=ce, my_loss.py), or give --all"),
        (["ce", "--all"], "name what to check"),
    ],
)
def test_bad_input_is_told_in_a_line(check, words, text):
    with pytest.raises(ConfigError) as caught:  # which `python -m framework` turns into status 2
        check(*words)
    assert str(caught.value).startswith(text)
    assert "\n" not in str(caught.value)


def test_a_name_of_two_kinds_wants_the_kind(check):
    Path("mine.py").write_text(LOSS.replace("NAME", "sgd"))
    with pytest.raises(ConfigError, match=r"^sgd: there are several; write "):
        check("sgd", "--plugins", "mine.py")
    assert check("loss=sgd", "--plugins", "mine.py").exit_code == 0
