"""Plugins by all three ways of discovery, and what happens to those that cannot be used."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framework.errors import ConfigError
from framework.registry import KINDS, discover

Command = Callable[..., Any]

LOSS = '''
from dataclasses import dataclass

from framework import Loss, hookimpl


@dataclass
class Half(Loss):
    """Half the squared error."""

    scale: float = 0.5

    def value(self, p, y):
        return self.scale * ((p - y) ** 2).sum(axis=1)

    def grad(self, p, y):
        return 2 * self.scale * (p - y)


@hookimpl
def register_losses():
    return {"NAME": Half}
'''


@pytest.fixture
def write(workplace: Path) -> Callable[[str, str], Path]:
    def write(path: str, text: str) -> Path:
        file = Path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    return write


Write = Callable[[str, str], Path]


def test_built_in_components_of_every_kind_are_found() -> None:
    registry = discover()
    assert registry.quarantined == []
    assert {"ce", "mse"} <= set(registry.names("loss"))
    assert {"newton", "sgd"} <= set(registry.names("optim"))
    assert {"linear", "mlp"} <= set(registry.names("model"))
    assert {"csv", "digits", "npz", "xor"} <= set(registry.names("data"))
    assert {"accuracy", "log_loss", "r2", "rmse"} <= set(registry.names("metric"))
    assert {"console", "figures"} <= set(registry.names("callbacks"))


def test_every_component_says_where_it_comes_from_and_what_it_is() -> None:
    for component in discover().components.values():
        assert component.origin.found == "built-in"
        assert len(component.origin.sha256) == 64
        assert Path(component.origin.path).is_file()
        assert component.summary.endswith(".")


def test_a_local_file_is_found_and_used(command: Command, write: Write) -> None:
    write("my_loss.py", LOSS.replace("NAME", "half"))
    words = ("model=linear", "data=iris", "train.epochs=3")
    mine = command("plugins.paths=[my_loss.py]", "loss=half", "loss.scale=0.5", *words)
    ours = command("loss=mse", *words)
    assert mine.status == ours.status == 0
    table = [line for line in mine.out.splitlines() if line.startswith("  accuracy")]
    assert table == [line for line in ours.out.splitlines() if line.startswith("  accuracy")]


def test_a_folder_and_the_environment_variable_are_searched(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("folder/deep/a.py", LOSS.replace("NAME", "a"))
    write("b.py", LOSS.replace("NAME", "b"))
    monkeypatch.setenv("FRAMEWORK_PLUGINS", "b.py")
    registry = discover(["folder"])
    assert {"a", "b"} <= set(registry.names("loss"))
    assert registry.components["loss", "a"].origin.found == "local"


def test_a_file_dropped_into_plugins_beside_the_run_is_found(
    command: Command, write: Write
) -> None:
    write("plugins/losses/dropped.py", LOSS.replace("NAME", "dropped"))
    write("plugins/elsewhere/no_business_of_ours.py", "raise SystemExit")
    assert command("loss=dropped", "train.epochs=1", "quiet=true").status == 0
    listed = subprocess.run(
        [sys.executable, "-m", "framework", "list", "loss"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "dropped" in listed.stdout
    assert "ce" in listed.stdout


def test_a_foreign_init_file_that_hides_the_built_in_plugins_is_named(write: Write) -> None:
    write("plugins/__init__.py", "")
    listed = subprocess.run(
        [sys.executable, "-m", "framework", "list"], capture_output=True, text=True, check=False
    )
    assert listed.returncode == 2
    assert "this file hides the built-in plugins" in listed.stderr
    assert "delete it" in listed.stderr


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: str) -> None:
    """What pip leaves behind for a package with an entry point in our group."""
    (folder / f"{name}.py").write_text(code)
    info = folder / f"{name}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(f"[framework]\n{name} = {name}\n")
    monkeypatch.syspath_prepend(folder)


def test_an_installed_package_is_found_by_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, "nice_losses", LOSS.replace("NAME", "nice"))
    origin = discover().components["loss", "nice"].origin
    assert (origin.found, origin.version) == ("package nice_losses", "1.2")


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("import nowhere_to_be_found", "ModuleNotFoundError: No module named"),
        ("def f(:", "SyntaxError in line 1"),
    ],
)
def test_a_broken_package_is_set_aside_with_its_version_and_the_others_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, cause: str
) -> None:
    name = f"broken_{abs(hash(code))}"
    install(tmp_path, monkeypatch, name, code)
    registry = discover()
    (refused,) = registry.quarantined
    assert refused.origin == f"{name} of {name} 1.2"
    assert refused.cause.startswith(cause)
    assert "ce" in registry.names("loss")


SPOILED = [
    (
        LOSS.replace("register_losses", "register_loses"),
        "register_loses: no such hook; did you mean",
    ),
    (LOSS.replace("@hookimpl", ""), "it implements no hook; mark its functions by @hookimpl"),
    (LOSS.replace("@dataclass\n", ""), "'NAME' declares fields but is no @dataclass"),
    (LOSS.replace("def grad", "def gard"), "'NAME' does not define grad"),
    (LOSS.replace("Half(Loss)", "Half"), "'NAME' is not a subclass of Loss"),
    (LOSS.replace('"NAME"', "3"), "3 is not a name"),
    (LOSS.replace('{"NAME": Half}', "None"), "register_losses: TypeError"),
]


@pytest.mark.parametrize(("code", "cause"), SPOILED, ids=[cause for _, cause in SPOILED])
def test_a_plugin_that_cannot_be_used_is_set_aside_with_the_cause(
    write: Write, code: str, cause: str
) -> None:
    write("spoiled.py", code)
    registry = discover(["spoiled.py"])
    (refused,) = registry.quarantined
    assert "spoiled.py" in refused.origin
    assert cause in refused.cause
    assert "NAME" not in registry.names("loss")


def test_choosing_a_name_of_a_broken_plugin_names_it_and_others_work(
    command: Command, write: Write
) -> None:
    write("broken.py", "1 / 0")
    chosen = command("plugins.paths=[broken.py]", "loss=mine")
    assert chosen.status == 2
    warning, error = chosen.err.splitlines()
    assert warning == "warning: plugin broken.py was set aside: ZeroDivisionError: division by zero"
    assert error.startswith("error: loss=mine: no such loss")
    assert error.endswith("; plugin broken.py was set aside: ZeroDivisionError: division by zero")
    other = command("plugins.paths=[broken.py]", "train.epochs=1", "quiet=true")
    assert (other.status, other.err.splitlines()) == (0, [warning])


def test_a_used_name_is_set_aside_and_choosing_it_is_an_error(
    command: Command, write: Write
) -> None:
    write("mine.py", LOSS.replace("NAME", "ce"))
    done = command("plugins.paths=[mine.py]", "loss=ce")
    assert done.status == 2
    assert "error: loss=ce: two plugins claim this name" in done.err
    assert "cross_entropy.py" in done.err
    assert "rename one of them" in done.err
    assert command("plugins.paths=[mine.py]", "loss=mse", "train.epochs=1").status == 0


def test_a_field_that_is_no_configuration_is_set_aside(command: Command, write: Write) -> None:
    write("odd.py", LOSS.replace("NAME", "odd").replace("scale: float", "scale: object"))
    write("fine.py", LOSS.replace("NAME", "fine"))
    done = command("plugins.paths=[odd.py,fine.py]", "loss=fine", "train.epochs=1", "quiet=true")
    assert done.status == 0
    assert done.err.startswith("warning: plugin odd.py was set aside: 'odd' has a field that is no")


def test_discovery_is_idempotent(write: Write) -> None:
    write("mine.py", LOSS.replace("NAME", "mine"))
    first, second = discover(["mine.py"]), discover(["mine.py"])
    assert first.components == second.components


@pytest.mark.parametrize(
    ("kind", "name", "guess"),
    [
        ("loss", "cross_entropy", "here it is called 'ce'"),
        ("loss", "MeanSquaredError", "here it is called 'mse'"),
        ("optim", "Adam", "here it is called 'adam'"),
        ("schedule", "ReduceLROnPlateau", "did you mean 'reduce_on_plateau'?"),
        ("loss", "pinball", "did you mean 'quantile'?"),
        ("optim", "heavy_ball", "did you mean 'sgd'?"),
    ],
)
def test_names_of_other_libraries_are_known(kind, name, guess):
    assert discover().no_such(kind, name).partition("; ")[2].startswith(guess)


def test_asking_for_an_unknown_name_offers_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"^loss=cee: no such loss; did you mean 'ce'\?  \(.*mse"):
        discover().get("loss", "cee")
    assert list(KINDS) == [
        "loss",
        "optim",
        "schedule",
        "model",
        "data",
        "metric",
        "callbacks",
    ]


def test_a_bug_in_a_plugin_is_told_with_a_traceback_for_its_author(
    command: Command, write: Write
) -> None:
    write("mine.py", LOSS.replace("NAME", "mine") + "\nHalf.head = lambda self, link: 1 / 0\n")
    done = command("-m", "plugins.paths=[mine.py]", "loss=mine,mse", "train.epochs=1")
    assert done.status == 2
    assert "mine.py" in done.err
    assert "error: arm 'loss=mine': ZeroDivisionError: division by zero" in done.err
    assert not Path("runs").exists()
