"""What the browser's Python runs, here in CPython: the verdicts of `course check`."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from grader.members import notebook

from course_lib import checks
from course_lib.checks import limits
from course_lib.checks.child import marks
from course_lib.live import output, session, threads
from course_lib.notebooks import release, source

ROOT = Path(__file__).resolve().parents[2]


def solved(name: str) -> str:
    """Return the solved notebook of an exercise."""
    return release.dump(release.solved(source.read(ROOT / "solutions" / f"{name}.md")))


@pytest.fixture
def told() -> list[dict[str, Any]]:
    """What a session posts."""
    return []


@pytest.fixture
def page(tmp_path: Path, told: list[dict[str, Any]]) -> session.Session:
    return session.Session(tmp_path / "work", told.append)


def asked(function: str, text: str, **more: Any) -> dict[str, Any]:
    name = checks.find(function)[0].name
    return {"kind": "check", "exercise": name, "notebook": text, "function": function, **more}


@pytest.mark.parametrize("name", ["00_before_you_start", "08_backward_pass"])
def test_the_verdicts_are_those_of_course_check(
    name: str, page: session.Session, tmp_path: Path
) -> None:
    text = solved(name).replace("axis=0", "axis=-1")
    path = tmp_path / f"{name}.ipynb"
    path.write_text(text, encoding="utf-8")
    _, results = marks(path, name)
    for question, result in zip(checks.load(name).questions, results, strict=True):
        answer = json.loads(page.handle(json.dumps(asked(question.name, text))))
        assert answer["score"] == result.score
        assert answer["result"] == result.as_dict()


def test_hints_add_to_the_text(page: session.Session) -> None:
    text = notebook(
        "def dense_backward(delta, a, W):\n    return delta.T @ a, delta.mean(0), delta @ W"
    )
    texts = [
        page.check(asked("dense_backward", text.decode(), hint=hint))["text"] for hint in range(4)
    ]
    assert [len(text.splitlines()) for text in texts] == sorted(
        len(text.splitlines()) for text in texts
    )
    assert "4 of 5" in texts[0]
    assert "In the book: " in texts[1]


def test_each_call_says_how_long_it_may_take(
    page: session.Session, told: list[dict[str, Any]]
) -> None:
    page.check(asked("relative_error", solved("10_gradient_check")))
    limits = [message for message in told if "limit" in message]
    assert any(message["key"].startswith("cell ") for message in limits)
    assert any(message["key"] == "call 1" for message in limits)
    assert all(0 < message["limit"] <= session.LONGEST for message in limits)


@pytest.mark.parametrize("kind", ["timeout", "crashed"])
def test_a_call_that_was_ended_is_not_made_again_and_others_count(
    page: session.Session, kind: str
) -> None:
    text = solved("06_computational_graphs")
    whole = page.check(asked("local_one", text))
    assert whole["score"] == whole["max_score"] == 7
    for many, left in ((1, 6), (4, 3)):
        ended = {f"call {n + 1}": (kind, "it has ended") for n in range(many)}
        answer = page.check(asked("local_one", text, ended=ended))
        assert answer["score"] == left
        assert answer["result"]["status"] == kind
        assert "Your function has ended" in answer["text"]


def test_a_cell_that_was_ended_is_named(page: session.Session) -> None:
    text = notebook("x = 1", "def weighted_sum(x, w, b):\n    return w @ x + b").decode()
    answer = page.check(
        asked("weighted_sum", text, ended={"cell 1": ("timeout", "it was stopped after 3 seconds")})
    )
    assert answer["score"] == answer["max_score"]
    assert answer["cells"] == ["Cell 1 does not run to its end: it was stopped after 3 seconds"]


def test_own_earlier_functions_are_used_where_they_pass(page: session.Session) -> None:
    text = solved("08_backward_pass")
    own = {"02_one_neuron": solved("02_one_neuron")}
    said = page.check(asked("dense_backward", text, earlier=own))["earlier"]
    assert "activate: yours, from 02_one_neuron" in said
    assert "softmax: the course's" in said


def test_a_cell_prints_what_it_prints_in_a_notebook(
    page: session.Session, told: list[dict[str, Any]]
) -> None:
    text = solved("08_backward_pass")
    cells = json.loads(text)["cells"]
    number = next(n for n, cell in enumerate(cells, 1) if cell["id"] == "code-5f670b22eb")
    page.run({"exercise": "08_backward_pass", "notebook": text, "cell": number})
    printed = "".join(message.get("output", "") for message in told)
    released = json.loads((ROOT / "exercises" / "08_backward_pass.ipynb").read_text("utf-8"))
    expected = next(raw for raw in released["cells"] if raw["id"] == "code-5f670b22eb")["outputs"]
    assert printed == "".join(expected[0]["text"])


def test_output_is_bounded_and_errors_are_shown(
    page: session.Session, told: list[dict[str, Any]]
) -> None:
    text = notebook("for k in range(100_000):\n    print(k)\n1 / 0").decode()
    shown = page.run({"exercise": "01_downhill", "notebook": text, "cell": 1})
    assert sum(len(message.get("output", "")) for message in told) == output.SHOWN
    assert shown["dropped"] > 0
    assert shown["error"].endswith("ZeroDivisionError: division by zero")
    assert "cell 1, line 3" in shown["error"]


def test_a_panel_gives_its_controls_and_draws(
    page: session.Session, told: list[dict[str, Any]]
) -> None:
    lines = [
        "from course_lib.checks import panel",
        "def show(x, kind):",
        "    print(kind, x)",
        "panel(show, x=(0.0, 2.0, 0.5), kind=['tanh', 'relu'])",
    ]
    text = notebook("\n".join(lines)).decode()
    shown = page.run({"exercise": "01_downhill", "notebook": text, "cell": 1})
    assert list(shown["panels"][0]["controls"]) == ["x", "kind"]
    page.draw({"panel": 0, "values": {"x": 1.5, "kind": "relu"}})
    assert "relu 1.5" in "".join(message.get("output", "") for message in told)


def test_threads_run_at_their_start_where_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    from concurrent.futures import ThreadPoolExecutor

    monkeypatch.setattr(threading.Thread, "start", threads.start)
    monkeypatch.setattr(ThreadPoolExecutor, "submit", threads.submit)
    monkeypatch.setattr(threading, "excepthook", lambda _args: None)
    here, seen = threading.get_ident(), []
    thread = threading.Thread(target=lambda: seen.append(threading.get_ident()))
    thread.start()
    assert seen == [here]
    thread.join()
    assert not thread.is_alive()
    with pytest.raises(RuntimeError, match="only be started once"):
        thread.start()
    failing = threading.Thread(target=lambda: 1 / 0)
    failing.start()
    failing.join()
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(abs, [-1, 2])) == [1, 2]
        with pytest.raises(ZeroDivisionError):
            pool.submit(lambda: 1 / 0).result()


def test_calls_with_a_limit_are_made_in_place_where_there_are_no_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As `example` makes them: a call that waits for a thread would not end."""
    from concurrent.futures import ThreadPoolExecutor

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(ThreadPoolExecutor, "submit", ThreadPoolExecutor.submit)
    monkeypatch.setattr(limits._Call, "start", threading.Thread.start)
    monkeypatch.setattr(limits._Call, "run", refuse)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    threads.run_at_once()
    assert limits.within(1.0, threading.get_ident) == threading.get_ident()
    seen: list[int] = []
    threading.Thread(target=seen.append, args=[1]).start()
    assert seen == [1]
