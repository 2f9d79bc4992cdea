"""Notebooks that hold one answer to each question of an exercise, so that few of them hold all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

from differential import carrier, forms
from grader.members import SOLUTIONS, notebook

from course_lib import checks
from course_lib.checks.question import Question

GIVEN = f"import math\nimport numpy as np\n{carrier.RUNTIME}"


@dataclass(frozen=True)
class Answer:
    """What one notebook has for one question.

    Parameters
    ----------
    kind : str
        ``"right"``, ``"mistake"``, ``"form"`` or ``"notebook"``.
    name : str
        Which one.
    cells : tuple of str
        Its code cells.
    """

    kind: str
    name: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Batch:
    """One notebook.

    Parameters
    ----------
    name : str
        The student's folder.
    exercise : str
        ``"08_backward_pass"``.
    cells : tuple of str
        All code cells.
    answers : dict of str to Answer
        By question, what is compared.
    """

    name: str
    exercise: str
    cells: tuple[str, ...]
    answers: dict[str, Answer] = field(compare=False)

    def write(self, folder: Path) -> Path:
        """Write the notebook into its student's folder."""
        path = folder / self.name / f"{self.exercise}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(notebook(*self.cells))
        return path

    def calls_of_check(self) -> dict[str, str]:
        """Return by question the expression that checks it."""
        calls = {}
        for name in self.answers:
            entry = checks.find(name)[1].entry
            whole = entry and self.answers[name].kind in ("right", "mistake", "form")
            calls[name] = f"check({entry}, name={name!r})" if whole else f"check({name})"
        return calls


Chosen = Callable[[Question, list[Answer]], list[Answer]]


def everything(_question: Question, answers: list[Answer]) -> list[Answer]:
    """Take all answers to a question."""
    return answers


def batches(
    chosen: Chosen = everything,
    exercises: Sequence[str] = (),
    of_any: Mapping[str, str] | None = None,
) -> list[Batch]:
    """Return notebooks with the right answers and the mistakes of questions, and the forms.

    Parameters
    ----------
    chosen : callable
        Which of a question's right answers, mistakes and own forms are taken.
    exercises : sequence of str
        Of which exercises; all by default.
    of_any : mapping of str to str or None
        The forms that fit any question; None: all of them.
    """
    of_any = forms.of_any_question() if of_any is None else of_any
    taken: dict[Question, list[Answer]] = {}
    for exercise in exercises or checks.names():
        for question in checks.load(exercise).questions:
            taken[question] = chosen(question, _answers(question))
    # Forms go where a question has fewer answers than the others, so that they take no notebook.
    most = {question: max(map(len, _beside(question, taken))) for question in taken}
    for name, form in of_any.items():
        room = max(taken, key=lambda question: most[question] - len(taken[question]))
        taken[room].append(_form(room, name, form))
    notebooks = []
    for exercise in exercises or checks.names():
        questions = checks.load(exercise).questions
        for number, row in enumerate(zip_longest(*(taken[question] for question in questions))):
            pairs = zip(questions, row, strict=True)
            answers = {question.name: answer for question, answer in pairs if answer}
            notebooks.append(of_answers(f"{exercise[:2]}-{number:03}", exercise, answers))
    return notebooks


def of_answers(name: str, exercise: str, answers: dict[str, Answer]) -> Batch:
    """Return the notebook that holds some answers, by question."""
    cells = (GIVEN, *(cell for answer in answers.values() for cell in answer.cells))
    return Batch(name, exercise, cells, answers)


def _beside(question: Question, taken: dict[Question, list[Answer]]) -> list[list[Answer]]:
    exercise = checks.find(question.name)[0]
    return [taken[other] for other in exercise.questions]


def notebooks_of_people() -> list[Batch]:
    """Return the notebooks of cases and the solved notebooks."""
    notebooks = []
    for exercise, cells in SOLUTIONS.items():
        if exercise in checks.names():
            notebooks.append(_whole(f"solved-{exercise}", exercise, tuple(cells)))
    for name, case in forms.CASES.items():
        notebooks.append(_whole(name.replace("/", "-"), case["exercise"], tuple(case["cells"])))
    return notebooks


def _whole(name: str, exercise: str, cells: tuple[str, ...]) -> Batch:
    answer = Answer("notebook", name, cells)
    text = "\n".join(cells)
    asked = [task.name for task in checks.load(exercise).questions if f"def {task.name}(" in text]
    return Batch(name, exercise, cells, dict.fromkeys(asked, answer))


def _answers(question: Question) -> list[Answer]:
    """Return the right answers to a question, its mistakes, and its own forms."""
    name = question.called
    functions: list[tuple[str, str, Any]] = [("right", "reference", question.reference)]
    functions += [("right", label, function) for label, function in question.correct.items()]
    functions += [("mistake", mistake.id, mistake.wrong) for mistake in question.mistakes]
    answers = [
        Answer(kind, label, (carrier.cell(name, function),))
        for kind, label, function in functions
        if not carrier.needs_the_course(function)
    ]
    own = [form for form in forms.of_one_question() if form[1] == question.name]
    return [*answers, *(Answer("form", label, cells) for label, _, cells in own)]


def _form(question: Question, name: str, form: str) -> Answer:
    asked = question.called
    right = carrier.cell(f"right_{asked}", question.reference)
    # Forms call their function with one whole number, too.
    tried = (
        f"right_{asked} = lambda *x, _right=right_{asked}: x[0] + 1 if _small(*x) else _right(*x)\n"
    )
    small = "_small = lambda *x: len(x) == 1 and type(x[0]) is int and x[0] < 9\n"
    return Answer(
        "form", name, (small + right + tried, forms.filled(form, asked, f"right_{asked}"))
    )
