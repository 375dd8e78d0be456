"""Studies that are cut off from outside: by Ctrl-C, by `kill -9`, by a reader that leaves."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

import pytest

from framework.tracking.folder import read_json
from framework.tracking.record import records_of

RUN = Path(__file__).parents[2] / "run.py"
SMALL = ["data=iris", "model=linear", "train.epochs=2", "study.workers=2"]
LONGEST = 60  # seconds for what takes two or three
WAITS = """
import os
import signal
from dataclasses import dataclass

from framework import Callback, hookimpl


@dataclass
class Waits(Callback):
    enabled: bool = True

    @hookimpl
    def on_epoch_end(self, run, epoch):
        if run.settings.seed >= 2 and not os.path.exists("mended"):
            with open("pipe", "w") as open_while_it_lives:
                print("waits", file=open_while_it_lives, flush=True)
                signal.pause()


@hookimpl
def register_callbacks():
    return {"waits": Waits}
"""


@pytest.fixture
def words(workplace: Path, tmp_path: Path) -> list[str]:
    """A study of eight runs, of which those from seed 2 on never end by themselves."""
    path = tmp_path / "waits.py"
    path.write_text(WAITS)
    return ["-m", "seed=range(8)", *SMALL, f"plugins.paths=[{path}]"]


@pytest.fixture
def workers(workplace: Path) -> Iterator[TextIO]:
    """What they say; it comes to its end when none of them is left."""
    os.mkfifo("pipe")
    with os.fdopen(os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)) as reader:
        os.set_blocking(reader.fileno(), True)
        yield reader


def start(words: list[str]) -> subprocess.Popen[str]:
    """As from a terminal: leader of a group, whose output has an end when all of its processes have ended."""
    return subprocess.Popen(
        [sys.executable, RUN, *words, "tracking.enabled=false"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def await_both(workers: TextIO) -> None:
    for _ in range(2):
        assert select.select([workers], [], [], LONGEST)[0]
        assert os.read(workers.fileno(), len("waits\n")) == b"waits\n"


def none_is_left(workers: TextIO) -> bool:
    return bool(select.select([workers], [], [], LONGEST)[0]) and workers.read() == ""


def study_of(workplace: Path) -> Path:
    """The newest."""
    return sorted(path.parent for path in workplace.glob("runs/*/study.json"))[-1]


def ends(study: Path) -> dict[int, tuple[str, str | None]]:
    results = {record.seed: record.result for record in records_of(study)}
    return {seed: (end["status"], end["reason"]) for seed, end in results.items() if end}


def test_what_ctrl_c_ends_is_told_and_the_same_command_does_the_rest(
    workplace: Path, words: list[str], workers: TextIO, command: Callable[..., Any]
) -> None:
    with start(words) as study:
        await_both(workers)
        os.killpg(study.pid, signal.SIGINT)
        said, _ = study.communicate(timeout=LONGEST)
    assert study.returncode == 130
    assert said.splitlines()[-1].startswith("interrupted: ") and "Traceback" not in said
    assert none_is_left(workers)
    folder = study_of(workplace)
    result = read_json(folder / "result.json")
    assert result is not None and result["status"] == "KILLED"
    done, killed = ("FINISHED", None), ("KILLED", "interrupted from the keyboard")
    assert ends(folder) == {0: done, 1: done, 2: killed, 3: killed}

    Path("mended").touch()
    again = command(*words)
    assert (again.status, again.err) == (0, "")
    runs = records_of(study_of(workplace))
    assert [record.seed for record in runs if record.run.get("reused")] == [0, 1]
    assert ends(study_of(workplace)) == dict.fromkeys(range(8), done)


def test_nothing_lives_on_when_the_study_is_killed(
    workplace: Path, words: list[str], workers: TextIO
) -> None:
    with start(words) as study:
        await_both(workers)
        study.kill()
        assert study.stdout is not None
        assert select.select([study.stdout], [], [], LONGEST)[0]
        study.stdout.read()  # to its end: that of the server of the workers too
    assert none_is_left(workers)
    assert set(ends(study_of(workplace))) == {0, 1}


def test_a_reader_that_leaves_costs_no_run_and_no_verdict(workplace: Path) -> None:
    with start(["-m", "loss=ce,mse", "seed=0,1", *SMALL]) as study:
        assert study.stdout is not None
        assert study.stdout.readline().startswith("4 runs: ")
        study.stdout.close()
        study.wait(timeout=LONGEST)
    folder = study_of(workplace)
    result = read_json(folder / "result.json")
    assert result is not None and result["status"] == "FINISHED"
    assert ends(folder) == {0: ("FINISHED", None), 1: ("FINISHED", None)}
    assert {path.name for path in folder.glob("verdict.*")} == {
        "verdict.json",
        "verdict.md",
        "verdict.html",
    }
