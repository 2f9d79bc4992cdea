"""From what was computed to the final mark: pure functions of plain data.

A mark goes through these steps, each of which says where it acted: dropped and rescaled questions,
overrides of questions, the sum, the exercise's own scale, what comes off for a late submission, and
an override of the whole exercise.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from course_lib.grading.policy.overrides import EXCUSED, Override
from course_lib.grading.policy.policy import Key, Known, Policy, Rules
from course_lib.grading.submissions.attempts import NotMarked
from course_lib.grading.submissions.times import Submitted

Outcome = dict[str, Any]
OPEN = ("unmarked", "to mark")  # statuses of a question without points
FATAL = ("timeout", "memory", "crashed")


@dataclass(frozen=True)
class Decisions:
    """All that decides about marks beside what was computed.

    ``submitted`` is by student, exercise and version; empty where no policy asks for it.
    """

    known: Known
    policy: Policy = field(default_factory=Policy)
    overrides: Sequence[Override] = ()
    submitted: Mapping[tuple[str, str, str], Submitted] = field(default_factory=dict)

    @property
    def excused(self) -> set[Key]:
        """Students, each with an exercise that does not count for them."""
        return {
            override.key[:2] for override in self.overrides if override.excused
        } | self.policy.excused

    @property
    def given(self) -> set[Key]:
        """Students, each with an exercise for all of which they have a teacher's mark."""
        return {
            override.key[:2]
            for override in self.overrides
            if override.points is not None and not override.question
        }

    @property
    def maximum(self) -> dict[str, float]:
        """The most points of each exercise."""
        return {
            exercise: plain(self.policy.rules(exercise).maximum(questions))
            for exercise, questions in self.known.questions.items()
        }


@dataclass(frozen=True)
class FinalMarks:
    """The final marks.

    An outcome, one for each student and exercise, is as in the journal, with the final ``score``
    and ``max_score``, and with ``computed``, ``changes`` (sentences on what acted), ``comments``,
    ``decided`` (the overrides in short, for the teacher), ``beneath`` (marks that have changed
    beneath an override), ``submitted`` and ``time_from``.
    """

    outcomes: list[Outcome]
    not_marked: list[NotMarked]  # everyone without a mark
    overrides: list[Override]  # all of them, with the marks beneath


def apply(
    computed: Iterable[Outcome], not_marked: Iterable[NotMarked], decisions: Decisions
) -> FinalMarks:
    """Return the final marks of what was computed, as in the journal, and of everyone without one.

    Of several files for one exercise the best mark counts.
    """
    decided: dict[Key, list[Override]] = {}
    for override in decisions.overrides:
        decided.setdefault((override.student, override.exercise), []).append(override)
    excused = decisions.excused
    versions: dict[Key, list[Outcome]] = {}
    for outcome in computed:
        versions.setdefault((outcome["student"], outcome["exercise"]), []).append(outcome)
    for key in decisions.given - versions.keys():
        versions[key] = [_nothing(*key, decisions)]
    outcomes: list[Outcome] = []
    beneath: dict[Override, float] = {}
    for key in sorted(versions):
        mark = _best([_final(result, decided.get(key, ()), decisions) for result in versions[key]])
        beneath |= {
            override: value
            for override in decided.get(key, ())
            if (value := _value(mark, override)) >= 0
        }
        if key not in excused:
            outcomes.append(mark)
    settled = excused | versions.keys()
    without = [unmarked for unmarked in not_marked if not is_settled(unmarked, settled)]
    without += [
        NotMarked(*key, EXCUSED, "excused: this exercise does not count") for key in excused
    ]
    overrides = [
        override
        if override.computed is not None
        else replace(override, computed=beneath.get(override))
        for override in decisions.overrides
    ]
    without.sort(key=lambda unmarked: (unmarked.student, unmarked.exercise))
    return FinalMarks(outcomes, without, overrides)


def is_settled(none: NotMarked, settled: Iterable[Key]) -> bool:
    """Whether somebody who is said to have submitted nothing has a mark or an excuse after all."""
    return none.status == "missing" and any(
        none.student == student and none.exercise in ("", exercise) for student, exercise in settled
    )


def _nothing(student: str, exercise: str, decisions: Decisions) -> Outcome:
    """Return the outcome of somebody who submitted no file."""
    return {
        "student": student, "exercise": exercise, "submission": "", "score": 0,
        "max_score": plain(sum(decisions.known.questions[exercise].values())), "status": "unmarked",
        "isolation": "", "questions": [], "cells": [], "notes": ["No file was submitted."],
        "others": [],
    }  # fmt: skip


def _best(marks: list[Outcome]) -> Outcome:
    """Return the best of several marks; of equal ones, the one of the last file."""
    best = max(
        marks,
        key=lambda mark: (mark["status"] != "unmarked", mark["score"], not mark.get("version")),
    )
    if len(marks) > 1:
        which = best.get("version") or "the last one"
        best["changes"].insert(0, f"Of {len(marks)} files the best counts: {which}.")
    return best


def _final(outcome: Outcome, decided: Sequence[Override], decisions: Decisions) -> Outcome:
    """Return one outcome with its final mark."""
    exercise = outcome["exercise"]
    changes: list[str] = []
    rules = decisions.policy.rules(exercise)
    points = decisions.known.questions.get(exercise, {})
    entries = _entries(outcome, decided, points)
    entries = [_question(entry, rules, decided, changes) for entry in entries]
    status = _status(outcome, entries)
    score = sum(entry["score"] for entry in entries) if entries else outcome["score"]
    most = outcome["max_score"]
    if points:
        most = plain(sum(rules.question_maximum(name, points[name]) for name in points))
    if rules.points is not None:
        scaled = plain(score * rules.points / most)
        changes.append(f"{score:g} of {most:g}, rescaled to {rules.points:g} points: {scaled:g}.")
        score, most = scaled, rules.points
    when = _submitted(outcome, decisions)
    score, of_dates = _after_dates(outcome, score, most, when, decisions.policy)
    if of_dates:
        changes.append(of_dates)
    for override in decided:
        if not override.question and override.points is not None:
            had = "" if status == "unmarked" else f" instead of {score:g}"
            changes.append(f"The teacher gives {override.points:g} of {most:g}{had}.")
            score = override.points
            status = "graded" if status in ("unmarked", "rejected") else status
    final = outcome | {
        "computed": outcome["score"],
        "score": plain(score),
        "max_score": plain(most),
        "status": status,
        "questions": entries,
        "changes": changes,
        "comments": [
            f"{override.question}: {override.comment}" if override.question else override.comment
            for override in decided
            if override.comment
        ],
        "decided": [override.record() for override in decided],
        "submitted": when.when.isoformat(timespec="seconds") if when.when else "",
        "time_from": when.source,
    }
    return final | {
        "beneath": [said for override in decided if (said := _changed(final, override))]
    }


def _entries(
    outcome: Outcome, decided: Sequence[Override], points: Mapping[str, float]
) -> list[dict[str, Any]]:
    """Return the questions of an outcome; all of them, if a teacher marks one by hand."""
    if outcome["questions"] or not any(override.question for override in decided):
        return [dict(question) for question in outcome["questions"]]
    return [
        {
            "name": name, "score": 0, "max_score": most, "status": "unmarked", "parts": [],
            "right": [], "symptom": "", "question": "", "place": "", "section": "",
            "mistakes": [], "named": "", "notes": [],
        }
        for name, most in points.items()
    ]  # fmt: skip


def _question(
    entry: dict[str, Any], rules: Rules, decided: Sequence[Override], changes: list[str]
) -> dict[str, Any]:
    """Return one question with its final points."""
    name, most = entry["name"], rules.question_maximum(entry["name"], entry["max_score"])
    score, status = entry["score"], entry["status"]
    if most != entry["max_score"] and entry["max_score"]:
        score = plain(score * most / entry["max_score"])
    if rules.drop.get(name) == "removed":
        status = "dropped"
        changes.append(f"{name} is dropped for everyone and does not count.")
    elif rules.drop.get(name):
        had = "" if score == most else f" instead of {score:g}"
        changes.append(f"{name} is dropped for everyone: full points, {most:g}{had}.")
        score, status = most, "dropped"
    elif most != entry["max_score"] and status not in OPEN:
        changes.append(
            f"{name}: {entry['score']:g} of {entry['max_score']:g}, rescaled: {score:g}."
        )
    for override in decided:
        if override.question == name and override.points is not None and most:
            had = "" if status in OPEN else f" instead of {score:g}"
            changes.append(f"{name}: the teacher gives {override.points:g} of {most:g}{had}.")
            score = override.points
            status = "by hand" if status in OPEN else status
    marks = {"computed": entry["score"], "score": plain(score), "max_score": plain(most)}
    return entry | marks | {"status": status}


def _status(outcome: Outcome, entries: Sequence[dict[str, Any]]) -> str:
    if not entries:
        return outcome["status"]
    statuses = [entry["status"] for entry in entries]
    if any(status in OPEN for status in statuses):
        return "unmarked"
    if outcome["status"] not in ("unmarked", "rejected"):
        return outcome["status"]
    ended = [cell["kind"] for cell in outcome["cells"]] + statuses
    return next((status for status in ended if status in FATAL), "graded")


def _submitted(outcome: Outcome, decisions: Decisions) -> Submitted:
    key = (outcome["student"], outcome["exercise"])
    if key in decisions.policy.submitted:
        return Submitted(decisions.policy.submitted[key], "policy")
    version = outcome.get("version", "")
    return decisions.submitted.get((*key, version), Submitted(None, ""))


def deadline(policy: Policy, student: str, exercise: str) -> datetime | None:
    """Return until when a student's file counts as in time, the grace period included."""
    rules = policy.rules(exercise)
    due = policy.extensions.get((student, exercise), rules.due)
    return due + (rules.grace.length if rules.grace else timedelta()) if due else None


def _after_dates(
    outcome: Outcome, score: float, most: float, submitted: Submitted, policy: Policy
) -> tuple[float, str]:
    """Return the points after what comes off for a late submission, and what is said of it."""
    rules = policy.rules(outcome["exercise"])
    when = submitted.when
    if rules.due is None or not outcome["submission"] or submitted.late is False:
        return score, ""
    due = policy.extensions.get((outcome["student"], outcome["exercise"]), rules.due)
    if when is None:
        return score, "No time of submission is known: counted as in time."
    if when <= due and submitted.late:
        return score, "Its name says that it is late, its time does not: counted as in time."
    if when <= due:
        return score, f"In time by an extension until {clock(due)}." if when > rules.due else ""
    if rules.grace and when <= due + rules.grace.length:
        minutes = math.ceil((when - due) / timedelta(minutes=1))
        return score, f"{minutes} min late, within the grace period of {rules.grace.text}."
    if rules.last and when > rules.last + (due - rules.due):
        return 0, f"{score:g} of {most:g}, after the last date: 0."
    if rules.late is None:
        return score, f"Late: {clock(when)}. It was due {clock(due)}; nothing comes off."
    steps = math.ceil((when - due) / rules.late.each.length)
    left = score - steps * rules.late.minus.of(score)
    left = plain(max(left, min(score, rules.late.floor.of(score)), 0))
    return left, f"{score:g} of {most:g}, {rules.late.each.times(steps)} late: {left:g}."


def clock(when: datetime) -> str:
    """Return a time for a sentence.

    >>> clock(datetime(2026, 11, 2, 23, 59))
    '2026-11-02 23:59'
    """
    return when.strftime("%Y-%m-%d %H:%M %Z").strip()


def _value(outcome: Outcome, override: Override) -> float:
    """Return the computed mark beneath an override; -1 where there is none."""
    if not override.question:
        return outcome["computed"] if outcome["submission"] else -1
    marks = [each["computed"] for each in outcome["questions"] if each["name"] == override.question]
    return marks[0] if marks else -1


def _changed(outcome: Outcome, override: Override) -> str:
    """Say that a mark beneath an override is not what it was when the teacher decided."""
    now = _value(outcome, override)
    if override.computed is None or now < 0 or now == override.computed or override.points is None:
        return ""
    what = override.question or "the exercise"
    return f"the mark beneath has changed: {what} was {override.computed:g} and is {now:g}"


def plain(points: float) -> float:
    """Return points with at most two decimals; a whole number as an int.

    >>> plain(15.299999999999999), plain(2.0)
    (15.3, 2)
    """
    rounded = round(points + 1e-9, 2)
    return int(rounded) if rounded == int(rounded) else rounded
