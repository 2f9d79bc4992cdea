"""An error is quoted where Python or NumPy wrote its text, and not where it may carry numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from course_lib.checks.student_text import about_value, quoted, type_name

RNG = np.random.default_rng(0)
W, A, DELTA = RNG.normal(size=(5, 7)), RNG.normal(size=(11, 7)), RNG.normal(size=(11, 5))


NOTHING: Any = None


class _Refuses:
    pass


HONEST = {
    "broadcast": lambda: DELTA * A,
    "matmul": lambda: DELTA @ A,
    "dot": lambda: np.dot(DELTA, A),
    "reshape": lambda: A.reshape(5, 7),
    "axis": lambda: A.sum(axis=2),
    "index": lambda: A[11],
    "index of an axis": lambda: A[:, 7],
    "too many": lambda: A[0, 0, 0],
    "assign": lambda: np.copyto(np.zeros((5, 7)), A),
    "into": lambda: np.zeros((5, 7)).__setitem__(slice(None), A),
    "concatenate": lambda: np.concatenate([A, DELTA]),
    "stack": lambda: np.stack([A, DELTA]),
    "ragged": lambda: np.array([[1.0], [1.0, 2.0]]),
    "ambiguous": lambda: bool(A > 0),
    "mask": lambda: A[np.ones(5, bool)],
    "float index": lambda: A[1.0],
    "cast": lambda: np.subtract(np.ones(3, int), 0.5, out=np.ones(3, int)),
    "einsum": lambda: np.einsum("ij,jk->ik", DELTA, A),
    "scalar": lambda: float(A),
    "name": lambda: dW,  # noqa: F821
    "attribute": lambda: [1].T,
    "module": lambda: np.sigmod(1.0),
    "none": lambda: NOTHING[0],
    "call": lambda: A(1),
    "plus": lambda: NOTHING + 1.0,
    "unpack": lambda: (lambda: [(a, b) for a, b in [(1, 2, 3)]])(),
    "few": lambda: (lambda: [(a, b, c) for a, b, c in [(1, 2)]])(),
    "missing": lambda: (lambda a, W: a)(1),
    "many": lambda: (lambda a: a)(1, 2),
    "keyword": lambda: (lambda a: a)(b=1),
    "list": lambda: [1][3],
    "zero": lambda: 1 / 0,
    "domain": lambda: math.log(-1),
    "range": lambda: math.exp(1000),
    "recursion": lambda: (lambda f: f(f))(lambda f: f(f)),
    "len": lambda: len(1.0),
    "iterate": lambda: list(1.0),
}


@pytest.mark.parametrize("wrong", HONEST.values(), ids=HONEST)
def test_what_python_and_numpy_say_is_quoted_whole(wrong) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011
        wrong()
    kind, message = type(caught.value).__name__, str(caught.value)
    expected = f"{kind}: {' '.join(message.split())}"
    assert quoted(kind, message, (DELTA, A, W)) == expected


SECRET = "0.73141592653"
CHOSEN = [
    SECRET,
    repr(A),
    f"operands could not be broadcast together with shapes ({SECRET},) (5,)",
    "operands could not be broadcast together with shapes (7314159,) (5,)",
    "index 73141592653 is out of bounds for axis 0 with size 5",
    f"name 'x{SECRET[2:]}' is not defined",
    f"name 'x' is not defined {SECRET}",
    "name 'zzgbegdcffgjsnvkwqpzlmtr' is not defined",
    f"division by zero\n{SECRET}",
    f"setting an array element with a sequence. {SECRET}",
    f"Unable to allocate {SECRET} GiB",
    f"maximum recursion depth exceeded {SECRET}",
    f"f() got an unexpected keyword argument 'w{SECRET[2:]}'",
    "١٢٣٤٥٦",
    "",
]


@pytest.mark.parametrize(
    "kind", ["ValueError", "KeyError", "AssertionError", "X0_7314", "NameError"]
)
@pytest.mark.parametrize("message", CHOSEN)
def test_what_a_function_chose_is_not(kind: str, message: str) -> None:
    said = quoted(kind, message, (DELTA, A, W))
    assert said in (kind, "an exception of your own class")
    assert "7314" not in said


def test_numbers_are_quoted_only_where_sizes_explain_them() -> None:
    message = "cannot reshape array of size 77 into shape (5,7)"
    assert quoted("ValueError", message, (A,)) == f"ValueError: {message}"
    assert quoted("ValueError", message.replace("77", "78"), (A,)) == "ValueError"


def test_a_type_is_named_where_it_is_not_the_student_s_own() -> None:
    for value in (None, {}, "text", A, np.float32(1), lambda: 0, np, (x for x in ())):
        assert type_name(value) == type(value).__name__
    assert type_name(_Refuses()) == "a class of your own"
    for text in (f"f returned an array of dtype <U{SECRET}", "f returned " + SECRET, SECRET):
        assert about_value(text, "no data") == "no data"
