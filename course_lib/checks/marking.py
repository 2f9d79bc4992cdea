"""From a way to call a student's function to points and a diagnosis.

The same code marks in a notebook, where `call` runs the function in place, and in the grader,
where it runs in a process that is not trusted. Whatever `call` returns is looked at as data.
"""

from __future__ import annotations

import traceback
import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from course_lib.checks.answers import forbidden_changes, judge, same
from course_lib.checks.carried_error import Carrying, traced
from course_lib.checks.diagnosis.diagnose import diagnose
from course_lib.checks.diagnosis.progress import notes, what_is_right
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Part, Question
from course_lib.checks.student_call import FATAL, Sparing, StudentCall, StudentError
from course_lib.checks.verdict import CallRecord, PartResult, QuestionResult, prepared, unmarked


def mark_question(question: Question, call: StudentCall, seed: int = 0) -> QuestionResult:
    """Call a student's function on fresh inputs, give points and find out what went wrong.

    Each marked call counts by itself. A part earns its points if every call that counts for it was
    made and is right; a call that ends without an answer costs the parts that it counts for, and
    the calls for other parts are made all the same.

    Parameters
    ----------
    question : Question
        What was asked.
    call : callable
        ``call(name, *args, cpu_seconds=None) -> Reply``; raises :class:`StudentError`.
    seed : int
        The inputs depend on it and on nothing else.

    Returns
    -------
    QuestionResult
        The same for the same answers, whatever the machine's load. Where the checks themselves
        fail, its status is ``"unmarked"``.
    """
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an answer may hold numbers that overflow
        try:
            return _mark(question, Sparing(call), seed)
        except Exception:
            return unmarked(question, traceback.format_exc())


def _mark(question: Question, call: StudentCall, seed: int) -> QuestionResult:
    small = [one for one in question.fixtures if one.marked and not one.large]
    large = [one for one in question.fixtures if one.marked and one.large]
    records: list[CallRecord] = []
    carrying = Carrying(question, call, seed)
    for fixture in small:
        if _still_open(question, fixture, records):
            records.append(attempt(question, fixture, call, seed, carrying))
    earned = _points(question, records, small)
    if sum(earned.values()) != question.points and not any(map(_fatal, records)):
        for fixture in question.fixtures:
            if not fixture.marked:
                records.append(answered(question, fixture, call, seed))
                if _fatal(records[-1]):
                    break
    # Nothing is earned without the large call: a numerical derivative is right in the small ones.
    for fixture in large:
        if any(earned[part.name] for part in question.parts if _concerns(part, fixture)):
            records.append(attempt(question, fixture, call, seed, carrying))
    earned = _points(question, records, [*small, *large])
    score = sum(earned.values())
    complete = score == question.points
    status = _status(records, score, complete)
    parts = tuple(PartResult(part.name, earned[part.name], part.points) for part in question.parts)
    said = notes(question, records, score)
    overwritten = getattr(call, "overwritten", None)
    if overwritten and not complete and status != "missing":  # then the symptom says it
        said = (*said, *filter(None, [overwritten(question.entry or question.name)]))
    result = QuestionResult(
        name=question.name,
        score=score,
        max_score=question.points,
        status=status,
        parts=parts,
        right=what_is_right(question, records, earned),
        notes=said,
    )
    if complete:
        return result
    result = replace(result, notes=(*result.notes, *carrying.causes()))
    return diagnose(question, records, result, call)


def _still_open(question: Question, fixture: Fixture, records: list[CallRecord]) -> bool:
    """Whether a call counts for a part that no earlier call has ended."""
    return any(
        _concerns(part, fixture)
        and not any(_fatal(record) and _concerns(part, record.fixture) for record in records)
        for part in question.parts
    )


def attempt(
    question: Question, fixture: Fixture, call: StudentCall, seed: int, carrying: Carrying
) -> CallRecord:
    """Make one call and compare the answer; a wrong one is tried again with surrogates."""
    record = answered(question, fixture, call, seed, carrying.ended)
    missing = record.error is not None and record.error.kind == "missing"
    if missing or (part_is_right((), record) and not record.changed):
        return record
    found = carrying.tried(fixture, record.args)
    if found is None:
        return record
    if _fatal(record):
        carrying.ended = record.error
    compared, changed = found
    return replace(record, compared=compared, whole="", error=None, changed=changed, carried=True)


def answered(
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
    name = question.entry or question.name

    def record(**found: Any) -> CallRecord:
        return CallRecord(fixture=fixture, seed=seed, args=args, expected=expected, **found)

    if fixture.large and question.traced:
        made = traced(question, call, seed)
        if made is not None:
            return record(compared=made)
    if ended is not None:
        return record(error=ended)
    try:
        reply = call(name, *args, cpu_seconds=fixture.cpu_seconds)
        compared, whole = judge(question, reply.value, expected)
        changed = forbidden_changes(question, args, reply.arguments)
        again_text, second, differing = "", None, []
        if fixture.repeat:
            second = call(name, *args, cpu_seconds=fixture.cpu_seconds).value
            if not same(second, reply.value):
                again_text = "a second call with the same arguments returns another answer"
                repeated, _ = judge(question, second, expected)
                differing = [
                    one.output
                    for one, two in zip(compared, repeated, strict=True)
                    if not two.right or not one.right
                ]
    except StudentError as error:
        return record(error=error)
    return record(
        compared=compared,
        whole=whole,
        value=reply.value,
        changed=changed,
        again=again_text,
        second=second,
        differing=tuple(differing),
        aliases=tuple(reply.aliases),
    )


def _fatal(record: CallRecord) -> bool:
    return record.error is not None and record.error.kind in FATAL


def _concerns(part: Part, fixture: Fixture) -> bool:
    """Whether a call counts for a part."""
    return fixture.marked and part.variant in ("", fixture.variant)


def _points(
    question: Question, records: list[CallRecord], planned: list[Fixture]
) -> dict[str, float]:
    """Points per part: all of them where every planned call for it was made and is right.

    Half of them when the numbers are right but an argument was changed on the way.
    """
    earned = {}
    for part in question.parts:
        concerned = [record for record in records if _concerns(part, record.fixture)]
        made = {record.fixture.name for record in concerned}
        due = {fixture.name for fixture in planned if _concerns(part, fixture)}
        right = due <= made and all(part_is_right(part.outputs, record) for record in concerned)
        share = 0.5 if any(record.changed for record in concerned) else 1.0
        earned[part.name] = part.points * share if right else 0.0
    return earned


def part_is_right(outputs: tuple[int, ...], record: CallRecord) -> bool:
    """Whether the arrays of one part are right in one call, and again in a second one."""
    if record.error is not None:
        return False
    chosen = [item for item in record.compared if not outputs or item.output.position in outputs]
    return bool(chosen) and all(
        item.right and item.output not in record.differing for item in chosen
    )


def _status(records: list[CallRecord], score: float, complete: bool) -> str:
    if complete:
        return "right"
    errors = [record.error for record in records if record.error and record.fixture.marked]
    fatal = [error.kind for error in errors if error.kind in FATAL]
    if fatal:
        return fatal[0]
    if score:
        return "partly"
    return errors[0].kind if errors else "wrong"
