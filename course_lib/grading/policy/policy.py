"""What holds for each exercise and student, as plain data, and whom and what it may name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from difflib import get_close_matches

from course_lib.grading.errors import CallError
from course_lib.grading.escaping import as_text
from course_lib.grading.options import named
from course_lib.grading.submissions.roster import plain_name

ATTEMPTS = ("last", "best", "last before due")
DROPS = ("full points", "removed")
UNITS = {"min": 1, "minute": 1, "h": 60, "hour": 60, "day": 1440, "week": 10080}
Key = tuple[str, str]


@dataclass(frozen=True)
class Amount:
    """Points, or a part of the points that were earned, in percent."""

    value: float
    percent: bool

    def of(self, points: float) -> float:
        """Return the amount in points.

        >>> Amount(10, percent=True).of(17), Amount(2, percent=False).of(17)
        (1.7, 2)
        """
        return points * self.value / 100 if self.percent else self.value


@dataclass(frozen=True)
class Duration:
    """A length of time, with its text."""

    text: str
    length: timedelta

    def times(self, number: int) -> str:
        """Return so many of it in words.

        >>> day = Duration("1 day", timedelta(days=1))
        >>> day.times(1), day.times(2), Duration("12 h", timedelta(hours=12)).times(3)
        ('1 day', '2 days', '3 × 12 h')
        """
        match = re.fullmatch(r"1 ?(min|minute|h|hour|day|week)", self.text)
        if not match:
            return f"{number} × {self.text}"
        plural = "s" if number != 1 and match[1] not in ("min", "h") else ""
        return f"{number} {match[1]}{plural}"


@dataclass(frozen=True)
class Late:
    """What is taken off for each begun step after the due date, down to a floor."""

    each: Duration
    minus: Amount
    floor: Amount = field(default_factory=lambda: Amount(0, percent=False))


@dataclass(frozen=True)
class Rules:
    """What holds for one exercise."""

    due: datetime | None = None
    last: datetime | None = None  # afterwards it is no longer taken
    grace: Duration | None = None  # how long after it is due nothing is taken off
    late: Late | None = None  # what is taken off afterwards
    attempt: str = "last"  # which of several files counts: one of `ATTEMPTS`
    weight: float | None = None  # in the total; None: its points
    points: float | None = None  # what its points are rescaled to
    drop: Mapping[str, str] = field(default_factory=dict)  # how a question is dropped, see `DROPS`
    question_points: Mapping[str, float] = field(default_factory=dict)  # rescaled to these

    def maximum(self, questions: Mapping[str, float]) -> float:
        """Return the most points of the exercise, from those of its questions."""
        return self.points or sum(
            self.question_maximum(name, questions[name]) for name in questions
        )

    def question_maximum(self, name: str, points: float) -> float:
        """Return the most points of a question; 0 where it does not count."""
        if self.drop.get(name) == "removed":
            return 0.0
        return self.question_points.get(name, points)


@dataclass(frozen=True)
class Policy:
    """Everything that a policy says; a key is a student and an exercise, as in the results."""

    zone: tzinfo | None = None  # of times that are written without one; None: this machine's
    default: Rules = field(default_factory=Rules)  # of exercises that have none of their own
    exercises: Mapping[str, Rules] = field(default_factory=dict)
    extensions: Mapping[Key, datetime] = field(default_factory=dict)  # other due dates
    submitted: Mapping[Key, datetime] = field(default_factory=dict)  # times that are known better
    excused: frozenset[Key] = frozenset()  # whose exercise does not count
    drop_lowest: int = 0  # how many exercises with the lowest shares do not count in the total

    def rules(self, exercise: str) -> Rules:
        """Return what holds for an exercise."""
        return self.exercises.get(exercise, self.default)

    def renamed(self, names: Mapping[str, str]) -> Policy:
        """Return the same policy under other names of students."""

        def keys(known: Mapping[Key, datetime]) -> dict[Key, datetime]:
            return {
                (names.get(who, who), exercise): when for (who, exercise), when in known.items()
            }

        excused = frozenset((names.get(who, who), exercise) for who, exercise in self.excused)
        return replace(
            self,
            extensions=keys(self.extensions),
            submitted=keys(self.submitted),
            excused=excused,
        )


class PolicyError(CallError):
    """A policy or an override that cannot be used; the text says why, and in which line."""


@dataclass(frozen=True)
class Known:
    """The people and exercises of a run.

    Its methods raise a ValueError where nothing is called so, or several are.
    """

    students: Mapping[str, Sequence[str]]  # by each name, in plain form, who may be meant
    questions: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # with their points

    def student(self, name: str) -> str:
        """Return the name in the results."""
        plain = plain_name(name)
        students = self.students.get(plain, ())
        if name in students:
            return name
        if len(students) == 1:
            return students[0]
        if students:
            raise ValueError(f"{as_text(name)!r} may be {_listed(students, ' or ')}")
        alike = [
            *(alias for alias in self.students if sorted(alias) == sorted(plain)),
            *get_close_matches(plain, self.students, cutoff=0.75),
            *(alias for alias in self.students if len(plain) > 2 and plain in alias),
        ]
        meant = list(dict.fromkeys(who for alias in alike for who in self.students[alias]))[:3]
        raise ValueError(
            f"no student is called {as_text(name)!r}, neither among the submissions nor on the "
            "roster" + (f"; is it {_listed(meant, ' or ')}?" if meant else "")
        )

    def exercise(self, text: str) -> str:
        """Return the exercise of a number or a name."""
        exercises = named(text.strip(), self.questions)
        if len(exercises) != 1:
            names = _listed(self.questions, ", ")
            raise ValueError(f"no exercise is called {as_text(text)!r}; there are: {names}")
        return exercises[0]

    def question(self, exercise: str, name: str) -> str:
        """Return the name of a question."""
        if name not in self.questions[exercise]:
            names = _listed(self.questions[exercise], ", ")
            raise ValueError(f"{exercise} has no question {as_text(name)!r}; there are: {names}")
        return name


def _listed(names: Iterable[str], between: str) -> str:
    return between.join(map(as_text, names))
