"""The policy and the overrides of one run, and which files are marked by them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from course_lib import checks
from course_lib.grading.policy import overrides as table
from course_lib.grading.policy import reading
from course_lib.grading.policy.apply import Decisions, deadline
from course_lib.grading.policy.policy import Known, Policy, PolicyError
from course_lib.grading.submissions.attempts import Collection, Found, anonymous
from course_lib.grading.submissions.owners import Person
from course_lib.grading.submissions.roster import (
    PSEUDONYMS,
    Roster,
    names_of,
    plain_name,
    read_pseudonyms,
)
from course_lib.grading.submissions.times import Submitted, submitted

POLICY, OVERRIDES = "policy.toml", "overrides.csv"


def decisions(
    policy: Path | None,
    overrides: Sequence[Path],
    collection: Collection,
    roster: Roster,
    earlier: Iterable[Path] = (),
) -> Decisions:
    """Read what a run decides by.

    The overrides of the folders of `earlier` runs have the marks beneath, and their pseudonyms name
    students, too.

    Raises
    ------
    PolicyError
        If one of them cannot be used.
    """
    questions = {name: checks.load(name).question_points for name in checks.names()}
    names = names_of(collection.students(), collection.people, roster)
    for folder in earlier:
        for pseudonym, student in read_pseudonyms(folder / PSEUDONYMS).items():
            names.setdefault(plain_name(pseudonym), names.get(plain_name(student), []))
    known = Known(names, questions)
    rules = reading.read(policy, known) if policy else Policy()
    decided = table.read_all(overrides, known, rules)
    before = [folder / OVERRIDES for folder in earlier]
    made = Decisions(known, rules, table.remembered(decided, before, known))
    return replace(made, submitted=_times(collection, roster, rules)) if policy else made


def undone(path: Path, made: Decisions) -> list[str]:
    """Return which marks a table that an earlier run has written decides, and now none does."""
    try:
        before = table.read(path, made.known, made.policy)
    except PolicyError:
        return []
    held = {override.key for override in made.overrides if override.decides}
    return [
        f"{override.student}/{override.exercise} {override.record()}"
        for override in before
        if override.decides and override.key not in held
    ]


def _times(
    collection: Collection, roster: Roster, policy: Policy
) -> dict[tuple[str, str, str], Submitted]:
    listed = [(work, "") for work, _ in collection.entries]
    listed += [(work, work.name) for several in collection.attempts.values() for work in several]
    times = {}
    for work, version in listed:
        person = collection.people.get(work.student, Person(work.student))
        row = roster.people.get(work.student, {})
        key = (work.student, work.exercise, version)
        times[key] = submitted(work, person, row, policy.zone)
    return times


def with_attempts(collection: Collection, made: Decisions) -> tuple[Collection, Decisions]:
    """Return the collection with the files that count, where the policy does not say the last.

    For the best of several, all are entries: the last one as it is, the others with a version.
    """
    entries: list[tuple[Found, tuple[str, ...]]] = []
    times = dict(made.submitted)
    for work, others in collection.entries:
        key = (work.student, work.exercise)
        attempts = collection.attempts.get(key, [work])
        kind = made.policy.rules(work.exercise).attempt
        if len(attempts) > 1 and kind == "best":
            *earlier, last = attempts
            entries += [(replace(attempt, version=attempt.name), ()) for attempt in earlier]
            entries.append((last, tuple(name for name in others if name not in _names(earlier))))
        elif len(attempts) > 1 and kind == "last before due":
            chosen = _before_due(attempts, made)
            rest = dict.fromkeys([*_names(attempts), *others])
            entries.append((chosen, tuple(name for name in rest if name != chosen.name)))
            times[*key, ""] = times[*key, chosen.name]
        else:
            entries.append((work, others))
    return replace(collection, entries=entries), replace(made, submitted=times)


def _names(attempts: Sequence[Found]) -> list[str]:
    return [attempt.name for attempt in attempts]


def _before_due(attempts: Sequence[Found], made: Decisions) -> Found:
    """Return the last attempt that is in time, or the last one."""
    end = deadline(made.policy, attempts[0].student, attempts[0].exercise)
    in_time = []
    for attempt in attempts:
        time = made.submitted[attempt.student, attempt.exercise, attempt.name]
        if time.late is False or (end and time.when and time.when <= end):
            in_time.append(attempt)
    return (in_time or attempts)[-1]


def renamed(made: Decisions, names: dict[str, str]) -> Decisions:
    """Return the same decisions under other names of students."""
    return replace(
        made,
        policy=made.policy.renamed(names),
        overrides=[
            replace(
                override,
                student=names[override.student],
                cells=(names[override.student], *override.cells[1:]),
            )
            for override in made.overrides
        ],
        submitted={
            (names[who], exercise, anonymous(version)): time
            for (who, exercise, version), time in made.submitted.items()
        },
    )
