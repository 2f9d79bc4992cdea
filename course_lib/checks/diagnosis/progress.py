"""What is right so far, and what else to know, as sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from course_lib.checks.answers import Compared, are, listed, shown, upper
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
    sentences = []
    for part in question.parts:
        calls = [call for call in records if call.fixture.marked and part.concerns(call.fixture)]
        answered = [record for record in calls if record.error is None]
        items = [item for record in answered for item in record.of(part)]
        right = bool(items) and len(answered) == len(calls) and all(item.right for item in items)
        if any(item.follows for item in items):
            named = shown(question.returns[items[0].output.position])
            sentences.append(f"{upper(named)} is right, given your other numbers.")
        elif earned[part.name] or right:
            case = case_of(question, answered[0]) if part.variant and items else ""
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
    subject = listed(named)
    if case and len(named) == len(question.returns):
        subject = "all results" if len(named) > 1 else "the result"
    subject = f"{case}, {subject}" if case else upper(subject)
    return f"{subject} {are(len(named))} right{'' if earned else ' in the small calls'}."


def notes(question: Question, records: Sequence[CallRecord], score: float) -> tuple[str, ...]:
    """Say which arguments were changed, and with which a right answer shares its memory."""
    names = question.arguments
    changed = {index for record in records for index in record.changed if index < len(names)}
    sentences = []
    if changed:
        modified = listed([names[index] for index in sorted(changed)])
        which = "argument" if len(changed) == 1 else "arguments"
        cost = " (half the points deducted)" if score else ""
        sentences.append(f"Your function modifies its {which} {modified}{cost}.")
    if not all(record.right for record in records):
        return tuple(sentences)
    shared = {index for record in records for index in record.aliases} - changed
    sentences += [
        f"The array that you return shares its memory with the argument {names[index]}: "
        "a change to one of them changes the other. Return a copy."
        for index in sorted(shared)
        if index < len(names) and names[index] not in (*question.shares, *question.in_place)
    ]
    return tuple(sentences)


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
    label = item.output.shown
    which = "one example (N = 1)" if _is_of_a_batch(question, record) else "the example of the task"
    leading = (
        f"Compute {label} by hand for {which}, step by step. What is the first number that "
        "your function computes differently?"
    )
    if not question.arguments:
        leading = f"Write down every step that leads to {label}. Which one can you check first?"
    if part is not None and part.next_step:
        leading = part.next_step
    symptom = f"{finding.symptom} {_between(question, item, record)}".strip()
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
    right = [entry.output.shown for entry in record.compared if entry.right]
    wrong = [entry.output.shown for entry in record.compared if not entry.right]
    if not right or len(right) > 6 or len(wrong) > 6 or not question.arguments:
        return ""
    done, rest = listed(right), listed(wrong)
    return upper(
        f"{done} {are(len(right))} right and {rest} {are(len(wrong))} not, so the mistake is in a "
        f"step that {rest} {'needs' if len(wrong) == 1 else 'need'} and "
        f"{done} {'does' if len(right) == 1 else 'do'} not."
    )


def _between_layers(question: Question, item: Compared, record: CallRecord) -> str:
    """Say between which entries of a list the mistake is."""
    index = item.output.index or 0
    entries = [entry for entry in record.compared if entry.output.position == item.output.position]
    before = index + 1 if question.backwards else index - 1
    neighbour = next((entry for entry in entries if entry.output.index == before), None)
    if neighbour is None:
        right = [entry.output for entry in record.compared if entry.right]
        others = listed([output.shown for output in right if output.index == index])
        verb = are(sum(output.index == index for output in right))
        if not others:
            return ""
        return (
            f"{upper(others)} {verb} right, so everything that {others} {verb} computed from "
            "is right."
        )
    if not neighbour.right:
        return ""
    same = ", which is the same in every layer" if question.per == "layer" else ""
    return (
        f"So the mistake is in the step from {neighbour.output.shown} to {item.output.shown}{same}."
    )
