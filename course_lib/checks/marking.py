"""From a way to call a student's function to points and a diagnosis.

The same code marks in a notebook, where `call` runs the function in place, and in the grader,
where it runs in a process that is not trusted. Whatever `call` returns is looked at as data.
"""

from __future__ import annotations

import traceback
import warnings
from dataclasses import replace

import numpy as np

from course_lib.checks.carried_error import Carrying, traced
from course_lib.checks.diagnosis.diagnose import diagnose
from course_lib.checks.diagnosis.progress import notes, what_is_right
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Part, Question
from course_lib.checks.student_call import FATAL, Sparing, StudentCall, StudentError
from course_lib.checks.verdict import CallRecord, PartResult, QuestionResult, attempted, unmarked


def mark_question(question: Question, call: StudentCall, seed: int = 0) -> QuestionResult:
    """Call a student's function on fresh inputs, give points and find out what went wrong.

    Each marked call counts by itself. A part earns its points if every call that counts for it was
    made and is right; a call that ends without an answer costs the parts that it counts for, and
    the calls for other parts are made all the same.

    The inputs depend on `seed` and on nothing else, and the result is the same for the same
    answers, whatever the machine's load. Where the checks themselves fail, its status is
    ``"unmarked"``.
    """
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an answer may hold numbers that overflow
        try:
            return _mark(question, Sparing(call), seed)
        except Exception:
            return unmarked(question, traceback.format_exc())


def _mark(question: Question, call: Sparing, seed: int) -> QuestionResult:
    small = [fixture for fixture in question.small if fixture.marked]
    large = [fixture for fixture in question.fixtures if fixture.marked and fixture.large]
    records: list[CallRecord] = []
    carrying = Carrying(question, call, seed)
    for fixture in small:
        if _still_open(question, fixture, records):
            records.append(attempt(question, fixture, call, seed, carrying))
    earned = _points(question, records, small)
    if sum(earned.values()) != question.points and not any(record.fatal for record in records):
        for fixture in question.fixtures:
            if not fixture.marked:
                records.append(answered(question, fixture, call, seed))
                if records[-1].fatal:
                    break
    # Nothing is earned without the large call: a numerical derivative is right in the small ones.
    for fixture in large:
        if any(earned[part.name] for part in question.parts if part.concerns(fixture)):
            records.append(attempt(question, fixture, call, seed, carrying))
    earned = _points(question, records, [*small, *large])
    score = sum(earned.values())
    complete = score == question.points
    status = _status(records, score, complete)
    said = notes(question, records, score)
    if not complete:
        if status != "missing":  # else the symptom says it
            said += tuple(filter(None, [call.overwritten(question.called)]))
        said += carrying.causes()
    result = QuestionResult(
        name=question.name,
        score=score,
        max_score=question.points,
        status=status,
        parts=tuple(
            PartResult(part.name, earned[part.name], part.points) for part in question.parts
        ),
        right=what_is_right(question, records, earned),
        notes=said,
    )
    return result if complete else diagnose(question, records, result, call)


def _still_open(question: Question, fixture: Fixture, records: list[CallRecord]) -> bool:
    """Whether a call counts for a part that no earlier call has ended."""
    ended = [record.fixture for record in records if record.fatal]
    return any(
        part.concerns(fixture) and not any(part.concerns(earlier) for earlier in ended)
        for part in question.parts
    )


def attempt(
    question: Question, fixture: Fixture, call: StudentCall, seed: int, carrying: Carrying
) -> CallRecord:
    """Make one call and compare the answer; a wrong one is tried again with surrogates."""
    record = answered(question, fixture, call, seed, carrying.ended)
    missing = record.error is not None and record.error.kind == "missing"
    if missing or record.flawless:
        return record
    retry = carrying.tried(fixture, record.args)
    if retry is None:
        return record
    if record.fatal:
        carrying.ended = record.error
    compared, changed = retry
    return replace(record, compared=compared, whole="", error=None, changed=changed, carried=True)


def answered(
    question: Question,
    fixture: Fixture,
    call: StudentCall,
    seed: int,
    ended: StudentError | None = None,
) -> CallRecord:
    """Make one call with the question's `traced` functions, or else as `attempted` does."""
    made = traced(question, fixture, call, seed)
    return made or attempted(question, fixture, call, seed, ended)


def _points(
    question: Question, records: list[CallRecord], planned: list[Fixture]
) -> dict[str, float]:
    """Points per part: all of them where every planned call for it was made and is right.

    Half of them when the numbers are right but an argument was changed on the way.
    """
    earned = {}
    for part in question.parts:
        concerned = [
            record for record in records if record.fixture.marked and part.concerns(record.fixture)
        ]
        made = {record.fixture.name for record in concerned}
        due = {fixture.name for fixture in planned if part.concerns(fixture)}
        right = due <= made and all(part_is_right(part, record) for record in concerned)
        share = 0.5 if any(record.changed for record in concerned) else 1.0
        earned[part.name] = part.points * share if right else 0.0
    return earned


def part_is_right(part: Part, record: CallRecord) -> bool:
    """Whether the arrays of one part are right in one call, and again in a second one."""
    items = record.of(part)
    return bool(items) and all(item.right and item.output not in record.differing for item in items)


def _status(records: list[CallRecord], score: float, complete: bool) -> str:
    if complete:
        return "right"
    errors = [record.error for record in records if record.error and record.fixture.marked]
    fatal = [error for error in errors if error.kind in FATAL]
    if fatal:
        return fatal[0].kind
    if score:
        return "partly"
    return errors[0].kind if errors else "wrong"
