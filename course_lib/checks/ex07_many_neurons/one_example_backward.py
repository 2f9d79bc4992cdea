"""`one_example_backward`: all gradients of a network with one hidden layer, for one example."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex07_many_neurons.reference import (
    layer_backward,
    one_example_backward,
    output_error,
)
from course_lib.checks.fixtures import MARKING, SQUARE, Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
Arrays = tuple[Any, ...]
HIDDEN = f"{PAGE}#many-hadamard"
START = f"{PAGE}#p-minus-y"
FIRST = "Look at the step from the error of the output to the error of the hidden layer."
LAST = "Look at the error of the output, and at the input of the last layer."


def inputs(rng: Generator, fixture: Fixture) -> Arrays:
    """Draw x (n_0,), tanh activations a (n_1,), probabilities p (n_2,), a label and W2.

    The sums of x and of a are positive.
    """
    first, hidden, out = fixture.widths[:3]
    x = rng.uniform(0.2, 2.0, size=first) * rng.choice([-1.0, 1.0], size=first)
    a = rng.uniform(0.15, 0.9, size=hidden) * rng.choice([-1.0, 1.0], size=hidden)
    powers = np.exp(rng.normal(size=out))
    label = int(rng.integers(1, out - 1))
    x, a = x * np.sign(x.sum()), a * np.sign(a.sum())
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
    return {
        "1/g′(z)": 1 / (1 - a**2),
        "g′(a)/g′(z)": (1 - np.tanh(a) ** 2) / (1 - a**2),
        "sum(x)": x.sum(),
        "sum(a)": a.sum(),
    }


def _example() -> str:
    x, a = np.array([2.0, -1.0, 1.0]), np.array([0.5, -0.5])
    p, W2 = np.array([0.2, 0.3, 0.5]), np.array([[1.0, 2.0], [0.0, -1.0], [-2.0, 1.0]])
    dW1, delta1, dW2, delta2 = one_example_backward(x, a, p, 2, W2)
    text = Worked("Three inputs, two hidden neurons, three classes; the right one is class 2:")
    text.array("x", x).array("a", a).array("p", p).array("W2", W2)
    text.line("The error of the output is p − y.").array("delta2 = db2", delta2).array("dW2", dW2)
    text.line("Sum over the columns of W2, then multiply entry by entry by 1 − a²:")
    text.array("da", W2.T @ delta2).array("delta1 = db1", delta1).array("dW1", dW1)
    return str(text)


ONE_EXAMPLE_BACKWARD = Question(
    name="one_example_backward",
    signature="one_example_backward(x, a, p, label, W2) -> (dW1, db1, dW2, db2)",
    returns=("dW1", "db1", "dW2", "db2"),
    parts=(
        Part("dW2 and db2", 1, (2, 3), section=START, place=LAST),
        Part("db1", 1, (1,), section=HIDDEN, place=FIRST),
        Part("dW1", 1, (0,), section=HIDDEN, place=FIRST),
    ),
    section=HIDDEN,
    place="Look at the error of each layer, first that of the output.",
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
            "The derivative of tanh is missing in the hidden layer: your delta1 is da. It should "
            "be da ⊙ (1 − a²).",
            _walk(slope=lambda a: np.ones_like(a)),
            "da is ∂ℒ/∂a. Which function is between a and z of the hidden layer?",
        ),
        Mistake(
            "B10",
            "Your derivative is 1 − tanh(a)², which applies tanh twice. Since a is tanh(z), it "
            "should be 1 − a².",
            _walk(slope=lambda a: 1 - np.tanh(a) ** 2),
            "How often is tanh applied in your derivative?",
        ),
        Mistake(
            "B30",
            "Your derivative is 1 + a². The derivative of tanh should be 1 − a².",
            _walk(slope=lambda a: 1 + a**2),
            "What is the largest derivative that tanh has, and can yours be larger?",
        ),
        Mistake(
            "sigmoid-derivative",
            "Your derivative a(1 − a) is that of the sigmoid. The hidden layer has tanh, so it "
            "should be 1 − a².",
            _walk(slope=lambda a: a * (1 - a)),
            "Which activation function does the hidden layer have?",
        ),
        Mistake(
            "B02",
            "Your da is W2 δ, which sums along the rows of W2. It should be W2ᵀ δ, which sums "
            "along the columns.",
            _walk(
                layer=lambda delta, a, W: (np.outer(delta, a), delta.copy(), W @ delta),
            ),
            "Where are the weights of the edges that start at hidden neuron k: in row k of W2, or "
            "in column k?",
            section=f"{PAGE}#reads-columns",
        ),
        Mistake(
            "B09",
            "All your gradients have the wrong sign, as with an output error of y − p. It should "
            "be p − y.",
            _walk(start=lambda p, label: -output_error(p, label)),
            "When the logit of a wrong class grows, does the loss grow or fall, and which sign "
            "does your delta have there?",
            section=START,
        ),
        Mistake(
            "B14",
            "Your output error contains the factor p·(1 − p). It should be p − y alone, which "
            "contains the derivative of softmax already.",
            _walk(start=lambda p, label: output_error(p, label) * p * (1 - p)),
            "p − y is the derivative of the loss with respect to which quantity?",
            section=START,
        ),
        Mistake(
            "target-missing",
            "Your output error is p. It should be p − y: the target is missing.",
            _walk(start=lambda p, label: p.copy()),
            "Where does your backward pass use the label?",
            section=START,
        ),
        Mistake(
            "weights-for-bias",
            "Your db1 is the sum of each row of dW1, so it contains the inputs. It should be "
            "delta1: the derivative of z with respect to b is 1.",
            lambda *args: (lambda dW1, _db1, dW2, db2: (dW1, dW1.sum(axis=1), dW2, db2))(
                *one_example_backward(*args)
            ),
            "In z = W x + b, what is the derivative of z with respect to b?",
            section=f"{PAGE}#many-biases",
        ),
        Mistake(
            "B01",
            "The factors of your outer products are swapped: dW should have one row per error and "
            "one column per input.",
            lambda *args: (lambda dW1, db1, dW2, db2: (dW1.T, db1, dW2.T, db2))(
                *one_example_backward(*args)
            ),
            "In dW[j, k], j counts the neurons and k the inputs. Which of your two factors has "
            "the index j?",
            section=f"{PAGE}#many-weights",
        ),
        Mistake(
            "wrong-input",
            "Your dW1 is the outer product of the error with a, the output of the hidden layer. "
            "It should be the one with x, its input.",
            lambda x, a, p, label, W2: (
                np.outer(one_example_backward(x, a, p, label, W2)[1], a),
                *one_example_backward(x, a, p, label, W2)[1:],
            ),
            "Which array does W1 multiply in the forward pass?",
            section=f"{PAGE}#many-weights",
        ),
        Mistake(
            "order-of-results",
            "Your function returns dW2, db2, dW1, db1. The order should be dW1, db1, dW2, db2.",
            lambda *args: (lambda dW1, db1, dW2, db2: (dW2, db2, dW1, db1))(
                *one_example_backward(*args)
            ),
            "In which order does the signature list the four results?",
            place="Compare the order of your results with the signature.",
        ),
    ),
)
