"""Whom and what a policy or an override may name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from course_lib.grading.errors import CallError
from course_lib.grading.escaping import as_text
from course_lib.grading.submissions.roster import plain_name


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
        found = self.students.get(plain, ())
        if name in found:
            return name
        if len(found) == 1:
            return found[0]
        if found:
            raise ValueError(f"{as_text(name)!r} may be {_listed(found, ' or ')}")
        alike = [
            *(one for one in self.students if sorted(one) == sorted(plain)),
            *get_close_matches(plain, self.students, cutoff=0.75),
            *(one for one in self.students if len(plain) > 2 and plain in one),
        ]
        meant = list(dict.fromkeys(who for one in alike for who in self.students[one]))[:3]
        raise ValueError(
            f"no student is called {as_text(name)!r}, neither among the submissions nor on the "
            "roster" + (f"; is it {_listed(meant, ' or ')}?" if meant else "")
        )

    def exercise(self, text: str) -> str:
        """Return the exercise of a number or a name."""
        stem = text.strip().removesuffix(".ipynb")
        found = [
            one
            for one in self.questions
            if one == stem or (stem.isdecimal() and int(one[:2]) == int(stem))
        ]
        if len(found) != 1:
            names = _listed(self.questions, ", ")
            raise ValueError(f"no exercise is called {as_text(text)!r}; there are: {names}")
        return found[0]

    def question(self, exercise: str, name: str) -> str:
        """Return the name of a question."""
        if name not in self.questions[exercise]:
            names = _listed(self.questions[exercise], ", ")
            raise ValueError(f"{exercise} has no question {as_text(name)!r}; there are: {names}")
        return name


def _listed(names: Iterable[str], between: str) -> str:
    return between.join(map(as_text, names))
