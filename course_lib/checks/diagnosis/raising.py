"""What is said of an exception: what its message means, and a question that fits it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import numpy as np

from course_lib.checks.diagnosis.case import Finding
from course_lib.checks.question import Question

PRODUCT = re.compile(r"matmul|not aligned|core dimension|mat1 and mat2|einsum")
ENTRYWISE = re.compile(r"could not be broadcast|cannot be broadcast|broadcast input array")
NAME = re.compile(r"(?:NameError|UnboundLocalError)\b.*?'([^']+)'")
COUNT = re.compile(r"TypeError: .*(positional argument|unexpected keyword|required keyword)")
LINE = "Look at the line that the message is about."


_KNOWN = tomllib.loads(Path(__file__).parents[1].joinpath("known_errors.toml").read_text("utf-8"))
PLAIN = [  # what NumPy says, and the same in words of the course
    (one["says"].replace("{shape}", r"(\([\d, ]*\))"), one["means"]) for one in _KNOWN["plain"]
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
        found = re.match(pattern, message, re.DOTALL)
        if found:
            return kind + colon + re.sub(r"(\d),(?=\d)", r"\1, ", found.expand(words))
    return text if text.endswith((".", "!", "?")) else text + "."


def raised(question: Question, text: str, args: tuple) -> Finding:
    """Report an exception: what it said, and a question about what can cause it."""
    shapes = ", ".join(
        f"{name} {argument.shape}"
        for name, argument in zip(question.arguments, args, strict=False)
        if isinstance(argument, np.ndarray)
    )
    symptom = f"Your function raises {readable(text)}"
    if COUNT.search(text):
        return Finding(
            symptom,
            f"Your function is called as {question.signature.split(' ->')[0]}. Does its `def` line "
            "list these arguments, and do the calls inside it pass what other functions need?",
            place="Look at the `def` line.",
        )
    if name := NAME.search(text):
        return Finding(
            symptom,
            f"Where should `{name[1]}` get its value, and is it spelled the same there?",
            place=f"Look for every place where `{name[1]}` occurs.",
        )
    known = f"The shapes are {shapes}. " if shapes else ""
    if PRODUCT.search(text):
        return Finding(
            symptom,
            f"{known}Over which index does the formula sum, and is it the inner dimension of both "
            "factors of your product?",
        )
    if ENTRYWISE.search(text):
        return Finding(
            symptom,
            f"{known}Which two arrays are combined entry by entry in that line, and which shapes "
            "should they have?",
        )
    if "reshape" in text:
        return Finding(
            symptom,
            "How many entries does the array have, and do they fill the shape that you ask for?",
            place=LINE,
        )
    if text.startswith(("IndexError", "KeyError")):
        return Finding(
            symptom,
            "Which index does that line use, and which indices exist?",
            place=LINE,
        )
    if text.startswith("RecursionError"):
        return Finding(symptom, "For which arguments does your function stop calling itself?")
    if "ufunc" in text.lower() and "cast" in text:
        return Finding(
            symptom,
            "Which type do the entries of the array have that you change in place, and which type "
            "does the result have?",
            place=LINE,
        )
    return Finding(
        symptom,
        "Which line is the message about, and what is the value of each name in it?",
        place=LINE,
    )
