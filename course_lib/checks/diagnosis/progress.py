"""What is right so far, and what else to know, as sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from course_lib.checks.answers import Compared, listed, shown, upper
from course_lib.checks.diagnosis.case import Finding
from course_lib.checks.question import Part, Question
from course_lib.checks.verdict import CallRecord


def case_of(question: Question, record: CallRecord) -> str:
    """Say what is special about a call: ``'With activation "tanh"'``; nothing if nothing is."""
    variant = record.fixture.variant
    if not variant:
        return ""
    texts = [
        f'{name} "{argument}"'
        for name, argument in zip(question.arguments, record.args, strict=False)
        if isinstance(argument, str) and argument in (variant, *variant.split())
    ]
    if texts:
        return f"With {' and '.join(texts)}"
    # A variant that no part has is only a name for what single numbers are read together.
    return f"With {variant}" if any(part.variant == variant for part in question.parts) else ""


def what_is_right(
    question: Question, records: Sequence[CallRecord], earned: Mapping[str, float]
) -> tuple[str, ...]:
    """Say which parts are right, and of which the numbers are although they earn nothing."""
    complete = all(earned[part.name] == part.points for part in question.parts)
    if complete and any(record.carried for record in records):
        return (
            f"{question.name} uses your other functions as it should; "
            "what is still wrong in those is not counted again here.",
        )
    answered = [record for record in records if record.fixture.marked and record.error is None]
    sentences = []
    for part in question.parts:
        concerned = [
            (record, item)
            for record in answered
            if part.variant in ("", record.fixture.variant)
            for item in record.compared
            if not part.outputs or item.output.position in part.outputs
        ]
        ended = any(
            record.error and record.fixture.marked and part.variant in ("", record.fixture.variant)
            for record in records
        )
        right = bool(concerned) and not ended and all(item.right for _, item in concerned)
        if any(item.follows for _, item in concerned):
            named = shown(question.returns[concerned[0][1].output.position])
            sentences.append(f"{upper(named)} is right, given your other numbers.")
        elif earned[part.name] or right:
            case = case_of(question, concerned[0][0]) if part.variant and concerned else ""
            sentences.append(_sentence(question, part, case, bool(earned[part.name])))
    return tuple(sentences)


def _sentence(question: Question, part: Part, case: str, earned: bool) -> str:
    """Say that a part is right.

    >>> from course_lib.checks import find
    >>> question = find("two_layer_step")[1]
    >>> _sentence(question, question.parts[0], "", True)
    'The new W2 and the new b2 are right.'
    """
    outputs = part.outputs or tuple(range(len(question.returns)))
    named = [shown(question.returns[output]) for output in outputs]
    if case and len(named) == len(question.returns):
        subject, plural = f"{case}, the result", False
        if len(named) > 1:
            subject, plural = f"{case}, all results", True
    else:
        subject, plural = listed(named), len(named) > 1
        subject = f"{case}, {subject}" if case else upper(subject)
    verb = "are" if plural else "is"
    if earned:
        return f"{subject} {verb} right."
    return f"{subject} {verb} right in the small calls."


def notes(question: Question, records: Sequence[CallRecord], score: float) -> tuple[str, ...]:
    """Say which arguments were changed, and with which a right answer shares its memory."""
    names = question.arguments
    changed = {index for record in records for index in record.changed if index < len(names)}
    found = []
    if changed:
        modified = listed([names[index] for index in sorted(changed)])
        which = "argument" if len(changed) == 1 else "arguments"
        cost = " (half the points deducted)" if score else ""
        found.append(f"Your function modifies its {which} {modified}{cost}.")
    if any(record.error or not all(item.right for item in record.compared) for record in records):
        return tuple(found)
    shared = {index for record in records for index in record.aliases} - changed
    found += [
        f"The array that you return shares its memory with the argument {names[index]}: "
        "a change to one of them changes the other. Return a copy."
        for index in sorted(shared)
        if index < len(names) and names[index] not in (*question.shares, *question.in_place)
    ]
    return tuple(found)


def first_part(question: Question, item: Compared, variant: str) -> Part | None:
    """Return the part that an array of a call counts for."""
    for part in question.parts:
        inside = not part.outputs or item.output.position in part.outputs
        if inside and part.variant in ("", variant):
            return part
    return None


def next_step(
    question: Question,
    records: Sequence[CallRecord],
    part: Part | None,
    item: Compared | None,
    record: CallRecord | None,
    finding: Finding,
) -> Finding:
    """Add to a symptom where the mistake is, and the smallest thing to compute by hand."""
    if item is None or record is None:
        return finding
    where = _between(question, item, record)
    symptom = f"{finding.symptom} {where}".strip()
    label = item.output.shown
    if part is not None and part.next_step:
        return replace(finding, symptom=symptom, question=part.next_step)
    if not question.arguments:
        leading = f"Write down every step that leads to {label}. Which one can you check first?"
    else:
        which = (
            "one example (N = 1)" if _is_of_a_batch(question, record) else "the example of the task"
        )
        leading = (
            f"Compute {label} by hand for {which}, step by step. What is the first number that "
            "your function computes differently?"
        )
    return replace(finding, symptom=symptom, question=leading)


def _is_of_a_batch(question: Question, record: CallRecord) -> bool:
    """Whether the rows of the arguments are examples: N belongs to the question's own sizes."""
    names = set(question.arguments)
    return (
        question.sizes is not Question.sizes
        and "N" in question.sizes(*record.args)
        and bool({"x", "y", "y_hat", "delta"} & names)
        and "f" not in names
    )


def _between(question: Question, item: Compared, record: CallRecord) -> str:
    """Say between which results the mistake is, where some of this call are right."""
    if item.output.index is not None:
        return _between_layers(question, item, record)
    right = [one.output.shown for one in record.compared if one.right]
    wrong = [one.output.shown for one in record.compared if not one.right]
    if not right or len(right) > 6 or len(wrong) > 6 or not question.arguments:
        return ""
    return upper(
        f"{listed(right)} {_are(right)} right and {listed(wrong)} {_are(wrong)} not, so the "
        f"mistake is in a step that {listed(wrong)} {'needs' if len(wrong) == 1 else 'need'} and "
        f"{listed(right)} {'does' if len(right) == 1 else 'do'} not."
    )


def _between_layers(question: Question, item: Compared, record: CallRecord) -> str:
    """Say between which entries of a list the mistake is."""
    index = item.output.index or 0
    entries = [one for one in record.compared if one.output.position == item.output.position]
    before = index + 1 if question.backwards else index - 1
    neighbour = next((one for one in entries if one.output.index == before), None)
    if neighbour is None:
        others = [
            one.output.shown for one in record.compared if one.right and one.output.index == index
        ]
        if not others:
            return ""
        return (
            f"{upper(listed(others))} {_are(others)} right, so everything that {listed(others)} "
            f"{_are(others)} computed from is right."
        )
    if not neighbour.right:
        return ""
    return (
        f"So the mistake is in the step from {neighbour.output.shown} to {item.output.shown}, "
        "which is the same in every layer."
        if question.per == "layer"
        else f"So the mistake is in the step from {neighbour.output.shown} to {item.output.shown}."
    )


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
