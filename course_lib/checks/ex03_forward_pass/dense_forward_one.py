from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex03_forward_pass.reference import dense_forward_one
from course_lib.checks.fixtures import MARKING, SQUARE, Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]


def batch_inputs(rng: Generator, fixture: Fixture) -> Arrays:
    """Draw A (N, n_prev), W (n, n_prev) and b (n,) of an inner layer."""
    n_prev, n = fixture.widths[-3:-1]
    a = 1.2 * rng.normal(size=(fixture.n, n_prev))
    return a, rng.normal(size=(n, n_prev)), rng.uniform(0.3, 1.5, size=n) * rng.choice([-1, 1], n)


def one_inputs(rng: Generator, fixture: Fixture) -> Arrays:
    """Draw a (n_prev,), W (n, n_prev) and b (n,)."""
    a, W, b = batch_inputs(rng, fixture)
    return a[0], W, b


def sizes(a: np.ndarray, W: np.ndarray, b: np.ndarray) -> dict[str, int]:
    return {"n": W.shape[0], "n_prev": W.shape[1]} | ({"N": len(a)} if a.ndim == 2 else {})


def _loops(a: np.ndarray, W: np.ndarray, b: np.ndarray) -> list[float]:
    z = []
    for j in range(len(b)):
        total = b[j]
        for k in range(len(a)):
            total += W[j, k] * a[k]
        z.append(float(total))
    return z


def _in_place(a: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    W *= a
    return W.sum(axis=1) + b


def float32(function: Any) -> Any:
    return lambda a, W, b: function(*(array.astype(np.float32) for array in (a, W, b)))


def _one_example() -> str:
    a, b = np.array([2.0, -1.0, 0.5]), np.array([0.3, -0.2])
    W = np.array([[1.0, 0.5, 2.0], [-1.0, 3.0, 4.0]])
    text = Worked("Three inputs, two neurons:").array("a", a).array("W", W).array("b", b)
    text.line("  z[0] = 1·2 + 0.5·(−1) + 2·0.5 + 0.3 = 2.8")
    text.line("  z[1] = −1·2 + 3·(−1) + 4·0.5 − 0.2 = −3.2")
    text.line("Row j of W belongs to neuron j, entry k of the row to input k.")
    return str(text)


BIAS = Mistake(
    "bias-missing",
    "The bias is missing: b should be added to the sum, one entry per neuron.",
    lambda a, W, b: a @ W.T,
    "Which of the three arguments does your function never use?",
)

SUBTRACTED = Mistake(
    "bias-subtracted",
    "b is subtracted. A threshold would be subtracted, but a bias should be added.",
    lambda a, W, b: a @ W.T - b,
    "Is b a threshold that is subtracted, or a bias that is added?",
)

BENT = Mistake(
    "activation-inside",
    "Your function applies tanh. It should return the pre-activation z, because the activation "
    "function is a separate step.",
    lambda a, W, b: np.tanh(a @ W.T + b),
    "Should a pre-activation always lie between −1 and 1?",
)

DENSE_FORWARD_ONE = Question(
    name="dense_forward_one",
    signature="dense_forward_one(a, W, b) -> z",
    returns=("z",),
    parts=(Part("z", 1),),
    section=f"{PAGE}#layer-index-form",
    place="Look at the sum: over which index does it run, and what is added to it?",
    inputs=one_inputs,
    reference=dense_forward_one,
    fixtures=(MARKING, SQUARE),
    sizes=sizes,
    example=_one_example,
    correct={
        "loops, a list": _loops,
        "sum over axis 1": lambda a, W, b: (W * a).sum(axis=1) + b,
        "a on the left": lambda a, W, b: a @ W.T + b,
        "einsum": lambda a, W, b: np.einsum("jk,k->j", W, a) + b,
        "float32": float32(dense_forward_one),
    },
    mistakes=(
        Mistake(
            "transposed",
            "W should not be transposed: W.T @ a sums over the neurons. Row j of W belongs to "
            "neuron j, so z = W @ a + b.",
            lambda a, W, b: W.T @ a + b,
            "Which index of W counts the inputs, and does your product sum over that index?",
        ),
        Mistake(
            "transposed-left",
            "a @ W sums over the neurons. Row j of W belongs to neuron j, so z = W @ a + b.",
            lambda a, W, b: a @ W + b,
            "Which index of W counts the inputs, and does your product sum over that index?",
        ),
        Mistake(
            "not-summed",
            "W * a multiplies entry by entry, but nothing is summed. z should have one entry per "
            "neuron.",
            lambda a, W, b: W * a + b[:, None],
            "How many pre-activations z does one neuron have?",
        ),
        Mistake(
            "wrong-axis",
            "The products are summed over the neurons (axis 0). They should be summed over the "
            "inputs (axis 1).",
            lambda a, W, b: (W * a).sum(axis=0) + b,
            "Which axis of W counts the inputs?",
        ),
        Mistake(
            "mean-of-inputs",
            "The products are averaged. A weighted sum should only add them.",
            lambda a, W, b: (W * a).mean(axis=1) + b,
            "Does the formula divide the sum by anything?",
        ),
        BIAS,
        SUBTRACTED,
        BENT,
        Mistake(
            "B35",
            "W is multiplied in place (W *= a), so your function overwrites the weights. Make a "
            "new array.",
            _in_place,
            "Which line of your function writes into W, whose values the next example still needs?",
        ),
    ),
)
