"""The answers of exercise 06 against witnesses: complex step, sympy, `Value`, PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
from checks.pace import seconds, seconds_here
from needs import need

from course_lib.checks import load
from course_lib.checks.ex06_computational_graphs.local_one import ONE
from course_lib.checks.ex06_computational_graphs.local_two import TWO
from course_lib.checks.ex06_computational_graphs.reference import (
    fan_out_backward,
    graph_backward,
    graph_by_hand,
    local_one,
    local_two,
    node_backward,
    walk_backwards,
)
from course_lib.checks.verdict import generator
from course_lib.graph import Value

EXERCISE = load("06_computational_graphs")
BUILD = {
    "sum": lambda p, q: p + q,
    "difference": lambda p, q: p - q,
    "product": lambda p, q: p * q,
    "quotient": lambda p, q: p / q,
    "maximum": lambda p, q: p if p.real > q.real else q,
    "square": lambda p: p**2,
    "reciprocal": lambda p: 1 / p,
    "exp": np.exp,
    "log": np.log,
    "tanh": np.tanh,
    "sigmoid": lambda p: 1 / (1 + np.exp(-p)),
    "relu": lambda p: p if p.real > 0 else 0 * p,
}


def calls(name):
    question = EXERCISE.question(name)
    for fixture in question.fixtures:
        if not fixture.large:
            yield question.inputs(generator(question, fixture, 8), fixture)


def complex_step(function, *args):
    slopes = []
    for index in range(len(args)):
        shifted = [complex(value) for value in args]
        shifted[index] += 1e-30j
        slopes.append(np.imag(function(*shifted)) / 1e-30)
    return slopes


def test_local_gradients_are_the_complex_step() -> None:
    seen = set()
    for operation, p, q in calls("local_two"):
        ours = local_two(operation, p, q)
        np.testing.assert_allclose(ours, complex_step(BUILD[operation], p, q), rtol=1e-13)
        seen.add(operation)
    for operation, p in calls("local_one"):
        ours = [local_one(operation, p)]
        np.testing.assert_allclose(ours, complex_step(BUILD[operation], p), rtol=1e-13)
        seen.add(operation)
    assert seen == {*ONE, *TWO}


@pytest.mark.parametrize(("call", "one"), [(local_two, (1.0, 2.0)), (local_one, (1.0,))])
def test_an_unknown_operation_is_refused(call, one) -> None:
    with pytest.raises(ValueError, match="cosine"):
        call("cosine", *one)


def test_the_numbers_of_the_pencil_calculation() -> None:
    slopes = complex_step(lambda p, q, r: (p * q + r) * p, 3.0, -2.0, 5.0)
    np.testing.assert_allclose(graph_by_hand(), slopes[::-1], rtol=1e-13)


def test_a_node_hands_back_upstream_times_local() -> None:
    """The loss is upstream times s, so its slopes are the shares."""
    for upstream, operation, p, q in calls("node_backward"):
        ours = node_backward(upstream, operation, p, q)
        node = BUILD[operation]
        expected = complex_step(lambda p, q, node=node, c=upstream: c * node(p, q), p, q)
        np.testing.assert_allclose(ours, expected, rtol=1e-13)


def test_fan_out_is_the_slope_of_a_number_with_several_uses() -> None:
    """Each use is a product with its local gradient; the loss weighs them with the upstream."""
    for upstream, local in calls("fan_out_backward"):
        expected = complex_step(lambda p, u=upstream, w=local: np.sum(u * (w * p)), 0.7)
        np.testing.assert_allclose([fan_out_backward(upstream, local)], expected, rtol=1e-13)


def test_the_whole_graph_is_the_complex_step_and_value() -> None:
    def loss(p, q, r):
        return np.tanh(p * q + r) * p + r**2

    for numbers in calls("graph_backward"):
        ours = graph_backward(*numbers)
        np.testing.assert_allclose(ours[0], loss(*numbers), rtol=1e-14)
        np.testing.assert_allclose(ours[1:], complex_step(loss, *numbers), rtol=1e-12)
        p, q, r = map(Value, numbers)
        ((p * q + r).tanh() * p + r**2).backward()
        np.testing.assert_allclose(ours[1:], (p.grad, q.grad, r.grad), rtol=1e-12)


def test_the_walk_is_what_value_does() -> None:
    for nodes, start, end, local in calls("walk_backwards"):
        leaves = int(end.min())
        values = [Value(0.3 + index) for index in range(leaves)]
        for node in range(leaves, nodes):
            edges = np.flatnonzero(end == node)
            parts = [values[start[edge]] * float(local[edge]) for edge in edges]
            values.append(parts[0] + parts[1])
        values[-1].backward()
        expected = [value.grad for value in values]
        np.testing.assert_allclose(walk_backwards(nodes, start, end, local), expected, rtol=1e-12)


def test_the_graphs_of_the_walk_have_fan_out_and_use_every_number() -> None:
    for nodes, start, end, local in calls("walk_backwards"):
        uses = np.bincount(start, minlength=nodes)
        assert (uses[:-1] > 0).all()
        assert uses[-1] == 0
        assert uses.max() > 1
        assert (start < end).all()
        assert (np.diff(end) >= 0).all()
        assert len(local) == len(start) == len(end)


@pytest.mark.long
def test_the_walk_is_what_pytorch_does() -> None:
    need("torch")
    import torch

    for nodes, start, end, local in calls("walk_backwards"):
        leaves = int(end.min())
        values = [torch.tensor(0.3 + index, dtype=torch.float64) for index in range(leaves)]
        for value in values:
            value.requires_grad_()
        for node in range(leaves, nodes):
            made = sum(
                values[start[edge]] * float(local[edge]) for edge in np.flatnonzero(end == node)
            )
            made.retain_grad()
            values.append(made)
        values[-1].backward()
        expected = [value.grad.item() for value in values]
        np.testing.assert_allclose(walk_backwards(nodes, start, end, local), expected, rtol=1e-12)


@pytest.mark.long
def test_a_walk_per_node_takes_twenty_times_the_limit() -> None:
    """Processor time, extrapolated from a few forward walks; the one backward walk's share."""
    question = EXERCISE.question("walk_backwards")
    fixture = next(case for case in question.fixtures if case.large)
    args = question.inputs(generator(question, fixture, 0), fixture)
    nodes, start, end, local = args

    def forward():
        moved = [0.0] * nodes
        moved[0] = 1.0
        for source, two, slope in edges:
            moved[two] += slope * moved[source]

    edges = list(zip(start.tolist(), end.tolist(), local.tolist(), strict=True))
    assert nodes * seconds(forward, 20) > 20 * fixture.cpu_seconds
    assert seconds_here(lambda: question.reference(*args), 20) < 0.02 * fixture.cpu_seconds
