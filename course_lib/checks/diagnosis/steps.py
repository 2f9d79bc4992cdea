"""Rules about steps: a new parameter minus the old one, and the first step of a path."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from course_lib.checks.answers import Compared, constant_ratio
from course_lib.checks.diagnosis.case import Case, Finding, arrays
from course_lib.checks.diagnosis.terms import CLOSE, Written, known, written
from course_lib.checks.verdict import CallRecord

MEMORIES = ("m", "s", "v")  # their change is no step


def step(case: Case) -> Finding | None:
    """A new parameter whose step (new minus old) is a multiple of the right one."""
    label = case.item.output.label
    if not label.startswith("new "):
        return None
    name = label.removeprefix("new ")

    def measure(record: CallRecord, item: Compared) -> float | None:
        old = dict(arrays(case.question, record)).get(name)
        if (
            old is None
            or item.got is None
            or not old.shape == item.got.shape == item.expected.shape
        ):
            return None
        return constant_ratio(item.got - old, item.expected - old) if old.size > 1 else None

    ratio = measure(case.record, case.item)
    if ratio is not None:
        found = None if abs(abs(ratio) - 1) < CLOSE else case.factor(measure, sums=True)
        if abs(ratio - 1) < CLOSE or (found is None and name in MEMORIES):
            return None  # a memory, whose change is no step
    else:
        found = _of_calls(case, [_step_of_number(case, name, *one) for one in case.alike])
        if found is None:
            return None
    noun = "change" if name in MEMORIES else "step"
    return _said(f"The {noun} of {name}, new minus old,", ratio, found)


def first_step(case: Case) -> Finding | None:
    """A path from a start whose first step is a multiple of the right one, in every call."""
    if case.item.calls or case.expected.ndim < 1 or len(case.expected) < 2:
        return None
    if "learning_rate" not in case.question.arguments:
        return None
    ratios = [_first_ratio(*one) for one in case.alike]
    known_ratios = [ratio for ratio in ratios if ratio is not None]
    if len(known_ratios) < len(ratios):
        return None
    if max(abs(ratio + 1) for ratio in known_ratios) < CLOSE:
        return _said(f"The first step of {case.label}, from index 0 to index 1,", -1.0, None)
    found = _of_calls(case, ratios) if len(ratios) > 1 else None
    if found is None or found.text == "1":
        return None
    return _said(f"The first step of {case.label}, from index 0 to index 1,", None, found)


def _first_ratio(record: CallRecord, item: Compared) -> float | None:
    """Return the factor of the first step of a path that begins at the first argument."""
    start, got = np.asarray(record.args[0]), item.got
    if got is None or got.shape != item.expected.shape or start.shape != got.shape[1:]:
        return None
    if not np.array_equal(item.expected[0], start) or not np.allclose(got[0], start):
        return None
    return constant_ratio(np.atleast_1d(got[1] - start), np.atleast_1d(item.expected[1] - start))


def _step_of_number(case: Case, name: str, record: CallRecord, item: Compared) -> float | None:
    old = dict(zip(case.question.arguments, record.args, strict=False)).get(name)
    if not isinstance(old, (int, float)) or item.got is None or item.got.size != 1:
        return None
    step, right = float(item.got.ravel()[0]) - old, float(item.expected.ravel()[0]) - old
    return step / right if step and right and np.isfinite(step) else None


def _of_calls(case: Case, ratios: Sequence[float | None]) -> Written | None:
    """Write factors that differ from call to call by sizes and arguments of the call."""
    present = [ratio for ratio in ratios if ratio is not None]
    if len(present) < 2 or len(present) < len(ratios):
        return None
    knowns = [known(case.question, record) for record, _ in case.alike]
    return written(present, knowns, sums=True)


def _said(what: str, ratio: float | None, found: Written | None) -> Finding:
    if ratio is not None and abs(ratio + 1) < CLOSE:
        return Finding(
            f"{what} has the right size and the wrong sign.",
            "Does the gradient point to larger or to smaller losses, and which sign follows?",
        )
    if found is None:
        text = "is a multiple of the right one"
    else:
        text = f"is {found.text} times the right one"
    leading = "Which factor is between the derivative and the step, and with which sign?"
    if found and found.names:
        leading = which_step(found)
    return Finding(f"{what} {text}.", leading)


def which_step(found: Written) -> str:
    """Ask for the step of the calculation that brings in a factor."""
    names = " or ".join(found.names)
    return f"Which step contains {names}, and how often does your code contain it?"
