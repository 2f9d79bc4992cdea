"""What went wrong: known mistakes first, then rules that read the arrays alone.

Nothing is guessed. A mistake is named when it computes what the student's function computes,
on every call; where two do, both are named; where none does, what is known is said.
"""

from __future__ import annotations

import copy
import warnings
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from course_lib.checks import rules
from course_lib.checks.answers import Compared, forbidden_changes, judge, same
from course_lib.checks.calling import StudentCall, StudentError
from course_lib.checks.local import plain
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.verdict import QuestionResult, Trial, prepared


@dataclass(frozen=True)
class Rerun:
    """What a known mistake does on the inputs of one trial."""

    compared: list[Compared]
    value: Any
    error: str | None
    changed: tuple[int, ...]
    again: bool

    @property
    def wrong(self) -> bool:
        """Whether the mistake shows on these inputs at all."""
        return bool(
            self.error is not None
            or self.changed
            or self.again
            or not all(item.right for item in self.compared)
        )


def diagnose(
    question: Question, trials: list[Trial], result: QuestionResult, call: StudentCall
) -> QuestionResult:
    """Add the first symptom, a leading question, the hints and the named mistakes."""
    ended = next((trial for trial in trials if _ended(trial)), None)
    if ended is not None:
        return _explain_end(question, ended, result)
    small = [trial for trial in trials if not trial.fixture.large]
    whole, by_part = recognise(question, small)
    part, item, trial = _first_wrong(question, trials)
    finding = _symptom(question, trials, part, item, trial, call)
    if not whole and finding.mistake:
        return replace(
            result,
            symptom=finding.symptom,
            question=finding.question,
            place=question.place,
            section=question.section,
            mistakes=(finding.mistake,),
            named=finding.named,
        )
    named = whole or (by_part.get(part.name, []) if part else [])
    others = [
        mistake
        for name, mistakes in by_part.items()
        if not whole and (part is None or name != part.name)
        for mistake in mistakes
        if mistake not in named
    ]
    first = named[0] if named else None
    leading = " Or: ".join(dict.fromkeys(mistake.question for mistake in named))
    symptom = finding.symptom if named or not finding.more else f"{finding.symptom} {finding.more}"
    return replace(
        result,
        symptom=symptom,
        question=leading or finding.question,
        place=(first and first.place) or (part and part.place) or question.place,
        section=(first and first.section) or (part and part.section) or question.section,
        mistakes=tuple(dict.fromkeys(mistake.id for mistake in [*named, *others])),
        named=_name(named, others),
    )


def recognise(
    question: Question, trials: list[Trial]
) -> tuple[list[Mistake], dict[str, list[Mistake]]]:
    """Find the known mistakes that compute what the student's function computed.

    Returns
    -------
    list of Mistake
        Those that explain every call as a whole.
    dict of str to list of Mistake
        Where none does: for every part that is wrong, those that explain it.
    """
    banks = [bank(question, trial.fixture, trial.seed) for trial in trials]
    reruns = {mistake.id: [one[mistake.id] for one in banks] for mistake in question.mistakes}
    whole = [
        mistake
        for mistake in question.mistakes
        if any(again.wrong for again in reruns[mistake.id])
        and all(
            _explains(question, again, trial)
            for again, trial in zip(reruns[mistake.id], trials, strict=True)
        )
    ]
    if whole:
        return whole, {}
    by_part: dict[str, list[Mistake]] = {}
    for part in question.parts:
        found = [
            mistake
            for mistake in question.mistakes
            if _explains_part(question, part, reruns[mistake.id], trials)
        ]
        if found:
            by_part[part.name] = found
    return [], by_part


@lru_cache(maxsize=256)
def bank(question: Question, fixture: Fixture, seed: int) -> dict[str, Rerun]:
    """Do what every known mistake does, on the inputs of one call."""
    args, expected = prepared(question, fixture, seed)
    return {
        mistake.id: _rerun(question, mistake, fixture, args, expected)
        for mistake in question.mistakes
    }


def _rerun(
    question: Question, mistake: Mistake, fixture: Fixture, args: tuple, expected: Any
) -> Rerun:
    given = copy.deepcopy(args)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            value = plain(mistake.wrong(*given))
            changed = forbidden_changes(question, args, given)
            again = fixture.repeat and not same(plain(mistake.wrong(*copy.deepcopy(args))), value)
        except Exception as error:
            return Rerun([], None, str(error) or type(error).__name__, (), False)
        compared, _ = judge(question, value, expected)
    return Rerun(compared, value, None, changed, again)


def _explains(question: Question, again: Rerun, trial: Trial) -> bool:
    if trial.error is not None:
        return (
            trial.error.kind == "raised"
            and again.error is not None
            and again.error in trial.error.text
        )
    return (
        again.error is None
        and again.changed == trial.changed
        and again.again == bool(trial.again)
        and same(trial.value, again.value, question.tolerance)
    )


def _explains_part(
    question: Question, part: Part, reruns: list[Rerun], trials: list[Trial]
) -> bool:
    """Whether a mistake gives this part, and nothing the student's answer does not show."""
    seen = False
    for again, trial in zip(reruns, trials, strict=True):
        if trial.error is not None or part.variant not in ("", trial.fixture.variant):
            continue
        if again.error is not None or len(again.compared) != len(trial.compared):
            return False
        for theirs, ours in zip(trial.compared, again.compared, strict=True):
            inside = not part.outputs or ours.leaf.output in part.outputs
            if ours.right and (theirs.right or not inside):
                continue
            if ours.got is None or theirs.got is None:
                return False
            if not same(theirs.got, ours.got, question.tolerance):
                return False
            seen = seen or (inside and not ours.right)
    return seen


def _ended(trial: Trial) -> bool:
    return trial.error is not None and trial.error.kind != "raised"


def _first_wrong(
    question: Question, trials: list[Trial]
) -> tuple[Part | None, Compared | None, Trial | None]:
    """Find the first wrong array, counted from the output; of square layers if all raised.

    A question's parts stand in the order in which their arrays are made.
    """
    marked = [trial for trial in trials if trial.fixture.marked]
    for group in (marked, trials):
        for trial in group:
            wrong = [item for item in trial.compared if not item.right]
            if trial.error is not None or not wrong:
                continue
            item = min(wrong, key=lambda one: _rank(question, one))
            for part in question.parts:
                inside = not part.outputs or item.leaf.output in part.outputs
                if inside and part.variant in ("", trial.fixture.variant):
                    return part, item, trial
    return None, None, None


def _rank(question: Question, item: Compared) -> tuple[int, int, int]:
    """Order wrong arrays: the last layer first, then as the parts stand, then as returned."""
    part = next(
        (
            rank
            for rank, part in enumerate(question.parts)
            if not part.outputs or item.leaf.output in part.outputs
        ),
        len(question.parts),
    )
    index = item.leaf.index or 0
    return (-index if question.backwards else index), part, item.leaf.output


def _symptom(
    question: Question,
    trials: list[Trial],
    part: Part | None,
    item: Compared | None,
    trial: Trial | None,
    call: StudentCall,
) -> rules.Finding:
    raised = next((one for one in trials if one.error and one.fixture.marked), None)
    if any(one.again and all(item.right for item in one.compared) for one in trials):
        return _effects(question, trials)
    if item is None or trial is None:
        if raised is not None and raised.error is not None:
            return rules.raised(question, raised.error.text, raised.args)
        return _effects(question, trials)
    finding = rules.read(question, item, trial, call, trials)
    index = item.leaf.index
    if index is not None and not trial.whole:
        right = [one.leaf for one in trial.compared if one.right and one.leaf.index is not None]
        if question.backwards:
            where = "Counted from the output"
            done = [leaf.label for leaf in right if (leaf.index or 0) >= index]
        else:
            where = f"Counted from the {'input' if question.per == 'layer' else 'start'}"
            done = [leaf.label for leaf in right if (leaf.index or 0) <= index]
        if done:
            before = f"{where}, {_list(done)} right. The first wrong array: "
            finding = replace(finding, symptom=before + finding.symptom)
    if trial.fixture.variant:
        finding = replace(finding, symptom=f"With {trial.fixture.variant}: {finding.symptom}")
    if raised is None or raised.error is None:
        return finding
    text = f"On arrays of different sizes your function raises {rules.readable(raised.error.text)}"
    if trial.fixture.marked:
        text = f"(In another call your function raises {rules.readable(raised.error.text)})"
        return replace(finding, symptom=f"{finding.symptom} {text}")
    widths = "-".join(str(width) for width in trial.fixture.widths)
    symptom = f"{text} With equal sizes ({widths}) it runs: {finding.symptom}"
    return replace(finding, symptom=symptom)


def _list(labels: list[str]) -> str:
    if len(labels) == 1:
        return f"{labels[0]} is"
    return f"{', '.join(labels[:-1])} and {labels[-1]} are"


def _effects(question: Question, trials: list[Trial]) -> rules.Finding:
    """Describe what only shows beside the numbers: changed arguments, a second call."""
    names = question.arguments
    for trial in trials:
        if trial.changed:
            changed = " and ".join(
                names[index] if index < len(names) else f"argument {index}"
                for index in trial.changed
            )
            return rules.Finding(
                f"The numbers are right, but after the call {changed} is no longer what it was.",
                f"Which line of your function writes into {changed}? "
                "Who else still needs those numbers?",
            )
    for trial in trials:
        if trial.again and _adds_up(trial):
            return rules.Finding(
                "The first answer is right; a second call with the same arguments gives twice "
                "as much.",
                "What is still in your arrays when the second call begins?",
                mistake="B19",
                named="The gradients are added to those of the call before. The backward pass "
                "of one batch starts from nothing: make the arrays anew inside the function.",
            )
        if trial.again:
            return rules.Finding(
                f"The first answer is right, but {trial.again}.",
                "What does your function remember from one call to the next?",
            )
    return rules.Finding("The answer is not complete.", "Which part is still missing?")


def _adds_up(trial: Trial) -> bool:
    """Whether some arrays of the second answer are twice those of the first, and none else."""
    values = [trial.value, trial.second]
    if any(type(value) not in (list, tuple) for value in values):
        return same(trial.second, _double(trial.value), 1e-6)
    first, second = values
    return len(first) == len(second) and all(
        same(two, one) or same(two, _double(one), 1e-6)
        for one, two in zip(first, second, strict=True)
    )


def _double(value: Any, depth: int = 4) -> Any:
    if type(value) in (list, tuple) and depth:
        return [_double(entry, depth - 1) for entry in value]
    if type(value) in (int, float, np.ndarray):
        return 2 * value
    return value


def _explain_end(question: Question, trial: Trial, result: QuestionResult) -> QuestionResult:
    """Explain a call that gave no answer at all."""
    error = trial.error
    assert isinstance(error, StudentError)
    symptom, leading = _sentence(error.text, question.entry or question.name), ""
    if error.kind == "unwritten":
        symptom = f"{question.name} is not written yet."
        leading = "The cell above the check says what to write."
    elif error.kind == "missing":
        leading = f"Does a cell define {question.name}, by this name, and run to its end?"
    elif error.kind == "timeout" and trial.fixture.large:
        sizes = ", ".join(f"{name} = {size}" for name, size in question.sizes(*trial.args).items())
        large = "a large input" if question.slow else "a large layer"
        symptom = f"On {large} ({sizes}) your function does not finish in time."
        leading = question.slow or (
            "Does it run a forward pass for every single parameter? "
            "Which product gives all of them at once?"
        )
    elif error.kind == "timeout":
        leading = "Is there a loop whose condition never changes?"
    elif error.kind == "memory":
        leading = "Which array is larger than every array of the formula?"
    elif error.kind == "crashed":
        leading = "Does it end Python itself, by exit() for example, or call itself without an end?"
    elif error.kind == "reply":
        leading = f"Does it return {', '.join(question.returns)}, as arrays of numbers?"
    if result.score and trial.fixture.variant:
        symptom = f"With {trial.fixture.variant}: {symptom}"
    return replace(
        result,
        symptom=symptom,
        question=leading,
        place=question.place if error.kind not in ("missing", "unwritten") else "",
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


def _name(named: list[Mistake], others: list[Mistake]) -> str:
    """Name the mistakes of the first wrong part, then those of other parts."""
    if not named and not others:
        return ""
    text = " — or, with the same numbers: ".join(mistake.name for mistake in named)
    if others:
        rest = " ".join(dict.fromkeys(mistake.name for mistake in others))
        text = f"{text} Also: {rest}" if text else rest
    return text
