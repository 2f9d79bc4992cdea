"""What is known of one question: its calls, what came of them, and the verdict."""

from __future__ import annotations

import copy
import zlib
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from course_lib.checks.answers import Compared, Output, forbidden_changes, judge, same
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Part, Question
from course_lib.checks.student_call import FATAL, StudentCall, StudentError


@dataclass(frozen=True)
class CallRecord:
    """One call and what came of it."""

    fixture: Fixture
    seed: int
    args: tuple
    expected: Any
    compared: list[Compared] = field(default_factory=list)
    whole: str = ""
    value: Any = None
    error: StudentError | None = None
    changed: tuple[int, ...] = ()
    again: str = ""
    second: Any = None
    differing: tuple[Output, ...] = ()
    aliases: tuple[int, ...] = ()
    carried: bool = False

    @property
    def fatal(self) -> bool:
        """Whether the call ended without an answer, in a way that others will share."""
        return self.error is not None and self.error.kind in FATAL

    @property
    def right(self) -> bool:
        """Whether there is an answer of which every array is right."""
        return self.error is None and all(item.right for item in self.compared)

    @property
    def flawless(self) -> bool:
        """Whether the answer is right, that of a second call too, and no argument has changed."""
        return self.right and not self.differing and not self.changed

    def of(self, part: Part) -> list[Compared]:
        """Return the arrays that count for a part."""
        return [item for item in self.compared if part.holds(item.output)]


@dataclass(frozen=True)
class PartResult:
    """The points of one part."""

    name: str
    points: float
    max: float


@dataclass(frozen=True)
class QuestionResult:
    """The mark of one question and what to tell the student.

    ``status`` is ``"right"``, ``"partly"``, ``"wrong"``, a kind of :class:`StudentError`, or
    ``"unmarked"`` where the checks themselves failed; ``fault`` is the traceback then. It is no
    part of the data that students or tables get.
    ``symptom`` and ``question`` are for everyone, ``place`` and ``section`` are the first
    hint, ``named`` is the second. ``mistakes`` are ids of the catalogue.
    """

    name: str
    score: float
    max_score: float
    status: str
    parts: tuple[PartResult, ...] = ()
    right: tuple[str, ...] = ()
    symptom: str = ""
    question: str = ""
    place: str = ""
    section: str = ""
    mistakes: tuple[str, ...] = ()
    named: str = ""
    notes: tuple[str, ...] = ()
    fault: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the result as plain data that JSON can hold."""
        plain = {name: value for name, value in vars(self).items() if name != "fault"}
        for key in ("right", "mistakes", "notes"):
            plain[key] = list(plain[key])
        return plain | {"parts": [dict(vars(part)) for part in self.parts]}


CHECK_FAILED = (
    "The check of {name} itself failed. This is not your mistake, and it costs you nothing: "
    "tell your teacher, who marks {name} by hand."
)


def unmarked(question: Question, fault: str) -> QuestionResult:
    """Return the verdict on a question whose check failed: nobody knows its points."""
    return QuestionResult(
        name=question.name,
        score=0.0,
        max_score=question.points,
        status="unmarked",
        parts=tuple(PartResult(part.name, 0.0, part.points) for part in question.parts),
        symptom=CHECK_FAILED.format(name=question.name),
        section=question.section,
        fault=fault,
    )


def generator(question: Question, fixture: Fixture, seed: int) -> np.random.Generator:
    """Return the generator of one call's inputs; it depends on nothing but its arguments."""
    text = f"{question.name}/{fixture.name}".encode()
    return np.random.default_rng([seed, zlib.crc32(text)])


@lru_cache(maxsize=64)
def prepared(question: Question, fixture: Fixture, seed: int) -> tuple[tuple, Any]:
    """Return the inputs of one call and the right answer; a class is marked with the same ones.

    Whoever passes the inputs on copies them first.
    """
    args = question.inputs(generator(question, fixture, seed), fixture)
    return args, question.reference(*copy.deepcopy(args))


def attempted(
    question: Question,
    fixture: Fixture,
    call: StudentCall,
    seed: int,
    ended: StudentError | None = None,
) -> CallRecord:
    """Make one call (two where the fixture says so) and compare the answer.

    With `ended` the call is not made: it would end like an earlier one.
    """
    args, expected = prepared(question, fixture, seed)
    record = CallRecord(fixture, seed, args, expected)
    if ended is not None:
        return replace(record, error=ended)
    try:
        reply = call(question.called, *args, cpu_seconds=fixture.cpu_seconds)
        compared, whole = judge(question, reply.value, expected)
        record = replace(
            record,
            compared=compared,
            whole=whole,
            value=reply.value,
            changed=forbidden_changes(question, args, reply.arguments),
            aliases=tuple(reply.aliases),
        )
        if not fixture.repeat:
            return record
        second = call(question.called, *args, cpu_seconds=fixture.cpu_seconds).value
    except StudentError as error:
        return CallRecord(fixture, seed, args, expected, error=error)
    if same(second, reply.value):
        return record
    pairs = zip(compared, judge(question, second, expected)[0], strict=True)
    return replace(
        record,
        again="a second call with the same arguments returns another answer",
        second=second,
        differing=tuple(item.output for item, later in pairs if not (item.right and later.right)),
    )


def of_points(score: float, most: float) -> str:
    """Write points out of the most that there are.

    >>> of_points(0.5, 1.0), of_points(1.0, 2.0)
    ('0.5 of 1 point', '1 of 2 points')
    """
    return f"{score:g} of {most:g} point{'' if most == 1 else 's'}"
