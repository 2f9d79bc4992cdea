"""What is to be derived cannot be measured instead: the large call sees to it.

Each answer below is right in every small call. It takes one forward pass per parameter, or one
per unit, and computes the rest as the chapters do.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from checks.pace import seconds, seconds_here

from course_lib.checks import find, load, names
from course_lib.checks.answers import judge
from course_lib.checks.local import LocalCall, plain
from course_lib.checks.marking import mark_question
from course_lib.checks.question import Question
from course_lib.checks.verdict import prepared

STEP = 1e-6
VALUE: dict[str, Callable[[Any], Any]] = {
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "relu": lambda z: np.maximum(z, 0),
}
Loss = Callable[[], float]


def differences(loss: Loss, array: np.ndarray) -> np.ndarray:
    """Return ∂loss/∂array, one entry after another; `loss` reads the array."""
    gradient = np.zeros(array.shape)
    for place in np.ndindex(array.shape):
        kept = array[place]
        array[place] = kept + STEP
        above = loss()
        array[place] = kept - STEP
        gradient[place] = (above - loss()) / (2 * STEP)
        array[place] = kept
    return gradient


def cross_entropy(z: np.ndarray, y: np.ndarray) -> float:
    z = np.atleast_2d(z)
    rows = np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), y]
    return float(rows.mean())


def affine(delta: np.ndarray, a: np.ndarray, W: np.ndarray) -> tuple[Loss, list[np.ndarray]]:
    b = np.zeros(len(W))
    return lambda: float((delta * (a @ W.T + b)).sum()), [W, b, a]


def layers(
    a: np.ndarray, W: list, b: list, activation: str, loss: Callable[[np.ndarray], float]
) -> Loss:
    def forward() -> float:
        value = a
        for index, (weights, bias) in enumerate(zip(W, b, strict=True)):
            z = value @ weights.T + bias
            value = VALUE[activation](z) if index < len(W) - 1 else z
        return loss(value)

    return forward


def whole_network(
    delta: np.ndarray, a: list, z: list, W: list, activation: str
) -> tuple[Loss, list[np.ndarray]]:
    b = [(one - before @ w.T)[0] for one, before, w in zip(z, a, W, strict=True)]
    return layers(a[0], W, b, activation, lambda out: float((delta * out).sum())), [*W, *b]


def squares_network(
    x: np.ndarray, y: np.ndarray, W: list, b: list
) -> tuple[Loss, list[np.ndarray]]:
    def loss(z: np.ndarray) -> float:
        return float(((VALUE["sigmoid"](z) - y) ** 2).mean())

    return layers(x, W, b, "sigmoid", loss), [*W, *b]


def one_example(
    x: np.ndarray, a: np.ndarray, p: np.ndarray, label: int, W2: np.ndarray
) -> tuple[Loss, list[np.ndarray]]:
    W1, b1, b2 = np.zeros((len(a), len(x))), np.arctanh(a), np.log(p) - W2 @ a

    def loss() -> float:
        return cross_entropy(W2 @ np.tanh(W1 @ x + b1) + b2, np.array([label]))

    return loss, [W1, b1, W2, b2]


def scores(p: np.ndarray, y: np.ndarray) -> tuple[Loss, list[np.ndarray]]:
    z = np.log(p)
    return lambda: cross_entropy(z, y), [z]


def errors(y_hat: np.ndarray, y: np.ndarray) -> tuple[Loss, list[np.ndarray]]:
    return lambda: float(((y_hat - y.reshape(y_hat.shape)) ** 2).mean()), [y_hat]


def split(found: list[np.ndarray]) -> tuple[list, list]:
    half = len(found) // 2
    return found[:half], found[half:]


def two_layer_step(x: Any, a: Any, p: Any, y: Any, *rest: Any) -> tuple[Loss, list[np.ndarray]]:
    """The cache holds a and p; b2 and b1 are such that the forward pass gives them."""
    W1, b1, W2, b2, _ = rest
    shift1, shift2 = np.arctanh(a) - x @ W1.T - b1, np.log(p) - a @ W2.T - b2

    def loss() -> float:
        z = np.tanh(x @ W1.T + b1 + shift1) @ W2.T + b2 + shift2
        return float(-(y * (z - np.log(np.exp(z).sum(axis=1, keepdims=True)))).sum() / len(x))

    return loss, [W1, b1, W2, b2]


def stepped(args: tuple, found: list[np.ndarray]) -> list[np.ndarray]:
    return [old - args[-1] * slope for old, slope in zip(args[4:8], found, strict=True)]


def training(
    x: Any, y: Any, W: list, b: list, activation: str, _rate: float
) -> tuple[Loss, list[np.ndarray]]:
    W[:], b[:] = [1.0 * one for one in W], [1.0 * one for one in b]
    return layers(x, W, b, activation, lambda z: cross_entropy(z, y)), [*W, *b]


# What is measured, and how the gradients become the answer.
MEASURED: dict[str, tuple[Callable[..., tuple[Loss, list]], Callable[[tuple, Any], Any]]] = {
    "mean_squared_error_backward": (errors, lambda args, found: found[0]),
    "layer_backward": (affine, lambda args, found: tuple(found)),
    "dense_backward": (affine, lambda args, found: tuple(found)),
    "one_example_backward": (one_example, lambda args, found: tuple(found)),
    "softmax_cross_entropy_backward": (scores, lambda args, found: found[0]),
    "network_backward": (whole_network, lambda args, found: split(found)),
    "mended_backward": (squares_network, lambda args, found: split(found)),
    "two_layer_step": (two_layer_step, stepped),
}
ELSEWHERE = {"walk_backwards", "reverse_sweep", "topological_order", "along_direction"}


def derived() -> Iterator[Question]:
    for name in names():
        for question in load(name).questions:
            if any(one.large for one in question.fixtures) and question.name not in ELSEWHERE:
                yield question


def measuring(name: str) -> Callable[..., Any]:
    make, answer = MEASURED[name]

    def measured(*args: Any) -> Any:
        loss, arrays = make(*args)
        return answer(args, [differences(loss, one) for one in arrays])

    return measured


def marked(name: str, **others: Any) -> Any:
    question = find(name)[1]
    functions = {question.entry or name: measuring(name), **others}
    return mark_question(question, LocalCall(functions), 4)


def test_a_measured_answer_is_right_in_the_small_calls() -> None:
    for name in MEASURED:
        question = find(name)[1]
        for fixture in question.fixtures:
            if not fixture.large and "relu" not in fixture.variant:
                args, expected = prepared(question, fixture, 4)
                value = plain(measuring(name)(*copy.deepcopy(args)))
                assert all(one.right for one in judge(question, value, expected)[0]), name


@pytest.mark.long
@pytest.mark.parametrize("name", MEASURED)
def test_a_measured_answer_earns_nothing(name: str) -> None:
    result = marked(name)
    assert (result.status, result.score) == ("timeout", 0)


def test_a_measured_layer_earns_nothing_whatever_else_is_wrong() -> None:
    def fails(*_args: Any) -> Any:
        raise ValueError("so that surrogates are tried")

    assert marked("dense_backward").score == 0
    assert marked("network_backward", dense_backward=fails, activation_backward=fails).score == 0


@pytest.mark.long
@pytest.mark.parametrize("question", list(derived()), ids=lambda one: one.name)
def test_a_forward_pass_per_parameter_takes_twenty_times_the_limit(question: Question) -> None:
    """Processor time, extrapolated from a few forward passes; the analytic answer's share."""
    makers = {name: make for name, (make, _) in MEASURED.items()} | {"training_step": training}
    if question.name not in makers:
        assert question.name == "backward_spread"
        return
    for fixture in question.fixtures:
        if not fixture.large:
            continue
        args, _ = prepared(question, fixture, 0)
        loss, arrays = makers[question.name](*args)
        assert sum(one.size for one in arrays) * seconds(loss, 20) > 20 * fixture.cpu_seconds
        assert (
            seconds_here(lambda args=args: question.reference(*args), 10)
            < 0.02 * fixture.cpu_seconds
        )
