"""Integers have 32 bits in a browser: inputs, right answers and texts are those of CPython."""

from __future__ import annotations

import ast
import base64
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import watched_page
from grader.members import notebook

from course_lib import checks
from course_lib.live import session

pytestmark = pytest.mark.long

SUMMARY = '''
import base64, json, sys, zlib
import numpy as np

def summary(value):
    """Numbers that tell a value from others, whatever the width of its integers."""
    if isinstance(value, (list, tuple)) and len(value) > 8:
        found = list(leaves(value))
        numbers = [[one for one in found if isinstance(one, kind)] for kind in (int, float)]
        texts = json.dumps([one for one in found if isinstance(one, str)])
        sums = [summary(np.array(one)) for one in numbers]
        return ["list", len(value), *sums, zlib.crc32(texts.encode())]
    if isinstance(value, dict):
        return [[summary(key), summary(one)] for key, one in value.items()]
    if isinstance(value, (list, tuple)):
        return [summary(one) for one in value]
    if value is None or isinstance(value, str) or callable(value):
        return str(value) if isinstance(value, str) else type(value).__name__
    array = np.asarray(value)
    flat, kind = array.ravel(), array.dtype.kind.replace("u", "i")
    if kind == "c":
        return ["c", summary(array.real), summary(array.imag)]
    whole = [int(one) if kind in "bi" else float(one) for one in flat]
    sums = [sum(whole), sum(map(abs, whole)), sum((k % 7) * one for k, one in enumerate(whole))]
    return [kind, list(array.shape), *sums, *whole[:3]]

def leaves(value):
    if isinstance(value, (list, tuple)):
        for one in value:
            yield from leaves(one)
    elif isinstance(value, np.ndarray):
        yield from value.ravel().tolist()
    else:
        yield value.item() if isinstance(value, np.generic) else value

def of(name):
    checks = sys.modules["course_lib.checks"]
    prepared = sys.modules["course_lib.checks.verdict"].prepared
    question = checks.find(name)[1]
    found = json.dumps([summary(prepared(question, one, 1)) for one in question.fixtures])
    return base64.b64encode(zlib.compress(found.encode())).decode()
'''


QUESTIONS = [(name, task.name) for name in checks.names() for task in checks.load(name).questions]


def received(text: str) -> Any:
    """Return the summaries that `of` has packed."""
    return json.loads(zlib.decompress(base64.b64decode(text)))


def alike(first: Any, other: Any) -> bool:
    """Whether two summaries agree: integers exactly, others up to rounding."""
    if isinstance(first, list) and isinstance(other, list):
        return len(first) == len(other) and all(map(alike, first, other))
    if isinstance(first, float) and isinstance(other, float):
        return bool(np.isclose(first, other, rtol=1e-9, atol=1e-11, equal_nan=True))
    return type(first) is type(other) and first == other


def test_a_difference_of_one_is_found() -> None:
    assert alike([1, 2.0, "a"], [1, 2.0 + 1e-12, "a"])
    for other in ([2, 2.0, "a"], [1, 2.1, "a"], [1, 2.0, "b"], [1.0, 2.0, "a"], [1, 2.0]):
        assert not alike([1, 2.0, "a"], other)


def test_inputs_right_answers_and_texts_are_those_of_cpython(
    browser: Any, live_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_BOOK", live_server)
    here = session.Session(tmp_path / "work", lambda _told: None)
    space: dict[str, Any] = {}
    exec(SUMMARY, space)
    with watched_page(browser) as page:
        page.set_default_timeout(90_000)
        page.goto(f"{live_server}exercises/{QUESTIONS[0][0]}.html")

        def ask(asked: dict[str, Any]) -> dict[str, Any]:
            return page.evaluate("asked => window.course.ask(asked)", asked)

        width = notebook("import numpy as np\nnp.dtype(int).itemsize, np.dtype(np.intp).itemsize")
        asked = {"kind": "run", "exercise": QUESTIONS[0][0], "cell": 1}
        assert ask({**asked, "notebook": width.decode()})["value"] == "(4, 4)"
        for exercise, name in QUESTIONS:
            text = notebook(f"{SUMMARY}\nof({name!r})").decode()
            shown = ask({"kind": "run", "exercise": exercise, "notebook": text, "cell": 1})
            assert not shown["error"], shown
            there = received(ast.literal_eval(shown["value"]))
            assert alike(there, received(space["of"](name))), name
            wrong = notebook(f"def {name}(*x):\n    return 2**31").decode()
            asked = {"kind": "check", "exercise": exercise, "notebook": wrong, "earlier": {}}
            asked |= {"function": name, "hint": 3}
            assert ask(asked)["text"] == here.check(asked)["text"]
    assert len(QUESTIONS) == 90
