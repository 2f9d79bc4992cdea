"""What is said of an exception: what its message means, and a question that fits it."""

from __future__ import annotations

import re

import numpy as np

from course_lib.checks.case import Finding
from course_lib.checks.question import Question

PRODUCT = re.compile(r"matmul|not aligned|core dimension|mat1 and mat2|einsum")
ENTRYWISE = re.compile(r"could not be broadcast|cannot be broadcast|broadcast input array")
NAME = re.compile(r"(?:NameError|UnboundLocalError)\b.*?'([^']+)'")
COUNT = re.compile(r"TypeError: .*(positional argument|unexpected keyword|required keyword)")
LINE = "Look at the line that the message is about."


def readable(text: str) -> str:
    """Return an exception's text with NumPy's message about a product said in plain words.

    >>> readable("ValueError: matmul: Input operand 1 has a mismatch in its core dimension 0, "
    ...          "with gufunc signature (n?,k),(k,m?)->(n?,m?) (size 7 is different from 13)")
    'ValueError: in a product with @, the axes that meet have lengths 13 and 7.'
    """
    text = text.split("Traceback (most recent call last)")[0].strip() or "an exception"
    match = re.search(r"^(\w+): matmul: .*\(size (\d+) is different from (\d+)\)", text, re.S)
    if not match:
        return text if text.endswith((".", "!", "?")) else text + "."
    kind, second, first = match.groups()
    return f"{kind}: in a product with @, the axes that meet have lengths {first} and {second}."


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
            f"The task calls {question.signature.split(' ->')[0]}. Does the `def` line take these "
            "arguments, in this order, and does each call inside pass what the other function "
            "takes?",
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
            f"{known}Which two axes meet in the product, and does the formula sum over them?",
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
            "How many entries does the array have, and can they fill the shape that you ask for?",
            place=LINE,
        )
    if text.startswith(("IndexError", "KeyError")):
        return Finding(
            symptom,
            "Which index is used in that line, and which indices are there?",
            place=LINE,
        )
    if text.startswith("RecursionError"):
        return Finding(symptom, "For which arguments does your function stop calling itself?")
    if "ufunc" in text.lower() and "cast" in text:
        return Finding(
            symptom,
            "Of which type are the entries of the array that you change in place, and of which "
            "type is the result?",
            place=LINE,
        )
    return Finding(
        symptom,
        "Which line is the message about, and what is the value of each name in it?",
        place=LINE,
    )
