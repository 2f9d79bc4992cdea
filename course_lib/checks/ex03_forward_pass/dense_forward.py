from __future__ import annotations

import numpy as np

from course_lib.checks.ex03_forward_pass.dense_forward_one import (
    BENT,
    BIAS,
    SUBTRACTED,
    batch_inputs,
    float32,
    sizes,
)
from course_lib.checks.ex03_forward_pass.reference import dense_forward
from course_lib.checks.fixtures import MARKING, SQUARE, Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)


def _batch_example() -> str:
    a = np.array([[2.0, -1.0, 0.5], [0.0, 1.0, 2.0]])
    W, b = np.array([[1.0, 0.5, 2.0], [-1.0, 3.0, 4.0]]), np.array([0.3, -0.2])
    text = Worked("Two examples (N = 2), three inputs, two neurons:")
    text.array("a", a).array("W", W).array("b", b)
    text.line("z has one row per example and one column per neuron. For example 1, neuron 0:")
    text.line("  z[1, 0] = 1·0 + 0.5·1 + 2·2 + 0.3 = 4.8")
    text.line("It is row 1 of a times row 0 of W, which is column 0 of W.T.")
    text.array("z", dense_forward(a, W, b))
    return str(text)


DENSE_FORWARD = Question(
    name="dense_forward",
    signature="dense_forward(a, W, b) -> z",
    returns=("z",),
    parts=(Part("z", 2),),
    section=f"{PAGE}#batch-rows",
    place="Look at the product: its inner dimensions, the axes that remain, and what is added.",
    inputs=batch_inputs,
    reference=dense_forward,
    fixtures=(MARKING, Fixture("three inputs", widths=(3, 5, 2), n=7), SQUARE),
    sizes=sizes,
    example=_batch_example,
    correct={
        "einsum": lambda a, W, b: np.einsum("ik,jk->ij", a, W) + b,
        "transposes": lambda a, W, b: (W @ a.T + b[:, None]).T,
        "one example at a time": lambda a, W, b: [W @ row + b for row in a],
        "nested lists": lambda a, W, b: [
            [
                sum(w * v for w, v in zip(row, one, strict=True)) + c
                for row, c in zip(W, b, strict=True)
            ]
            for one in a.tolist()
        ],
        "the bias as one more weight": lambda a, W, b: (
            np.hstack([a, np.ones((len(a), 1))]) @ np.hstack([W, b[:, None]]).T
        ),
        "float32": float32(dense_forward),
    },
    mistakes=(
        Mistake(
            "B02",
            "a @ W does not transpose W. The sum should run over the inputs, which are the last "
            "axis of a and the last axis of W: z = a @ W.T + b.",
            lambda a, W, b: a @ W + b,
            "A product sums over the last axis of the first factor and the first axis of the "
            "second. Which axis of W counts the inputs?",
        ),
        Mistake(
            "examples-as-columns",
            "Your z has one column per example. With examples as rows, z = a @ W.T + b.",
            lambda a, W, b: W @ a.T + b[:, None],
            "Does a row of your z belong to an example, or to a neuron?",
            section=f"{PAGE}#columns-or-rows",
        ),
        Mistake(
            "columns-and-flat-bias",
            "W @ a.T has one column per example, and b of shape (n,) cannot be added to it. With "
            "examples as rows, z = a @ W.T + b.",
            lambda a, W, b: W @ a.T + b,
            "Does a row of your product belong to an example, or to a neuron?",
            section=f"{PAGE}#columns-or-rows",
        ),
        Mistake(
            "bias-as-column",
            "Your b is a column, so broadcasting aligns it with the examples. It should be added "
            "to every row: a @ W.T + b.",
            lambda a, W, b: a @ W.T + b[:, None],
            "Which axis of z counts the neurons, and with which axis is your b aligned?",
        ),
        Mistake(
            "first-example-only",
            "Only the first example is computed. z should have one row per example.",
            lambda a, W, b: W @ a[0] + b,
            "How many rows should z have?",
        ),
        BIAS,
        SUBTRACTED,
        BENT,
    ),
)
