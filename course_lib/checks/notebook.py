"""`check(f)` in a notebook: what is right, the first symptom, a question, and hints on request."""

from __future__ import annotations

import contextlib
import html
import io
import re
from typing import Any

from course_lib.checks import find
from course_lib.checks.book import address
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.question import Question
from course_lib.checks.speed import TIMEOUT
from course_lib.checks.verdict import QuestionResult

HINTS = (0, 1, 2, 3)
UNNAMED = "This is none of the known mistakes. The question above says where to begin."


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


def check(function: Any, hint: int = 0) -> Feedback:
    """Check a function of an exercise: what is right, and a way to what is not.

    Parameters
    ----------
    function : callable
        Your function, under the name that the exercise gives it.
    hint : int
        0: the first symptom and a question. 1: also the place and the section of the book.
        2: also the mistake's name. 3: also a parallel example, worked.

    Returns
    -------
    Feedback
        Shown by the notebook; ``.score`` and ``.max_score`` are its points. Hints cost nothing.
    """
    if hint not in HINTS:
        text = f"hint is {hint!r}; 0, 1, 2 or 3 was expected."
        return Feedback([("title", "check"), ("symptom", text)])
    name = getattr(function, "__name__", None)
    if not callable(function) or not isinstance(name, str):
        text = (
            f"check was given {type(function).__name__}, not a function. Write the name of your "
            "function without brackets, as in check(dense_backward)."
        )
        return Feedback([("title", "check"), ("symptom", text)])
    try:
        _, question = find(name)
    except ValueError as error:
        return Feedback([("title", f"check({name})"), ("symptom", f"{error}.")])
    namespace = dict(getattr(function, "__globals__", {}))
    namespace[name] = function
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        call = LocalCall(namespace, TIMEOUT)
        result = mark_question(question, call)
    lines = report(question, result, hint)
    if call.own_message and result.status != "right":
        lines.append(("note", f"The exception's own text: {call.own_message[:500]}"))
    if printed.getvalue():
        text = "What your function prints is not shown here; call it yourself to see it."
        lines.append(("note", text))
    return Feedback(lines, result)


def report(question: Question, result: QuestionResult, hint: int) -> list[tuple[str, str]]:
    """Turn a result into the lines that the student reads."""
    name = question.name
    if result.status == "unmarked":
        return [("title", f"{name} was not checked."), ("symptom", result.symptom)]
    if result.status == "unwritten" and not result.score:
        return [("title", f"{name} is not written yet."), ("note", result.question)]
    points = f"{result.score:g} of {result.max_score:g} points"
    lines = [("title", f"{name}: {points}")]
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
        lines.append(("hint", f"In the book: {address(result.section)}"))
    if hint >= 2 and result.status != "missing":
        lines.append(("hint", result.named or UNNAMED))
    if hint >= 3 and question.example is not None:
        lines.append(("example", question.example()))
    if hint < 3:
        lines.append(("more", f"More: check({name}, hint={hint + 1})"))
    return lines
