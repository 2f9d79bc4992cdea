"""What a student sees: `check` with its hints, `example`, `panel`, `earlier`."""

from __future__ import annotations

import itertools
import json
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from course_lib import checks
from course_lib.checks.ex08_backward_pass.reference import dense_backward as right_answer
from course_lib.checks.notebook.example import example
from course_lib.course_files import section_titles


def named(function, name="dense_backward"):
    function.__name__ = name
    return function


def wrong():
    return named(lambda delta, a, W: (delta.T @ a, delta.mean(0), delta @ W))


def right_answer_again(delta, a, W):
    return right_answer(delta, a, W)


class Plain(HTMLParser):
    """Collects tags and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += data


def test_right_is_said_in_few_words() -> None:
    feedback = checks.check(right_answer)
    assert repr(feedback).splitlines()[0] == "dense_backward: 5 of 5 points"
    assert (feedback.score, feedback.max_score) == (5, 5)
    assert "✗" not in repr(feedback)
    assert "hint" not in repr(feedback)


def test_every_hint_adds_to_the_one_before() -> None:
    texts = [repr(checks.check(wrong(), hint=hint)) for hint in range(4)]
    assert "Every entry of db is 1/N times the right one, where N = 11." in texts[0]
    assert "✓ dW is right." in texts[0]
    section = section_titles()["08_backward_pass.html#batch-sum"]
    assert section not in texts[0]
    assert f"chapter 8, section “{section}”" in texts[1]
    assert "Look at the sum that gives db" in texts[1]
    assert "db is the mean over the examples" not in texts[1]
    assert "db is the mean over the examples" in texts[2]
    assert "Two examples (N = 2)" in texts[3]
    for shorter, longer in itertools.pairwise(texts):
        assert set(shorter.splitlines()[:-1]) <= set(longer.splitlines())
    assert texts[0].splitlines()[-1] == "More: check(dense_backward, hint=1)"


def test_an_unknown_mistake_is_not_named() -> None:
    text = repr(checks.check(named(lambda d, a, W: (d.T @ a, d.sum(0), np.sin(d @ W))), hint=2))
    assert "Your mistake is not on our list." in text
    assert "dW and db are right and da is not" in text


def test_every_question_has_a_parallel_example() -> None:
    for name in checks.names():
        for question in checks.load(name).questions:
            assert question.example is not None, question.name
            text = question.example()
            assert len(text.splitlines()) >= 3
            assert len(max(text.splitlines(), key=len)) < 200


def test_html_holds_the_same_text_and_no_markup_of_the_student() -> None:
    def raises(delta, a, W):
        raise ValueError("<script>alert(1)</script> & <b>bold</b>")

    feedback = checks.check(named(raises), hint=3)
    parser = Plain()
    parser.feed(feedback._repr_html_())
    assert "script" not in parser.tags
    assert "b" not in parser.tags
    assert "<script>alert(1)</script>" in parser.text
    assert set(parser.tags) <= {"div", "p", "strong", "pre", "code", "a"}


def test_unwritten_is_one_sentence() -> None:
    def unwritten(delta, a, W):
        raise NotImplementedError("dense_backward is not written yet.")

    assert repr(checks.check(named(unwritten))).startswith("dense_backward is not written yet.")


@pytest.mark.parametrize(
    ("argument", "text"),
    [
        (3, "without brackets"),
        (None, "without brackets"),
        (named(lambda x: x, "nothing_known"), "No exercise asks for a function called"),
        (named(right_answer_again, "denseBackward"), "do you mean dense_backward?"),
        (named(right_answer_again, "dense_backwrd"), "do you mean dense_backward?"),
    ],
)
def test_what_is_not_a_function_of_an_exercise_gets_a_sentence(argument, text: str) -> None:
    feedback = checks.check(argument)
    assert text in repr(feedback)
    assert feedback.score == 0


def test_a_hint_that_does_not_exist() -> None:
    assert "0, 1, 2 or 3" in repr(checks.check(right_answer, hint=7))


def test_example_prints_names_and_rounded_numbers(capsys) -> None:
    example(named(lambda d, a, W: (d / 3, d.sum(0), None)), np.ones((2, 2)), 0, 0)
    assert capsys.readouterr().out == (
        "dW = [[0.3333 0.3333]\n      [0.3333 0.3333]]\ndb = [2. 2.]\nda = None\n"
    )


def test_example_says_what_is_missing(capsys) -> None:
    def unwritten(*args):
        raise NotImplementedError("not yet")

    example(named(unwritten), 1)
    example(named(lambda: 1 / 0))
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "dense_backward is not written yet."
    assert out[1] == "dense_backward raises ZeroDivisionError: division by zero"


def test_a_panel_says_in_a_sentence_why_it_is_empty(capsys) -> None:
    answers = {"how": "unwritten"}

    def draw(x):
        if answers["how"] == "unwritten":
            raise NotImplementedError("not yet")
        if answers["how"] == "raises":
            raise ValueError("two shapes")
        print(f"drawn at {x}")

    widget = checks.panel(draw, right_answer, x=(0, 10, 1))
    shown = {}
    for how in ("unwritten", "raises", "right"):
        answers["how"] = how
        widget.children[0].value = {"unwritten": 1, "raises": 2, "right": 3}[how]
        shown[how] = "".join(output.get("text", "") for output in widget.out.outputs)
    shown_text = capsys.readouterr().out
    texts = {how: text or shown_text for how, text in shown.items()}
    assert "dense_backward not written yet" in texts["unwritten"]
    assert "dense_backward raised ValueError: two shapes" in texts["raises"]
    assert "drawn at 3" in texts["right"]


def test_without_ipywidgets_the_panel_is_a_sentence(monkeypatch, capsys) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    assert checks.panel(print, x=(0, 1)) is None
    assert "pip install ipywidgets" in capsys.readouterr().out


NOTEBOOK = "08_backward_pass.ipynb"
RIGHT = """
import numpy as np
%matplotlib inline
def dense_backward(delta, a, W):
    return None
def dense_backward(delta, a, W):
    return delta.T @ a, delta.sum(axis=0), delta @ W
print(1 / 0)
"""


def write(folder: Path, *sources: str) -> Path:
    cells = [
        {"cell_type": "code", "source": source.splitlines(keepends=True)} for source in sources
    ]
    path = folder / NOTEBOOK
    path.write_text(json.dumps({"cells": cells, "nbformat": 4}), encoding="utf-8")
    return path


def test_earlier_takes_the_students_own_function_where_it_passes(inside, capsys) -> None:
    write(inside, RIGHT)
    function = checks.earlier("dense_backward")
    assert capsys.readouterr().out == f"dense_backward: yours, from {NOTEBOOK}\n"
    assert function is not right_answer
    assert function(np.ones((1, 1)), np.ones((1, 1)), np.ones((1, 1)))[1] == 1


MADE = {
    "lambda": "dense_backward = lambda d, a, W: (d.T @ a, d.sum(0), d @ W)",
    "alias": "def mine(d, a, W):\n    return d.T @ a, d.sum(0), d @ W\ndense_backward = mine",
    "class": """
AXIS = int("0")
class Dense:
    def backward(self, d, a, W):
        return d.T @ a, d.sum(AXIS), d @ W
layer = Dense()
dense_backward = layer.backward
""",
    "decorator": """
import functools
def logged(f):
    @functools.wraps(f)
    def g(*args):
        return f(*args)
    return g
@logged
def dense_backward(d, a, W):
    return d.T @ a, d.sum(0), d @ W
""",
    "branch": """
if True:
    def dense_backward(d, a, W):
        return d.T @ a, d.sum(0), d @ W
""",
    "annotated": "f: object = lambda d, a, W: (d.T @ a, d.sum(0), d @ W)\ndense_backward = f",
}


@pytest.mark.parametrize("how", MADE)
def test_earlier_takes_a_function_however_it_is_made(inside, capsys, how) -> None:
    write(inside, MADE[how], "raise SystemExit")
    checks.earlier("dense_backward")
    assert capsys.readouterr().out == f"dense_backward: yours, from {NOTEBOOK}\n"


def test_earlier_runs_nothing_that_the_function_does_not_need(inside, capsys) -> None:
    path = write(inside, MADE["lambda"], "import pathlib\nx = pathlib.Path('ran').touch()")
    checks.earlier("dense_backward")
    assert path.is_file()
    assert not (inside / "ran").exists()


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (None, "there is no"),
        ("def dense_backward(delta, a, W):\n    return delta", "is not right yet"),
        ("def dense_backward(delta, a, W):\n    raise NotImplementedError", "not written yet"),
        ("x = 1", "not written yet"),
        ("def dense_backward(:", "not written yet"),
    ],
)
def test_earlier_takes_the_courses_function_otherwise(inside, capsys, source, why) -> None:
    if source is not None:
        write(inside, source)
    assert checks.earlier("dense_backward") is right_answer
    assert why in capsys.readouterr().out


def test_a_finished_function_that_uses_an_earlier_one_is_the_students_own(inside, capsys) -> None:
    """`network_forward` of exercise 3 calls the `activate` that its notebook takes from 2."""
    second = "import numpy as np\ndef activate(z, name):\n    return np.tanh(z)"
    third = """
from course_lib.checks import check, earlier
activate = earlier("activate")
softmax = earlier("softmax")
def network_forward(x, W, b, activation):
    a, z = [x], []
    for i in range(len(W)):
        z.append(a[i] @ W[i].T + b[i])
        if i < len(W) - 1:
            a.append(activate(z[i], activation))
    return a, z
"""
    write(inside, second).rename(inside / "02_one_neuron.ipynb")
    write(inside, third).rename(inside / "03_forward_pass.ipynb")
    checks.earlier("network_forward")
    assert capsys.readouterr().out == "network_forward: yours, from 03_forward_pass.ipynb\n"


def test_earlier_gives_several_in_order(inside, capsys) -> None:
    (inside / NOTEBOOK).write_text("not JSON", encoding="utf-8")
    dense, activation = checks.earlier("dense_backward", "activation_backward")
    assert (dense.__name__, activation.__name__) == ("dense_backward", "activation_backward")
    assert "cannot be read" in capsys.readouterr().out


def test_earlier_knows_only_functions_of_exercises(inside) -> None:
    with pytest.raises(ValueError, match="'backprop'"):
        checks.earlier("backprop")
