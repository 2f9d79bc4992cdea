"""Each limit bites, tried from inside a worker and checked from outside."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from grader.sandboxed import answer, ends, runner_of

from course_lib.checks.student_call import StudentError
from course_lib.grading.sandbox.fork_server import (
    THREADS,
    ForkServer,
    begin,
)
from course_lib.grading.sandbox.worker_client import Budget, SandboxError, WorkerEnded
from course_lib.worker import protocol


def test_cpu_time_ends_a_question(server: ForkServer) -> None:
    budget = Budget(cpu_seconds=0.3, submission_seconds=60, wall_seconds=120)
    with pytest.raises(StudentError, match=r"0\.3 seconds of CPU") as caught:
        answer(server, "while True: pass", budget)
    assert caught.value.kind == "timeout"


def test_cpu_time_counts_threads(server: ForkServer) -> None:
    budget = Budget(cpu_seconds=0.3, submission_seconds=60, wall_seconds=120)
    body = "import threading\ndef spin():\n    while True: pass\n"
    body += "threads = [threading.Thread(target=spin) for _ in range(4)]\n"
    body += "[t.start() for t in threads]\nimport time\ntime.sleep(1000)"
    with pytest.raises(StudentError, match=r"0\.3 seconds of CPU"):
        answer(server, body, budget)


def test_the_kernel_ends_what_the_judge_does_not_see(server: ForkServer) -> None:
    """The limit on CPU time that stands where other processes' clocks cannot be read."""
    worker = server.worker(Budget(submission_seconds=-4))
    begin(server, worker, {}, "")
    with pytest.raises(WorkerEnded, match="CPU time") as caught:
        worker.ask(protocol.CELL, {"number": 1, "source": "while True: pass"}, 1000, 60)
    assert (caught.value.kind, caught.value.starved) == ("timeout", False)


@pytest.mark.parametrize("victim", ["worker", "supervisor"])
def test_what_is_ended_from_outside_is_tried_once_more(server: ForkServer, victim: str) -> None:
    runner = runner_of(server, "import time", "def f(): time.sleep(1000)")
    worker = runner._ready()
    worker.cpu_clock()
    status = Path(f"/proc/{worker._pid}/status").read_text()
    parent = int(status.partition("PPid:")[2].split()[0])
    end = threading.Timer(0.1, os.kill, (worker._pid if victim == "worker" else parent, 9))
    end.start()
    with pytest.raises(StudentError, match="from outside"):
        runner.call("f")
    assert runner.wall
    runner.close()


@pytest.mark.parametrize(
    ("queued", "ran", "starved"),
    [(0.0, 0.0, False), (10.0, 0.0, True), (10.0, 20.0, False), (None, 0.0, True)],
    ids=["idle", "busy", "busy with its own threads", "unknown"],
)
def test_sleeping_ends_at_the_clock_and_counts_as_load_only_if_it_waited_for_a_processor(
    server: ForkServer,
    monkeypatch: pytest.MonkeyPatch,
    queued: float | None,
    ran: float,
    starved: bool,
) -> None:
    budget = Budget(cpu_seconds=5, submission_seconds=60, wall_seconds=0.3)
    runner = runner_of(server, "import time", "def f(): time.sleep(1000)")
    worker = runner._ready()
    assert worker.queued() is None or worker.queued() >= 0
    monkeypatch.setattr(type(worker), "queued", lambda self: queued)
    worker.cpu_used = ran
    runner._budget = budget
    with pytest.raises(StudentError, match="no answer within"):
        runner.call("f")
    assert runner.wall is starved
    runner.close()


def test_a_submission_that_sleeps_everywhere_waits_a_bounded_time(server: ForkServer) -> None:
    budget = Budget(cpu_seconds=5, submission_seconds=60, wall_seconds=0.2)
    runner = runner_of(server, *["import time; time.sleep(1000)"] * 30, budget=budget)
    for _ in range(3):
        with pytest.raises(StudentError, match=r"has waited for 1 seconds|no answer") as caught:
            runner.call("f")
        assert caught.value.kind == "timeout"
    assert runner._workers == 5


def test_many_short_sleeps_are_as_bounded_as_a_few_long_ones(server: ForkServer) -> None:
    budget = Budget(cpu_seconds=5, submission_seconds=60, wall_seconds=0.4)
    cells = ["import time; time.sleep(0.3)"] * 30
    runner = runner_of(server, *cells, "def f(): return 1", budget=budget)
    with pytest.raises(StudentError, match="has waited for 2 seconds") as caught:
        runner.call("f")
    assert caught.value.kind == "timeout"
    assert not runner.wall


def test_a_judge_that_is_held_up_is_no_sleep_of_the_students(
    server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("course_lib.grading.sandbox.worker_client.own_queue", time.monotonic)
    budget = Budget(cpu_seconds=5, submission_seconds=60, wall_seconds=0.4)
    runner = runner_of(
        server, *["import time; time.sleep(0.3)"] * 9, "def f(): return 1", budget=budget
    )
    assert runner.call("f").value == 1
    runner.close()


def test_who_computes_does_not_wait(server: ForkServer) -> None:
    body = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    runner = runner_of(server, *[body] * 3, "def f(): return 1")
    assert runner.call("f").value == 1
    assert runner._waited < runner.cpu_used
    runner.close()


def test_who_hangs_up_and_goes_on_is_ended_soon(
    server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("course_lib.grading.sandbox.worker_client.END_SECONDS", 0.2)
    monkeypatch.setattr("course_lib.grading.sandbox.worker_client.SETUP_SECONDS", 5.0)
    runner = runner_of(server, "import os, time\ndef f():\n    os.close(3)\n    time.sleep(1000)")
    worker = runner._ready()
    worker.cpu_clock()
    with pytest.raises(StudentError, match="went on") as caught:
        runner.call("f")
    assert caught.value.kind == "crashed"
    assert not runner.wall
    assert ends(worker._pid)
    runner.close()


def test_a_worker_that_did_not_start_is_not_asked_again(
    server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = runner_of(server, "def f(): return 1")
    with monkeypatch.context() as patch:
        patch.setattr(server, "check", lambda held: (_ for _ in ()).throw(SandboxError("no")))
        with pytest.raises(SandboxError):
            runner.call("f")
    assert runner.call("f").value == 1
    runner.close()


def test_memory_ends_a_question_and_the_next_one_goes_on(server: ForkServer) -> None:
    runner = runner_of(server, "def f(): return np.ones(2**28)\ndef g(): return 1")
    with pytest.raises(StudentError) as caught:
        runner.call("f")
    assert caught.value.kind == "memory"
    assert runner.call("g").value == 1
    runner.close()


def test_files_are_bounded(server: ForkServer) -> None:
    with pytest.raises(StudentError, match="too large"):  # a file that takes no room
        answer(server, "open('/tmp/x', 'wb').truncate(2**26)")
    body = "for i in range(100): open(f'/tmp/{i}', 'wb').write(b'x' * 2**20)"
    with pytest.raises(StudentError, match="space"):
        answer(server, body)


def test_open_files_and_threads_are_bounded(server: ForkServer) -> None:
    with pytest.raises(StudentError, match="Too many open files"):
        answer(server, "keep = [open('/dev/null') for _ in range(1000)]")
    body = "import threading, time\nthreading.stack_size(2**16)\n"  # a thread needs no memory
    body += "try:\n    for n in range(1000):\n"
    body += "        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n"
    body += "except RuntimeError:\n    pass\nreturn n"
    assert answer(server, body) <= THREADS
    assert answer(server, "import resource as r; return r.getrlimit(r.RLIMIT_CORE)") == (0, 0)


def test_an_answer_is_bounded(server: ForkServer) -> None:
    with pytest.raises(StudentError, match="more than 64 MB") as caught:
        answer(server, "return np.zeros(2**23 + 1)")
    assert caught.value.kind == "reply"
    with pytest.raises(StudentError, match="nested"):
        answer(server, "x = []\nfor _ in range(100): x = [x]\nreturn x")


def test_output_is_forgotten(server: ForkServer) -> None:
    body = "import sys, os\nfor _ in range(1000): print('x' * 10000)\n"
    body += "sys.__stdout__.write('y'); sys.stderr.write('z'); os.write(1, b'x' * 10000); return 1"
    assert answer(server, body) == 1


def test_a_budget_bounds_the_whole_submission(server: ForkServer) -> None:
    budget = Budget(cpu_seconds=0.2, submission_seconds=0.5, wall_seconds=120)
    runner = runner_of(server, *["while True: pass"] * 20, "def f(): return 1", budget=budget)
    with pytest.raises(StudentError, match=r"used up its 0\.5 seconds"):
        runner.call("f")
    assert runner.cpu_used < 2
    runner.close()
