"""metrics.jsonl read while somebody writes it."""

from __future__ import annotations

from pathlib import Path

from framework.tracking.history import read_lines

LINE = b'{"step": %d, "time": 1, "metrics": {"a": 0.5}}\n'


def test_there_may_be_no_file_yet(tmp_path: Path) -> None:
    assert read_lines(tmp_path / "metrics.jsonl") == ([], 0)


def test_a_line_without_its_end_waits_for_the_next_call(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    whole = LINE % 0 + LINE % 1
    path.write_bytes(whole[:-9])
    entries, offset = read_lines(path)
    assert [entry["step"] for entry in entries] == [0]
    path.write_bytes(whole)
    entries, offset = read_lines(path, offset)
    assert [entry["step"] for entry in entries] == [1]
    assert offset == len(whole)


def test_a_line_torn_by_a_death_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(LINE % 0 + b'{"step": 1, "me\n' + LINE % 2)
    assert [entry["step"] for entry in read_lines(path)[0]] == [0, 2]
