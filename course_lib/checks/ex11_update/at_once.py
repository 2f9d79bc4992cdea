"""`two_layer_step`: all parameters at once, from gradients at the old ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex11_update.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex11 import two_layer_step
from course_lib.checks.worked import Worked

Arrays = tuple[Any, ...]
NAMES = ("W1", "b1", "W2", "b2")
SECTION = f"{PAGE}#update-at-once"


def inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw a batch, what the forward pass left, one-hot targets, the parameters, and η."""
    n_0, n_1, n_2 = fixture.widths
    x = 1.3 * rng.normal(size=(fixture.n, n_0))
    W1 = rng.normal(size=(n_1, n_0)) / np.sqrt(n_0)
    b1 = rng.uniform(0.2, 0.9, n_1) * rng.choice([-1.0, 1.0], n_1)
    W2 = 1.4 * rng.normal(size=(n_2, n_1)) / np.sqrt(n_1)
    b2 = rng.uniform(0.2, 0.9, n_2) * rng.choice([-1.0, 1.0], n_2)
    a = np.tanh(x @ W1.T + b1)
    powers = np.exp(a @ W2.T + b2)
    y = np.eye(n_2)[rng.integers(n_2, size=fixture.n)]
    p = powers / powers.sum(axis=1, keepdims=True)
    return x, a, p, y, W1, b1, W2, b2, float(rng.uniform(1.0, 2.0))


def gradients(x: Any, a: Any, p: Any, y: Any, W2: Any) -> Arrays:
    """Return ∂ℒ/∂W1, ∂ℒ/∂b1, ∂ℒ/∂W2, ∂ℒ/∂b2."""
    delta2 = (p - y) / len(x)
    delta1 = (delta2 @ W2) * (1.0 - a**2)
    return delta1.T @ x, delta1.sum(axis=0), delta2.T @ a, delta2.sum(axis=0)


def _wrong(**pieces: Callable[..., Any]) -> Callable[..., Arrays]:
    """Make a step in which some pieces of the backward pass are other ones.

    They are ``start(p, y)``, ``back(delta2, W2)``, ``slope(a)``, ``first(delta1, x, a)``,
    ``second(delta2, x, a)`` and ``bias(delta)``.
    """

    def step(
        x: Any, a: Any, p: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any, rate: float
    ) -> Arrays:
        made = PIECES | pieces
        delta2 = made["start"](p, y)
        delta1 = made["back"](delta2, W2) * made["slope"](a)
        return (
            W1 - rate * made["first"](delta1, x, a),
            b1 - rate * made["bias"](delta1),
            W2 - rate * made["second"](delta2, x, a),
            b2 - rate * made["bias"](delta2),
        )

    return step


PIECES: dict[str, Callable[..., Any]] = {
    "start": lambda p, y: (p - y) / len(p),
    "back": lambda delta2, W2: delta2 @ W2,
    "slope": lambda a: 1.0 - a**2,
    "first": lambda delta1, x, a: delta1.T @ x,
    "second": lambda delta2, x, a: delta2.T @ a,
    "bias": lambda delta: delta.sum(axis=0),
}


def _step(change: Callable[..., Any]) -> Callable[..., Arrays]:
    """Make a step whose new parameters are ``change(old, gradient, rate, name)`` each."""

    def step(
        x: Any, a: Any, p: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any, rate: float
    ) -> Arrays:
        found = gradients(x, a, p, y, W2)
        return tuple(
            change(old, slope, rate, name)
            for old, slope, name in zip((W1, b1, W2, b2), found, NAMES, strict=True)
        )

    return step


def _early(
    x: Any, a: Any, p: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any, rate: float
) -> Arrays:
    _, _, dW2, db2 = gradients(x, a, p, y, W2)
    W2, b2 = W2 - rate * dW2, b2 - rate * db2
    dW1, db1, _, _ = gradients(x, a, p, y, W2)
    return W1 - rate * dW1, b1 - rate * db1, W2, b2


def _once_more(x: Any, *rest: Any) -> Arrays:
    args: Any = (x, *rest[:-1], rest[-1] / len(x))
    return two_layer_step(*args)


def _in_place(
    x: Any, a: Any, p: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any, rate: float
) -> Arrays:
    for array, slope in zip((W1, b1, W2, b2), gradients(x, a, p, y, W2), strict=True):
        array -= rate * slope
    return W1, b1, W2, b2


def _error_first(
    x: Any, a: Any, p: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any, rate: float
) -> Arrays:
    """W2 changes in place as soon as Δ¹ is known: right as well."""
    delta2 = (p - y) / len(x)
    delta1 = np.einsum("ij,jk->ik", delta2, W2) * (1 - a * a)
    W2 -= rate * np.einsum("ij,ik->jk", delta2, a)
    b2 -= rate * delta2.sum(axis=0)
    W1 -= rate * np.einsum("ij,ik->jk", delta1, x)
    b1 -= rate * delta1.sum(axis=0)
    return W1, b1, W2, b2


def _one_example_at_a_time(
    x: Any, a: Any, p: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any, rate: float
) -> list[Any]:
    total = [np.zeros_like(array) for array in (W1, b1, W2, b2)]
    for row, hidden, probabilities, target in zip(x, a, p, y, strict=True):
        delta2 = (probabilities - target) / len(x)
        delta1 = (W2.T @ delta2) * (1 - hidden**2)
        total[0] += np.outer(delta1, row)
        total[1] += delta1
        total[2] += np.outer(delta2, hidden)
        total[3] += delta2
    return [
        (array - rate * gradient).tolist()
        for array, gradient in zip((W1, b1, W2, b2), total, strict=True)
    ]


def _local_names(
    x: Any, a: Any, p: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any, rate: float
) -> Arrays:
    for array, slope in zip((W1, b1, W2, b2), gradients(x, a, p, y, W2), strict=True):
        array = array - rate * slope
    return W1.copy(), b1.copy(), W2.copy(), b2.copy()


def _p_in_place(
    x: Any, a: Any, p: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any, rate: float
) -> Arrays:
    delta2 = p
    delta2 -= y
    return two_layer_step(x, a, delta2, 0 * y, W1, b1, W2, b2, rate)


def _example() -> str:
    text = Worked("One weight per layer, ŷ = w2·w1·x, loss (ŷ − y)², x = 1, y = 0, η = 0.1,")
    text.line("w1 = 2, w2 = 3, so ŷ = 6 and ∂ℒ/∂ŷ = 12. Gradients first:")
    text.line("  dw2 = 12·w1 = 24,  dw1 = 12·w2 = 12·3 = 36")
    text.line("and then, with both known, the update:")
    text.line("  w2 = 3 − 0.1·24 = 0.6,  w1 = 2 − 0.1·36 = −1.6")
    text.line("If w2 is updated first, dw1 becomes 12·0.6 = 7.2: a fifth of the right value.")
    return str(text)


def _sizes(x: Any, a: Any, *rest: Any) -> dict[str, int]:
    return {"N": len(x), "n_0": x.shape[1], "n_1": a.shape[1], "n_2": rest[0].shape[1]}


TWO_LAYER_STEP = Question(
    name="two_layer_step",
    signature="two_layer_step(x, a, p, y, W1, b1, W2, b2, learning_rate) -> (W1, b1, W2, b2)",
    returns=tuple(f"new {name}" for name in NAMES),
    parts=(
        Part("the second layer", 2, (2, 3), place="Look at the new W2 and b2."),
        Part("the first layer", 3, (0, 1), place="Look at the new W1 and b1, and at Δ¹."),
    ),
    section=SECTION,
    place="Look at the four new arrays and their order.",
    inputs=inputs,
    reference=two_layer_step,
    fixtures=(
        Fixture("marking", widths=(3, 7, 5), n=11, repeat=True),
        Fixture("other sizes", widths=(5, 4, 3), n=7),
        Fixture("square", widths=(5, 5, 5), n=11, marked=False),
        Fixture("large", widths=(5, 36_000, 6), n=3, cpu_seconds=1.5),
    ),
    in_place=NAMES,
    sizes=_sizes,
    example=_example,
    correct={
        "in place, when all gradients are there": _in_place,
        "in place, W2 after Δ¹ is known": _error_first,
        "one example at a time, nested lists": _one_example_at_a_time,
        "float32": lambda *args: two_layer_step(
            *(arg.astype(np.float32) if isinstance(arg, np.ndarray) else arg for arg in args)
        ),
    },
    mistakes=(
        Mistake(
            "B16",
            "W2 is updated before the error is propagated back through it, so the first layer's "
            "gradient is taken at the new W2. Compute all gradients first, at the old parameters; "
            "then update.",
            _early,
            "The forward pass used the old W2. Which W2 does your backward pass use?",
        ),
        Mistake(
            "uphill",
            "The step is added, θ + η∇ℒ; gradient descent subtracts it.",
            _step(lambda old, slope, rate, name: old + rate * slope),
            "The loss grows in the direction of the gradient. In which direction should θ go?",
        ),
        Mistake(
            "B04",
            "The loss is a mean over the examples, and its 1/N is missing: every step is N times "
            "too long.",
            _wrong(start=lambda p, y: p - y),
            "Which step contains N, and does yours?",
        ),
        Mistake(
            "B12",
            "The derivative of tanh, 1 − a², is missing in Δ¹.",
            _wrong(slope=lambda a: 1.0),
            "Which factor does the activation between the two layers contribute to Δ¹?",
        ),
        Mistake(
            "B02",
            "The error is multiplied by W2.T; with examples as rows it is Δ² @ W2.",
            _wrong(back=lambda delta2, W2: delta2 @ W2.T),
            "Hidden unit k receives W2[j, k] δ_j from every output j. Which axis of W2 is summed "
            "over?",
        ),
        Mistake(
            "x-for-a",
            "x and a are exchanged: the gradient of W1 is formed with a and that of W2 with x. "
            "Each layer's gradient uses that layer's input: x for W1, a for W2.",
            _wrong(
                first=lambda delta1, x, a: delta1.T @ a, second=lambda delta2, x, a: delta2.T @ x
            ),
            "Which array was the input of the first layer, and which that of the second?",
        ),
        Mistake(
            "x-for-a-second",
            "The gradient of W2 is formed with x; the second layer's input was a.",
            _wrong(second=lambda delta2, x, a: delta2.T @ x),
            "Which array was the input of the second layer?",
        ),
        Mistake(
            "a-for-x-first",
            "The gradient of W1 is formed with a; the first layer's input was x.",
            _wrong(first=lambda delta1, x, a: delta1.T @ a),
            "Which array was the input of the first layer?",
        ),
        Mistake(
            "B01",
            "The factors of both products are exchanged: A.T @ Δ is the transpose of Δ.T @ A.",
            _wrong(
                first=lambda delta1, x, a: x.T @ delta1, second=lambda delta2, x, a: a.T @ delta2
            ),
            "A gradient has the shape of its parameter: which axis comes first in W?",
        ),
        Mistake(
            "B05",
            "The gradients are divided by N twice: in Δ² and again in the products.",
            _once_more,
            "How often does 1/N enter, if it is in Δ² already?",
        ),
        Mistake(
            "B05-bias",
            "The gradients of the biases are means over the examples; 1/N is in Δ already, so they "
            "are sums.",
            _wrong(bias=lambda delta: delta.mean(axis=0)),
            "How often does 1/N enter the gradient of a bias?",
        ),
        Mistake(
            "B06",
            "Δ² is divided by the number of all entries, N·n₂; cross-entropy is a mean over the N "
            "examples.",
            _wrong(start=lambda p, y: (p - y) / p.size),
            "Over how many numbers is the loss a mean: examples, or entries of p?",
        ),
        Mistake(
            "B14",
            "Δ² contains p(1 − p). With softmax and cross-entropy, the derivative of the softmax "
            "is in P − Y already.",
            _wrong(start=lambda p, y: (p - y) * p * (1 - p) / len(p)),
            "What is ∂ℒ/∂Z for softmax and cross-entropy together?",
        ),
        Mistake(
            "B10",
            "1 − tanh² is taken at a, which is tanh(z) already: it is 1 − a².",
            _wrong(slope=lambda a: 1 - np.tanh(a) ** 2),
            "How often is tanh applied between z and your derivative?",
        ),
        Mistake(
            "sigmoid-for-tanh",
            "a(1 − a) is the derivative of the sigmoid; the hidden layer has tanh, 1 − a².",
            _wrong(slope=lambda a: a * (1 - a)),
            "Which activation does the hidden layer have?",
        ),
        Mistake(
            "relu-for-tanh",
            "a > 0 is the derivative of ReLU; the hidden layer has tanh, 1 − a².",
            _wrong(slope=lambda a: a > 0),
            "Which activation does the hidden layer have?",
        ),
        Mistake(
            "B30",
            "The derivative of tanh is 1 − a², not 1 + a².",
            _wrong(slope=lambda a: 1 + a**2),
            "Can the derivative of tanh be larger than 1?",
        ),
        Mistake(
            "order-of-results",
            "The arrays are right and in another order: W1, b1, W2, b2.",
            lambda *args: tuple(two_layer_step(*args)[i] for i in (2, 3, 0, 1)),
            "In which order does the task name the four arrays?",
        ),
        Mistake(
            "U13",
            "The learning rate multiplies twice: once in the gradients and once in the update.",
            _step(lambda old, slope, rate, name: old - rate * rate * slope),
            "How often does the learning rate enter between the gradient and the new weight?",
        ),
        Mistake(
            "rate-missing",
            "The learning rate is missing.",
            _step(lambda old, slope, rate, name: old - slope),
            "Which argument says how long the step is?",
        ),
        Mistake(
            "biases-left",
            "Only the weights are updated; the biases are parameters too.",
            _step(lambda old, slope, rate, name: old if name[0] == "b" else old - rate * slope),
            "How many arrays of parameters does this network have?",
        ),
        Mistake(
            "last-layer-only",
            "Only the second layer is updated.",
            _step(lambda old, slope, rate, name: old if name[1] == "1" else old - rate * slope),
            "Which parameters does training change: those of the last layer, or all?",
        ),
        Mistake(
            "U15",
            "The old parameters are returned: `W = W - …` on a local name creates a new array "
            "under that name and leaves the old one as it was.",
            _local_names,
            "Which arrays does your return line contain: the old ones or the new ones?",
        ),
        Mistake(
            "step-for-parameter",
            "The steps −η∇ℒ are returned; the new parameters are the old ones plus these.",
            _step(lambda old, slope, rate, name: -rate * slope),
            "What has to be added to the step to get the new parameter?",
        ),
        Mistake(
            "U14",
            "p is changed in place (`delta = p; delta -= y`): the caller's probabilities are lost. "
            "Create a new array.",
            _p_in_place,
            "Does `delta = p` create a second array?",
        ),
    ),
)
