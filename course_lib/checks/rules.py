"""Rules that read a wrong array beside the right one: shape, factor, sign, transpose, entries.

Each rule looks at one array and returns a :class:`Finding` or None. They are tried in order
and the first that holds speaks. No sentence holds a value of the right answer.
"""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from course_lib.checks.answers import Compared, constant_ratio, judge, leaves
from course_lib.checks.calling import StudentCall, StudentError
from course_lib.checks.question import Question
from course_lib.checks.verdict import Trial

CLOSE = 1e-5


@dataclass(frozen=True)
class Finding:
    """What is seen in an array, and the question it suggests.

    ``more`` is added where no known mistake is recognised; ``mistake`` and ``named`` are set
    by a rule that recognises a mistake by itself.
    """

    symptom: str
    question: str = ""
    more: str = ""
    mistake: str = ""
    named: str = ""


def readable(text: str) -> str:
    """Return an exception's text with NumPy's message about a product said in plain words.

    >>> readable("ValueError: matmul: Input operand 1 has a mismatch in its core dimension 0, "
    ...          "with gufunc signature (n?,k),(k,m?)->(n?,m?) (size 7 is different from 13)")
    'ValueError: in a product with @, the axes that meet have lengths 13 and 7.'
    """
    match = re.search(r"^(\w+): matmul: .*\(size (\d+) is different from (\d+)\)", text, re.S)
    if not match:
        text = text.strip()
        return text if text.endswith((".", "!", "?")) else text + "."
    kind, second, first = match.groups()
    return f"{kind}: in a product with @, the axes that meet have lengths {first} and {second}."


def raised(question: Question, text: str, args: tuple) -> Finding:
    """Speak about an exception: what it said, and the shapes that met."""
    shapes = ", ".join(
        f"{name} {argument.shape}"
        for name, argument in zip(question.arguments, args, strict=False)
        if isinstance(argument, np.ndarray)
    )
    leading = "Which line does the message point at, and what does each name hold there?"
    if shapes and re.search("shape|broadcast|mismatch|dim|align", text):
        leading = (
            f"The shapes are {shapes}. Which two axes meet in the product, "
            "and are they the ones that are summed over?"
        )
    return Finding(f"Your function raises {readable(text)}", leading)


def read(
    question: Question,
    item: Compared,
    trial: Trial,
    call: StudentCall,
    trials: Sequence[Trial] = (),
) -> Finding:
    """Return the first thing that is to be said about a wrong array.

    A single number says little; the numbers of all calls, side by side, are read as an array.
    """
    label = item.leaf.label
    if item.problem or item.got is None:
        return Finding(_sentence(item.problem or f"{label} is missing"), _problem_question(item))
    if item.got.shape != item.expected.shape:
        return shape(question, item, trial)
    if item.expected.size == 1:
        single, item, trial = item, *_side_by_side(item, trial, trials)
        if not item.calls:
            return unknown(single)
    for rule in RULES:
        finding = rule(question, item, trial)
        if finding is not None and (
            rule is not parallel or _in_every_call(rule, question, item, trials)
        ):
            return finding
    alike = [one for one in trials if one.fixture.variant == trial.fixture.variant]
    finding = factor_of_sizes(question, item, alike)
    finding = finding or proportional_to_rate(question, item, trial, call)
    return finding or unknown(item)


def _in_every_call(
    rule: Callable[[Question, Compared, Trial], Finding | None],
    question: Question,
    item: Compared,
    trials: Sequence[Trial],
) -> bool:
    """Whether a rule holds in all calls whose array is wrong: in one call it may be chance."""
    return item.calls or all(
        other.got.shape == other.expected.shape and rule(question, other, one) is not None
        for one in trials
        for other in one.compared
        if other.leaf == item.leaf and other.got is not None and not other.right
    )


def _side_by_side(item: Compared, trial: Trial, trials: Sequence[Trial]) -> tuple[Compared, Trial]:
    """Put the single numbers of all calls of the same kind side by side."""
    found = [
        (one, other)
        for one in trials
        if one.fixture.variant == trial.fixture.variant and one.error is None
        for other in one.compared
        if other.leaf == item.leaf and other.got is not None and other.got.size == 1
    ]
    if len(found) < 3:
        return item, trial
    got = np.array([float(other.got.ravel()[0]) for _, other in found])  # type: ignore[union-attr]
    expected = np.array([float(other.expected.ravel()[0]) for _, other in found])
    args = tuple(
        np.array(values) if all(type(value) in (int, float) for value in values) else values[0]
        for values in zip(*(one.args for one, _ in found), strict=True)
    )
    return replace(item, expected=expected, got=got, calls=True), replace(trial, args=args)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else text + "."


def _problem_question(item: Compared) -> str:
    if "NaN" in item.problem:
        return "Which operation can overflow, divide by zero or take the logarithm of 0 here?"
    return "What does the last line of your function return?"


def shape(question: Question, item: Compared, trial: Trial) -> Finding:
    """Describe a wrong shape: transposed, one row per example, one number too few or many."""
    assert item.got is not None
    label, got, expected = item.leaf.label, item.got, item.expected
    known = f"{label} has shape {got.shape}; {expected.shape} belongs there"
    if got.shape == expected.shape[::-1] and got.ndim == 2:
        if np.allclose(got.T, expected, rtol=0, atol=CLOSE * np.abs(expected).max()):
            return Finding(
                f"{known}. Your numbers are the right ones, transposed.",
                "Which index of W counts the neurons of this layer, and which its inputs?",
            )
        return Finding(
            f"{known}: the two sizes are exchanged.",
            "A gradient has its parameter's shape: which factor has to stand first?",
        )
    if got.size == expected.size and got.ndim != expected.ndim:
        return Finding(
            f"{known}: the same number of entries, but {got.ndim} axes where "
            f"{expected.ndim} belong.",
            "Which axis of length 1 was kept or added?",
        )
    if got.ndim == expected.ndim + 1 and got.shape[1:] == expected.shape:
        total = got.sum(axis=0)
        if np.allclose(total, expected, rtol=0, atol=CLOSE * np.abs(expected).max()):
            if question.sizes(*trial.args).get("N") != len(got):
                return Finding(
                    f"{known}. Added up over the first axis, your numbers are right.",
                    "How many numbers does a sum leave over?",
                )
            return Finding(
                f"{known}. There is one entry per example (N = {len(got)}); "
                "added up over the examples they are right.",
                "All examples of a batch share these parameters: what happens to their "
                "contributions?",
            )
        return Finding(
            f"{known}: one axis too many, of length {len(got)}.",
            "Over which axis is still to be summed?",
        )
    if got.ndim == 0:
        return Finding(
            f"{label} is a single number; an array of shape {expected.shape} belongs there.",
            "Which axis should the sum run over, and which should remain?",
        )
    sizes = dict(question.sizes(*trial.args))
    name = next((name for name, size in sizes.items() if got.shape == (size,)), "")
    axis = f" Its length is {name} = {got.shape[0]}." if name else ""
    return Finding(
        f"{known}.{axis}",
        "A gradient has the shape of what it is the gradient of: which axis has to disappear?",
    )


def factor(question: Question, item: Compared, trial: Trial) -> Finding | None:
    """Find one constant between the arrays and write it as ±2^a · N^b · n^d."""
    assert item.got is not None
    ratio = constant_ratio(item.got, item.expected)
    if ratio is None or item.expected.size < 2:
        return None
    if abs(ratio + 1) < CLOSE:
        return Finding(
            f"{item.every} has the right size and the wrong sign.",
            "In which order does your difference stand, or where did a minus come in?",
        )
    sizes = dict(question.sizes(*trial.args))
    written = factored(ratio, sizes)
    if written is None:
        return Finding(
            f"{item.every} is {ratio:.6g} times the right one.",
            "Which step multiplies everything by the same number?",
        )
    powers, text = written
    names = [name for name in powers if name in sizes and powers[name]]
    known = " and ".join(f"{name} = {sizes[name]}" for name in names)
    symptom = f"{item.every} is {text} times the right one"
    symptom += f", and {known}." if known else "."
    if ratio < 0:
        symptom += " The sign is wrong as well."
    if names:
        leading = f"Which step contains {' or '.join(names)}, and how often does yours?"
    else:
        leading = "Where does a 2 come from when a square is differentiated, and where does it go?"
    return Finding(symptom, leading)


def factor_of_sizes(question: Question, item: Compared, trials: Sequence[Trial]) -> Finding | None:
    """A single number that is off by another factor in every call, made of that call's sizes."""
    if not item.calls:
        return None
    found = []
    for trial in trials:
        for other in trial.compared:
            if other.leaf != item.leaf or other.got is None or other.got.size != 1:
                continue
            if not other.expected.any() or not np.isfinite(other.got).all():
                return None
            ratio = float(other.got.ravel()[0] / other.expected.ravel()[0])
            written = factored(ratio, dict(question.sizes(*trial.args))) if ratio else None
            if written is None:
                return None
            found.append(written)
    if len(found) < 3 or any(powers != found[0][0] for powers, _ in found) or not found[0][0]:
        return None
    powers, text = found[0]
    names = " or ".join(name for name in powers if name != "2")
    return Finding(
        f"{item.every} is {text} times the right one.",
        f"Which step contains {names}, and how often does yours?",
    )


def factored(ratio: float, sizes: dict[str, int]) -> tuple[dict[str, int], str] | None:
    """Write a number as ±2^a · N^b · n^d with small exponents.

    >>> factored(-2 / 11, {"N": 11, "n_out": 13})
    ({'2': 1, 'N': -1}, '−2/N')
    >>> factored(0.3, {"N": 11}) is None
    True
    """
    distinct = {name: size for name, size in sizes.items() if size > 2}
    names = ["2", *distinct]
    best = None
    for exponents in itertools.product((0, 1, -1, 2, -2), repeat=len(names)):
        value = 2.0 ** exponents[0]
        for name, exponent in zip(names[1:], exponents[1:], strict=True):
            value *= float(distinct[name]) ** exponent
        if abs(abs(ratio) / value - 1) < CLOSE:
            cost = sum(abs(exponent) for exponent in exponents)
            if best is None or cost < best[0]:
                best = (cost, exponents)
    if best is None or best[0] > 4:
        return None
    powers = {name: power for name, power in zip(names, best[1], strict=True) if power}
    top = [_power(name, power) for name, power in powers.items() if power > 0]
    bottom = [_power(name, -power) for name, power in powers.items() if power < 0]
    text = "·".join(top) or "1"
    if bottom:
        text += "/" + ("·".join(bottom) if len(bottom) == 1 else f"({'·'.join(bottom)})")
    return powers, ("−" if ratio < 0 else "") + text


def _power(name: str, power: int) -> str:
    return name if power == 1 else f"{name}{'²' if power == 2 else f'^{power}'}"


def zeros(_question: Question, item: Compared, _trial: Trial) -> Finding | None:
    """Every entry is 0."""
    assert item.got is not None
    if item.got.any():
        return None
    return Finding(
        f"{item.every} is 0."
        if item.calls
        else f"{item.leaf.label} has the right shape, and every entry is 0.",
        "Is the array that you return ever filled?",
    )


def transpose(_question: Question, item: Compared, _trial: Trial) -> Finding | None:
    """On equal widths: the entries of the transposed array."""
    assert item.got is not None
    got, expected = item.got, item.expected
    if got.ndim != 2 or got.shape[0] != got.shape[1]:
        return None
    ratio = constant_ratio(got.T, expected)
    if ratio is None:
        return None
    scaled = "" if abs(ratio - 1) < CLOSE else f" (times {ratio:.6g})"
    return Finding(
        f"{item.leaf.label} holds the numbers of its own transpose{scaled}.",
        "Which index of the result belongs to the output of the layer, and which to its input?",
    )


def untouched(question: Question, item: Compared, trial: Trial) -> Finding | None:
    """The array is one of the arguments."""
    assert item.got is not None
    for name, argument in _arrays(question, trial):
        if argument.shape == item.got.shape and argument.any():
            ratio = constant_ratio(item.got, argument)
            if ratio is not None and abs(ratio - 1) < CLOSE:
                where = "call by call" if item.calls else "entry by entry"
                return Finding(
                    f"{item.leaf.label} equals the argument {name}, {where}.",
                    f"What has to happen to {name} on the way?",
                )
    return None


def entrywise(question: Question, item: Compared, trial: Trial) -> Finding | None:
    """The ratio of the arrays is a known factor per entry."""
    assert item.got is not None
    for name, values in question.factors(*trial.args).items():
        if values.shape != item.expected.shape:
            continue
        with np.errstate(all="ignore"):
            product = item.expected * values
        keep = np.isfinite(product)
        if keep.size < 2 or not keep.all():
            continue
        ratio = constant_ratio(item.got[keep], product[keep])
        if ratio is not None:
            times = "" if abs(ratio - 1) < CLOSE else f", times {ratio:.6g}"
            where = "Call by call" if item.calls else "Entry by entry"
            return Finding(
                f"{where}, {item.leaf.label} is the right one times {name}{times}.",
                "Which derivative stands there, and what is it a function of?",
            )
    return None


def per_row(_question: Question, item: Compared, _trial: Trial) -> Finding | None:
    """Rows (or columns) are right up to a factor of their own."""
    assert item.got is not None
    got, expected = item.got, item.expected
    if got.ndim != 2 or min(got.shape) < 2:
        return None
    for axis, name in ((0, "row"), (1, "column")):
        pairs = zip(np.moveaxis(got, axis, 0), np.moveaxis(expected, axis, 0), strict=True)
        if all(constant_ratio(one, two) is not None for one, two in pairs):
            return Finding(
                f"Each {name} of {item.leaf.label} is a multiple of the right one, "
                f"with another factor in every {name}.",
                f"Which number differs from {name} to {name} but not inside one?",
            )
    return None


def step(question: Question, item: Compared, trial: Trial) -> Finding | None:
    """A new parameter whose step (new minus old) is a multiple of the right one."""
    assert item.got is not None
    if not item.leaf.label.startswith("new "):
        return None
    name = item.leaf.label.removeprefix("new ")
    old = dict(_arrays(question, trial)).get(name)
    if old is None or old.shape != item.expected.shape:
        return None
    ratio = constant_ratio(item.got - old, item.expected - old)
    if ratio is None or abs(ratio - 1) < CLOSE:
        return None
    return Finding(
        f"The step of {name}, new minus old, is {ratio:.6g} times the right one.",
        "Which factor stands between the derivative and the step, and with which sign?",
    )


def parallel(question: Question, item: Compared, trial: Trial) -> Finding | None:
    """What is wrong is a multiple of an argument (a penalty on W, say)."""
    assert item.got is not None
    for name, argument in _arrays(question, trial):
        rows = argument.ndim == 1 and argument.shape == item.expected.shape[1:]
        if (argument.shape == item.expected.shape or rows) and argument.size > 1:
            wide = np.broadcast_to(argument, item.expected.shape)
            ratio = constant_ratio(item.got - item.expected, wide)
            if ratio is not None:
                where = " in every row" if rows else ""
                return Finding(
                    f"{item.leaf.label} differs from the right one by {ratio:.6g} times "
                    f"{name}{where}.",
                    f"Which term of your formula holds {name} itself?",
                )
    return None


def permuted(_question: Question, item: Compared, _trial: Trial) -> Finding | None:
    """The right numbers in another order."""
    assert item.got is not None
    got, expected = np.sort(item.got, axis=None), np.sort(item.expected, axis=None)
    if item.calls or got.size < 4 or np.abs(got - expected).max() > CLOSE * np.abs(expected).max():
        return None
    return Finding(
        f"{item.leaf.label} holds the right numbers in another order.",
        "Along which axis does your loop or reshape run?",
    )


def some_right(_question: Question, item: Compared, _trial: Trial) -> Finding | None:
    """Some entries are right: say how many, and where if they fill rows or columns."""
    assert item.got is not None
    got, expected = item.got, item.expected
    right = np.abs(got - expected) <= CLOSE * max(float(np.abs(expected).max()), 1e-300)
    count, total = int(right.sum()), right.size
    if item.calls or count == 0 or total == 1 or count < max(2, total // 20):
        return None
    where = ""
    if got.ndim == 2:
        rows, columns = right.all(axis=1), right.all(axis=0)
        if rows.sum() * got.shape[1] == count:
            where = f": rows {_positions(rows)}"
        elif columns.sum() * got.shape[0] == count:
            where = f": columns {_positions(columns)}"
    elif got.ndim == 1:
        where = f": positions {_positions(right)}"
    return Finding(
        f"{count} of {total} entries of {item.leaf.label} are right{where}.",
        "What do the others have in common?",
    )


def _positions(mask: np.ndarray) -> str:
    found = np.flatnonzero(mask).tolist()
    shown = ", ".join(str(position) for position in found[:6])
    return shown + (", …" if len(found) > 6 else "")


def proportional_to_rate(
    question: Question, item: Compared, trial: Trial, call: StudentCall
) -> Finding | None:
    """At half the learning rate the error is half as large."""
    if "learning_rate" not in question.arguments or trial.error is not None or item.calls:
        return None
    position = question.arguments.index("learning_rate")
    args = list(copy.deepcopy(trial.args))
    args[position] = args[position] / 2
    reference = leaves(question.reference(*copy.deepcopy(args)), question.returns)
    expected = next(array for leaf, array in reference if leaf == item.leaf)
    if not np.array_equal(expected, item.expected):
        return None  # a parameter, whose error is proportional to the rate in any case
    try:
        reply = call(question.entry or question.name, *args)
    except StudentError:
        return None

    again, _ = judge(question, reply.value, question.reference(*copy.deepcopy(args)))
    got = next(one.got for one in again if one.leaf == item.leaf)
    if got is None or item.got is None or got.shape != expected.shape:
        return None
    before = np.abs(item.got - item.expected).max()
    after = np.abs(got - expected).max()
    if before > 0 and 0.4 < after / before < 0.6:
        return Finding(
            f"The error of {item.leaf.label} is proportional to the learning rate.",
            "At which values of the parameters was this gradient taken: "
            "those before the update, or after?",
        )
    return None


def unknown(item: Compared) -> Finding:
    """Say what is known and guess nothing."""
    label = item.leaf.label
    if item.expected.size == 1 or item.calls:
        more = "No constant factor, no sign and no known factor explains it." if item.calls else ""
        question = "Which step can you check by hand?"
        return Finding(f"{label} is not the right number.", question, more=more)
    return Finding(
        f"{label} has the right shape {item.expected.shape}, but its entries are wrong.",
        "Take the smallest case you can work by hand: where do the numbers first differ?",
        more="No constant factor, no sign, no transpose and no known factor per entry "
        "explains them.",
    )


def _arrays(question: Question, trial: Trial) -> list[tuple[str, np.ndarray]]:
    """List the array arguments with their names, lists opened."""
    found: list[tuple[str, np.ndarray]] = []
    for name, argument in zip(question.arguments, trial.args, strict=False):
        if isinstance(argument, np.ndarray):
            found.append((name, argument))
        elif isinstance(argument, (list, tuple)):
            found.extend(
                (f"{name}[{index}]", entry)
                for index, entry in enumerate(argument)
                if isinstance(entry, np.ndarray)
            )
    return found


Rule = Callable[[Question, Compared, Trial], Finding | None]

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
    some_right,
)
