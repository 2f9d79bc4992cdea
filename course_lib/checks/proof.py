"""The proof table: what every question gives to right, wrong, empty and random answers.

``python -m course_lib.checks.proof`` writes it as a Markdown page; with ``--feedback``, what every
wrong answer is told, with all hints, as plain text.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from course_lib.checks import find, load, names
from course_lib.checks.carried_error import built_of
from course_lib.checks.diagnosis import known_mistakes
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.notebook.check import report
from course_lib.checks.question import Question
from course_lib.checks.verdict import QuestionResult


class Row(NamedTuple):
    """One answer and what came of it.

    ``kind`` is ``"right"``, ``"mistake"`` or ``"nothing"`` (empty, unedited, zeros, random);
    ``answer`` says which one.
    """

    question: Question
    kind: str
    answer: str
    result: QuestionResult


def answers(question: Question) -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """Yield kind, name and function of every answer that the table tries."""
    yield "right", "reference", question.reference
    for name, function in question.correct.items():
        yield "right", name, function
    for mistake in [*question.mistakes, *known_mistakes.of_the_steps(question)]:
        yield "mistake", mistake.id, mistake.wrong
    yield "nothing", "empty", lambda *_args: None
    yield "nothing", "unedited", _unedited
    normal = np.random.default_rng(12345).standard_normal
    for what, fill in (("zeros", np.zeros), ("random numbers", normal)):
        yield "nothing", what, partial(_filled, question.reference, fill)


def _unedited(*_args: Any) -> None:
    raise NotImplementedError("not written yet")


def _filled(reference: Callable[..., Any], fill: Callable[..., Any], *args: Any) -> Any:
    """Answer with arrays of the right shapes and other numbers."""

    def filled(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [filled(entry) for entry in value]
        return fill(np.shape(value)) if np.ndim(value) else float(fill(()))

    return filled(reference(*args))


def rows(question: Question, seed: int = 0, *, large: bool = True) -> Iterator[Row]:
    """Mark every answer to one question, beside right answers to those that it is built of.

    Only with `large` do right answers meet the calls with a CPU limit, too, which take most of the
    time; the other answers have lost points without them.
    """
    small = replace(question, fixtures=tuple(question.small))
    earlier = {name: find(name)[1].reference for name in built_of(question)}
    for kind, name, function in answers(question):
        call = LocalCall({**earlier, question.called: function})
        asked = question if large and kind == "right" else small
        yield Row(question, kind, name, mark_question(asked, call, seed))


def twins(question: Question, mistake: str) -> set[str]:
    """Return the ids of the mistakes that compute the same arrays, itself among them.

    Own mistakes declare it; those of steps are compared.
    """
    declared = {entry.id: {entry.id, *entry.twins} for entry in question.mistakes}
    ids = {one for one, siblings in declared.items() if mistake in siblings}
    return ids | (declared.get(mistake) or known_mistakes.twins(question, mistake))


def proof_table(exercises: list[str] | None = None, seed: int = 0, *, large: bool = True) -> str:
    """Return the proof table of all exercises (or those named) as Markdown, without a title."""
    lines = [
        "Every graded function was given every answer below, and this is what the checks said. ",
        "The page is written by `python -m course_lib.checks.proof`; the tests hold every row: ",
        "right answers by any route get all points, every wrong one loses some, a known mistake",
        "is named as itself or together with those that compute the same numbers.",
        "",
    ]
    for name in exercises or names():
        exercise = load(name)
        lines += [f"## {exercise.title} (`{name}`)", ""]
        for question in exercise.questions:
            lines += [f"### `{question.signature}`", "", "| answer | points | named |"]
            lines.append("|---|---|---|")
            for _, kind, answer, result in rows(question, seed, large=large):
                what = {"right": "right: ", "mistake": "mistake ", "nothing": ""}[kind]
                points = f"{result.score:g} of {result.max_score:g}"
                unnamed = "(not written yet)" if result.status == "unwritten" else "–"
                named = ", ".join(result.mistakes) or unnamed
                lines.append(f"| {what}{answer} | {points} | {named} |")
            lines.append("")
    return "\n".join(lines)


def feedback(exercises: list[str] | None = None, seed: int = 0) -> Iterator[str]:
    """Yield what every wrong answer to the questions of some exercises is told, line by line."""
    for name in exercises or names():
        for question in load(name).questions:
            yield f"# {name}: {question.signature}"
            for row in rows(question, seed, large=False):
                if row.result.status != "right":
                    yield f"## {row.answer}"
                    yield from (text for _, text in report(question, row.result, 2))


if __name__ == "__main__":
    asked = [name for name in sys.argv[1:] if name != "--feedback"] or None
    if "--feedback" in sys.argv:
        print("\n".join(feedback(asked)))
    else:
        sys.stdout.write("# The proof table\n\n" + proof_table(asked))
