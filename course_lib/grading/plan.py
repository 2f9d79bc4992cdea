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
    """What is marked, how, and what is said about it; students have their names in the results.

    Parameters
    ----------
    options : Options
        What was asked.
    collection : Collection
        The submissions.
    roster : Roster
        The class list.
    settings : Settings
        What every judge shares.
    isolation : Isolation
        What was reached.
    run : dict
        What must not change when the run is continued.
    run_before, before : dict
        The same of an earlier run to compare with, and its outcomes.
    files : dict of str to str
        Files of the results that are known before anything is marked.
    messages : tuple of str
        Decisions about files and people, for the terminal.
    decisions : Decisions
        The policy and the overrides.
    only : str
        The one student who is marked again, if it is one.
    seen : dict
        The state of the folder of results before anything in it was read.
    """

    options: Options
    collection: Collection
    roster: Roster
    settings: Settings
    isolation: Isolation
    run: dict[str, Any]
    run_before: dict[str, Any]
    before: dict[tuple[str, str], dict[str, Any]]
    files: dict[str, str]
    messages: tuple[str, ...]
    decisions: Decisions
    only: str = ""
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcomes:
    """What came of marking.

    Parameters
    ----------
    outcomes : list of dict
        As in the journal, sorted.
    errors : list of str
        What the grader failed at.
    changed : list of str
        Submissions whose file changed after it was marked; they keep the earlier mark.
    """

    outcomes: list[dict[str, Any]]
    errors: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Report:
    """What came of a run."""

    outcomes: list[dict[str, Any]]
    errors: list[str]
    ignored: list[str]
    isolation: Isolation
    messages: list[str] = field(default_factory=list)
    not_marked: list[NotMarked] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every submission has a verdict."""
        statuses = [one.status for one in self.not_marked]
        failed = any(map(is_failure, self.outcomes)) or "unmarked" in statuses
        return not self.errors and not self.changed and not failed


def is_failure(outcome: dict[str, Any]) -> bool:
    """Whether the grader has no verdict, other than on answers that people mark."""
    unmarked = [one["status"] for one in outcome["questions"] if one["status"] == "unmarked"]
    return outcome["status"] == "unmarked" and bool(unmarked or not outcome["questions"])


def listed(names: Sequence[str]) -> str:
    """Return the first names of a list, and how many follow."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(map(escaping.as_text, names[:SHOWN])) + more
