"""What people get wrong in exercises 06 to 10 is named, alone and inside larger functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from course_lib.checks import find, load, names
from course_lib.checks.ex06_computational_graphs import reference as ex06
from course_lib.checks.ex07_many_neurons import reference as ex07
from course_lib.checks.ex08_backward_pass import reference as ex08
from course_lib.checks.ex09_cost import reference as ex09
from course_lib.checks.ex10_gradient_check import reference as ex10
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.verdict import QuestionResult


def marked(name: str, function: Callable[..., Any], seed: int = 4) -> QuestionResult:
    question = find(name)[1]
    return mark_question(question, LocalCall({question.entry or name: function}), seed)


def graph(slope: Callable[[float, float], float]) -> Callable[..., Any]:
    def backward(p: float, q: float, r: float) -> tuple[float, ...]:
        z = p * q + r
        a = np.tanh(z)
        dz = p * slope(z, a)
        return a * p + r * r, a + dz * q, dz * p, dz + 2 * r

    return backward


def one_example(output: Callable[..., Any] = ex07.output_error) -> Callable[..., Any]:
    def backward(x: Any, a: Any, p: Any, label: int, W2: Any) -> tuple[Any, ...]:
        delta2 = output(p, label)
        delta1 = (W2.T @ delta2) * (1 - a**2)
        return np.outer(delta1, x), delta1, np.outer(delta2, a), delta2

    return backward


def network(delta_of: Callable[..., Any]) -> Callable[..., Any]:
    def backward(delta: Any, a: list, z: list, W: list, activation: str) -> tuple[list, list]:
        dW, db = [None] * len(W), [None] * len(W)
        for i in reversed(range(len(W))):
            dW[i], db[i], da = ex08.dense_backward(delta, a[i], W[i])
            delta = delta_of(da, i, z, activation)
        return dW, db

    return backward


def once_more(da: Any, i: int, z: list, activation: str) -> Any:
    delta = ex08.activation_backward(da, z[i - 1], activation) if i else da
    return ex08.activation_backward(delta, z[0], activation) if i == 1 else delta


def product(tape: list, values: Any, source: int) -> list[float]:
    dots = [0.0] * len(tape)
    for i, (operation, inputs) in enumerate(tape):
        slopes = ex09.local_slopes(operation, [values[j] for j in inputs], values[i])
        dots[i] = float(np.prod([dots[j] * s for j, s in zip(inputs, slopes, strict=True)]))
        dots[i] = 1.0 if i == source else dots[i] * bool(inputs)
    return dots


def cs231n(values: Any, reference: Any) -> float:
    return np.max(np.abs(values - reference) / np.maximum(1e-8, np.abs(values) + np.abs(reference)))


def unit(f: str, x: Any, gradient: Any, v: Any, h: float) -> tuple[float, float]:
    return ex10.along_direction_at(f, x, gradient, v / np.linalg.norm(v), h)


NAMED = {
    "one-hot rows with a column per example": (
        "softmax_cross_entropy_backward",
        lambda p, y: p - np.eye(len(y))[y],
        "L07-eye",
    ),
    "the activation once more": ("network_backward", network(once_more), "activation-twice"),
    "two operations": (
        "count_passes",
        lambda sizes, N: [2 * count for count in ex09.count_passes(sizes, N)],
        "two-per-multiply-add",
    ),
    "two operations, everywhere": (
        "count_ways",
        lambda sizes, N: [2 * count for count in ex09.count_ways(sizes, N)],
        "two-per-multiply-add",
    ),
    "N forgotten": ("count_passes", lambda sizes, N: ex09.count_passes(sizes, 1), "one-example"),
    "two columns": (
        "count_ways",
        lambda sizes, N: [ex09.count_ways(sizes, N)[index] for index in (1, 0, 2)],
        "results-swapped-1-0-2",
    ),
    "a product of contributions": ("forward_sweep", product, "contributions-multiplied"),
    "no absolute value": (
        "relative_error",
        lambda values, reference: (values - reference).max() / np.abs(reference).max(),
        "no-absolute-value",
    ),
    "entry by entry": (
        "relative_error",
        lambda values, reference: np.max(np.abs(values - reference) / np.abs(reference)),
        "per-entry",
    ),
    "CS231n": ("relative_error", cs231n, "cs231n"),
    "a unit direction": ("along_direction", unit, "direction-normalised"),
    "one step over 2h": (
        "numerical_gradient",
        lambda f, x, h: np.reshape(
            [
                (ex10.FUNCTIONS[f](x + h * e) - ex10.FUNCTIONS[f](x)) / (2 * h)
                for e in np.eye(x.size).reshape(-1, *x.shape)
            ],
            x.shape,
        ),
        "C03-over-2h",
    ),
    "everything negated": (
        "local_two",
        lambda *args: [-slope for slope in ex06.local_two(*args)],
        "B09",
    ),
    "a square missing, in a graph": (
        "graph_backward",
        graph(lambda z, a: 1 - a),
        "local_one/not-squared",
    ),
    "the sigmoid's derivative, in a graph": (
        "graph_backward",
        graph(lambda z, a: a * (1 - a)),
        "local_one/tanh-as-sigmoid",
    ),
    "the label subtracted, in a network": (
        "one_example_backward",
        one_example(lambda p, label: p - label),
        "output_error/L07",
    ),
    "the relu's mask, in a network": (
        "network_backward",
        network(
            lambda da, i, z, activation: (
                (
                    da * (1 + np.tanh(z[i - 1]) ** 2)
                    if activation == "tanh"
                    else ex08.activation_backward(da, z[i - 1], activation)
                )
                if i
                else da
            )
        ),
        "activation_backward/B30",
    ),
}


@pytest.mark.parametrize("case", NAMED)
def test_it_is_named(case: str) -> None:
    name, function, mistake = NAMED[case]
    result = marked(name, function)
    assert result.score < result.max_score
    assert result.mistakes[:1] == (mistake,), (result.symptom, result.mistakes)
    assert result.named
    assert result.question.endswith("?")


def test_a_factor_is_written_with_the_sizes() -> None:
    averaged = marked(
        "network_backward", lambda delta, *rest: ex08.network_backward(delta / len(delta), *rest)
    )
    assert "1/N" in averaged.symptom
    shared = marked(
        "hidden_error_entry",
        lambda k, delta, W, a: ex07.hidden_error_entry(k, delta, W, a) / len(W),
    )
    assert "1/n" in shared.symptom


@pytest.mark.parametrize(
    "name", ["hidden_error_entry", "fan_out_backward", "relative_error", "graph_backward"]
)
@pytest.mark.parametrize("sign", [1, -1])
def test_no_result_has_one_sign_in_all_calls(name: str, sign: int) -> None:
    """An absolute value, or a minus in front of one, loses points on every seed."""
    question = find(name)[1]

    def wrong(*args: Any) -> Any:
        value = question.reference(*args)
        many = isinstance(value, tuple)
        return [sign * abs(entry) for entry in value] if many else sign * abs(value)

    if name == "relative_error":

        def wrong(values: Any, reference: Any) -> float:
            return (sign * (values - reference)).max() / np.abs(reference).max()

    for seed in range(30):
        assert marked(name, wrong, seed).score < question.points, seed


def test_variants_are_words_that_a_student_knows() -> None:
    for exercise in names():
        for question in load(exercise).questions:
            for fixture in question.fixtures:
                assert not fixture.variant or any(map(str.isalpha, fixture.variant))
