"""What a study shows while it runs: lines, and the table that a terminal of 80 columns would show."""

import io
import sys
from types import SimpleNamespace

import pytest
from rich.console import Console

from framework.study import board as module
from framework.study.board import Board


@pytest.fixture
def clock(monkeypatch):
    """Seconds pass when a test says so."""
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def shown(board, height=24, width=80):
    """The lines of the table."""
    console = Console(file=io.StringIO(), width=width, height=height, record=True)
    console.print(board._table(console))
    return [line.rstrip() for line in console.export_text().splitlines()]


def terminal():
    return Console(file=io.StringIO(), width=80, height=24, force_terminal=True)


def run(board, clock, arm, seed, value, seconds=0.0, problem=""):
    board.started(arm, seed, "")
    clock.now += seconds
    board.ended(arm, seed, "", value, problem)


def test_a_line_a_run_where_there_is_no_terminal(capsys):
    with Board({"ce": 20, "mse": 20}, "val/accuracy", 1) as board:
        for seed in range(12):
            board.started("ce", seed, "")
            board.ended("ce", seed, "", 0.9777, "", cost=32370)
        board.skipped("mse", 3, "", 0.98)
    lines = capsys.readouterr().out.splitlines()
    assert lines[11] == "  12/40  ce seed=11                   val/accuracy 0.9777  cost 32,370"
    assert lines[12] == "  13/40  mse seed=3                   val/accuracy 0.9800  reused"
    assert lines[0].startswith("   1/40  ce seed=0  ")


def test_a_long_name_is_cut_and_the_rest_is_there(capsys):
    name = "loss=mse optim=newton optim.newton.damping=0.1 and something more"
    Board({name: 1}, "val/accuracy", 1).ended(name, 0, "", 0.5, "", cost=1e9)
    (line,) = capsys.readouterr().out.splitlines()
    assert len(line) == 80
    assert line.startswith("  1/1  loss=mse optim=newton opt") and "…" in line
    assert line.endswith("  val/accuracy 0.5000  cost 1,000,000,000")


def test_a_part_of_a_search_counts_on(capsys):
    Board({"ce": 2}, "val/accuracy", 1, before=32, total=64).ended("ce", 0, "", 0.5, "")
    assert capsys.readouterr().out.startswith("  33/64  ce seed=0  ")


@pytest.mark.parametrize("quiet", [False, True])
def test_a_failure_is_told_on_standard_error_and_is_all_that_a_quiet_board_says(capsys, quiet):
    with Board({"ce": 2}, "val/accuracy", 1, quiet=quiet) as board:
        board.ended("ce", 0, "", 0.9, "")
        board.ended("ce", 3, "", None, "exited with status 3")
    text = capsys.readouterr()
    assert text.err == "failed: ce seed=3: exited with status 3\n"
    assert (text.out == "") == quiet


def test_a_closed_pipe_ends_nothing(monkeypatch, capsys):
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Closed())
    monkeypatch.setattr(sys, "stderr", Closed())
    board = Board({"ce": 3}, "val/accuracy", 1)
    for problem in ("", "ValueError: no", "", "ValueError: no"):
        board.ended("ce", 0, "", 1.0, problem)
    sys.stdout.close()
    sys.stderr.close()


def test_the_table_counts_and_gives_means_with_students_interval(clock, capsys):
    board = Board({"ce": 10, "mse": 10, "hinge": 10}, "val/accuracy", 2)
    for seed, value in enumerate([0.96, 0.97, 0.98]):
        run(board, clock, "ce", seed, value, seconds=4)
    board.skipped("mse", 0, "", 0.5)
    run(board, clock, "mse", 1, None, seconds=4, problem="epoch 2: no")
    board.started("mse", 2, "")
    # t of 2 degrees of freedom at 0.975 is 4.303 (tables): 0.97 -+ 4.303 * 0.01 / sqrt(3)
    assert (
        shown(board)
        == [
            "arm    done  now  reused  failed        val/accuracy (95 %)  s/run",
            "ce     3/10                       0.9700 (0.9452 to 0.9948)   4.00",
            "mse    1/10    1       1       1                     0.5000   4.00",
            "hinge  0/10",
            "  5 of 30 runs over, 1 under way; about 50 s left",  # 24 to come and 1 begun, 4 s each, by 2
        ]
    )


def test_columns_of_nothing_are_left_out_and_no_time_is_guessed(clock):
    board = Board({"ce": 2}, "val/accuracy", 1)
    board.started("ce", 0, "")
    assert shown(board) == [
        "arm  done  now  val/accuracy (95 %)  s/run",
        "ce    0/2    1",
        "  0 of 2 runs over, 1 under way",
    ]


def test_time_left_knows_the_pace_of_each_arm_and_what_is_under_way(clock):
    board = Board({"fast": 3, "slow": 2}, "val/accuracy", 1)
    run(board, clock, "fast", 0, 1.0, seconds=10)
    run(board, clock, "slow", 0, 1.0, seconds=600)
    board.started("slow", 1, "")
    clock.now += 240
    assert "about 6 min left" in shown(board)[-1]  # 600 - 240 + 2 * 10
    clock.now += 1000
    assert "about 20 s left" in shown(board)[-1]


def test_values_that_are_not_finite_have_no_mean(clock):
    board = Board({"ce": 2}, "val/accuracy", 1)
    run(board, clock, "ce", 0, float("nan"))
    run(board, clock, "ce", 1, 0.9)
    assert "not finite" in shown(board)[1]


def test_many_arms_show_those_under_way_in_their_order(clock):
    board = Board({f"arm{n}": 1 for n in range(40)}, "val/accuracy", 1)
    run(board, clock, "arm0", 0, 1.0)
    board.started("arm31", 0, "")
    board.started("arm7", 0, "")
    lines = shown(board, height=10)
    assert [line.split()[0] for line in lines[1:6]] == ["arm1", "arm2", "arm3", "arm7", "arm31"]
    assert lines[6] == "  and 35 more arms"
    assert len(lines) < 10


@pytest.mark.parametrize("width", [60, 80])
def test_a_long_name_fits(clock, capsys, width):
    name = "loss=mse optim=newton optim.newton.damping=0.001"
    board = Board({name: 10, "b": 10}, "val/accuracy", 1)
    for seed, problem in enumerate(["", "", "no"]):
        run(board, clock, name, seed, 0.97, problem=problem)
    board.skipped("b", 0, "", 0.9)
    assert all(len(line) <= width for line in shown(board, width=width))


def test_the_table_of_a_terminal_goes_away_and_failures_stay(clock, capsys):
    console = terminal()
    with Board({"ce": 2}, "val/accuracy", 1, console=console) as board:
        run(board, clock, "ce", 0, 0.9)
        run(board, clock, "ce", 1, None, problem="ValueError: no")
    drawn = console.file.getvalue()
    assert "val/accuracy (95 %)" in drawn
    assert drawn.endswith("\x1b[2K")  # lines of the table cleared
    text = capsys.readouterr()
    assert (text.out, text.err) == ("", "failed: ce seed=1: ValueError: no\n")
