"""An endless call ends within its limit, and nothing is raised where it does not belong."""

# ruff: noqa: C416, E722, SIM105
from __future__ import annotations

import sys
import threading
import time
import types
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from course_lib.checks import check, find, limits
from course_lib.checks.limits import EndedError, within
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.student_call import StudentError

SECONDS = 0.05


def plain() -> None:
    while True:
        pass


def catches_all() -> None:
    while True:
        try:
            sum(range(10))
        except BaseException:
            pass


def bare_except_in_two_loops() -> None:
    while True:
        try:
            while True:
                try:
                    _ = [number for number in range(5)]
                except:
                    pass
        except:
            pass


def goes_on_after_the_first() -> None:
    try:
        plain()
    except BaseException:
        catches_all()


def tidies_up() -> None:
    while True:
        try:
            np.ones(3) + 1
        except BaseException as error:
            str(error)
        finally:
            len("x")


def a_generator() -> None:
    def numbers():
        while True:
            try:
                yield 1
            except BaseException:
                yield 2

    sum(numbers())


ENDLESS = [
    plain,
    catches_all,
    bare_except_in_two_loops,
    goes_on_after_the_first,
    tidies_up,
    a_generator,
]


def stopped(function: Callable[[], object]) -> EndedError:
    with pytest.raises(EndedError) as caught:
        within(SECONDS, function)
    return caught.value


@pytest.mark.parametrize("function", ENDLESS, ids=lambda function: function.__name__)
def test_an_endless_call_ends(function: Callable[[], None]) -> None:
    before = set(threading.enumerate())
    error = stopped(function)
    assert not error.running
    assert error.text == "it was stopped after 0.05 seconds of CPU time"
    assert not set(threading.enumerate()) - before
    assert sys.gettrace() is None or "_again" not in repr(sys.gettrace())


def test_a_profiler_can_be_used_after_a_call_was_stopped() -> None:
    stopped(plain)
    code = "import cProfile; cProfile.runctx('def f(): pass\\nf()', {}, {})"
    thread = threading.Thread(target=exec, args=(code, {}), daemon=True)
    thread.start()
    thread.join(30)
    assert not thread.is_alive(), "a function that is profiled never begins"


def test_it_ends_in_another_thread_too() -> None:
    errors: list[EndedError] = []
    thread = threading.Thread(target=lambda: errors.append(stopped(plain)))
    thread.start()
    thread.join(60)
    assert len(errors) == 1


def test_a_single_long_call_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WALL", (1.0, 0.05))
    monkeypatch.setattr(limits, "GRACE", 0.1)
    ready = threading.Event()
    call = LocalCall({"dense_backward": lambda *_args: ready.wait(60)}, SECONDS)
    with pytest.raises(StudentError, match=r"a single long call.* restart the kernel") as caught:
        call("dense_backward")
    assert caught.value.kind == "timeout"
    with pytest.raises(StudentError, match="a single long call"):
        call("dense_backward")  # it is not called again while it is still going on
    ready.set()


def test_what_is_returned_and_raised_comes_through() -> None:
    assert within(10, lambda one, two: one + two, 1, 2) == 3
    with pytest.raises(ZeroDivisionError):
        within(10, lambda: 1 / 0)

    def deeper() -> None:
        deeper()

    with pytest.raises(RecursionError):
        within(10, deeper)


def test_where_there_are_no_threads_the_call_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert within(1, lambda: 5) == 5


def test_an_interrupt_by_the_student_ends_the_call_and_is_passed_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def pressed(_self: threading.Event, _timeout: float | None = None) -> bool:
        if not calls:
            calls.append(1)
            raise KeyboardInterrupt
        return wait(_self, _timeout)

    calls: list[int] = []
    wait = threading.Event.wait

    class Pressed(threading.Event):
        wait = pressed

    monkeypatch.setattr(limits, "threading", _With(Event=Pressed))
    before = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt):
        within(10, plain)
    assert not set(threading.enumerate()) - before


class _With:
    """The module `threading` with something else in it."""

    def __init__(self, **others: object) -> None:
        self.__dict__.update(others)

    def __getattr__(self, name: str) -> object:
        return getattr(threading, name)


def races(count: int) -> None:
    """Let calls end just when their time is up; count what is raised where it does not belong."""
    stray: list[object] = []
    before = threading.excepthook
    threading.excepthook = stray.append
    rng = np.random.default_rng(0)
    ended = {"returned": 0, "expired": 0}
    try:
        for _ in range(count):
            until = rng.uniform(0.5, 1.5) * 0.004

            def about_the_limit(until: float = until) -> int:
                begun = time.thread_time()
                while time.thread_time() - begun < until:
                    pass
                return 1

            try:
                ended["returned"] += within(0.004, about_the_limit)
            except EndedError:
                ended["expired"] += 1
            for number in range(100):
                assert number >= 0
    finally:
        threading.excepthook = before
    assert not stray
    assert sum(ended.values()) == count


def test_nothing_is_raised_after_the_call_has_ended() -> None:
    races(40)


@pytest.mark.long
def test_nothing_is_raised_after_the_call_has_ended_in_400_races() -> None:
    races(400)


def test_check_ends_an_endless_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    from course_lib.checks.notebook import check as module

    monkeypatch.setattr(module, "TIMEOUT", 0.05)

    def dense_backward(delta: object, a: object, W: object) -> None:
        while True:
            try:
                pass
            except Exception:
                pass

    feedback = check(dense_backward)
    assert feedback.score == 0
    assert "Your function was stopped after 0.05 seconds of CPU time." in repr(feedback)


def test_a_stuck_branch_costs_its_own_point() -> None:
    question = find("local_one")[1]

    def local_one(operation: str, p: float) -> float:
        while operation == "square":
            pass
        return question.reference(operation, p)

    result = mark_question(question, LocalCall({"local_one": local_one}, SECONDS), 0)
    assert (result.score, result.status) == (question.points - 1, "timeout")
    assert "square" in result.symptom
    assert "Your function was stopped after" in result.symptom
    assert any("relu" in sentence for sentence in result.right)


def counted(seconds: float) -> None:
    """Use processor time."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        sum(range(1000))


def test_a_large_call_gets_more_time_where_the_machine_has_become_slower() -> None:
    asked = []

    def longer() -> float:
        asked.append(True)
        return 1.0

    within(SECONDS, counted, 4 * SECONDS, longer=longer)
    assert asked == [True]


def test_the_time_is_extended_once_and_the_stated_limit_is_named() -> None:
    asked = []

    def longer() -> float:
        asked.append(True)
        return (1 + len(asked)) * SECONDS

    with pytest.raises(EndedError, match=r"it was stopped after 0\.05 seconds of CPU time"):
        within(SECONDS, plain, longer=longer)
    assert asked == [True]
    with pytest.raises(EndedError, match=r"it was stopped after 0\.05 seconds of CPU time"):
        within(SECONDS, plain, longer=lambda: 0.5 * SECONDS)


def test_a_large_call_is_not_ended_by_what_else_the_machine_does(monkeypatch) -> None:
    """The speed was measured on an idle machine; now the same work costs more processor time."""
    question = find("mean_squared_error_backward")[1]

    def slow(y_hat: np.ndarray, y: np.ndarray) -> np.ndarray:
        if y_hat.size > 1000:
            counted(0.3)
        return question.reference(y_hat, y)

    fixtures = [replace(case, cpu_seconds=case.cpu_seconds and 0.1) for case in question.fixtures]
    short = replace(question, fixtures=tuple(fixtures))
    for now, status in ((1.0, "timeout"), (6.0, "right")):
        monkeypatch.setattr("course_lib.checks.local.slowness_now", lambda now=now: now)
        call = LocalCall({question.name: slow})
        assert mark_question(short, call).status == status


@pytest.mark.parametrize("function", ENDLESS, ids=lambda function: function.__name__)
def test_a_call_that_others_keep_from_a_processor_is_stopped_as_well(function, monkeypatch) -> None:
    """Its grace is processor time. Here it gets one two-hundredth of a processor."""
    clock = types.SimpleNamespace(**vars(time))
    clock.monotonic = lambda: 200 * time.monotonic()
    monkeypatch.setattr(limits, "time", clock)
    monkeypatch.setattr(limits, "WALL", (6.0, 1000.0))
    assert not stopped(function).running


def test_a_call_that_sleeps_is_given_up_after_its_grace(monkeypatch) -> None:
    monkeypatch.setattr(limits, "GRACE", 0.2)
    monkeypatch.setattr(limits, "WALL", (0.0, 0.1))
    began = time.monotonic()
    assert stopped(lambda: time.sleep(5)).running
    assert time.monotonic() - began < 4
