"""`two_layer_step`: all parameters at once, from gradients at the old ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex11_update.reference import two_layer_step
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
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
        Part("the second layer", 2, (2, 3), place="Look at the gradients of W2 and b2, and at Δ²."),
        Part("the first layer", 3, (0, 1), place="Look at the gradients of W1 and b1, and at Δ¹."),
    ),
    section=SECTION,
    place="Look at the error Δ and the gradients of each layer, first those of the second.",
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
            "Your code updates W2 before it computes Δ¹, so Δ¹ uses the new W2. Compute all "
            "gradients first, with the old parameters, and then update.",
            _early,
            "The forward pass used the old W2. Which W2 does your Δ¹ use?",
        ),
        Mistake(
            "gradient-ascent",
            "Your step is added, θ + η∇ℒ. It should be subtracted.",
            _step(lambda old, slope, rate, name: old + rate * slope),
            "The loss grows in the direction of the gradient. In which direction should θ change?",
        ),
        Mistake(
            "B04",
            "The factor 1/N is missing, so every step is N times too long. Δ² should be (P − Y)/N.",
            _wrong(start=lambda p, y: p - y),
            "The loss is a mean over the examples. Where does your code divide by N?",
        ),
        Mistake(
            "B12",
            "The derivative of tanh, 1 − a², is missing in your Δ¹.",
            _wrong(slope=lambda a: 1.0),
            "Which factor does the activation between the two layers contribute to Δ¹?",
        ),
        Mistake(
            "B02",
            "Your code computes Δ² @ W2.T. It should be Δ² @ W2, because each row of Δ² is one "
            "example.",
            _wrong(back=lambda delta2, W2: delta2 @ W2.T),
            "∂ℒ/∂a of hidden unit k is the sum of δ_j W2[j, k] over j. Which axis of W2 does this "
            "sum run over?",
        ),
        Mistake(
            "x-for-a",
            "Your x and a are swapped. The gradient of W1 should use x, the input of the first "
            "layer, and that of W2 should use a.",
            _wrong(
                first=lambda delta1, x, a: delta1.T @ a, second=lambda delta2, x, a: delta2.T @ x
            ),
            "Which array is the input of the first layer, and which is that of the second?",
        ),
        Mistake(
            "x-for-a-second",
            "Your gradient of W2 uses x. It should use a, the input of the second layer.",
            _wrong(second=lambda delta2, x, a: delta2.T @ x),
            "Which array is the input of the second layer?",
        ),
        Mistake(
            "a-for-x-first",
            "Your gradient of W1 uses a. It should use x, the input of the first layer.",
            _wrong(first=lambda delta1, x, a: delta1.T @ a),
            "Which array is the input of the first layer?",
        ),
        Mistake(
            "B01",
            "Your products are A.T @ Δ, the transposes of the gradients. They should be Δ.T @ A.",
            _wrong(
                first=lambda delta1, x, a: x.T @ delta1, second=lambda delta2, x, a: a.T @ delta2
            ),
            "A gradient has the shape of its parameter. What does the first axis of W count?",
        ),
        Mistake(
            "B05",
            "Your gradients are divided by N twice, in Δ² and in the products. They should be "
            "divided once.",
            _once_more,
            "How often does your code divide by N between the loss and the gradients?",
        ),
        Mistake(
            "B05-bias",
            "Your gradients of the biases are means over the examples. They should be sums, "
            "because Δ contains the factor 1/N already.",
            _wrong(bias=lambda delta: delta.mean(axis=0)),
            "How often does your code divide by N between the loss and the gradient of a bias?",
        ),
        Mistake(
            "B06",
            "Your Δ² is divided by N·n₂, the number of all entries. It should be divided by N, "
            "because cross-entropy is a mean over the examples.",
            _wrong(start=lambda p, y: (p - y) / p.size),
            "Is the loss a mean over the examples, or over all entries of p?",
        ),
        Mistake(
            "B14",
            "Your Δ² contains the factor p(1 − p). It should be (P − Y)/N alone, which contains "
            "the derivative of softmax already.",
            _wrong(start=lambda p, y: (p - y) * p * (1 - p) / len(p)),
            "What is ∂ℒ/∂Z for softmax and cross-entropy together?",
        ),
        Mistake(
            "B10",
            "Your derivative is 1 − tanh(a)², which applies tanh twice. Since a is tanh(z), it "
            "should be 1 − a².",
            _wrong(slope=lambda a: 1 - np.tanh(a) ** 2),
            "How often is tanh applied in your derivative, and how often should it be?",
        ),
        Mistake(
            "sigmoid-for-tanh",
            "Your derivative a(1 − a) is that of the sigmoid. The hidden layer has tanh, so it "
            "should be 1 − a².",
            _wrong(slope=lambda a: a * (1 - a)),
            "Which activation function does the hidden layer have?",
        ),
        Mistake(
            "relu-for-tanh",
            "Your derivative a > 0 is that of ReLU. The hidden layer has tanh, so it should be 1 "
            "− a².",
            _wrong(slope=lambda a: a > 0),
            "Which activation function does the hidden layer have?",
        ),
        Mistake(
            "B30",
            "Your derivative is 1 + a². The derivative of tanh should be 1 − a².",
            _wrong(slope=lambda a: 1 + a**2),
            "What is the largest derivative that tanh has, and can yours be larger?",
        ),
        Mistake(
            "order-of-results",
            "Your arrays are right, but in another order. The order should be W1, b1, W2, b2.",
            lambda *args: tuple(two_layer_step(*args)[i] for i in (2, 3, 0, 1)),
            "In which order does the task list the four arrays?",
            place="Compare the order of your results with the signature.",
        ),
        Mistake(
            "U13",
            "Your steps contain the learning rate twice, in the gradients and in the update. They "
            "should contain it once.",
            _step(lambda old, slope, rate, name: old - rate * rate * slope),
            "How many times does your code multiply by the learning rate between the gradient "
            "and the new weight?",
        ),
        Mistake(
            "rate-missing",
            "The learning rate is missing in your step.",
            _step(lambda old, slope, rate, name: old - slope),
            "Which argument sets the length of the step?",
        ),
        Mistake(
            "biases-unchanged",
            "Your function updates the weights only. It should update the biases as well.",
            _step(lambda old, slope, rate, name: old if name[0] == "b" else old - rate * slope),
            "Which parameters does this network have, and which of them does your code update?",
        ),
        Mistake(
            "last-layer-only",
            "Your function updates the second layer only. It should update both.",
            _step(lambda old, slope, rate, name: old if name[1] == "1" else old - rate * slope),
            "Which layers does your function update?",
        ),
        Mistake(
            "U15",
            "Your function returns the old parameters. It should return the new ones; `W = W - …` "
            "on a local name does not change the array in the caller.",
            _local_names,
            "Which arrays does your function return: the old ones or the new ones?",
        ),
        Mistake(
            "step-for-parameter",
            "Your function returns the steps −η∇ℒ. It should return the new parameters, the old "
            "ones plus the steps.",
            _step(lambda old, slope, rate, name: -rate * slope),
            "What should be added to the step to get the new parameter?",
        ),
        Mistake(
            "U14",
            "Your code changes p in place (`delta = p; delta -= y`), so the caller's "
            "probabilities are lost. Create a new array.",
            _p_in_place,
            "Does `delta = p` create a second array, or a second name for the same one?",
        ),
    ),
)
