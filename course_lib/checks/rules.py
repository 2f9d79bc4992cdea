"""Rules that read a wrong array beside the right one: factor, sign, transpose, entries.

Each rule looks at one array and returns a :class:`~course_lib.checks.case.Finding` or None. They
are tried in order and the first that holds is reported. No sentence contains a value of the right
answer, and no rule raises an exception, whatever it meets.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import numpy as np

from course_lib.checks.answers import Compared, constant_ratio, judge, leaves, upper
from course_lib.checks.calling import StudentCall, StudentError
from course_lib.checks.case import Case, Finding, arrays, make_case
from course_lib.checks.magnitudes import absolute, whole_numbers
from course_lib.checks.question import Question
from course_lib.checks.shapes import shape, unusable
from course_lib.checks.terms import CLOSE, Written, known, written
from course_lib.checks.verdict import Trial

Rule = Callable[[Case], Finding | None]


def read(
    question: Question,
    item: Compared,
    trial: Trial,
    call: StudentCall,
    trials: Sequence[Trial] = (),
) -> Finding:
    """Return the first thing that is to be said about a wrong array."""
    if item.problem or item.got is None:
        return unusable(question, item)
    if item.got.shape != item.expected.shape:
        return shape(question, item, trial)
    case = make_case(question, item, trial, trials)
    for rule in RULES:
        finding = rule(case)
        if finding is not None and (rule is not parallel or _in_every_call(case)):
            return finding
    return proportional_to_rate(case, call) or unknown(case)


def _in_every_call(case: Case) -> bool:
    """Whether the wrong arrays of all calls are off by a multiple of an argument."""
    return case.item.calls or all(
        other.right or parallel(Case(case.question, other, trial, case.alike)) is not None
        for trial, other in case.alike
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
            "In which order does your difference subtract, or where does a minus come in?",
        )
    text, found = case.factor(_constant)
    return _times(case, text, found, ratio < 0)


def _constant(_trial: Trial, item: Compared) -> float | None:
    assert item.got is not None
    return constant_ratio(item.got, item.expected)


def factor_per_call(case: Case) -> Finding | None:
    """A single number that is off by another factor in every call, made of that call's sizes."""
    if not case.item.calls:
        return None
    with np.errstate(all="ignore"):
        ratios = (case.got / case.expected).tolist()
    found = written(ratios, [known(case.question, trial) for trial, _ in case.alike])
    return _times(case, found.text, found, ratios[0] < 0) if found else None


def _times(case: Case, text: str, found: Written | None, negative: bool) -> Finding:
    symptom = f"{case.item.every} is {text} times the right one"
    if found is not None and not case.item.calls:
        sizes = case.question.sizes(*case.trial.args)
        listed = " and ".join(f"{name} = {sizes[name]}" for name in found.names if name in sizes)
        symptom += f", and {listed}" if listed else ""
    symptom += ". The sign is wrong as well." if negative else "."
    if found is None:
        leading = "Which step multiplies everything by the same number?"
    elif found.names:
        leading = _which_step(found)
    else:
        leading = "Which step brings in a 2, as the derivative of a square does?"
    return Finding(symptom, leading)


def _which_step(found: Written) -> str:
    return f"Which step contains {' or '.join(found.names)}, and how often does yours contain it?"


def zeros(case: Case) -> Finding | None:
    """Every entry is 0."""
    if case.got.any():
        return None
    if case.item.calls or case.got.size == 1:
        return Finding(f"{case.item.every if case.item.calls else upper(case.label)} is 0.", FILLED)
    return Finding(f"Every entry of {case.label} is 0; its shape is right.", FILLED)


FILLED = "Is the result that you return ever computed, or only prepared?"


def transpose(case: Case) -> Finding | None:
    """On equal widths: the entries of the transposed array."""
    got = case.got
    if got.ndim != 2 or got.shape[0] != got.shape[1]:
        return None

    def turned(_trial: Trial, item: Compared) -> float | None:
        assert item.got is not None
        return constant_ratio(item.got.T, item.expected)

    ratio = turned(case.trial, case.item)
    if ratio is None:
        return None
    scaled = "" if abs(ratio - 1) < CLOSE else f", times {case.factor(turned)[0]}"
    return Finding(
        f"{upper(case.label)} contains the numbers of its own transpose{scaled}.",
        "Which index of the result belongs to the output of the layer, and which to its input?",
    )


def untouched(case: Case) -> Finding | None:
    """The array is one of the arguments."""
    for name, argument in case.arguments:
        if argument.shape == case.got.shape and argument.any():
            ratio = constant_ratio(case.got, argument)
            if ratio is not None and abs(ratio - 1) < CLOSE:
                where = "in every call" if case.item.calls else "entry by entry"
                return Finding(
                    f"{upper(case.label)} equals the argument {name}, {where}.",
                    f"Which operation still has to be applied to {name}?",
                )
    return None


def entrywise(case: Case) -> Finding | None:
    """The ratio of the arrays is a known factor per entry."""
    if case.item.calls and any(isinstance(one, (list, tuple)) for one in case.trial.args):
        return None
    try:
        factors = case.question.factors(*case.trial.args)
    except Exception:  # a question's factors, given the numbers of several calls side by side
        return None
    for name, values in factors.items():
        if np.shape(values) != case.expected.shape:
            continue
        with np.errstate(all="ignore"):
            product = case.expected * values
        if product.size < 2 or not np.isfinite(product).all():
            continue
        ratio = constant_ratio(case.got, product)
        if ratio is not None:
            times = "" if abs(ratio - 1) < CLOSE else f", times {case.number(ratio)}"
            where = "In every call" if case.item.calls else "Entry by entry"
            return Finding(
                f"{where}, {case.label} is the right one times {name}{times}.",
                "Which derivative belongs in this place, and at which number is it taken?",
            )
    return None


def per_row(case: Case) -> Finding | None:
    """Rows (or columns) are right up to a factor of their own."""
    got, expected = case.got, case.expected
    if got.ndim != 2 or min(got.shape) < 2:
        return None
    for axis, name in ((0, "row"), (1, "column")):
        pairs = zip(np.moveaxis(got, axis, 0), np.moveaxis(expected, axis, 0), strict=True)
        if all(constant_ratio(one, two) is not None for one, two in pairs):
            return Finding(
                f"Each {name} of {case.label} is a multiple of the right one, "
                f"with another factor in every {name}.",
                f"Which number differs from {name} to {name} but not inside one?",
            )
    return None


def step(case: Case) -> Finding | None:
    """A new parameter whose step (new minus old) is a multiple of the right one."""
    label = case.item.leaf.label
    if not label.startswith("new "):
        return None
    name = label.removeprefix("new ")

    def measure(trial: Trial, item: Compared) -> float | None:
        old = dict(arrays(case.question, trial)).get(name)
        if (
            old is None
            or item.got is None
            or not old.shape == item.got.shape == item.expected.shape
        ):
            return None
        return constant_ratio(item.got - old, item.expected - old) if old.size > 1 else None

    ratio = measure(case.trial, case.item)
    if ratio is None or abs(ratio - 1) < CLOSE:
        return None
    if abs(ratio + 1) < CLOSE:
        return Finding(
            f"The step of {name}, new minus old, has the right size and the wrong sign.",
            "Does the gradient point to larger or to smaller losses, and which sign follows?",
        )
    text, found = case.factor(measure, sums=True)
    if found is None and name in ("m", "s", "v"):
        return None  # a memory, whose change is no step
    return Finding(
        f"The step of {name}, new minus old, is {text} times the right one.",
        _which_step(found)
        if found and found.names
        else "Which factor is between the derivative and the step, and with which sign?",
    )


def parallel(case: Case) -> Finding | None:
    """What is wrong is a multiple of an argument (a penalty on W, say)."""
    for position, (name, _) in enumerate(case.arguments):

        def measure(trial: Trial, item: Compared, position: int = position) -> float | None:
            found = case.arguments if trial is case.trial else arrays(case.question, trial)
            if position >= len(found) or item.got is None or item.got.shape != item.expected.shape:
                return None
            argument = found[position][1]
            rows = argument.ndim == 1 and argument.shape == item.expected.shape[1:]
            if (argument.shape != item.expected.shape and not rows) or argument.size < 2:
                return None
            wide = np.broadcast_to(argument, item.expected.shape)
            return constant_ratio(item.got - item.expected, wide)

        ratio = measure(case.trial, case.item)
        if ratio is None:
            continue
        text, _ = case.factor(measure, sums=True)
        text = text.replace("about -", "about ").removeprefix("−").removeprefix("-")
        rows = " in every row" if case.arguments[position][1].ndim < case.expected.ndim else ""
        sign = "plus" if ratio > 0 else "minus"
        times = "" if abs(abs(ratio) - 1) < CLOSE else f"{text} times "
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
        f"{upper(case.label)} contains the right numbers in another order.",
        "Along which axis does your loop or reshape run?",
    )


def some_right(case: Case) -> Finding | None:
    """Some entries are right: say how many, and where if they fill rows or columns."""
    got, expected = case.got, case.expected
    right = np.abs(got - expected) <= CLOSE * max(float(np.abs(expected).max()), 1e-300)
    if case.item.calls:
        right = np.array([other.right for _, other in case.alike])
    count, total = int(right.sum()), right.size
    if count in (0, total) or total == 1 or count < (1 if case.item.calls else max(2, total // 20)):
        return None
    if case.item.calls:
        return Finding(
            f"{upper(case.label)} is right in {count} of {total} calls.",
            "What may differ in the other calls: a sign, a zero, a size, an order?",
        )
    where = ""
    if got.ndim == 2:
        rows, columns = right.all(axis=1), right.all(axis=0)
        if rows.sum() * got.shape[1] == count:
            where = f": {_positions('row', rows)}"
        elif columns.sum() * got.shape[0] == count:
            where = f": {_positions('column', columns)}"
    elif got.ndim == 1:
        where = f": {_positions('position', right)}"
    return Finding(
        f"{count} of {total} entries of {case.label} are right{where}.",
        "What do the other entries have in common?",
    )


def _positions(name: str, mask: np.ndarray) -> str:
    found = np.flatnonzero(mask).tolist()
    text = ", ".join(str(position) for position in found[:6]) + (", …" if len(found) > 6 else "")
    return f"{name}{'s' if len(found) > 1 else ''} {text}"


def proportional_to_rate(case: Case, call: StudentCall) -> Finding | None:
    """At half the learning rate the error is half as large."""
    question, item, trial = case.question, case.item, case.trial
    if "learning_rate" not in question.arguments or trial.error is not None or item.calls:
        return None
    position = question.arguments.index("learning_rate")
    args = list(copy.deepcopy(trial.args))
    args[position] = args[position] / 2
    result = question.reference(*copy.deepcopy(args))
    expected = next(array for leaf, array in leaves(result, question.returns) if leaf == item.leaf)
    if not np.array_equal(expected, item.expected):
        return None  # a parameter, whose error is proportional to the rate in any case
    try:
        reply = call(question.entry or question.name, *args)
    except StudentError:
        return None
    again, _ = judge(question, reply.value, result)
    got = next(one.got for one in again if one.leaf == item.leaf)
    if got is None or got.shape != expected.shape:
        return None
    before = np.abs(case.got - case.expected).max()
    after = np.abs(got - expected).max()
    if before > 0 and 0.4 < after / before < 0.6:
        return Finding(
            f"The error of {case.label} is proportional to the learning rate.",
            "At which values of the parameters was this gradient taken: "
            "those before the update, or after?",
        )
    return None


def unknown(case: Case) -> Finding:
    """Say what is known and guess nothing."""
    if case.expected.size == 1 or case.item.calls:
        symptom = f"{upper(case.label)} is not the right number."
    else:
        symptom = (
            f"{upper(case.label)} has the right shape {case.expected.shape}, "
            "but its entries are wrong."
        )
    return Finding(symptom, unexplained=True)


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
    factor_per_call,
    absolute,
    whole_numbers,
    some_right,
)
