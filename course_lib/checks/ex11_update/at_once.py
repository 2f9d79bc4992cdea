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


def gradients(
    x: Any, a: Any, p: Any, y: Any, W2: Any, share: float | None = None, slope: Any = None
) -> Arrays:
    """Return ∂ℒ/∂W1, ∂ℒ/∂b1, ∂ℒ/∂W2, ∂ℒ/∂b2."""
    delta2 = (p - y) * (1.0 / len(x) if share is None else share)
    delta1 = (delta2 @ W2) * (1.0 - a**2 if slope is None else slope)
    return delta1.T @ x, delta1.sum(axis=0), delta2.T @ a, delta2.sum(axis=0)


def _step(change: Callable[..., Any], **other: Any) -> Callable[..., Arrays]:
    """Make a step whose new parameters are ``change(old, gradient, rate, name)`` each."""

    def step(
        x: Any, a: Any, p: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any, rate: float
    ) -> Arrays:
        found = gradients(x, a, p, y, W2, **other)
        return tuple(
            change(old, slope, rate, name)
            for old, slope, name in zip((W1, b1, W2, b2), found, NAMES, strict=True)
        )

    return step


def _down(old: Any, slope: Any, rate: float, name: str) -> Any:
    return old - rate * slope


def _early(
    x: Any, a: Any, p: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any, rate: float
) -> Arrays:
    _, _, dW2, db2 = gradients(x, a, p, y, W2)
    W2, b2 = W2 - rate * dW2, b2 - rate * db2
    dW1, db1, _, _ = gradients(x, a, p, y, W2)
    return W1 - rate * dW1, b1 - rate * db1, W2, b2


def _transposed(
    x: Any, a: Any, p: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any, rate: float
) -> Arrays:
    dW1, db1, _, _ = gradients(x, a, p, y, W2.T)
    _, _, dW2, db2 = gradients(x, a, p, y, W2)
    return W1 - rate * dW1, b1 - rate * db1, W2 - rate * dW2, b2 - rate * db2


def _in_place(
    x: Any, a: Any, p: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any, rate: float
) -> Arrays:
    for array, slope in zip((W1, b1, W2, b2), gradients(x, a, p, y, W2), strict=True):
        array -= rate * slope
    return W1, b1, W2, b2


def _blame_first(
    x: Any, a: Any, p: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any, rate: float
) -> Arrays:
    """W2 changes in place as soon as its blame has gone through it: right as well."""
    delta2 = (p - y) / len(x)
    delta1 = np.einsum("ij,jk->ik", delta2, W2) * (1 - a * a)
    W2 -= rate * np.einsum("ij,ik->jk", delta2, a)
    b2 -= rate * delta2.sum(axis=0)
    W1 -= rate * np.einsum("ij,ik->jk", delta1, x)
    b1 -= rate * delta1.sum(axis=0)
    return W1, b1, W2, b2


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
    text.line("Whoever updates w2 first reads 12·0.6 = 7.2 for dw1: a fifth of the right one.")
    return str(text)


def _sizes(x: Any, a: Any, *rest: Any) -> dict[str, int]:
    return {"N": len(x), "n": a.shape[1]}


TWO_LAYER_STEP = Question(
    name="two_layer_step",
    signature="two_layer_step(x, a, p, y, W1, b1, W2, b2, learning_rate) -> (W1, b1, W2, b2)",
    returns=tuple(f"new {name}" for name in NAMES),
    parts=(
        Part("second layer", 2, (2, 3), place="Look at the new W2 and b2."),
        Part("first layer", 3, (0, 1), place="Look at the new W1 and b1, and what made them."),
    ),
    section=SECTION,
    place="Look at the four new arrays and their order.",
    inputs=inputs,
    reference=two_layer_step,
    fixtures=(
        Fixture("marking", widths=(3, 7, 5), n=11, repeat=True),
        Fixture("other sizes", widths=(5, 4, 3), n=7),
        Fixture("square", widths=(5, 5, 5), n=11, marked=False),
        Fixture("large", widths=(100, 2000, 10), n=7, cpu_seconds=1.5),
    ),
    in_place=NAMES,
    sizes=_sizes,
    example=_example,
    correct={
        "in place, when all gradients are there": _in_place,
        "in place, W2 after its blame has passed": _blame_first,
        "float32": lambda *args: two_layer_step(
            *(arg.astype(np.float32) if isinstance(arg, np.ndarray) else arg for arg in args)
        ),
    },
    mistakes=(
        Mistake(
            "B16",
            "W2 is updated before the blame is sent back through it, so the first layer's "
            "gradient is taken at the new W2. All gradients first, at the old parameters; then "
            "the update.",
            _early,
            "The forward pass used one W2. Is it still there when your blame goes back through it?",
        ),
        Mistake(
            "uphill",
            "The step goes uphill: θ + η∇ℒ. Downhill is minus.",
            _step(lambda old, slope, rate, name: old + rate * slope),
            "The gradient points to where the loss grows. Which way should the step go?",
        ),
        Mistake(
            "B04",
            "The loss is a mean over the examples, and its 1/N is missing: every step is N times "
            "too long.",
            _step(_down, share=1.0),
            "Which step contains N, and does yours?",
        ),
        Mistake(
            "B12",
            "The slope of tanh, 1 − a², is missing on the way to the first layer.",
            _step(_down, slope=1.0),
            "Between the two layers stands an activation. Which factor does it bring?",
        ),
        Mistake(
            "B02",
            "The blame goes back through W2.T; with examples as rows it is Δ @ W2.",
            _transposed,
            "Input k collects W[j, k] δ_j over all neurons j: which axis of W2 meets Δ?",
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
            "How many arrays of parameters has this network?",
        ),
        Mistake(
            "last-layer-only",
            "Only the second layer is updated.",
            _step(lambda old, slope, rate, name: old if name[1] == "1" else old - rate * slope),
            "Which parameters does training change: those of the last layer, or all?",
        ),
        Mistake(
            "U15",
            "The old parameters are returned: `W = W - …` on a local name makes a new array under "
            "that name and leaves the old one as it was.",
            _local_names,
            "Which names does your return line hold: the old arrays or the new ones?",
        ),
        Mistake(
            "step-for-parameter",
            "The steps −η∇ℒ are returned; the new parameters are the old ones plus these.",
            _step(lambda old, slope, rate, name: -rate * slope),
            "What has to be added to the step to get the new parameter?",
        ),
        Mistake(
            "U14",
            "p is changed in place (`delta = p; delta -= y`): the caller's probabilities are gone. "
            "Make a new array.",
            _p_in_place,
            "Does `delta = p` make a second array?",
        ),
    ),
)
