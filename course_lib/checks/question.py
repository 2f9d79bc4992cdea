"""What is graded: an exercise, its questions, their inputs, their known mistakes.

An exercise is one module of this folder with one ``EXERCISE``. Everything a question
needs stands in one :class:`Question`; nothing here runs a student's code.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.fixtures import MARKING, SQUARE, Fixture

if TYPE_CHECKING:
    from course_lib.checks.answers import Output
    from course_lib.checks.sheets import Sheet

Call = Callable[..., Any]


@dataclass(frozen=True)
class Part:
    """A share of a question's points.

    Parameters
    ----------
    name : str
        Shown beside the points: ``"dW"``, or ``"tanh"``.
    points : float
        What it is worth.
    outputs : tuple of int
        Positions of the returned values that must be right; empty means all of them.
    variant : str
        Only the fixtures of this variant count for it; empty means all. Students read it after
        "With": the value of a text argument (``"tanh"``), or words (``"large scores"``).
    section : str
        The section of the book that derives it, if not the question's.
    place : str
        Where to look (first hint), if not the question's.
    next_step : str
        What to do where this part is the first that is wrong and no mistake is recognised: the
        smallest thing to compute by hand.
    """

    name: str
    points: float
    outputs: tuple[int, ...] = ()
    variant: str = ""
    section: str = ""
    place: str = ""
    next_step: str = ""

    def concerns(self, fixture: Fixture) -> bool:
        """Whether the part is about what a call asks."""
        return self.variant in ("", fixture.variant)

    def holds(self, output: Output) -> bool:
        """Whether an array of an answer counts for the part."""
        return not self.outputs or output.position in self.outputs


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that people really give, as code.

    Its arrays are compared with the student's on every fixture, so the mistake is recognised
    by what it computes and not by how it is written.

    Parameters
    ----------
    id : str
        The number in the catalogue (``"B01"``), or a slug of its own.
    name : str
        The second hint: what was done, in one sentence, and what belongs there.
    wrong : callable
        A function with the question's signature that makes this mistake.
    question : str
        A question that leads on, without the answer.
    section, place : str
        Override those of the part.
    twins : tuple of str
        Ids of mistakes of the same question that compute the same arrays.
    fit : callable or None
        For a mistake with a free number, such as the ε at which p is clipped: ``fit(calls)``, with
        the arguments and the student's value of each call, returns `wrong` with the number that
        gives these values, or None. `wrong` itself is one example.
    """

    id: str
    name: str
    wrong: Call
    question: str
    section: str = ""
    place: str = ""
    twins: tuple[str, ...] = ()
    fit: Callable[[Sequence[tuple[tuple, Any]]], Call | None] | None = None


def _sizes_of_arrays(*args: Any) -> dict[str, int]:
    """Return N and n of the first array of two axes, else n of the first of one."""
    arrays = [arg for arg in args if isinstance(arg, np.ndarray)]
    for array in arrays:
        if array.ndim == 2:
            return {"N": array.shape[0], "n": array.shape[1]}
    return next(({"n": len(array)} for array in arrays if array.ndim == 1), {})


@dataclass(frozen=True, eq=False)
class Question:
    """One function that a student writes.

    Parameters
    ----------
    name : str
        The function's name; unique in the whole course.
    signature : str
        As printed: ``"dense_backward(delta, a, W) -> (dW, db, da)"``.
    returns : tuple of str
        Names of the returned values, in order. One name: a single value. A returned value may
        be an array, a number, or a list of arrays (one per layer).
    parts : tuple of Part
        Points; their sum is the question's.
    section : str
        Page and anchor in the book: ``"08_backward_pass.html#weight-gradient"``.
    place : str
        The first hint: which line or product to look at.
    inputs : callable
        ``inputs(rng, fixture) -> tuple`` of plain data, fresh at every call.
    reference : callable
        The right answer, ``reference(*args)``.
    fixtures : tuple of Fixture
        The calls to make, in this order.
    mistakes : tuple of Mistake
        Known mistakes.
    correct : mapping of str to callable
        Right answers by other routes, for the proof table.
    tolerance : float
        Largest max|Δ| / max|reference| per array. The default admits float32.
    absolute : float
        Added to the allowed |Δ|; for numbers computed with pencil.
    factors : callable
        ``factors(*args) -> {"1/g'(z)": array}``: factors worth recognising, entry-wise ones as
        arrays, others (the sum of an argument) as single numbers.
    sizes : callable
        ``sizes(*args) -> {"N": 11}``: sizes that may hide in a constant factor. By default N and
        n of the first array.
    follows : callable or None
        ``follows(*numbers)``: for each of the numbers that were returned, those that follow from
        the others, so that a mistake in one of them is not counted twice.
    carried : callable or None
        ``carried(call, *args)``: the answer put together of what ``call(name, *args)`` returns
        for earlier functions of this exercise, so that an error there is not counted twice
        (see `carried_error`).
    steps : callable or None
        As `carried`, of functions of any exercise, where it only serves to recognise their mistakes
        inside this function (see `inherited`). Without it, `carried` serves.
    carried_args : callable
        ``carried_args(*args) -> tuple``: the arguments to try that with, where a surrogate's
        numbers, which lie around 1, would not do with those of the call.
    provided : str
        The source of the right functions that `carried` calls. They take the place of a student's
        wrong ones where surrogates cannot: where students may call a function with other
        arguments than `carried` does, such as a tape that they record in an order of their own,
        or thousands of times.
    traced : mapping of str to str
        By name, the source of functions whose numbers are no derivatives, for those that the task
        tells to use. An answer that is made of their numbers needs no large call: it has not
        measured anything. For answers that a right function cannot give fast enough.
    carried_rounds : int
        How often to try it: a function that chooses may choose rightly by chance.
    example : callable or None
        The third hint: a parallel example worked with other numbers, as text.
    entry : str
        The function to call, if not `name` (for functions that take functions: a wrapper that
        the notebook gives).
    in_place : tuple of str
        Arguments that may be changed in place, such as an optimiser's parameters and its memory;
        what is new is returned in any case. All others must stay as they were.
    shares : tuple of str
        Arguments that an answer may hold as they are (the data in a cache).
    slow : str
        The question that leads on when the large call does not finish, if it is no layer's.
    backwards : bool
        Whether lists are read from their end, the output, when the first wrong array is sought.
    per : str
        What an answer's lists have one entry for.
    sheet : Sheet or None
        For a calculation by hand: the numbers that it may have in other notebooks.
    """

    name: str
    signature: str
    returns: tuple[str, ...]
    parts: tuple[Part, ...]
    section: str
    place: str
    inputs: Callable[[Generator, Fixture], tuple]
    reference: Call
    fixtures: tuple[Fixture, ...] = (MARKING, SQUARE)
    mistakes: tuple[Mistake, ...] = ()
    correct: Mapping[str, Call] = field(default_factory=dict)
    tolerance: float = 1e-5
    absolute: float = 0.0
    factors: Callable[..., Mapping[str, np.ndarray | float]] = field(default=lambda *_args: {})
    sizes: Callable[..., Mapping[str, int]] = _sizes_of_arrays
    follows: Callable[..., tuple[tuple[float, ...], ...]] | None = None
    carried: Call | None = None
    steps: Call | None = None
    carried_args: Callable[..., tuple] = field(default=lambda *args: args)
    provided: str = ""
    traced: Mapping[str, str] = field(default_factory=dict)
    carried_rounds: int = 1
    example: Callable[[], str] | None = None
    entry: str = ""
    in_place: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    slow: str = ""
    backwards: bool = True
    per: str = "layer"
    sheet: Sheet | None = None

    def __post_init__(self) -> None:
        ids = [mistake.id for mistake in self.mistakes]
        if len(set(ids)) != len(ids):
            raise ValueError(f"{self.name}: two known mistakes share an id: {sorted(ids)}")
        names = [fixture.name for fixture in self.fixtures]
        if len(set(names)) != len(names):
            raise ValueError(f"{self.name}: two fixtures share a name: {names}")

    @property
    def points(self) -> float:
        """The sum of the parts' points."""
        return sum(part.points for part in self.parts)

    @property
    def called(self) -> str:
        """The name of the function to call."""
        return self.entry or self.name

    @property
    def small(self) -> list[Fixture]:
        """The fixtures without the large ones."""
        return [fixture for fixture in self.fixtures if not fixture.large]

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of the arguments, read from the signature.

        >>> from course_lib.checks import load
        >>> load("08_backward_pass").question("dense_backward").arguments
        ('delta', 'a', 'W')
        """
        inside = self.signature.split("(", 1)[1].split(")", 1)[0]
        return tuple(name.split("=")[0].strip() for name in inside.split(",") if name.strip())


def page(name: str) -> str:
    """Return the chapter's page of an exercise, or of one of its modules.

    An exercise of a teacher's own has the chapter of the course's exercise with its number.

    >>> page("08_backward_pass"), page("course_lib.checks.ex08_columns.dense_backward_columns")
    ('08_backward_pass.html', '08_backward_pass.html')
    """
    exercise = name.removeprefix("course_lib.checks.ex").partition(".")[0]
    course = next(Path(__file__).parent.glob(f"ex{exercise[:2]}_*"), Path(f"ex{exercise}"))
    return f"{course.name.removeprefix('ex')}.html"


@dataclass(frozen=True)
class Answer:
    """A text of a student's that people mark; its cell has the id ``answer-NAME``."""

    name: str
    points: float


@dataclass(frozen=True)
class Exercise:
    """The questions of one notebook, in its order, and its answers that people mark.

    ``name`` is the stem of the solution, the notebook and the chapter: ``"08_backward_pass"``.
    """

    name: str
    title: str
    questions: tuple[Question, ...]
    answers: tuple[Answer, ...] = ()

    @property
    def chapter(self) -> str:
        """The chapter's page in the book."""
        return page(self.name)

    @property
    def points(self) -> float:
        """The sum of the points of all questions and answers."""
        return sum(self.question_points.values())

    @property
    def question_points(self) -> dict[str, float]:
        """The points of each question and answer, by name."""
        points = {question.name: question.points for question in self.questions}
        return points | {answer.name: answer.points for answer in self.answers}

    def question(self, name: str) -> Question:
        """Return the question about the function `name`.

        Raises
        ------
        ValueError
            If the exercise has no such function.
        """
        for question in self.questions:
            if question.name == name:
                return question
        known = ", ".join(question.name for question in self.questions)
        raise ValueError(f"exercise {self.name} has no question {name!r}; it has: {known}")


def inside(
    mistakes: Iterable[Mistake],
    build: Callable[[Call], Call],
    *,
    without: Collection[str] = (),
    twins: Mapping[str, tuple[str, ...]] | None = None,
) -> tuple[Mistake, ...]:
    """Return the mistakes of a step as mistakes of ``build(step)``, a function with this step.

    Left out are the ids in `without`: mistakes that do not show there, or have an entry of their
    own. `twins` holds by id the mistakes that compute the same arrays there.

    >>> twice = Mistake("twice", "The factor 2 is superfluous.", lambda x: 2 * x, "Why 2?")
    >>> (inner,) = inside([twice], lambda step: lambda x: step(step(x)))
    >>> inner.id, inner.wrong(1)
    ('twice', 4)
    """
    return tuple(
        replace(mistake, wrong=build(mistake.wrong), twins=(twins or {}).get(mistake.id, ()))
        for mistake in mistakes
        if mistake.id not in without
    )
