"""`one_example_backward`: all gradients of a network with one hidden layer, for one example."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex07_many_neurons.page import PAGE
from course_lib.checks.question import MARKING, SQUARE, Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex07 import layer_backward, one_example_backward, output_error
from course_lib.checks.worked import Worked

Arrays = tuple[Any, ...]
HIDDEN = f"{PAGE}#many-hadamard"
START = f"{PAGE}#p-minus-y"
FIRST = "Look at the step from the output's error to the hidden layer's error."
LAST = "Look at the error of the output, and at what came into the last layer."


def inputs(rng: Generator, fixture: Fixture) -> Arrays:
    """Draw x (n_0,), tanh activations a (n_1,), probabilities p (n_2,), a label and W2."""
    first, hidden, out = fixture.widths[:3]
    x = rng.uniform(0.2, 2.0, size=first) * rng.choice([-1.0, 1.0], size=first)
    a = rng.uniform(0.15, 0.9, size=hidden) * rng.choice([-1.0, 1.0], size=hidden)
    powers = np.exp(rng.normal(size=out))
    label = int(rng.integers(1, out - 1))
    return x, a, powers / powers.sum(), label, rng.normal(size=(out, hidden))


def _walk(
    start: Callable[[np.ndarray, int], np.ndarray] = output_error,
    layer: Callable[..., Arrays] = layer_backward,
    slope: Callable[[np.ndarray], np.ndarray] = lambda a: 1.0 - a**2,
) -> Callable[..., Arrays]:
    """Make a backward pass with one of its steps exchanged."""

    def walk(x: np.ndarray, a: np.ndarray, p: np.ndarray, label: int, W2: np.ndarray) -> Arrays:
        dW2, db2, da = layer(start(p, label), a, W2)
        delta1 = da * slope(a)
        return np.outer(delta1, x), delta1, dW2, db2

    return walk


def _carried(call: Callable[..., Any], *args: Any) -> Arrays:
    return _walk(partial(call, "output_error"), partial(call, "layer_backward"))(*args)


def _factors(
    x: np.ndarray, a: np.ndarray, p: np.ndarray, label: int, W2: np.ndarray
) -> dict[str, np.ndarray]:
    return {"1/g′(z)": 1 / (1 - a**2), "g′(a)/g′(z)": (1 - np.tanh(a) ** 2) / (1 - a**2)}


def _example() -> str:
    x, a = np.array([2.0, -1.0, 1.0]), np.array([0.5, -0.5])
    p, W2 = np.array([0.2, 0.3, 0.5]), np.array([[1.0, 2.0], [0.0, -1.0], [-2.0, 1.0]])
    dW1, delta1, dW2, delta2 = one_example_backward(x, a, p, 2, W2)
    text = Worked("Three inputs, two hidden neurons, three classes; the right one is class 2:")
    text.array("x", x).array("a", a).array("p", p).array("W2", W2)
    text.line("Start: p − y.").array("delta2 = db2", delta2).array("dW2", dW2)
    text.line("Back down the columns of W2, then entry by entry times 1 − a²:")
    text.array("da", W2.T @ delta2).array("delta1 = db1", delta1).array("dW1", dW1)
    return str(text)


NETWORK = Question(
    name="one_example_backward",
    signature="one_example_backward(x, a, p, label, W2) -> (dW1, db1, dW2, db2)",
    returns=("dW1", "db1", "dW2", "db2"),
    parts=(
        Part("dW2 and db2", 1, (2, 3), section=START, place=LAST),
        Part("db1", 1, (1,), section=HIDDEN, place=FIRST),
        Part("dW1", 1, (0,), section=HIDDEN, place=FIRST),
    ),
    section=HIDDEN,
    place="Look at the four results and their order: dW1, db1, dW2, db2.",
    inputs=inputs,
    reference=one_example_backward,
    fixtures=(
        MARKING,
        Fixture("wide", widths=(13, 3, 7)),
        SQUARE,
        Fixture("large", widths=(6, 40_000, 5), cpu_seconds=1.5),
    ),
    sizes=lambda x, a, p, label, W2: {"n_0": len(x), "n_1": len(a), "n_2": len(p)},
    factors=_factors,
    carried=_carried,
    example=_example,
    correct={
        "formulas alone": lambda x, a, p, label, W2: (
            np.outer((1 - a**2) * (W2.T @ output_error(p, label)), x),
            (1 - a**2) * (output_error(p, label) @ W2),
            output_error(p, label)[:, None] * a,
            output_error(p, label),
        ),
        "a list": lambda *args: list(one_example_backward(*args)),
        "float32": lambda x, a, p, label, W2: one_example_backward(
            x.astype(np.float32),
            a.astype(np.float32),
            p.astype(np.float32),
            label,
            W2.astype(np.float32),
        ),
    },
    mistakes=(
        Mistake(
            "B12",
            "The derivative of tanh is missing in the hidden layer: da is used where delta1 = da "
            "⊙ (1 − a²) belongs.",
            _walk(slope=lambda a: np.ones_like(a)),
            "da belongs to a. What lies between a and z of the hidden layer?",
        ),
        Mistake(
            "B10",
            "The derivative is taken at a: 1 − tanh(a)². It is 1 − a².",
            _walk(slope=lambda a: 1 - np.tanh(a) ** 2),
            "How often is tanh applied in your derivative?",
        ),
        Mistake(
            "B30",
            "The derivative is 1 + a²; tanh's derivative is 1 − a².",
            _walk(slope=lambda a: 1 + a**2),
            "Can tanh be steeper than 1 anywhere?",
        ),
        Mistake(
            "sigmoid-slope",
            "a(1 − a) is the derivative of a sigmoid; the hidden layer has tanh: 1 − a².",
            _walk(slope=lambda a: a * (1 - a)),
            "Which activation has the hidden layer?",
        ),
        Mistake(
            "B02",
            "The error goes back through W2 instead of W2ᵀ: it reads rows where columns belong.",
            _walk(
                layer=lambda delta, a, W: (np.outer(delta, a), delta.copy(), W @ delta),
            ),
            "Which weights leave hidden neuron k: row k of W2, or column k?",
            section=f"{PAGE}#reads-columns",
        ),
        Mistake(
            "B09",
            "All gradients have the wrong sign: the backward pass started with y − p.",
            _walk(start=lambda p, label: -output_error(p, label)),
            "A wrong class has too much probability. Is the loss's derivative there positive?",
            section=START,
        ),
        Mistake(
            "B14",
            "p·(1 − p) is a factor too many at the output: softmax's derivative is inside p − y.",
            _walk(start=lambda p, label: output_error(p, label) * p * (1 - p)),
            "Where did the derivative of softmax go when p − y came out?",
            section=START,
        ),
        Mistake(
            "target-missing",
            "The backward pass starts with p instead of p − y: the target is missing.",
            _walk(start=lambda p, label: p.copy()),
            "How does your backward pass know which class is right?",
            section=START,
        ),
        Mistake(
            "weights-for-bias",
            "db1 is the sum of the rows of dW1, so the inputs are in it; the derivative of z with "
            "respect to b is 1.",
            lambda *args: (lambda dW1, _db1, dW2, db2: (dW1, dW1.sum(axis=1), dW2, db2))(
                *one_example_backward(*args)
            ),
            "In z = W x + b, what is b multiplied by?",
            section=f"{PAGE}#many-biases",
        ),
        Mistake(
            "B01",
            "The outer products are the wrong way round: rows belong to the errors.",
            lambda *args: (lambda dW1, db1, dW2, db2: (dW1.T, db1, dW2.T, db2))(
                *one_example_backward(*args)
            ),
            "dW[j, k] belongs to neuron j and input k. Which of the two brings j?",
            section=f"{PAGE}#many-weights",
        ),
        Mistake(
            "input-exchanged",
            "dW1 is made with a, what came out of the hidden layer; x came into it.",
            lambda x, a, p, label, W2: (
                np.outer(one_example_backward(x, a, p, label, W2)[1], a),
                *one_example_backward(x, a, p, label, W2)[1:],
            ),
            "What does W1 multiply?",
            section=f"{PAGE}#many-weights",
        ),
        Mistake(
            "order-of-results",
            "The results are in the order dW2, db2, dW1, db1; the first layer comes first.",
            lambda *args: (lambda dW1, db1, dW2, db2: (dW2, db2, dW1, db1))(
                *one_example_backward(*args)
            ),
            "In which order does the signature name the four results?",
        ),
    ),
)
