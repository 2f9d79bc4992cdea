"""`training_step`: forward, loss, backward, update, for one mini-batch."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import IN_A
from course_lib.checks.ex03_forward_pass.reference import network_forward
from course_lib.checks.ex04_loss.reference import cross_entropy, softmax
from course_lib.checks.ex08_backward_pass.reference import (
    activation_backward,
    dense_backward,
    network_backward,
    softmax_cross_entropy_backward,
)
from course_lib.checks.ex12_training_loop.reference import training_step
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
Lists = tuple[Any, list[Any], list[Any]]
FLOAT, WHOLE = "float arrays", "integer arrays"
TANH, RELU, SIGMOID = ({"activation": name} for name in ("tanh", "relu", "sigmoid"))


def network(
    rng: Generator, widths: tuple[int, ...], *, whole: bool = False
) -> tuple[list[Any], list[Any]]:
    """Draw the lists W and b of a network; with `whole`, of whole numbers."""
    pairs = list(pairwise(widths))
    if whole:
        W = [rng.integers(1, 3, size=(n, k)) * rng.choice([-1, 1], (n, k)) for k, n in pairs]
        return W, [rng.integers(-1, 2, size=n) for _, n in pairs]
    W = [1.5 * rng.normal(size=(n, k)) / np.sqrt(k) for k, n in pairs]
    return W, [rng.uniform(0.2, 1.0, size=n) * rng.choice([-1, 1], n) for _, n in pairs]


def examples(rng: Generator, n: int, n_in: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw x (n, n_in) and labels; with n examples or fewer classes, every class occurs."""
    y = np.concatenate([np.arange(classes)[:n], rng.integers(classes, size=max(0, n - classes))])
    return 1.3 * rng.normal(size=(n, n_in)), rng.permutation(y)


def inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw a batch, a network and a learning rate that shows."""
    whole = fixture.variant == WHOLE
    W, b = network(rng, fixture.widths, whole=whole)
    x, y = examples(rng, fixture.n, fixture.widths[0], fixture.widths[-1])
    activation = fixture["activation"]
    if activation == "sigmoid":
        b[-1] = b[-1] - 8.0  # the sum of exp of the scores is below 1
    return x, y, W, b, activation, float(rng.uniform(0.3, 0.9))


def sizes(x: np.ndarray, *_rest: Any) -> dict[str, int]:
    """Return the size of the batch, which may occur in a factor."""
    return {"N": len(x)}


def gradients(
    x: np.ndarray,
    y: np.ndarray,
    W: list,
    b: list,
    activation: str,
    p: Callable[[np.ndarray], np.ndarray] = softmax,
) -> Lists:
    """Return the loss and the lists ∂ℒ/∂W and ∂ℒ/∂b, by the functions of earlier exercises."""
    a, z = network_forward(x, W, b, activation)
    delta = softmax_cross_entropy_backward(p(z[-1]), y)
    return cross_entropy(z[-1], y), *network_backward(delta, a, z, W, activation)


def _changed(
    new: Callable[[Any, Any, float, int], Any] = lambda old, slope, rate, N: old - rate * slope,
    bias: Callable[[Any, Any, float, int], Any] | None = None,
    loss: Callable[[Any, np.ndarray], Any] = cross_entropy,
    p: Callable[[np.ndarray], np.ndarray] = softmax,
) -> Callable[..., Lists]:
    """Make a step with another update, another one for the biases, another loss or other p."""
    bias = bias or new

    def step(
        x: np.ndarray, y: np.ndarray, W: list, b: list, activation: str, learning_rate: float
    ) -> Lists:
        _, dW, db = gradients(x, y, W, b, activation, p)
        N = len(x)
        return (
            loss(network_forward(x, W, b, activation)[1][-1], y),
            [new(w, g, learning_rate, N) for w, g in zip(W, dW, strict=True)],
            [bias(w, g, learning_rate, N) for w, g in zip(b, db, strict=True)],
        )

    return step


def _early(
    x: np.ndarray, y: np.ndarray, W: list, b: list, activation: str, learning_rate: float
) -> Lists:
    a, z = network_forward(x, W, b, activation)
    delta = softmax_cross_entropy_backward(softmax(z[-1]), y)
    W, b = list(W), list(b)
    for i in reversed(range(len(W))):
        dW, db, _ = dense_backward(delta, a[i], W[i])
        W[i], b[i] = W[i] - learning_rate * dW, b[i] - learning_rate * db
        if i > 0:
            delta = activation_backward(delta @ W[i], z[i - 1], activation)
    return cross_entropy(z[-1], y), W, b


def _last_layer(
    x: np.ndarray, y: np.ndarray, W: list, b: list, activation: str, learning_rate: float
) -> Lists:
    loss, new_W, new_b = training_step(x, y, W, b, activation, learning_rate)
    return loss, [*W[:-1], new_W[-1]], [*b[:-1], new_b[-1]]


def _loss_after(
    x: np.ndarray, y: np.ndarray, W: list, b: list, activation: str, learning_rate: float
) -> Lists:
    _, W, b = training_step(x, y, W, b, activation, learning_rate)
    return cross_entropy(network_forward(x, W, b, activation)[1][-1], y), W, b


def _copy_in_place(old: np.ndarray, slope: np.ndarray, rate: float, _N: int) -> np.ndarray:
    new = old.copy()
    new -= rate * slope
    return new


def _written_back(old: np.ndarray, slope: np.ndarray, rate: float, _N: int) -> np.ndarray:
    new = old.copy()
    new[...] = old - rate * slope
    return new


def _in_place(old: np.ndarray, slope: np.ndarray, rate: float, _N: int) -> np.ndarray:
    old -= rate * slope
    return old


def _one_hot(
    x: np.ndarray, y: np.ndarray, W: list, b: list, activation: str, learning_rate: float
) -> Any:
    a, z = network_forward(x, W, b, activation)
    Y = np.eye(len(b[-1]))[y]
    log_p = z[-1] - np.logaddexp.reduce(z[-1], axis=1, keepdims=True)
    error = (np.exp(log_p) - Y) / len(x)
    new_W, new_b = [w.astype(float) for w in W], [w.astype(float) for w in b]
    for i in range(len(W) - 1, -1, -1):
        new_W[i] -= learning_rate * np.einsum("ij,ik->jk", error, a[i])
        new_b[i] -= learning_rate * error.sum(axis=0)
        error = error @ W[i] * IN_A[activation](a[i])
    return [-(Y * log_p).sum() / len(x), tuple(new_W), tuple(new_b)]


def _single(arrays: list) -> list:
    return [array.astype(np.float32) for array in arrays]


def _example() -> str:
    text = Worked("One weight w = 2, one batch: its loss is 0.9, its gradient −0.5, and η = 0.1.")
    text.line("  forward   loss = 0.9, with w = 2")
    text.line("  backward  ∂ℒ/∂w = −0.5, at w = 2")
    text.line("  update    new w = 2 − 0.1·(−0.5) = 2.05")
    text.line(
        "The result is 0.9 and 2.05. The old w is still 2. Writing 2.05 into an array of integers"
    )
    text.line("would store 2, so the new array is created by a subtraction.")
    return str(text)


UPDATE = f"{PAGE}#one-iteration"

STEP_MISTAKES = (
    Mistake(
        "gradient-ascent",
        "Your step is added, θ + η ∂ℒ/∂θ. It should be subtracted.",
        _changed(lambda old, slope, rate, N: old + rate * slope),
        "The loss grows in the direction of the gradient. In which direction should θ change?",
    ),
    Mistake(
        "rate-missing",
        "The learning rate is missing in your step.",
        _changed(lambda old, slope, rate, N: old - slope),
        "Which argument sets the length of the step?",
    ),
    Mistake(
        "U13",
        "Your step contains the learning rate twice. It should contain it once.",
        _changed(lambda old, slope, rate, N: old - rate * rate * slope),
        "How many times does your code multiply by the learning rate between the gradient "
        "and the new weight?",
    ),
    Mistake(
        "B04",
        "Your step is N times too long, as for a loss that is a sum. The loss is a mean, so Δ of "
        "the output layer should contain the factor 1/N.",
        _changed(lambda old, slope, rate, N: old - rate * N * slope),
        "The loss of a batch is a mean. Where does your code divide by N?",
        section=f"{PAGE}#batch-mean",
    ),
    Mistake(
        "B05",
        "Your gradient is divided by N twice. It should be divided once: Δ contains the factor "
        "1/N already.",
        _changed(lambda old, slope, rate, N: old - rate * slope / N),
        "How often does your code divide by N between the loss and the gradients?",
        section=f"{PAGE}#batch-mean",
    ),
    Mistake(
        "B16",
        "Your code updates the weights of a layer before the error is propagated back through "
        "them. Compute all gradients first, with the old weights, and then update.",
        _early,
        "Which weights did the forward pass use, and which does your backward pass use?",
    ),
    Mistake(
        "biases-unchanged",
        "Your function updates the weights only. It should update the biases as well.",
        _changed(bias=lambda old, slope, rate, N: old),
        "Which parameters does the network have besides its weights?",
    ),
    Mistake(
        "last-layer-only",
        "Your function updates the last layer only. It should update all layers.",
        _last_layer,
        "Which layers does your function update?",
    ),
    Mistake(
        "U15",
        "Your function returns the old parameters. It should return the new ones.",
        _changed(lambda old, slope, rate, N: old),
        "Which parameters does your function return: the old ones or the new ones?",
    ),
    Mistake(
        "step-for-parameter",
        "Your function returns the steps −η ∂ℒ/∂θ. It should return the new parameters, the old "
        "ones plus the steps.",
        _changed(lambda old, slope, rate, N: -rate * slope),
        "What should be added to the step to get the new parameter?",
    ),
    Mistake(
        "loss-after",
        "Your loss is computed after the update. It should be that of the forward pass, before "
        "the parameters change.",
        _loss_after,
        "With which parameters is your loss computed?",
    ),
    Mistake(
        "loss-sum",
        "Your loss is the sum over the batch. It should be the mean.",
        _changed(loss=lambda z, y: cross_entropy(z, y) * len(y)),
        "If the batch were ten times as large, should its loss be ten times as large?",
        section=f"{PAGE}#batch-mean",
    ),
    Mistake(
        "L08",
        "Your code gives probabilities to cross_entropy. It should give it the logits z, because "
        "cross_entropy applies softmax itself.",
        _changed(loss=lambda z, y: cross_entropy(softmax(z), y)),
        "What does cross_entropy expect: logits, or probabilities?",
    ),
    Mistake(
        "scores-for-p",
        "Your code gives the logits z to softmax_cross_entropy_backward. It should give it the "
        "probabilities softmax(z), because Δ is (P − Y)/N.",
        _changed(p=lambda z: z.astype(float)),
        "What does softmax_cross_entropy_backward expect: logits, or probabilities?",
        section="08_backward_pass.html#softmax-cross-entropy",
    ),
    Mistake(
        "F02",
        "Your code changes an array of integers in place (-=), which cannot store fractions. "
        "Create the new array by a subtraction, which gives floats.",
        _changed(_copy_in_place),
        "Which numbers can an array of integers store?",
    ),
    Mistake(
        "F02-cut",
        "Your code writes the new numbers into an array of integers, which cuts off their "
        "decimals. Create the new array by a subtraction, which gives floats.",
        _changed(_written_back),
        "What does an array of integers store for 0.7?",
    ),
    Mistake(
        "B35",
        "Your function changes the caller's arrays in place. It should return new ones: W[i] - "
        "η·dW[i].",
        _changed(_in_place),
        "Which line changes the arguments in place?",
    ),
)

TRAINING_STEP = Question(
    name="training_step",
    signature="training_step(x, y, W, b, activation, learning_rate) -> (loss, W, b)",
    returns=("loss", "new W", "new b"),
    parts=(
        Part(
            "the loss",
            1,
            (0,),
            variant=FLOAT,
            place="Look at when the loss is computed, and from what.",
        ),
        Part(
            "the new W",
            2,
            (1,),
            variant=FLOAT,
            place="Look at the gradients of the weights and at their update.",
        ),
        Part(
            "the new b",
            1,
            (2,),
            variant=FLOAT,
            place="Look at the gradients of the biases and at their update.",
        ),
        Part(
            f"the step with {WHOLE}",
            1,
            variant=WHOLE,
            place="Look at the dtype of the new arrays.",
        ),
    ),
    section=UPDATE,
    place="Look at the order of forward, backward and update.",
    inputs=inputs,
    reference=training_step,
    fixtures=(
        Fixture("three layers, tanh", variant=FLOAT, repeat=True, settings=TANH),
        Fixture("three layers, relu", widths=(5, 8, 6, 3), n=13, variant=FLOAT, settings=RELU),
        Fixture(
            "three layers, sigmoid", widths=(4, 6, 5, 3), n=17, variant=FLOAT, settings=SIGMOID
        ),
        Fixture("whole numbers", widths=(4, 6, 3), n=7, variant=WHOLE, settings=TANH),
        Fixture(
            "large, tanh",
            widths=(6, 30_000, 5),
            n=3,
            variant=FLOAT,
            cpu_seconds=1.5,
            settings=TANH,
        ),
    ),
    sizes=sizes,
    example=_example,
    correct={
        "one-hot rows, einsum, copies of floats": _one_hot,
        "float32": lambda x, y, W, b, activation, learning_rate: training_step(
            x.astype(np.float32), y, _single(W), _single(b), activation, learning_rate
        ),
    },
    mistakes=STEP_MISTAKES,
)
