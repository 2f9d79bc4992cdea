"""The answers of exercise 09 against witnesses: complex step, `Value`, the library, PyTorch."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from checks.pace import seconds, seconds_here
from needs import need

from course_lib import Dense, Network, SoftmaxCrossEntropy, Tanh
from course_lib.checks import load
from course_lib.checks.ex09_cost import reference as ex09
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.verdict import generator
from course_lib.graph import Value

STEP = 1e-30
SEEDS = [0, 1, 2, 3]


def inputs(name, fixture=0, seed=1):
    question = load("09_cost").question(name)
    chosen = question.fixtures[fixture]
    return question.inputs(generator(question, chosen, seed), chosen)


def agree(actual, two):
    np.testing.assert_allclose(actual, two, rtol=1e-11, atol=1e-13)


def evaluated(tape, numbers):
    """The tape in complex numbers or in `Value`s, without the reference."""
    left, values = iter(numbers), []
    for operation, rows in tape:
        a = [values[row] for row in rows]
        if operation == "input":
            values.append(next(left))
        elif operation in ("tanh", "exp", "log"):
            own = isinstance(a[0], Value)
            values.append(getattr(a[0], operation)() if own else getattr(np, operation)(a[0]))
        else:
            values.append({"+": a[0] + a[1], "-": a[0] - a[1], "*": a[0] * a[1]}[operation])
    return values


@pytest.mark.parametrize("fixture", [0, 1])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_reverse_sweep_is_the_graphs_backward_pass(fixture: int, seed: int) -> None:
    tape, numbers = inputs("run_tape", fixture, seed)
    values = evaluated(tape, [Value(number) for number in numbers])
    values[-1].backward()
    agree(ex09.run_tape(tape, numbers), [value.data for value in values])
    bars = ex09.reverse_sweep(tape, ex09.run_tape(tape, numbers))
    agree(bars, [value.grad for value in values])


@pytest.mark.parametrize("seed", SEEDS)
def test_both_sweeps_are_complex_step_derivatives(seed: int) -> None:
    tape, numbers = inputs("run_tape", 1, seed)
    values = ex09.run_tape(tape, numbers)
    bars = ex09.reverse_sweep(tape, values)
    sources = [row for row, (operation, _) in enumerate(tape) if operation == "input"]
    for k, source in enumerate(sources):
        nudged = numbers.astype(complex)
        nudged[k] += 1j * STEP
        slopes = np.array([np.imag(value) / STEP for value in evaluated(tape, nudged)])
        agree(ex09.forward_sweep(tape, values, source), slopes)
        agree(bars[source], slopes[-1])


@pytest.mark.parametrize("seed", SEEDS)
def test_tapes_hold_what_tells_mistakes_apart(seed: int) -> None:
    """Fan-out, a row squared, a row that nobody needs, every operation."""
    tape, numbers = inputs("run_tape", 0, seed)
    uses = Counter(row for _, rows in tape for row in set(rows))
    assert max(uses.values()) > 1
    assert any(len(rows) == 2 and rows[0] == rows[1] for _, rows in tape)
    assert {operation for operation, _ in tape} >= {"input", "+", "-", "*", "tanh"}
    assert 0.0 in ex09.reverse_sweep(tape, ex09.run_tape(tape, numbers))


@pytest.mark.parametrize("fixture", [0, 1, 2])
def test_orders_put_everything_after_what_it_uses_and_are_the_only_ones(fixture: int) -> None:
    uses, end = inputs("topological_order", fixture)
    order = ex09.topological_order(uses, end)
    place = {node: i for i, node in enumerate(order)}
    assert order[-1] == end
    assert len(place) == len(order) < len(uses)
    assert all(place[used] < place[node] for node in order for used in uses[node])
    assert all(earlier in uses[two] for earlier, two in pairwise(order))


def test_network_gradient_is_that_of_course_lib() -> None:
    x, label, W1, b1, W2, b2 = inputs("network_gradient")
    network = Network(
        Dense(len(x), len(b1)), Tanh(), Dense(len(b1), len(b2)), loss=SoftmaxCrossEntropy(), seed=0
    )
    for name, array in {"W1": W1, "b1": b1, "W2": W2, "b2": b2}.items():
        network.parameters[name][...] = array
    network.forward(x[np.newaxis], np.array([label]))
    network.backward()
    gradients = ex09.network_gradient(x, label, W1, b1, W2, b2)
    for name, gradient in zip(("W1", "b1", "W2", "b2"), gradients, strict=True):
        agree(gradient, network.gradients[name])


def test_counts_of_the_worked_network() -> None:
    """5·(8 + 6); twice that without the first layer's 40; 10 + 9 parameters."""
    assert ex09.count_passes([4, 2, 3], 5) == (70, 100)
    assert ex09.count_ways([4, 2, 3], 5) == (19 * 70, 20 * 70, 38 * 70)


def marked(name: str, function: Any):
    question = load("09_cost").question(name)
    return mark_question(question, LocalCall({name: function}), 5)


def test_bars_that_are_kept_from_call_to_call_are_named() -> None:
    kept: dict[int, np.ndarray] = {}

    def adds_up(tape, values):
        bars = kept.setdefault(len(tape), np.zeros(len(tape)))
        bars += ex09.reverse_sweep(tape, values)
        return bars

    result = marked("reverse_sweep", adds_up)
    assert result.score < result.max_score
    assert result.mistakes == ("B19",)


@pytest.mark.long
def test_a_forward_sweep_per_row_meets_the_time_limit() -> None:
    """The bars found by one forward sweep per row are right numbers, and out of time."""

    def slow(tape, values):
        return [ex09.forward_sweep(tape, values, row)[-1] for row in range(len(tape))]

    result = marked("reverse_sweep", slow)
    assert result.score == 0
    assert result.status == "timeout"
    assert result.question.endswith("?")
    assert "parameter" not in result.question


@pytest.mark.long
def test_walking_every_way_meets_the_time_limit() -> None:
    def every_way(uses, end):
        order = []

        def visit(node):
            for used in uses[node]:
                visit(used)
            if node not in order:
                order.append(node)

        visit(end)
        return order

    result = marked("topological_order", every_way)
    assert result.score == 0
    assert result.status == "timeout"
    assert result.question.endswith("?")
    assert "parameter" not in result.question


@pytest.mark.long
def test_one_sweep_uses_a_small_share_of_the_limit_and_many_far_more() -> None:
    question = load("09_cost").question("reverse_sweep")
    fixture = next(case for case in question.fixtures if case.large)
    tape, values = question.inputs(generator(question, fixture, 0), fixture)

    assert seconds_here(lambda: ex09.reverse_sweep(tape, values), 10) < 0.02 * fixture.cpu_seconds
    once = seconds(lambda: ex09.forward_sweep(tape, values, 1), 5)
    assert len(tape) * once > 20 * fixture.cpu_seconds


@pytest.mark.long
def test_references_agree_with_torch() -> None:
    need("torch")
    import torch

    x, label, *parameters = inputs("network_gradient", 1)
    W1, b1, W2, b2 = (torch.tensor(array, requires_grad=True) for array in parameters)
    scores = W2 @ torch.tanh(W1 @ torch.tensor(x) + b1) + b2
    torch.nn.functional.cross_entropy(scores[None], torch.tensor([label])).backward()
    gradients = ex09.network_gradient(x, label, *parameters)
    for tensor, gradient in zip((W1, b1, W2, b2), gradients, strict=True):
        agree(gradient, tensor.grad.numpy())
