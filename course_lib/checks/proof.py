"""The proof table: what every question gives to right, wrong, empty and random answers.

``python -m course_lib.checks.proof`` writes it as a Markdown page; with ``--feedback``, what every
wrong answer is told, with all hints, as plain text.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from course_lib.checks import find, load, names
from course_lib.checks.carried_error import built_of
from course_lib.checks.diagnosis import known_mistakes
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.notebook.check import report
from course_lib.checks.question import Question
from course_lib.checks.verdict import QuestionResult


@dataclass(frozen=True)
class Row:
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
    yield "nothing", "empty", _empty
    yield "nothing", "unedited", _unedited
    yield "nothing", "zeros", _filled(question, lambda _rng, array: np.zeros(array.shape))
    yield "nothing", "random numbers", _filled(question, _random)


def _empty(*_args: Any) -> None:
    return None


def _unedited(*_args: Any) -> None:
    raise NotImplementedError("not written yet")


def _random(rng: np.random.Generator, array: np.ndarray) -> np.ndarray:
    return rng.normal(size=array.shape)


def _filled(
    question: Question, fill: Callable[[np.random.Generator, np.ndarray], np.ndarray]
) -> Callable[..., Any]:
    """Answer with arrays of the right shapes and other numbers."""
    rng = np.random.default_rng(12345)

    def filled(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [filled(entry) for entry in value]
        array = fill(rng, np.asarray(value, dtype=float))
        return array if array.ndim else float(array)

    return lambda *args: filled(question.reference(*args))


def rows(question: Question, seed: int = 0, *, large: bool = True) -> Iterator[Row]:
    """Mark every answer to one question, beside right answers to those that it is built of.

    Parameters
    ----------
    question : Question
        What was asked.
    seed : int
        For the inputs.
    large : bool
        Whether right answers also meet the calls with a CPU limit, which take most of the time;
        the other answers have lost points without them.
    """
    kept = tuple(fixture for fixture in question.fixtures if not fixture.large)
    small = replace(question, fixtures=kept)
    earlier = {name: find(name)[1].reference for name in built_of(question)}
    for kind, name, function in answers(question):
        call = LocalCall({**earlier, question.called: function})
        asked = question if large and kind == "right" else small
        yield Row(question, kind, name, mark_question(asked, call, seed))


def twins(question: Question, mistake: str) -> set[str]:
    """Return the ids of the mistakes that compute the same arrays, itself among them.

    Own mistakes declare it; those of steps are compared.
    """
    declared = {one.id: set(one.twins) for one in question.mistakes}
    found = {mistake} | declared.get(mistake, set())
    found |= {other for other, theirs in declared.items() if mistake in theirs}
    return found if mistake in declared else found | known_mistakes.twins(question, mistake)


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
            lines += [
                f"### `{question.signature}`",
                "",
                "| answer | points | named |",
                "|---|---|---|",
            ]
            for row in rows(question, seed, large=large):
                what = {"right": "right: ", "mistake": "mistake ", "nothing": ""}[row.kind]
                points = f"{row.result.score:g} of {row.result.max_score:g}"
                named = ", ".join(row.result.mistakes) or (
                    "(not written yet)" if row.result.status == "unwritten" else "–"
                )
                lines.append(f"| {what}{row.answer} | {points} | {named} |")
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
    asked = [one for one in sys.argv[1:] if one != "--feedback"] or None
    if "--feedback" in sys.argv:
        print("\n".join(feedback(asked)))
    else:
        sys.stdout.write("# The proof table\n\n" + proof_table(asked))
