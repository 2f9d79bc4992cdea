"""What to do next where nothing is recognised: where it goes wrong, and what to compute by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from course_lib.checks.answers import Compared, listed, upper
from course_lib.checks.case import Finding
from course_lib.checks.question import Part, Question
from course_lib.checks.verdict import Trial


def next_step(
    question: Question,
    trials: Sequence[Trial],
    part: Part | None,
    item: Compared | None,
    trial: Trial | None,
    finding: Finding,
) -> Finding:
    """Add to a symptom where the mistake is, and the smallest thing to compute by hand."""
    if item is None or trial is None:
        return finding
    where = _between(question, item, trial)
    symptom = f"{finding.symptom} {where}".strip()
    label = item.leaf.shown
    if part is not None and part.next_step:
        return replace(finding, symptom=symptom, question=part.next_step)
    if not question.arguments:
        leading = f"Write down every step that leads to {label}. Which one can you check first?"
    else:
        which = (
            "one example (N = 1)" if _is_of_a_batch(question, trial) else "the example of the task"
        )
        leading = (
            f"Compute {label} by hand for {which}, step by step. What is the first number that "
            "your function computes differently?"
        )
    return replace(finding, symptom=symptom, question=leading)


def _is_of_a_batch(question: Question, trial: Trial) -> bool:
    """Whether the rows of the arguments are examples: N belongs to the question's own sizes."""
    names = set(question.arguments)
    return (
        question.sizes is not Question.sizes
        and "N" in question.sizes(*trial.args)
        and bool({"x", "y", "y_hat", "delta"} & names)
        and "f" not in names
    )


def _between(question: Question, item: Compared, trial: Trial) -> str:
    """Say between which results the mistake is, where some of this call are right."""
    if item.leaf.index is not None:
        return _between_layers(question, item, trial)
    right = [one.leaf.shown for one in trial.compared if one.right]
    wrong = [one.leaf.shown for one in trial.compared if not one.right]
    if not right or len(right) > 6 or len(wrong) > 6 or not question.arguments:
        return ""
    return upper(
        f"{listed(right)} {_are(right)} right and {listed(wrong)} {_are(wrong)} not, so the "
        f"mistake is in a step that {listed(wrong)} {'needs' if len(wrong) == 1 else 'need'} and "
        f"{listed(right)} {'does' if len(right) == 1 else 'do'} not."
    )


def _between_layers(question: Question, item: Compared, trial: Trial) -> str:
    """Say between which entries of a list the mistake is."""
    index = item.leaf.index or 0
    mine = [one for one in trial.compared if one.leaf.output == item.leaf.output]
    before = index + 1 if question.backwards else index - 1
    neighbour = next((one for one in mine if one.leaf.index == before), None)
    if neighbour is None:
        others = [one.leaf.shown for one in trial.compared if one.right and one.leaf.index == index]
        if not others:
            return ""
        return (
            f"{upper(listed(others))} {_are(others)} right, so everything that {listed(others)} "
            f"{_are(others)} computed from is right."
        )
    if not neighbour.right:
        return ""
    return (
        f"So the mistake is in the step from {neighbour.leaf.shown} to {item.leaf.shown}, "
        "which is the same in every layer."
        if question.per == "layer"
        else f"So the mistake is in the step from {neighbour.leaf.shown} to {item.leaf.shown}."
    )


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
