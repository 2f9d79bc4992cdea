"""`network_gradient`: the engine differentiates a network that was written on its tape."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex09_cost import traced_sweep
from course_lib.checks.ex09_cost.reference import (
    local_slopes,
    network_gradient,
    record,
    reverse_sweep,
    run_tape,
)
from course_lib.checks.ex09_cost.reverse_sweep import carried_reverse
from course_lib.checks.fixtures import MARKING, Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
SECTION = f"{PAGE}#cost-engine"
RIGHT = "\n\n".join(inspect.getsource(one) for one in (run_tape, local_slopes, reverse_sweep))
Arrays = tuple[np.ndarray, ...]


def inputs(rng: Generator, fixture: Fixture) -> tuple[Any, ...]:
    """Draw one example, its label and the parameters of a network with one hidden layer."""
    n_in, hidden, n_out = fixture.widths[-3:]
    W1 = rng.normal(size=(hidden, n_in)) / np.sqrt(n_in)
    W2 = rng.normal(size=(n_out, hidden)) / np.sqrt(hidden)
    label = int(rng.integers(1, n_out - 1)) if n_out > 2 else 1
    x, b1, b2 = rng.normal(size=n_in), rng.normal(size=hidden), np.abs(rng.normal(size=n_out))
    b2[::2] *= -1.0
    without_bias = W2 @ np.tanh(W1 @ x + 0.5 * b1)
    W2[0] *= -np.sign(without_bias[0])  # the first score is negative, the second one positive
    W2[1] *= np.sign(without_bias[1])
    return x, label, W1, 0.5 * b1, W2, 0.5 * b2


def _softmax(z: np.ndarray, label: int) -> np.ndarray:
    p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
    return p - np.eye(len(z))[label]


def _formulas(
    output: Callable[[np.ndarray, int], np.ndarray] = _softmax,
    bend: Callable[[np.ndarray], np.ndarray] = np.tanh,
    slope: Callable[[np.ndarray], np.ndarray] = lambda a: 1.0 - a**2,
    bias: float = 1.0,
) -> Callable[..., Arrays]:
    """Make the gradients of a network, some step of which may be another one."""

    def gradients(
        x: np.ndarray, label: int, W1: np.ndarray, b1: np.ndarray, W2: np.ndarray, b2: np.ndarray
    ) -> Arrays:
        a = bend(W1 @ x + bias * b1)
        delta2 = output(W2 @ a + bias * b2, label)
        delta1 = (W2.T @ delta2) * slope(a)
        return np.outer(delta1, x), bias * delta1, np.outer(delta2, a), bias * delta2

    return gradients


FORMULAS = _formulas()


def _reference(
    x: np.ndarray, label: int, W1: np.ndarray, b1: np.ndarray, W2: np.ndarray, b2: np.ndarray
) -> Arrays:
    """Return the gradients; those of a large network by formulas, since a tape takes seconds."""
    gradients = network_gradient if W1.size < 1000 else FORMULAS
    return gradients(x, label, W1, b1, W2, b2)


def record_network(
    x: np.ndarray, label: int, W1: np.ndarray, b1: np.ndarray, W2: np.ndarray, b2: np.ndarray
) -> tuple[list, list, list]:
    """Return the tape of a network's loss, its numbers, and the rows of each array."""
    tape: list = []
    numbers: list = []
    rows: list = []
    for array in (x, W1, b1, W2, b2):
        flat = np.ravel(array).tolist()
        numbers.extend(flat)
        rows.append(np.reshape([record(tape, "input") for _ in flat], np.shape(array)))

    def layer(W: Any, a: Any, b: Any) -> Iterator[int]:
        for j in range(len(b)):
            z = b[j]
            for k in range(len(a)):
                z = record(tape, "+", z, record(tape, "*", W[j, k], a[k]))
            yield z

    x_, W1_, b1_, W2_, b2_ = (array.tolist() if array.ndim == 1 else array for array in rows)
    hidden = [record(tape, "tanh", z) for z in layer(W1_, x_, b1_)]
    scores = list(layer(W2_, hidden, b2_))
    powers = [record(tape, "exp", z) for z in scores]
    total = powers[0]
    for power in powers[1:]:
        total = record(tape, "+", total, power)
    record(tape, "-", record(tape, "log", total), scores[label])
    tape = [(operation, [int(j) for j in inputs]) for operation, inputs in tape]
    return tape, numbers, rows


def _carried(call: Callable[..., Any], *args: Any) -> Arrays:
    tape, numbers, rows = record_network(*args)
    bars = call("reverse_sweep", tape, call("run_tape", tape, numbers))
    return tuple(np.asarray(bars)[row] for row in rows[1:])


def _steps(call: Callable[..., Any], *args: Any) -> Arrays:
    """Do as a right answer does, with the steps of the engine."""
    tape, numbers, rows = record_network(*args)
    bars = carried_reverse(call, tape, run_tape(tape, numbers))
    return tuple(bars[row] for row in rows[1:])


def _only_total(z: np.ndarray, label: int) -> np.ndarray:
    return np.exp(z) / np.exp(z).sum()


def _example() -> str:
    text = Worked("One neuron z = w x + b on a tape, then its tanh:")
    text.line('  product = record(tape, "*", w, x)      # w, x, b are row numbers')
    text.line('  z = record(tape, "+", product, b)')
    text.line('  a = record(tape, "tanh", z)')
    text.line("The last row that you record is the one that the sweep differentiates.")
    return str(text)


NETWORK_GRADIENT = Question(
    name="network_gradient",
    signature="network_gradient(x, label, W1, b1, W2, b2) -> (dW1, db1, dW2, db2)",
    returns=("dW1", "db1", "dW2", "db2"),
    parts=(
        Part(
            "layer 2",
            2,
            (2, 3),
            next_step=(
                "Take one input, one hidden neuron and two "
                "classes. Is the last value of your tape the "
                "loss that the forward pass gives?"
            ),
        ),
        Part(
            ("layer 1"),
            2,
            (0, 1),
            next_step=(
                ""
                "The "
                "rows "
                "of "
                "layer "
                "2 "
                "are "
                "right. "
                "Which "
                "rows "
                "of "
                "your "
                "tape "
                "lead "
                "from "
                "x, "
                "W1 "
                "and "
                "b1 "
                "to "
                "the "
                "hidden "
                "activations?"
            ),
        ),
    ),
    section=SECTION,
    place="Look at what your tape computes: is its last value the loss of the forward pass?",
    inputs=inputs,
    reference=_reference,
    fixtures=(
        MARKING,
        Fixture("the worked sizes", widths=(4, 2, 3)),
        Fixture("large", widths=(2, 60_000, 3), cpu_seconds=1.5),
    ),
    sizes=lambda x, label, W1, b1, W2, b2: {"n_0": len(x), "n_1": len(b1), "n_2": len(b2)},
    steps=_steps,
    carried=_carried,
    provided=RIGHT,
    traced={
        "run_tape": RIGHT,
        "local_slopes": RIGHT,
        "reverse_sweep": f"{RIGHT}\n\n{inspect.getsource(traced_sweep.reverse_sweep)}",
    },
    slow="Which of your functions gives all derivatives at once, and how often do you call it?",
    example=_example,
    correct={
        "the formulas of chapter 7": FORMULAS,
        "lists": lambda *args: [part.tolist() for part in FORMULAS(*args)],
        "float32": lambda *args: [part.astype(np.float32) for part in FORMULAS(*args)],
    },
    mistakes=(
        Mistake(
            "B09",
            "All gradients have the wrong sign, so your loss has it too. The loss should be log Σ "
            "exp(z) − z[label].",
            _formulas(output=lambda z, label: -_softmax(z, label)),
            "When z[label] grows, should the loss grow or fall?",
        ),
        Mistake(
            "score-left-out",
            "The term −z[label] is missing in your loss. It should be log Σ exp(z) − z[label].",
            _formulas(output=_only_total),
            "Which row of your tape depends on the label?",
        ),
        Mistake(
            "log-left-out",
            "The logarithm is missing in your loss. It should be log Σ exp(z) − z[label].",
            _formulas(output=lambda z, label: np.exp(z) - np.eye(len(z))[label]),
            "Which function is applied to the sum of the exponentials in the loss?",
        ),
        Mistake(
            "tanh-left-out",
            "The activation function tanh of the hidden neurons is missing on your tape.",
            _formulas(bend=lambda z: z, slope=np.ones_like),
            "Which function is between the pre-activation of a hidden neuron and its activation?",
        ),
        Mistake(
            "biases-left-out",
            "No row of your tape uses the biases, so their derivatives are 0.",
            _formulas(bias=0.0),
            "Which rows of your tape use the biases?",
        ),
    ),
)
