"""`mended_backward`: the sixth machine, corrected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import SLOPE, sigmoid
from course_lib.checks.ex13_when_it_goes_wrong.reference import mended_backward
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
Lists = tuple[list[Any], list[Any]]
BACKWARD = "08_backward_pass.html"


def inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw a batch, targets in (0, 1), weights and biases."""
    sizes = list(zip(fixture.widths[:-1], fixture.widths[1:], strict=True))
    x = 1.3 * rng.normal(size=(fixture.n, fixture.widths[0]))
    y = rng.uniform(0.1, 0.9, size=(fixture.n, fixture.widths[-1]))
    W = [rng.normal(size=(n_out, n_in)) * 2 / np.sqrt(n_in) for n_in, n_out in sizes]
    return x, y, W, [rng.normal(size=n_out) for _, n_out in sizes]


def _machine(
    slope: Callable[[np.ndarray, np.ndarray], Any] = lambda z, a: a * (1 - a),
    start: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda a, y: 2 * (a - y) / y.size,
    biases: Callable[[np.ndarray], np.ndarray] = lambda delta: delta.sum(axis=0),
    last: bool = True,
    hidden: bool = True,
) -> Callable[..., Lists]:
    """Make the machine with another derivative, start or sum."""

    def machine(x: np.ndarray, y: np.ndarray, W: list, b: list) -> Lists:
        a, z = [x], []
        for weights, bias in zip(W, b, strict=True):
            z.append(a[-1] @ weights.T + bias)
            a.append(sigmoid(z[-1]))
        upstream = start(a[-1], y)
        dW: list[Any] = [None] * len(W)
        db: list[Any] = [None] * len(W)
        for i in range(len(W) - 1, -1, -1):
            wanted = last if i == len(W) - 1 else hidden
            delta = upstream * (slope(z[i], a[i + 1]) if wanted else 1.0)
            dW[i], db[i] = delta.T @ a[i], biases(delta)
            upstream = delta @ W[i]
        return dW, db

    return machine


def _loops(x: np.ndarray, y: np.ndarray, W: list, b: list) -> Lists:
    total: Lists = ([np.zeros_like(w) for w in W], [np.zeros_like(bias) for bias in b])
    for row, target in zip(x, y, strict=True):
        a = [row]
        for weights, bias in zip(W, b, strict=True):
            a.append(1 / (1 + np.exp(-(weights @ a[-1] + bias))))
        upstream = 2 * (a[-1] - target) / (len(x) * len(target))
        for i in reversed(range(len(W))):
            delta = upstream * a[i + 1] * (1 - a[i + 1])
            total[0][i] += np.outer(delta, a[i])
            total[1][i] += delta
            upstream = W[i].T @ delta
    return total


def _reversed_lists(x: np.ndarray, y: np.ndarray, W: list, b: list) -> Lists:
    dW, db = mended_backward(x, y, W, b)
    return dW[::-1], db[::-1]


def _example() -> str:
    z = np.array([-1.0, 0.5, 2.0])
    a = sigmoid(z)
    text = Worked("One sigmoid layer. The derivative of the sigmoid at z, in its two forms:")
    text.array("z", z).array("a = σ(z)", a)
    text.array("σ(z)(1 − σ(z))", SLOPE["sigmoid"](z)).array("a (1 − a)", a * (1 - a))
    text.line("A function that applies σ to its argument needs z. A formula in a needs a.")
    return str(text)


MENDED_BACKWARD = Question(
    name="mended_backward",
    signature="mended_backward(x, y, W, b) -> (dW, db)",
    returns=("dW", "db"),
    parts=(Part("dW", 2, (0,)), Part("db", 1, (1,))),
    section=f"{PAGE}#planted-bug",
    place="Read the lines of the first wrong layer, counted from the output.",
    inputs=inputs,
    reference=mended_backward,
    fixtures=(
        Fixture("three layers", repeat=True),
        Fixture("two layers", widths=(4, 9, 6), n=7),
        Fixture("square", widths=(5, 5, 5, 5), marked=False),
        Fixture("large", widths=(6, 36_000, 6, 2), n=2, cpu_seconds=1.5),
    ),
    sizes=lambda x, y, W, b: {"N": len(x), "n_L": y.shape[1]},
    example=_example,
    correct={
        "one example at a time": _loops,
        "the derivative at z": _machine(slope=lambda z, a: SLOPE["sigmoid"](z)),
        "float32": lambda x, y, W, b: mended_backward(
            x.astype(np.float32),
            y.astype(np.float32),
            [weights.astype(np.float32) for weights in W],
            [bias.astype(np.float32) for bias in b],
        ),
    },
    mistakes=(
        Mistake(
            "B10",
            "The planted bug is still there: slope_of_sigmoid applies the sigmoid to its "
            "argument, which is a, so the sigmoid is applied twice.",
            _machine(slope=lambda z, a: SLOPE["sigmoid"](a)),
            "What does slope_of_sigmoid compute from its argument first, and with which argument "
            "is it called?",
            section=f"{BACKWARD}#activation-derivative",
        ),
        Mistake(
            "B11",
            "Your derivative is the formula in a, a·(1 − a), computed at z. It should be computed "
            "at a.",
            _machine(slope=lambda z, a: z * (1 - z)),
            "Can the derivative of the sigmoid be negative?",
            section=f"{BACKWARD}#activation-derivative",
        ),
        Mistake(
            "B12",
            "The derivatives of the sigmoid are missing in all your layers.",
            _machine(slope=lambda z, a: 1.0),
            "Which factor does each sigmoid contribute to Δ?",
            section=f"{BACKWARD}#hidden-error",
        ),
        Mistake(
            "B12-hidden",
            "The derivatives of the sigmoid are missing in your hidden layers.",
            _machine(hidden=False),
            "Which factor does each sigmoid contribute to Δ?",
            section=f"{BACKWARD}#hidden-error",
        ),
        Mistake(
            "B13",
            "The derivative of the sigmoid is missing in your output layer. It cancels with "
            "binary cross-entropy, but not with the mean squared error.",
            _machine(last=False),
            "With which loss does the derivative of the sigmoid at the output cancel?",
            section=f"{BACKWARD}#output-error",
        ),
        Mistake(
            "B07",
            "The factor 2 is missing in your ∂ℒ/∂A. It should be 2 (A − Y)/(N n_L).",
            _machine(start=lambda a, y: (a - y) / y.size),
            "What is the derivative of a square?",
        ),
        Mistake(
            "B06",
            "Your ∂ℒ/∂A is divided by N. It should be divided by N·n_L, because the loss is a "
            "mean over all elements.",
            _machine(start=lambda a, y: 2 * (a - y) / len(y)),
            "Over how many numbers is the loss a mean?",
        ),
        Mistake(
            "B09",
            "Your ∂ℒ/∂A contains y − a. It should contain a − y.",
            _machine(start=lambda a, y: 2 * (y - a) / y.size),
            "If an output is too large, does the loss grow when the output grows?",
        ),
        Mistake(
            "B04",
            "Your ∂ℒ/∂A is not divided by anything. It should be 2 (A − Y)/(N n_L).",
            _machine(start=lambda a, y: 2 * (a - y)),
            "Over how many numbers is the loss a mean?",
        ),
        Mistake(
            "n_L-alone",
            "Your ∂ℒ/∂A is divided by n_L. It should be divided by N·n_L, because the loss is a "
            "mean over all elements.",
            _machine(start=lambda a, y: 2 * (a - y) / y.shape[1]),
            "Over how many numbers is the loss a mean?",
        ),
        Mistake(
            "B05-bias",
            "Each db is a mean over the examples. It should be the sum, because ∂ℒ/∂A contains "
            "the factor 1/N already.",
            _machine(biases=lambda delta: delta.mean(axis=0)),
            "Over the examples, should the contributions to db be summed or averaged?",
            section=f"{BACKWARD}#batch-sum",
        ),
        Mistake(
            "reversed-lists",
            "Your lists begin with the last layer. They should begin with the first layer, as W "
            "does.",
            _reversed_lists,
            "Which layer does the first entry of your lists belong to?",
        ),
    ),
)
