"""What is to be derived cannot be measured instead: the large call sees to it.

Each answer below is right in every small call. It takes one forward pass per parameter, or one
per unit, and computes the rest as the chapters do.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from checks.pace import seconds, seconds_here

from course_lib.checks import find, load, names
from course_lib.checks.answers import judge
from course_lib.checks.ex09_cost import reference as ex09
from course_lib.checks.ex09_cost.network_gradient import record_network
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
    b = [(sums - before @ w.T)[0] for sums, before, w in zip(z, a, W, strict=True)]
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


def split(gradients: list[np.ndarray]) -> tuple[list, list]:
    half = len(gradients) // 2
    return gradients[:half], gradients[half:]


def two_layer_step(x: Any, a: Any, p: Any, y: Any, *rest: Any) -> tuple[Loss, list[np.ndarray]]:
    """The cache holds a and p; b2 and b1 are such that the forward pass gives them."""
    W1, b1, W2, b2, _ = rest
    shift1, shift2 = np.arctanh(a) - x @ W1.T - b1, np.log(p) - a @ W2.T - b2

    def loss() -> float:
        z = np.tanh(x @ W1.T + b1 + shift1) @ W2.T + b2 + shift2
        return float(-(y * (z - np.log(np.exp(z).sum(axis=1, keepdims=True)))).sum() / len(x))

    return loss, [W1, b1, W2, b2]


def classifier(x: np.ndarray, label: int, *parameters: np.ndarray) -> tuple[Loss, list[np.ndarray]]:
    W1, b1, W2, b2 = parameters

    def loss() -> float:
        return cross_entropy(W2 @ np.tanh(W1 @ x + b1) + b2, np.array([label]))

    return loss, list(parameters)


def neuron(x: Any, w: Any, b: float, activation: str) -> tuple[Loss, list[np.ndarray]]:
    bias = np.array([b])
    return lambda: float(VALUE[activation](w @ x + bias)[0]), [w, bias, x]


def errors_of_layers(
    delta: np.ndarray, z: list, W: list, activation: str
) -> tuple[Loss, list[np.ndarray]]:
    """Each layer's pre-activations are nudged, and the later ones follow."""
    value = VALUE[activation]
    before = [value(sums) @ w.T for sums, w in zip(z[:-1], W[1:], strict=True)]

    def loss() -> float:
        last = z[0]
        for sums, old, w in zip(z[1:], before, W[1:], strict=True):
            last = sums + value(last) @ w.T - old
        return float((delta * last).sum())

    return loss, z


def spreads(_args: tuple, gradients: list[np.ndarray]) -> np.ndarray:
    return np.array([np.sqrt((gradient**2).mean()) for gradient in gradients])


def stepped(args: tuple, gradients: list[np.ndarray]) -> list[np.ndarray]:
    return [old - args[-1] * slope for old, slope in zip(args[4:8], gradients, strict=True)]


def training(
    x: Any, y: Any, W: list, b: list, activation: str, _rate: float
) -> tuple[Loss, list[np.ndarray]]:
    W[:], b[:] = [1.0 * weights for weights in W], [1.0 * biases for biases in b]
    return layers(x, W, b, activation, lambda z: cross_entropy(z, y)), [*W, *b]


# What is measured, and how the gradients become the answer.
MEASURED: dict[str, tuple[Callable[..., tuple[Loss, list]], Callable[[tuple, Any], Any]]] = {
    "neuron_slopes": (neuron, lambda args, slopes: (slopes[0], float(slopes[1][0]), slopes[2])),
    "mean_squared_error_backward": (errors, lambda args, slopes: slopes[0]),
    "layer_backward": (affine, lambda args, slopes: tuple(slopes)),
    "dense_backward": (affine, lambda args, slopes: tuple(slopes)),
    "one_example_backward": (one_example, lambda args, slopes: tuple(slopes)),
    "softmax_cross_entropy_backward": (scores, lambda args, slopes: slopes[0]),
    "network_backward": (whole_network, lambda args, slopes: split(slopes)),
    "backward_spread": (errors_of_layers, spreads),
    "mended_backward": (squares_network, lambda args, slopes: split(slopes)),
    "network_gradient": (classifier, lambda args, slopes: tuple(slopes)),
    "two_layer_step": (two_layer_step, stepped),
}
ELSEWHERE = {"walk_backwards", "reverse_sweep", "topological_order", "along_direction"}
"""Large calls that other tests hold: sweeps through graphs, and a derivative along a direction."""

NO_SIZE = {
    "one number, or a few: two evaluations give each of them": {
        "slope_between",
        "slope_of_square",
        "partial_slopes",
        "slope_of_loss",
        "two_neurons_backward",
        "local_two",
        "local_one",
        "node_backward",
        "fan_out_backward",
        "graph_backward",
        "hidden_error_entry",
        "local_slopes",
        "gradient_factor",
    },
    "elementwise: two evaluations give all entries": {"activation_slope", "activation_backward"},
    "one direction: two evaluations give it": {"forward_sweep"},
    "a whole table of classes × classes is a right answer, and costs as much": {
        "softmax_vjp",
        "output_error",
    },
    "it asks for a numerical derivative": {
        "numerical_slope",
        "numerical_gradient",
        "complex_gradient",
    },
}
"""Questions about derivatives that no size protects, each with the reason."""
DERIVATIVES = re.compile(
    r"d[A-Z]\w*|d[a-z]|d[a-z]{1,2}_d[a-z]{1,2}|(?:delta|slope|gradient|factor|contribution|spread"
    r"|bars|dots)\w*"
)


def derived() -> Iterator[Question]:
    for name in names():
        for question in load(name).questions:
            if any(call.large for call in question.fixtures) and question.name not in ELSEWHERE:
                yield question


def test_every_derivative_has_a_large_call_or_a_reason() -> None:
    reasons = [name for some in NO_SIZE.values() for name in some]
    assert len(set(reasons)) == len(reasons)
    for exercise in names():
        for question in load(exercise).questions:
            large = any(fixture.large for fixture in question.fixtures)
            assert not (large and question.name in reasons), question.name
            returned = re.findall(r"\w+", question.signature.partition("->")[2])
            if question.arguments and any(map(DERIVATIVES.fullmatch, returned)):
                assert large or question.name in {*reasons, "forward_spread"}, question.name


def measuring(name: str) -> Callable[..., Any]:
    make, answer = MEASURED[name]

    def measured(*args: Any) -> Any:
        loss, arrays = make(*args)
        return answer(args, [differences(loss, array) for array in arrays])

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
                assert all(item.right for item in judge(question, value, expected)[0]), name


ENGINE = """
def by_forward_passes(x, label, W1, b1, W2, b2):
    found = []
    for name, old in (("W1", W1), ("b1", b1), ("W2", W2), ("b2", b2)):
        gradient = np.zeros(old.shape)
        for place in np.ndindex(old.shape):
            ends = []
            for step in (1e-6, -1e-6):
                new = old.copy()
                new[place] += step
                changed = {"W1": W1, "b1": b1, "W2": W2, "b2": b2, name: new}
                tape, numbers, _ = recorded(x, label, **changed)
                ends.append(run_tape(tape, numbers)[-1])
            gradient[place] = (ends[0] - ends[1]) / 2e-6
        found.append(gradient)
    return found


def by_forward_sweeps(*args):
    tape, numbers, rows = recorded(*args)
    values = run_tape(tape, numbers)
    dots = [forward_sweep(tape, values, source)[-1] for source in range(len(numbers))]
    return [np.array(dots)[one] for one in rows[1:]]
"""


@pytest.mark.long
@pytest.mark.parametrize("method", ["by_forward_passes", "by_forward_sweeps"])
def test_an_engine_that_goes_through_the_tape_once_per_parameter_earns_nothing(method: str) -> None:
    """The tape's values and its forward sweeps are no derivatives of all parameters at once."""
    space = {name: getattr(ex09, name) for name in ("run_tape", "forward_sweep", "local_slopes")}
    space |= {"np": np, "recorded": record_network}
    exec(ENGINE, space)
    question = find("network_gradient")[1]
    fast = replace(question, fixtures=tuple(call for call in question.fixtures if not call.large))
    assert mark_question(fast, LocalCall({question.name: space[method]}), 4).status == "right"
    result = mark_question(question, LocalCall({question.name: space[method]}), 4)
    assert (result.status, result.score) == ("timeout", 0)


def test_an_engine_of_any_shape_that_calls_its_reverse_sweep_is_right() -> None:
    """Whatever the order of its rows and sums, and whether its own sweep is right or not."""
    source = """
def network_gradient(x, label, W1, b1, W2, b2):
    tape, numbers = [], []

    def put(operation, *rows):
        tape.append((operation, list(rows)))
        return len(tape) - 1

    def enter(array):
        numbers.extend(np.ravel(array).tolist())
        return np.reshape([put("input") for _ in np.ravel(array)], np.shape(array))

    def add(rows):
        return rows[0] if len(rows) == 1 else put("+", add(rows[: len(rows) // 2]), add(
            rows[len(rows) // 2 :]))

    _b2, _W2, _b1, _W1, _x = (enter(one) for one in (b2, W2, b1, W1, x))
    hidden = [
        put("tanh", add([put("*", i, w) for i, w in zip(_x, row)] + [bias]))
        for row, bias in zip(_W1, _b1)
    ]
    z = [
        put("+", bias, add([put("*", w, i) for i, w in zip(hidden, row)]))
        for row, bias in zip(_W2, _b2)
    ]
    put("-", put("log", add([put("exp", one) for one in z])), z[label])
    tape = [(operation, [int(row) for row in rows]) for operation, rows in tape]
    bars = np.asarray(reverse_sweep(tape, run_tape(tape, numbers)))
    return bars[_W1], bars[_b1], bars[_W2], bars[_b2]
"""
    wrong = {
        "reverse_sweep": lambda tape, values: np.ones(len(tape)),
        "run_tape": lambda tape, numbers: np.zeros(len(tape)),
    }
    for changed in ({}, wrong):
        space = {"np": np, "run_tape": ex09.run_tape, "reverse_sweep": ex09.reverse_sweep}
        exec(source, space)
        space.update(changed)
        result = mark_question(find("network_gradient")[1], LocalCall(space), 4)
        assert (result.status, result.score) == ("right", 4), result.symptom


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
@pytest.mark.parametrize("question", list(derived()), ids=lambda question: question.name)
def test_a_forward_pass_per_parameter_takes_twenty_times_the_limit(question: Question) -> None:
    """Processor time, extrapolated from a few forward passes; the analytic answer's share."""
    makers = {name: make for name, (make, _) in MEASURED.items()} | {"training_step": training}
    for fixture in question.fixtures:
        if not fixture.large:
            continue
        args, _ = prepared(question, fixture, 0)
        loss, arrays = makers[question.name](*args)
        assert sum(array.size for array in arrays) * seconds(loss, 20) > 20 * fixture.cpu_seconds
        assert (
            seconds_here(lambda args=args: question.reference(*args), 10)
            < 0.02 * fixture.cpu_seconds
        )
