"""What is said where nothing can be compared: of an exception, of a structure, of a shape."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import numpy as np

from course_lib.checks.answers import Compared, shown, upper
from course_lib.checks.diagnosis.case import Finding, close
from course_lib.checks.question import Question
from course_lib.checks.verdict import CallRecord

LINE = "Look at the line that the message is about."
EXCEPTIONS = (  # what a text contains, a question that fits, and where to look
    (
        r"TypeError: .*(positional argument|unexpected keyword|required keyword)",
        "Your function is called as {called}. Does its `def` line list these arguments, and do the "
        "calls inside it pass what other functions need?",
        "Look at the `def` line.",
    ),
    (
        r"(?:NameError|UnboundLocalError)\b.*?'(?P<name>[^']+)'",
        "Where should `{name}` get its value, and is it spelled the same there?",
        "Look for every place where `{name}` occurs.",
    ),
    (
        r"matmul|not aligned|core dimension|mat1 and mat2|einsum",
        "{shapes}Over which index does the formula sum, and is it the inner dimension of both "
        "factors of your product?",
        "",
    ),
    (
        r"could not be broadcast|cannot be broadcast|broadcast input array",
        "{shapes}Which two arrays are combined entry by entry in that line, and which shapes "
        "should they have?",
        "",
    ),
    (
        r"reshape",
        "How many entries does the array have, and do they fill the shape that you ask for?",
        LINE,
    ),
    (r"^(?:IndexError|KeyError)", "Which index does that line use, and which indices exist?", LINE),
    (r"^RecursionError", "For which arguments does your function stop calling itself?", ""),
    (
        r"(?=.*(?i:ufunc)).*cast",
        "Which type do the entries of the array have that you change in place, and which type "
        "does the result have?",
        LINE,
    ),
    (r"", "Which line is the message about, and what is the value of each name in it?", LINE),
)

_KNOWN = tomllib.loads(Path(__file__).parents[1].joinpath("known_errors.toml").read_text("utf-8"))
PLAIN = [  # what NumPy says, and the same in words of the course
    (row["says"].replace("{shape}", r"(\([\d, ]*\))"), row["means"]) for row in _KNOWN["plain"]
]


def readable(text: str) -> str:
    """Return an exception's text, with NumPy's most frequent messages said in plain words.

    >>> readable("ValueError: matmul: Input operand 1 has a mismatch in its core dimension 0, "
    ...          "with gufunc signature (n?,k),(k,m?)->(n?,m?) (size 7 is different from 13)")
    'ValueError: in a product with @, the inner dimensions are 13 and 7; they should be equal.'
    >>> readable("ValueError: operands could not be broadcast together with shapes (11,5) (11,)")
    'ValueError: arrays of shapes (11, 5) and (11,) cannot be combined entry by entry.'
    """
    text = text.split("Traceback (most recent call last)")[0].strip() or "an exception"
    kind, colon, message = text.partition(": ")
    for pattern, words in PLAIN:
        match = re.match(pattern, message, re.DOTALL)
        if match:
            return kind + colon + re.sub(r"(\d),(?=\d)", r"\1, ", match.expand(words))
    return text if text.endswith((".", "!", "?")) else text + "."


def raised(question: Question, text: str, args: tuple) -> Finding:
    """Report an exception: what it said, and a question about what can cause it."""
    shapes = ", ".join(
        f"{name} {argument.shape}"
        for name, argument in zip(question.arguments, args, strict=False)
        if isinstance(argument, np.ndarray)
    )
    symptom = f"Your function raises {readable(text)}"
    match, leading, place = next(
        (match, leading, place)
        for pattern, leading, place in EXCEPTIONS
        if (match := re.search(pattern, text))
    )
    values = {
        "called": question.signature.split(" ->")[0],
        "name": match.groupdict().get("name", ""),
        "shapes": f"The shapes are {shapes}. " if shapes else "",
    }
    return Finding(symptom, leading.format(**values), place=place.format(**values))


RETURN = "Look at the `return` line of your function."


def unusable(question: Question, item: Compared) -> Finding:
    """Describe an answer that is no array of numbers: None, text, a dictionary, NaN."""
    text = upper(item.problem or f"{item.output.shown} is missing")
    text = text if text.endswith((".", "!", "?")) else text + "."
    if "NaN" in text:
        return Finding(
            text, "Which operation can overflow, divide by 0 or take the logarithm of 0 here?"
        )
    if "; it should have " in text:
        return Finding(text, f"Which {question.per} is missing from your list, or is in it twice?")
    returns = ", ".join(map(shown, question.returns))
    if text == f"{upper(item.output.shown)} is None." and item.output.index is not None:
        return Finding(
            f"{upper(item.output.shown)} was never filled in: it is None.",
            f"Does your loop reach every {question.per}, and does it store what it computes?",
            place="Look at the loop that fills the list.",
            mistake="none",
            named="This entry of the list still has the None that it was created with.",
        )
    if "None" in text:
        return Finding(
            text,
            "Is there a `return` at the end of your function, and does it return a result?",
            place=RETURN,
            mistake="none",
            named="A function returns None if it ends without a `return`, or if the name after "
            f"`return` has the value None. This one should return {returns}.",
        )
    several = (
        f" {returns}, in this order, as numbers and arrays," if len(question.returns) > 1 else ""
    )
    return Finding(
        text,
        f"Does your `return` line return{several or ' numbers and arrays'} and nothing else?",
        place=RETURN,
        mistake="structure",
        named=f"The function should return {returns}"
        + (", in this order, separated by commas." if several else ": a number or an array."),
    )


def shape(question: Question, item: Compared, record: CallRecord) -> Finding:
    """Describe a wrong shape: transposed, one row per example, one axis too few or too many."""
    assert item.got is not None
    label, got, expected = upper(item.output.shown), item.got, item.expected
    known = f"{label} has shape {got.shape}; it should be {expected.shape}"
    if not expected.ndim:
        known = f"{label} is an array of shape {got.shape}; it should be a single number"
    if got.shape == expected.shape[::-1] and got.ndim == 2:
        if close(got.T, expected).all():
            return Finding(
                f"{known}. Your numbers are right, but transposed.",
                "Which index of the result counts its rows, and which its columns?",
            )
        return Finding(
            f"{known}: the two sizes are swapped.",
            "Which of the two factors of the product should come first?",
        )
    if got.size == expected.size and got.ndim != expected.ndim:
        if not expected.ndim:
            return Finding(f"{known}.", "Which operation gives a single number?")
        return Finding(
            f"{known}: the same number of entries, but {_axes(got.ndim)} instead of "
            f"{_axes(expected.ndim)}.",
            "Which axis did your code keep, add or remove?",
        )
    if got.ndim == expected.ndim + 1 and got.shape[1:] == expected.shape:
        if close(got.sum(axis=0), expected).all():
            if question.sizes(*record.args).get("N") != len(got):
                axis = " over the first axis" if expected.ndim else ""
                return Finding(
                    f"{known}. Summed{axis}, your numbers are right.",
                    "Over which index does the formula sum?",
                )
            return Finding(
                f"{known}. Yours has one entry per example (N = {len(got)}); "
                "summed over the examples, your numbers are right.",
                "All examples of a batch share these parameters: what happens to their "
                "contributions?",
            )
        return Finding(
            f"{known}. Yours has one axis too many, of length {len(got)}.",
            "Over which axis do you still have to sum?",
        )
    if got.ndim == 0:
        return Finding(
            f"{label} is a single number; it should be an array of shape {expected.shape}.",
            "Over which axis should a sum or a maximum run, and which axis should remain?",
        )
    sizes = dict(question.sizes(*record.args))
    name = next((name for name, size in sizes.items() if got.shape == (size,)), "")
    if not expected.ndim:
        leading = "Over which axes do you still have to sum, or which entry should you choose?"
        return Finding(f"{known}.", leading)
    if got.ndim == expected.ndim:
        leading = _lengths(got.shape, expected.shape)
    else:
        leading = "Which axis should remain, and which should disappear?"
    axis = f" The length of yours is {name} = {got.shape[0]}." if name else ""
    return Finding(f"{known}.{axis}", leading)


def _lengths(got: tuple[int, ...], expected: tuple[int, ...]) -> str:
    """Ask about the first axis whose length is wrong."""
    axis, length, right = next(
        (axis, length, right)
        for axis, (length, right) in enumerate(zip(got, expected, strict=True))
        if length != right
    )
    where = "" if len(got) == 1 else f" along axis {axis}"
    if abs(length - right) == 1:
        few = "few" if length < right else "many"
        return f"Yours has one entry too {few}{where}: is it the first one or the last one?"
    return f"What does one entry{where} belong to, and how many of these are there?"


def _axes(count: int) -> str:
    return "no axis" if not count else f"{count} {'axis' if count == 1 else 'axes'}"
