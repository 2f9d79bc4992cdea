"""What is marked and how, and what came of it: plain data between the steps of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from course_lib.grading import escaping
from course_lib.grading.marking.judge import Settings
from course_lib.grading.options import Options
from course_lib.grading.policy.apply import Decisions
from course_lib.grading.sandbox.isolation import Isolation
from course_lib.grading.submissions.attempts import Collection, NotMarked
from course_lib.grading.submissions.roster import Roster

SHOWN = 20  # entries of a list on the terminal


@dataclass(frozen=True)
class Plan:
    """What is marked, how, and what is said about it; students have their names in the results."""

    options: Options
    collection: Collection
    roster: Roster
    settings: Settings  # what every judge shares
    isolation: Isolation  # that was reached
    run: dict[str, Any]  # what must not change when the run is continued
    run_before: dict[str, Any]  # the same of an earlier run to compare with,
    before: dict[tuple[str, str], dict[str, Any]]  # and its outcomes
    files: dict[str, str]  # of the results, known before anything is marked
    messages: tuple[str, ...]  # decisions about files and people, for the terminal
    decisions: Decisions
    only: str = ""  # the one student who is marked again, if it is one
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)  # the folder before it was read


@dataclass(frozen=True)
class Report:
    """What came of a run."""

    outcomes: list[dict[str, Any]]  # sorted
    errors: list[str]  # what the grader failed at
    ignored: list[str]  # files
    isolation: Isolation
    messages: list[str] = field(default_factory=list)
    not_marked: list[NotMarked] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)  # submissions that keep an earlier file's mark

    @property
    def complete(self) -> bool:
        """Whether every submission has a verdict."""
        statuses = [unmarked.status for unmarked in self.not_marked]
        failed = any(map(is_failure, self.outcomes)) or "unmarked" in statuses
        return not self.errors and not self.changed and not failed


def is_failure(outcome: dict[str, Any]) -> bool:
    """Whether the grader has no verdict, other than on answers that people mark."""
    unmarked = [
        question["status"] for question in outcome["questions"] if question["status"] == "unmarked"
    ]
    return outcome["status"] == "unmarked" and bool(unmarked or not outcome["questions"])


def listed(names: Sequence[str]) -> str:
    """Return the first names of a list, and how many follow."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(map(escaping.as_text, names[:SHOWN])) + more
