"""Whatever a function or a cell raises, it is its own: it ends neither the check nor the others."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from checks.test_one_way_to_run import RIGHT, verdict

from course_lib import checks
from course_lib.checks.local import LocalCall
from course_lib.checks.student_call import StudentError

OWN = "class Own(BaseException):\n    def __str__(self):\n        raise self\n"
RAISED = ["KeyboardInterrupt", "SystemExit(3)", "GeneratorExit", "Own", "StopIteration", "exit()"]


def raising(what: str) -> str:
    return f"{OWN}def dense_backward(delta, a, W):\n    raise {what}\n"


@pytest.mark.parametrize("what", RAISED)
def test_a_function_that_raises_anything_has_raised(inside: Path, what: str) -> None:
    code = raising(what).replace("raise exit()", "exit()")
    space: dict[str, Any] = {"__name__": "__main__", "check": checks.check}
    exec(f"{code}found = check(dense_backward)", space)
    result = verdict(inside, code)
    assert (result.status, result.score) == ("raised", 0)
    own = what == "Own"
    assert result.symptom.startswith(
        "Your function raises an exc" if own else "Your function raises"
    )
    assert ("of your own class" in result.symptom) is own
    assert space["found"].result == result
    for seconds in (None, 5.0):
        with pytest.raises(StudentError) as caught:
            LocalCall(space, seconds)("dense_backward", 1, 2, 3)
        assert caught.value.kind == "raised"


@pytest.mark.parametrize("what", RAISED)
def test_a_cell_that_raises_anything_costs_nothing_else(inside: Path, what: str) -> None:
    code = raising(what).replace("raise exit()", "exit()") + "dense_backward(1, 2, 3)\n"
    assert verdict(inside, code, RIGHT).status == "right"
    assert verdict(inside, RIGHT, code).status == "raised"


def test_the_text_of_an_exception_has_to_come_in_time() -> None:
    space: dict[str, Any] = {}
    exec(
        "class Endless(Exception):\n    def __str__(self):\n        while True: pass\n"
        "def f(x):\n    raise Endless\n",
        space,
    )
    with pytest.raises(StudentError) as caught:
        LocalCall(space, 0.2)("f", 1.0)
    assert caught.value.kind == "timeout"


def test_a_student_who_interrupts_a_check_ends_it() -> None:
    space: dict[str, Any] = {}
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
    exec("def f():\n    while True: pass", space)
    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(0.2, signal.pthread_kill, (main, signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            LocalCall(space, 30.0)("f")
    finally:
        timer.join()
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    "body",
    [
        "return np.zeros(2**40)",
        "return [0] * 2**36",
        "x = []\n    while True: x.append(np.ones(2**20))",
        "x = [0]\n    while True: x += x",
    ],
)
def test_a_function_that_asks_for_too_much_memory_is_told_so_at_once(body: str) -> None:
    space: dict[str, Any] = {}
    exec(f"import numpy as np\ndef f():\n    {body}\ndef g(): return 3\n", space)
    call = LocalCall(space, 60.0)
    with pytest.raises(StudentError) as caught:
        call("f")
    assert caught.value.kind == "memory"
    assert call("g").value == 3


def test_a_call_that_keeps_all_memory_runs_out_of_time() -> None:
    space: dict[str, Any] = {}
    code = "def f():\n    x = []\n    while True:\n        try: x = [x, bytearray(2**16)]\n"
    exec(f"{code}        except MemoryError: pass\n", space)
    with pytest.raises(StudentError) as caught:
        LocalCall(space, 1.0)("f")
    assert caught.value.kind == "timeout"
