"""What went wrong: known mistakes first, then rules that read the arrays alone.

Nothing is guessed. A mistake is named when it computes what the student's function computes,
on every call; where two do, both are named; where none does, the feedback says what to do next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from operator import ge, le

import numpy as np

from course_lib.checks.answers import Compared, are, listed, lower, outputs_of, shown
from course_lib.checks.diagnosis import rules
from course_lib.checks.diagnosis.case import Finding
from course_lib.checks.diagnosis.effects import (
    WRITES,
    arguments_in_another_order,
    effects,
    results_in_another_order,
)
from course_lib.checks.diagnosis.known_mistakes import recognise
from course_lib.checks.diagnosis.progress import case_of, next_step
from course_lib.checks.diagnosis.shapes import raised, readable
from course_lib.checks.question import Mistake, Part, Question
from course_lib.checks.student_call import StudentCall, StudentError
from course_lib.checks.verdict import CallRecord, QuestionResult, prepared


def diagnose(
    question: Question, records: list[CallRecord], result: QuestionResult, call: StudentCall
) -> QuestionResult:
    """Add the first symptom, a leading question, the hints and the named mistakes.

    The symptom, the question and the first name concern the same part of the answer. A mistake
    that is recognised in another part is named with that part.
    """
    for call_record in records:
        if call_record.error is not None and call_record.error.kind != "raised":
            return _explain_end(question, call_record, call_record.error, result)
    small = [record for record in records if not record.fixture.large]
    whole, by_part = recognise(question, small)
    part, item, record = _first_wrong(question, records)
    finding = _symptom(question, records, item, record, call)
    if not whole:
        finding = _in_another_order(question, small, finding, item, call) or finding
    named = whole or (by_part.get(part.name, []) if part else [])
    got = [entry.got for answer in small for entry in answer.compared]
    if len(got) > 1 and all(array is not None and not array.any() for array in got):
        # Every number is 0: nothing may have been computed at all.
        return replace(
            result,
            symptom=finding.symptom,
            question=lettered([finding.question, *(mistake.question for mistake in whole)]),
            place=(part and part.place) or question.place,
            section=(part and part.section) or question.section,
            mistakes=tuple(mistake.id for mistake in whole),
            named=lettered([NOTHING, *(mistake.name for mistake in whole)]) if whole else "",
        )
    if finding.mistake and (not named or finding.mistake.endswith("-order")):
        return replace(
            result,
            symptom=finding.symptom,
            question=finding.question,
            place=finding.place or question.place,
            section=question.section,
            mistakes=(finding.mistake,),
            named=finding.named,
        )
    others = [] if whole else _elsewhere(question, part, named, by_part)
    first = named[0] if named else None
    leading = lettered([mistake.question for mistake in named])
    if not named and finding.unexplained:
        finding = next_step(question, records, part, item, record, finding)
    own = first.place if first and finding.place != WRITES else ""
    return replace(
        result,
        symptom=finding.symptom,
        question=leading or finding.question,
        place=own or finding.place or (part and part.place) or question.place,
        section=(first and first.section) or (part and part.section) or question.section,
        mistakes=tuple(
            dict.fromkeys(mistake.id for mistake in [*named, *(other for _, other in others)])
        ),
        named=_name(question, named, others),
    )


NOTHING = "Nothing is computed."


def _elsewhere(
    question: Question, part: Part | None, named: list[Mistake], by_part: dict[str, list[Mistake]]
) -> list[tuple[Part, Mistake]]:
    """Return the mistakes of other parts that are worth a name, with their parts.

    Where the first wrong part is not recognised, what looks like a mistake of another one may only
    follow from it, or agree by chance: whole numbers do, and so do the calls of a single variant.
    """
    pairs = []
    for other in question.parts:
        if part is not None and other.name == part.name:
            continue
        if not named and (other.variant or (question.arguments and _whole(question, other))):
            continue
        pairs += [
            (other, mistake) for mistake in by_part.get(other.name, []) if mistake not in named
        ]
    return list({mistake.id: (other, mistake) for other, mistake in reversed(pairs)}.values())[::-1]


def _whole(question: Question, part: Part) -> bool:
    """Whether a part's right answers are whole numbers in every call."""
    return all(
        np.array_equal(array, np.round(array))
        for fixture in question.small
        for output, array in outputs_of(prepared(question, fixture, 0)[1], question.returns)
        if part.holds(output)
    )


def _in_another_order(
    question: Question,
    records: Sequence[CallRecord],
    finding: Finding,
    item: Compared | None,
    call: StudentCall,
) -> Finding | None:
    """Try other orders of the results, and of the arguments where nothing else explains it."""
    reordered = results_in_another_order(question, records)
    if reordered is not None:
        return reordered
    raised_all = item is None and any(record.error for record in records)
    structural = raised_all or (item is not None and not item.comparable)
    if (finding.unexplained or structural) and finding.mistake != "none":
        return arguments_in_another_order(question, records, call)
    return None


def _first_wrong(
    question: Question, records: list[CallRecord]
) -> tuple[Part | None, Compared | None, CallRecord | None]:
    """Find the first wrong array, counted from the output; of square layers if all raised.

    A question's parts are in the order in which their arrays are computed.
    """
    for record in sorted(records, key=lambda call: not call.fixture.marked):
        wrong = [item for item in record.compared if not item.right]
        if not wrong:
            continue
        item = min(wrong, key=lambda entry: _rank(question, entry))
        for part in question.parts:
            if part.holds(item.output) and part.concerns(record.fixture):
                return part, item, record
    return None, None, None


def _rank(question: Question, item: Compared) -> tuple[int, int, int]:
    """Order wrong arrays: the last layer first, then as the parts are listed, then as returned."""
    parts = [part.holds(item.output) for part in question.parts]
    part = [*parts, True].index(True)
    index = item.output.index or 0
    return (-index if question.backwards else index), part, item.output.position


def _symptom(
    question: Question,
    records: list[CallRecord],
    item: Compared | None,
    record: CallRecord | None,
    call: StudentCall,
) -> Finding:
    failed = next((answer for answer in records if answer.error and answer.fixture.marked), None)
    if any(answer.again and all(item.right for item in answer.compared) for answer in records):
        return effects(question, records)
    if item is None or record is None:
        if failed is not None and failed.error is not None:
            report = raised(question, failed.error.text, failed.args)
            return _with_case(question, failed, report)
        return effects(question, records)
    finding = rules.read(question, item, record, call, records)
    index = item.output.index
    if index is not None and not record.whole:
        start = "input" if question.per == "layer" else "start"
        where, before = ("output", ge) if question.backwards else (start, le)
        done = [
            entry.output.shown
            for entry in record.compared
            if entry.right and entry.output.index is not None and before(entry.output.index, index)
        ]
        if done:
            right = f"Counted from the {where}, {listed(done)} {are(len(done))} right."
            finding = replace(finding, symptom=f"{right} The first wrong array: {finding.symptom}")
    if not record.whole:
        finding = _with_case(question, record, finding)
    if failed is None or failed.error is None:
        return finding
    text = readable(failed.error.text)
    if record.fixture.marked:
        text = f"(In another call your function raises {text})"
        return replace(finding, symptom=f"{finding.symptom} {text}")
    widths = "-".join(str(width) for width in record.fixture.widths)
    text = f"On arrays of different sizes, your function raises {text}"
    symptom = f"{text} On arrays of equal sizes ({widths}), it runs, but: {finding.symptom}"
    return replace(finding, symptom=symptom)


def _with_case(question: Question, record: CallRecord, finding: Finding) -> Finding:
    case = case_of(question, record)
    return replace(finding, symptom=f"{case}: {finding.symptom}") if case else finding


ENDS = {
    "unwritten": "The cell above the check says what to write.",
    "missing": "When all cells have run, is there a function called exactly {name}?",
    "timeout": "Is there a loop whose condition never changes?",
    "memory": "Does your function create an array that is larger than those in the formula?",
    "crashed": "Does it call exit(), or does it call itself without end?",
    "reply": "Does it return {returns} as numbers or arrays?",
}
"""By the kind of a `StudentError`, the question that leads on."""


def _explain_end(
    question: Question, record: CallRecord, error: StudentError, result: QuestionResult
) -> QuestionResult:
    """Explain a call that gave no answer at all."""
    symptom = _sentence(error.text, question.called)
    leading = ENDS[error.kind].format(name=question.name, returns=listed(question.returns))
    if error.kind == "unwritten":
        symptom = f"{question.name} is not written yet."
    elif error.kind == "timeout" and record.fixture.large:
        sizes = ", ".join(f"{name} = {size}" for name, size in question.sizes(*record.args).items())
        large = f"a large input ({sizes})" if sizes else "a large input"
        symptom = f"On {large} your function does not finish in time."
        leading = question.slow or (
            "Does it run a forward pass for every single parameter? "
            "Which product gives all of them at once?"
        )
    if result.score and record.fixture.variant:
        symptom = _with_case(question, record, Finding(symptom)).symptom
    return replace(
        result,
        symptom=symptom,
        question=leading,
        place=question.place if error.kind not in ("missing", "unwritten", "reply") else "",
        section=question.section,
    )


def _sentence(text: str, name: str) -> str:
    """Return what came of a call as a sentence to the student; a function's name stays as it is.

    >>> _sentence("it ended the process", "f"), _sentence("f returned a text", "f")
    ('Your function ended the process.', 'f returned a text.')
    """
    if text.startswith("it "):
        text = f"Your function {text[3:]}"
    elif not text.startswith(name):
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _name(question: Question, named: list[Mistake], others: Sequence[tuple[Part, Mistake]]) -> str:
    """Name the mistakes of the first wrong part, then those of other parts, with their part."""
    names = list(dict.fromkeys(mistake.name for mistake in named))
    texts = [lettered(names)] if names else []
    if len(names) > 1:
        count = COUNTS.get(len(names), len(names))
        texts.insert(0, f"{count} mistakes give exactly these numbers:")
    texts += [
        f"For {_part_label(question, part)}, {lower(mistake.name)}" for part, mistake in others
    ]
    return " ".join(texts)


COUNTS = {2: "Two", 3: "Three", 4: "Four", 5: "Five"}


def lettered(texts: Sequence[str]) -> str:
    """Join sentences that are alternatives; one alone stays as it is.

    >>> lettered(["Is it the first?", "Is it the second?", "Is it the first?"])
    '(a) Is it the first? (b) Is it the second?'
    """
    different = list(dict.fromkeys(texts))
    if len(different) < 2:
        return "".join(different)
    return " ".join(f"({chr(97 + at)}) {text}" for at, text in enumerate(different))


def _part_label(question: Question, part: Part) -> str:
    if part.variant:
        return part.variant
    outputs = part.outputs or tuple(range(len(question.returns)))
    return listed([shown(question.returns[output]) for output in outputs])
