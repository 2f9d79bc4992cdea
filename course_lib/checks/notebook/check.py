"""`check(f)` in a notebook: what is right, the first symptom, a question, and hints on request."""

from __future__ import annotations

import contextlib
import html
import io
import linecache
import re
import sys
from types import FrameType
from typing import Any

from course_lib.address import where
from course_lib.checks import find, load
from course_lib.checks import names as exercises
from course_lib.checks.limits import TIMEOUT
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.question import Question
from course_lib.checks.sheets import KEY, KeyValueError, key_of, varied
from course_lib.checks.similar_names import most_similar
from course_lib.checks.verdict import QuestionResult, of_points
from course_lib.worker import executor

HINTS = (0, 1, 2, 3)
UNNAMED = "Your mistake is not on our list. Work through the question above."


class Feedback:
    """What `check` says; shown as text or as HTML by the notebook.

    Attributes
    ----------
    score, max_score : float
        The points.
    result : QuestionResult or None
        Everything that is known; None where there was no function to check.
    lines : list of (kind, text)
        Kinds: ``"title"``, ``"right"``, ``"symptom"``, ``"question"``, ``"note"``, ``"hint"``,
        ``"example"``, ``"more"``.
    """

    def __init__(self, lines: list[tuple[str, str]], result: QuestionResult | None = None) -> None:
        self.lines = lines
        self.result = result
        self.score = result.score if result else 0.0
        self.max_score = result.max_score if result else 0.0

    MARKS = {"right": "✓ ", "symptom": "✗ ", "question": "? ", "note": "· ", "hint": "→ "}  # noqa: RUF012

    def __repr__(self) -> str:
        return "\n".join(self.MARKS.get(kind, "") + text for kind, text in self.lines)

    def _repr_html_(self) -> str:
        rows = []
        for kind, text in self.lines:
            shown = _code(html.escape(text))
            if kind == "title":
                rows.append(f"<p style='margin:.2em 0'><strong>{shown}</strong></p>")
            elif kind == "example":
                rows.append(f"<pre style='margin:.2em 0'>{html.escape(text)}</pre>")
            else:
                mark = self.MARKS.get(kind, "")
                rows.append(f"<p style='margin:.2em 0'>{mark}{shown}</p>")
        border = "border-left:.25em solid currentColor;padding:.1em .8em"
        return f"<div style='{border}'>{''.join(rows)}</div>"


def _code(text: str) -> str:
    """Set what stands between backticks as code, and an address as a link."""
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    return re.sub(r"(https?://[^\s<]+)", r"<a href='\1' target='_blank'>\1</a>", text)


class _NotAskedError(ValueError):
    """Why nothing is checked; the text says so."""


def check(function: Any, hint: int = 0, name: str | None = None) -> Feedback:
    """Check a function of an exercise: what is right, and the first thing that is not.

    Parameters
    ----------
    function : callable
        Your function. It is known by the name that it has in your notebook, as where your work is
        marked: decorated functions and other names for a function are fine.
    hint : int
        0: the first symptom and a question. 1: also the place and the section of the book.
        2: also the mistake's name. 3: also a parallel example, worked.
    name : str, optional
        The name that the exercise gives to the function, where the function itself cannot tell.

    Returns
    -------
    Feedback
        Shown by the notebook; ``.score`` and ``.max_score`` are its points. Hints cost nothing.
    """
    caller = sys._getframe(1)
    space = caller.f_globals
    try:
        if hint not in HINTS:
            raise _NotAskedError(f"hint is {hint!r}; it should be 0, 1, 2 or 3.")
        if not callable(function):
            raise _NotAskedError(
                f"check was given {type(function).__name__}, not a function. Write the name of "
                "your function without brackets, as in check(dense_backward)."
            )
        question = _asked(function, name, caller)
        question = varied(question, key_of(space.get(KEY) if question.sheet else None))
    except (_NotAskedError, KeyValueError) as error:
        return Feedback([("title", "check"), ("symptom", str(error))])
    book = executor.Notebook(namespace=space)
    # Of a question about functions, the notebook's own cell calls the function by its name.
    meant = (
        {}
        if question.entry and function is space.get(question.entry)
        else {question.name: function}
    )
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), executor.replaced(space, meant), book.active():
        call = LocalCall(space, TIMEOUT, book=book)
        result = mark_question(question, call)
    lines = report(question, result, hint)
    if call.own_message and result.status != "right":
        lines.append(("note", f"The exception's own text: {call.own_message[:500]}"))
    if printed.getvalue():
        text = "What your function prints is not shown here; call it yourself to see it."
        lines.append(("note", text))
    return Feedback(lines, result)


def _asked(function: Any, name: str | None, caller: FrameType) -> Question:
    """Return the question that a function answers; raise a _NotAskedError where it is not known.

    A function answers the question whose name it has in the caller's notebook. Where it has several
    such names, the one that the call is written with counts, then the function's own.
    """
    own = getattr(function, "__name__", "")
    if name is not None:
        names = [name]
    else:
        names = [alias for alias, value in caller.f_globals.items() if value is function]
        names = [alias for alias in names if _question(alias)] or [
            own if isinstance(own, str) else ""
        ]
    if len(names) > 1:
        line = linecache.getline(caller.f_code.co_filename, caller.f_lineno)
        written = re.findall(r"\bcheck\(\s*(\w+)", line)
        names = [alias for alias in names if alias in written] or [
            alias for alias in names if alias == own
        ]
    if len(names) != 1:
        text = "The function has several names of exercises."
        raise _NotAskedError(f'{text} Say which one is meant: check(f, name="…").')
    question = _question(names[0])
    if question is not None:
        return question
    known = f"called {names[0]!r}" if names[0].isidentifier() else "without a name of its own"
    asked = [task.name for exercise in exercises() for task in load(exercise).questions]
    meant = most_similar(names[0], asked)
    known += f"; do you mean {meant}?" if meant else "."
    raise _NotAskedError(
        f"No exercise asks for a function {known} Give your function the name that the exercise "
        'gives it, or say the name: check(f, name="…"). (An exercise of your teacher\'s own is '
        "checked where your teacher marks.)"
    )


def _question(name: str) -> Question | None:
    try:
        return find(name)[1]
    except ValueError:
        return None


def report(question: Question, result: QuestionResult, hint: int) -> list[tuple[str, str]]:
    """Turn a result into the lines that the student reads."""
    name = question.name
    if result.status == "unmarked":
        return [("title", f"{name} was not checked."), ("symptom", result.symptom)]
    if result.status == "unwritten" and not result.score:
        return [("title", f"{name} is not written yet."), ("note", result.question)]
    lines = [("title", f"{name}: {of_points(result.score, result.max_score)}")]
    lines += [("right", sentence) for sentence in result.right]
    lines += [("note", note) for note in result.notes]
    if result.status == "right":
        return lines
    lines.append(("symptom", result.symptom))
    if result.question:
        lines.append(("question", result.question))
    if hint >= 1:
        if result.place:
            lines.append(("hint", result.place))
        lines.append(("hint", f"In the book: {where(result.section)}"))
    if hint >= 2 and result.status != "missing":
        lines.append(("hint", result.named or UNNAMED))
    if hint >= 3 and question.example is not None:
        lines.append(("example", question.example()))
    if hint < 3:
        lines.append(("more", f"More: check({name}, hint={hint + 1})"))
    return lines
