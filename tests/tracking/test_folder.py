"""The writer's side of a run folder."""

from __future__ import annotations

import json
import math
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from framework.tracking import folder
from framework.tracking.folder import Lock, RunFolder, Session, is_held, read_json, write_json

HOLDER = """
import sys
from pathlib import Path
from framework.tracking.folder import Session
session = Session.create(Path(sys.argv[1]))
run = session.new_run()
print(session.path, flush=True)
sys.stdin.read()
"""


def test_importing_the_writer_imports_no_third_party_module_of_its_own() -> None:
    path = Path(folder.__file__)
    code = f"""
import sys, runpy
before = set(sys.modules)
runpy.run_path({str(path)!r})
new = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(sorted(new - set(sys.stdlib_module_names)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_session_has_a_stamped_name_and_a_lock_until_it_is_closed(tmp_path: Path) -> None:
    session = Session.create(tmp_path / "not" / "yet")
    assert re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{6}", session.path.name)
    assert is_held(session.path / "session.lock")
    session.close()
    assert not is_held(session.path / "session.lock")


def test_a_name_that_is_taken_is_not_taken_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = iter(["aaaaaa", "aaaaaa", "bbbbbb"])
    monkeypatch.setattr(folder.secrets, "token_hex", lambda size: next(tokens))
    monkeypatch.setattr(folder.time, "strftime", lambda form: "20300101-000000")
    names = []
    for _ in range(2):
        with Session.create(tmp_path) as session:
            names.append(session.path.name)
    assert names == ["20300101-000000-aaaaaa", "20300101-000000-bbbbbb"]


def test_a_study_knows_its_id_and_its_runs_have_folders_by_number(tmp_path: Path) -> None:
    with Session.create(tmp_path, {"name": "study"}) as session, session.new_run(3) as run:
        assert read_json(session.path / "study.json") == {"name": "study", "id": session.path.name}
        assert run.path == session.path / "3"
        session.finish("FINISHED")
    result = read_json(session.path / "result.json")
    assert result is not None and result["status"] == "FINISHED" and result["reason"] is None


def test_metrics_are_on_disk_line_by_line(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "run") as run:
        run.log(0, {"a": 1.5})
        run.log(2, {"a": math.inf, "b": math.nan})
        lines = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [0, 2]
    assert lines[0]["metrics"] == {"a": 1.5}
    assert lines[1]["metrics"]["a"] == math.inf and math.isnan(lines[1]["metrics"]["b"])


def test_a_resumed_run_starts_on_a_line_of_its_own(tmp_path: Path) -> None:
    torn = '{"step": 0, "ti'
    (tmp_path / "metrics.jsonl").write_text(torn)
    with RunFolder(tmp_path) as run:
        run.log(1, {"a": 1.0})
    first, second = (tmp_path / "metrics.jsonl").read_text().splitlines()
    assert first == torn and json.loads(second)["step"] == 1


def test_a_failed_write_leaves_the_old_json(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write_json(path, {"a": 1})
    with pytest.raises(TypeError):
        write_json(path, {"a": object()})
    assert read_json(path) == {"a": 1}
    assert read_json(tmp_path / "none.json") is None


def test_a_lock_is_exclusive_and_free_again(tmp_path: Path) -> None:
    first, second = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")
    assert first.acquire()
    assert not second.acquire(wait=False)
    first.release()
    assert second.acquire(wait=False)
    second.release()


def test_a_lock_that_was_never_made_is_free(tmp_path: Path) -> None:
    assert not is_held(tmp_path / "lock")
    assert not (tmp_path / "lock").exists()


def test_a_child_that_outlives_its_parent_does_not_keep_the_lock(tmp_path: Path) -> None:
    session = Session.create(tmp_path)
    child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False)
    session.close()
    assert not is_held(session.path / "session.lock")
    child.communicate()


FORKER = """
import os, sys
from pathlib import Path
from framework.tracking.folder import Lock, is_held

lock = Lock(Path(sys.argv[1]))
lock.acquire()
forked_in, tell = os.pipe()
wait, end = os.pipe()
child = os.fork()
if child == 0:
    os.write(tell, b"x")
    os.read(wait, 1)
    os._exit(0)
os.read(forked_in, 1)
lock.release()
print(is_held(Path(sys.argv[1])))
os.write(end, b"x")
os.waitpid(child, 0)
"""


def test_a_forked_child_does_not_keep_the_lock(tmp_path: Path) -> None:
    """In a process of its own: libraries that start threads forbid forking in this one."""
    command = [sys.executable, "-c", FORKER, str(tmp_path / "lock")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_killed_process_lets_go_of_its_locks(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    path = Path(holder.stdout.readline().strip())
    assert is_held(path / "session.lock") and is_held(path / "run.lock")
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert not is_held(path / "session.lock") and not is_held(path / "run.lock")
