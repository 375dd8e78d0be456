"""Processes that fail in every way there is, and the jobs beside them that do not notice."""

import multiprocessing
import os
import pickle
import select
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from framework.study.pool import Pool, _Job

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    """Jobs import this module by the name that pytest gives it."""
    monkeypatch.syspath_prepend(str(ROOT))


def misbehave(spec):
    match spec:
        case 3:
            raise ValueError("three")
        case 7:
            os._exit(3)
        case 11:
            os.kill(os.getpid(), signal.SIGKILL)
        case "hang":
            signal.pause()
        case "hang deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            while True:
                signal.pause()
        case "exit":
            sys.exit(0)
        case "words":
            sys.exit("no more")
        case "interrupt":
            raise KeyboardInterrupt("ended by SIGTERM")
    return spec**2


def square(spec):
    return spec**2


def ask(spec):
    return eval(spec)


def large(spec):
    return np.arange(spec)


class Fatal:
    """The process dies while it is pickled."""

    def __reduce__(self):
        os.kill(os.getpid(), signal.SIGKILL)


def die_in_writing(spec):
    return Fatal()


def unpicklable(spec):
    return lambda: spec


def thread(spec):
    """Returns beside a thread that never ends."""
    import threading

    threading.Thread(target=threading.Event().wait).start()
    return spec


def record_its_end(spec):
    """Waits with a process of its own, and notes why it ends; both keep the pipe open while they live."""
    pipe, record = spec

    def told(number, frame):
        raise KeyboardInterrupt("told to end")

    signal.signal(signal.SIGTERM, told)
    with Path(pipe).open("w") as open_while_it_lives:
        own = [sys.executable, "-c", "import signal; signal.pause()"]
        subprocess.Popen(own, pass_fds=[open_while_it_lives.fileno()], stderr=subprocess.DEVNULL)
        try:
            print("ready", file=open_while_it_lives, flush=True)
            signal.pause()
        except KeyboardInterrupt as error:
            Path(record).write_text(str(error))
            raise


class Ended:
    """A process that is over, as the pool sees one."""

    pid = 2**22 + 1  # no process has this number
    exitcode = 0

    def is_alive(self):
        return False

    def join(self):
        pass

    def close(self):
        pass


def run(pool, task, specs):
    """The endings by spec, and the order of the calls."""
    endings, calls = {}, []

    def ended(spec, ending):
        endings[spec] = ending
        calls.append(("ended", spec))

    pool.run(task, specs, lambda spec: calls.append(("started", spec)), ended)
    return endings, calls


def test_three_of_twenty_jobs_fail_in_three_ways_and_seventeen_do_not_notice():
    endings, calls = run(Pool(2), misbehave, range(20))
    problems = {spec: ending.problem for spec, ending in endings.items() if ending.problem}
    assert problems == {
        3: "ValueError: three",
        7: "exited with status 3",
        11: "killed by SIGKILL",
    }
    values = {spec: ending.value for spec, ending in endings.items() if not ending.problem}
    assert values == {spec: spec**2 for spec in range(20) if spec not in problems}
    assert [spec for what, spec in calls if what == "started"] == list(range(20))
    under_way = 0
    for what, _ in calls:
        under_way += 1 if what == "started" else -1
        assert 0 <= under_way <= 2
    assert under_way == 0


def test_a_job_that_does_not_end_is_ended_though_it_ignores_sigterm(monkeypatch):
    monkeypatch.setattr("framework.study.pool.GRACE", 0.2)
    endings, _ = run(Pool(2, timeout=0.5), misbehave, ["hang", "hang deaf"])
    assert {ending.problem for ending in endings.values()} == {
        "no end after 0.5 s: stopped (study.timeout=0.5)"
    }
    assert endings["hang deaf"].seconds > 0.5


def test_a_job_that_was_done_when_it_was_stopped_has_its_answer(tmp_path):
    """Its process ended with the answer written, after the deadline and before it was seen to be over."""
    job = _Job("spec", Ended(), tmp_path / "answer", timeout=0.0)
    job.enforce()
    assert job.ending().problem == "no end after 0 s: stopped (study.timeout=0)"
    for left, problem, value in ((("", 9), "", 9), (("ended by SIGTERM", None), None, None)):
        job.answer.write_bytes(pickle.dumps(left))
        ending = job.ending()
        expected = "no end after 0 s: stopped (study.timeout=0)" if problem is None else problem
        assert (ending.problem, ending.value) == (expected, value)


def test_an_exit_is_no_answer_whatever_its_status():
    endings, _ = run(Pool(2), misbehave, ["exit", "words", "interrupt"])
    assert [endings[spec].problem for spec in ("exit", "words", "interrupt")] == [
        "exited with status 0",
        "exited with status 1: no more",
        "ended by SIGTERM",
    ]


def test_what_cannot_be_handed_back_is_a_problem():
    endings, _ = run(Pool(2), die_in_writing, [0])
    assert endings[0].problem == "killed by SIGKILL"
    endings, _ = run(Pool(2), unpicklable, [0])
    assert "local object" in endings[0].problem


def test_a_value_of_any_size_comes_back():
    endings, _ = run(Pool(1), large, [3_000_000])
    np.testing.assert_array_equal(endings[3_000_000].value, np.arange(3_000_000))


def test_a_thread_that_stays_does_not_hold_up_its_job():
    endings, _ = run(Pool(1), thread, [4])
    assert (endings[4].problem, endings[4].value) == ("", 4)


def test_a_spec_is_asked_for_when_a_worker_is_free():
    ended = []

    def specs():
        for spec in range(4):
            assert len(ended) >= spec - 1
            yield spec

    Pool(2).run(square, specs(), lambda spec: None, lambda spec, ending: ended.append(spec))
    assert sorted(ended) == [0, 1, 2, 3]


def test_no_job_is_no_work():
    assert run(Pool(2), square, []) == ({}, [])


def test_a_pool_needs_a_worker():
    with pytest.raises(ValueError, match="workers=0: at least 1"):
        Pool(0)


def test_a_job_has_one_thread_and_this_environment_folder_and_path(monkeypatch, tmp_path):
    monkeypatch.setenv("OF_THIS_TEST", "seen")
    monkeypatch.delenv("HOME")
    monkeypatch.chdir(tmp_path)
    before = dict(os.environ)
    questions = [
        "os.environ['OPENBLAS_NUM_THREADS'], os.environ['OMP_NUM_THREADS']",
        "os.environ['OF_THIS_TEST'], 'HOME' in os.environ, os.getcwd()",
        "sys.path",
        "{each['num_threads'] for each in __import__('threadpoolctl').threadpool_info()}",
        "'framework.experiment' in sys.modules and 'plugins.losses.cross_entropy' in sys.modules",
        "signal.getsignal(signal.SIGINT) is signal.default_int_handler",
        "signal.pthread_sigmask(signal.SIG_BLOCK, [])",
    ]
    endings, _ = run(Pool(2), ask, questions)
    assert [endings[question].value for question in questions] == [
        ("1", "1"),
        ("seen", False, str(tmp_path)),
        sys.path,
        {1},
        True,
        True,
        set(),
    ]
    assert dict(os.environ) == before


@pytest.fixture
def pipe(tmp_path):
    """Open for reading, it comes to its end when no process has it open for writing."""
    os.mkfifo(tmp_path / "pipe")
    with os.fdopen(os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)) as reader:
        os.set_blocking(reader.fileno(), True)
        yield reader


def closes(pipe):
    """Whether all that write to the pipe end."""
    return bool(select.select([pipe], [], [], 30)[0]) and pipe.read() == ""


def ready(pipe):
    return bool(select.select([pipe], [], [], 30)[0]) and pipe.readline() == "ready\n"


def test_an_interrupt_lets_a_job_record_its_end_and_leaves_no_process(tmp_path, pipe):
    record, ended = tmp_path / "record", []

    def specs():
        yield (str(tmp_path / "pipe"), str(record))
        assert ready(pipe)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Pool(2).run(record_its_end, specs(), lambda spec: None, lambda *end: ended.append(end))
    assert (record.read_text(), ended) == ("told to end", [])
    assert closes(pipe)  # the job's, and that of what it had started
    assert not multiprocessing.active_children()


@pytest.fixture
def study(tmp_path, pipe):
    """A program, leader of a group, whose pool has a job that is ready."""
    script = tmp_path / "study.py"
    spec = (str(tmp_path / "pipe"), str(tmp_path / "record"))
    script.write_text(
        "from framework.study.pool import Pool\n"
        f"from {record_its_end.__module__} import record_its_end\n"
        "if __name__ == '__main__':\n"
        f"    Pool(1, preload=()).run(record_its_end, [{spec}], repr, repr)\n"
    )
    paths = os.pathsep.join(path for path in sys.path if path)
    with subprocess.Popen(
        [sys.executable, script],
        env={**os.environ, "PYTHONPATH": paths},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as study:
        assert ready(pipe)
        yield study


def test_ctrl_c_in_a_terminal_reaches_the_study_alone(tmp_path, pipe, study):
    os.killpg(study.pid, signal.SIGINT)
    _, said = study.communicate(timeout=30)
    assert said.count("Traceback") == 1
    assert "KeyboardInterrupt" in said.splitlines()[-1]
    assert (tmp_path / "record").read_text() == "told to end"
    assert closes(pipe)


def test_jobs_end_with_the_process_that_runs_the_study(tmp_path, pipe, study):
    study.kill()
    study.wait()
    assert closes(pipe)
    assert (tmp_path / "record").read_text() == "told to end"
