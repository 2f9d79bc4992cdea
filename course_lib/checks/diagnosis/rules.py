"""Rules that read a wrong array beside the right one: factor, sign, transpose, entries.

Each rule looks at one array and returns a `Finding` or None. They are tried in order and the first
that holds is reported. No sentence contains a value of the right answer, and no rule raises an
exception, whatever it meets.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import numpy as np

from course_lib.checks.answers import Compared, constant_ratio, judge, listed, outputs_of, upper
from course_lib.checks.diagnosis.case import Case, Finding, arrays, make_case
from course_lib.checks.diagnosis.entries import absolute, some_right, unknown, whole_numbers
from course_lib.checks.diagnosis.shapes import shape, unusable
from course_lib.checks.diagnosis.terms import CLOSE, Written
from course_lib.checks.question import Question
from course_lib.checks.student_call import StudentCall, StudentError
from course_lib.checks.verdict import CallRecord

Rule = Callable[[Case], Finding | None]
MEMORIES = ("m", "s", "v")  # their change is no step


def read(
    question: Question,
    item: Compared,
    record: CallRecord,
    call: StudentCall,
    records: Sequence[CallRecord] = (),
) -> Finding:
    """Return the first thing that is to be said about a wrong array."""
    if item.problem or item.got is None:
        return unusable(question, item)
    if not item.comparable:
        return shape(question, item, record)
    case = make_case(question, item, record, records)
    for rule in RULES:
        finding = rule(case)
        if finding is not None and (rule is not parallel or _in_every_call(case)):
            return finding
    return proportional_to_rate(case, call) or unknown(case)


def _in_every_call(case: Case) -> bool:
    """Whether the wrong arrays of all calls are off by a multiple of an argument."""
    return case.item.calls or all(
        other.right or parallel(Case(case.question, other, record, case.alike)) is not None
        for record, other in case.alike
    )


def factor(case: Case) -> Finding | None:
    """Find one constant between the arrays and write it as ±2^a · N^b · n^c."""
    if case.expected.size < 2:
        return None
    ratio = constant_ratio(case.got, case.expected)
    if ratio is None:
        return None
    if abs(ratio + 1) < CLOSE:
        return Finding(
            f"{case.item.every} has the right size and the wrong sign.",
            "In which order does your code subtract, or where does a minus sign come in?",
        )
    written = case.factor(lambda _record, item: constant_ratio(item.got, item.expected))
    if written is None and np.count_nonzero(case.expected) < 2:
        return None  # any number is a multiple of another one
    return _times(case, written, ratio < 0)


def factor_per_call(case: Case) -> Finding | None:
    """A single number that is off by another factor in every call, made of that call's sizes."""
    if not case.item.calls:
        return None
    with np.errstate(all="ignore"):
        ratios = (case.got / case.expected).tolist()
    written = case.of_calls(ratios)
    return _times(case, written, ratios[0] < 0) if written else None


def _times(case: Case, written: Written | None, negative: bool) -> Finding:
    if written is None:
        sign = "negative " if negative else ""
        return Finding(
            f"{case.item.every} is the right one times the same {sign}number.",
            "Which step multiplies everything by the same number?",
        )
    symptom = f"{case.item.every} is {written.text} times the right one"
    if not case.item.calls:
        sizes = case.question.sizes(*case.record.args)
        where = [f"{name.strip('()')} = {sizes[name]}" for name in written.names if name in sizes]
        symptom += f", where {listed(where)}" if where else ""
    symptom += ". The sign is wrong as well." if negative else "."
    if written.names:
        leading = which_step(written)
    else:
        leading = "Which step brings in this factor, as the derivative of a square brings in a 2?"
    return Finding(symptom, leading)


def zeros(case: Case) -> Finding | None:
    """Every entry is 0."""
    if case.got.any():
        return None
    label = case.label
    if case.item.calls:
        symptom = f"{case.item.every} is 0."
    elif case.got.size == 1:
        symptom = f"Your answer for {label} is 0, which is wrong."
    else:
        symptom = f"Every entry of {label} is 0."
    if not case.question.arguments:
        return Finding(symptom, f"Is 0 your result for {label}, or only a placeholder?")
    leading = f"Is {label} computed, or is it returned with the 0 that it began with?"
    if case.got.ndim and not case.item.calls:
        leading = f"Is anything written into {label}, or is it returned as it was created?"
    return Finding(symptom, leading)


def transpose(case: Case) -> Finding | None:
    """On equal widths: the entries of the transposed array."""
    got = case.got
    if got.ndim != 2 or got.shape[0] != got.shape[1]:
        return None

    def turned(_record: CallRecord, item: Compared) -> float | None:
        return constant_ratio(item.got, item.expected.T)

    ratio = turned(case.record, case.item)
    if ratio is None:
        return None
    scaled = ""
    if abs(ratio - 1) >= CLOSE:
        written = case.factor(turned)
        scaled = f", times {written.text}" if written else ", times a constant factor"
    return Finding(
        f"{upper(case.label)} is the transpose of the right array{scaled}.",
        "Which index of the result counts the outputs of the layer, and which its inputs?",
    )


def untouched(case: Case) -> Finding | None:
    """The array is one of the arguments."""
    for name, argument in case.arguments:
        if argument.shape == case.got.shape and argument.any():
            ratio = constant_ratio(case.got, argument)
            if ratio is not None and abs(ratio - 1) < CLOSE:
                where = "in every call" if case.item.calls else "entry by entry"
                return Finding(
                    f"{upper(case.label)} is equal to the argument {name}, {where}.",
                    f"Which operation do you still have to apply to {name}?",
                )
    return None


def entrywise(case: Case) -> Finding | None:
    """The ratio of the arrays is a known factor per entry."""
    for name, values in case.entry_factors().items():
        if values.shape != case.expected.shape:
            continue
        with np.errstate(all="ignore"):
            product = case.expected * values
        if product.size < 2 or not np.isfinite(product).all():
            continue
        ratio = constant_ratio(case.got, product)
        if ratio is None:
            continue
        written = None if abs(ratio - 1) < CLOSE else case.number(ratio)
        if written is None and abs(ratio - 1) >= CLOSE:
            continue
        where = "In every call" if case.item.calls else "Entry by entry"
        return Finding(
            f"{where}, {case.label} is the right one times {_multiplied(name, written)}.",
            "Which derivative should appear in this place, and at which number is it taken?",
        )
    return None


def _multiplied(name: str, number: Written | None) -> str:
    """Write the product of a factor and a number.

    >>> _multiplied("p", Written("1/e")), _multiplied("g(z)/g′(z)", Written("1/2"))
    ('p/e', '1/2·g(z)/g′(z)')
    """
    if number is None:
        return name
    if number.text.startswith("1/") and "/" not in name:
        return f"{name}/{number.text.removeprefix('1/')}"
    return f"{number.text}·{name}"


def per_row(case: Case) -> Finding | None:
    """Rows (or columns) are right up to a factor of their own."""
    got, expected = case.got, case.expected
    if got.ndim != 2 or min(got.shape) < 2:
        return None
    for axis, name in ((0, "row"), (1, "column")):
        pairs = zip(np.moveaxis(got, axis, 0), np.moveaxis(expected, axis, 0), strict=True)
        ratios = [constant_ratio(part, right) for part, right in pairs]
        if all(ratio is not None and abs(ratio - 1) > CLOSE for ratio in ratios):
            return Finding(
                f"Each {name} of {case.label} is a multiple of the right one, "
                f"with a factor that differs between {name}s.",
                f"Which number is constant within a {name}, but differs between {name}s?",
            )
    return None


def parallel(case: Case) -> Finding | None:
    """What is wrong is a multiple of an argument (a penalty on W, say)."""
    for position, (name, _) in enumerate(case.arguments):

        def measure(record: CallRecord, item: Compared, position: int = position) -> float | None:
            arguments = case.arguments if record is case.record else arrays(case.question, record)
            if position >= len(arguments) or item.got is None or not item.comparable:
                return None
            argument = arguments[position][1]
            rows = argument.ndim == 1 and argument.shape == item.expected.shape[1:]
            if (argument.shape != item.expected.shape and not rows) or argument.size < 2:
                return None
            wide = np.broadcast_to(argument, item.expected.shape)
            return constant_ratio(item.got - item.expected, wide)

        ratio = measure(case.record, case.item)
        if ratio is None:
            continue
        written = case.factor(measure, sums=True)
        rows = " in every row" if case.arguments[position][1].ndim < case.expected.ndim else ""
        sign = "plus" if ratio > 0 else "minus"
        times = f"{written.text.removeprefix('−')} times " if written else "a multiple of "
        times = "" if abs(abs(ratio) - 1) < CLOSE else times
        return Finding(
            f"{upper(case.label)} is the right one {sign} {times}{name}{rows}.",
            f"Which term of your formula contains {name} itself, and with which factor?",
        )
    return None


def permuted(case: Case) -> Finding | None:
    """The right numbers in another order."""
    got, expected = np.sort(case.got, axis=None), np.sort(case.expected, axis=None)
    if case.item.calls or got.size < 4 or not np.isfinite(got).all():
        return None
    if np.abs(got - expected).max() > CLOSE * np.abs(expected).max():
        return None
    return Finding(
        f"{upper(case.label)} contains the right numbers in the wrong order.",
        "In which order does your loop run, and along which axis does a reshape count?",
    )


def proportional_to_rate(case: Case, call: StudentCall) -> Finding | None:
    """At half the learning rate the error is half as large."""
    question, item, record = case.question, case.item, case.record
    if "learning_rate" not in question.arguments or record.error is not None or item.calls:
        return None
    position = question.arguments.index("learning_rate")
    args = list(record.args)
    args[position] = args[position] / 2
    result = question.reference(*copy.deepcopy(args))
    right = next(
        array for output, array in outputs_of(result, question.returns) if output == item.output
    )
    if not np.array_equal(right, item.expected):
        return None  # a parameter, whose error is proportional to the rate in any case
    try:
        reply = call(question.called, *args)
    except StudentError:
        return None
    compared, _ = judge(question, reply.value, result)
    again = next(entry for entry in compared if entry.output == item.output)
    if again.got is None or not again.comparable:
        return None
    before = np.abs(case.got - case.expected).max()
    after = np.abs(again.got - again.expected).max()
    if before > 0 and 0.4 < after / before < 0.6:
        return Finding(
            f"The error of {case.label} is proportional to the learning rate.",
            "At which values of the parameters was this gradient taken: "
            "those before the update, or after?",
        )
    return None


def step(case: Case) -> Finding | None:
    """A new parameter whose step (new minus old) is a multiple of the right one."""
    label = case.item.output.label
    if not label.startswith("new "):
        return None
    name = label.removeprefix("new ")

    def measure(record: CallRecord, item: Compared) -> float | None:
        old = dict(arrays(case.question, record)).get(name)
        if old is None or item.got is None or not item.comparable or old.shape != item.got.shape:
            return None
        return constant_ratio(item.got - old, item.expected - old) if old.size > 1 else None

    ratio = measure(case.record, case.item)
    if ratio is not None:
        written = None if abs(abs(ratio) - 1) < CLOSE else case.factor(measure, sums=True)
        if abs(ratio - 1) < CLOSE or (written is None and name in MEMORIES):
            return None  # a memory, whose change is no step
    else:
        written = case.of_calls(
            [_step_of_number(case, name, *pair) for pair in case.alike], sums=True
        )
        if written is None:
            return None
    noun = "change" if name in MEMORIES else "step"
    return _said(f"The {noun} of {name}, new minus old,", ratio, written)


def first_step(case: Case) -> Finding | None:
    """A path from a start whose first step is a multiple of the right one, in every call."""
    if case.item.calls or case.expected.ndim < 1 or len(case.expected) < 2:
        return None
    if "learning_rate" not in case.question.arguments:
        return None
    ratios = [_first_ratio(*pair) for pair in case.alike]
    what = f"The first step of {case.label}, from index 0 to index 1,"
    if all(ratio is not None and abs(ratio + 1) < CLOSE for ratio in ratios):
        return _said(what, -1.0, None)
    written = case.of_calls(ratios, sums=True)
    if written is None or written.text == "1":
        return None
    return _said(what, None, written)


def _first_ratio(record: CallRecord, item: Compared) -> float | None:
    """Return the factor of the first step of a path that begins at the first argument."""
    start, got = np.asarray(record.args[0]), item.got
    if got is None or not item.comparable or start.shape != got.shape[1:]:
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


def _said(what: str, ratio: float | None, written: Written | None) -> Finding:
    if ratio is not None and abs(ratio + 1) < CLOSE:
        return Finding(
            f"{what} has the right size and the wrong sign.",
            "Does the gradient point to larger or to smaller losses, and which sign follows?",
        )
    text = f"{written.text} times" if written else "a multiple of"
    leading = "Which factor is between the derivative and the step, and with which sign?"
    if written and written.names:
        leading = which_step(written)
    return Finding(f"{what} is {text} the right one.", leading)


def which_step(written: Written) -> str:
    """Ask for the step of the calculation that brings in a factor."""
    names = " or ".join(written.names)
    return f"Which step contains {names}, and how often does your code contain it?"


RULES: tuple[Rule, ...] = (
    zeros,
    step,
    factor,
    transpose,
    untouched,
    entrywise,
    per_row,
    parallel,
    permuted,
    first_step,
    factor_per_call,
    absolute,
    whole_numbers,
    some_right,
)
