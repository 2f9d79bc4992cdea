"""`walk_backwards`: the backward pass of any graph, edge by edge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex06_computational_graphs.graph_backward import (
    FAN_OUT,
    LOCAL,
    ORDER,
    UPSTREAM,
)
from course_lib.checks.ex06_computational_graphs.reference import walk_backwards
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question
from course_lib.checks.worked import Worked

Edges = tuple[int, np.ndarray, np.ndarray, np.ndarray]


def walk_inputs(rng: Generator, fixture: Fixture) -> Edges:
    """Draw a graph in which every number is used, some of them several times.

    Nodes are counted in the order of the forward pass; the edges stand in the order of the nodes
    they lead to.
    """
    leaves, nodes = (15000, 45000) if fixture.large else (3, fixture.n)
    waiting = dict.fromkeys(rng.permutation(leaves).tolist())  # not used yet, the oldest first
    pairs = []
    for node in range(leaves, nodes):
        first = next(iter(waiting))
        del waiting[first]
        all_must_join = len(waiting) >= nodes - node
        second = next(iter(waiting)) if all_must_join else int(rng.integers(0, node))
        waiting.pop(second, None)
        waiting[node] = None
        pairs.append((first, second))
    start = np.array(pairs).ravel()
    end = np.repeat(np.arange(leaves, nodes), 2)
    local = rng.uniform(0.5, 1.4, size=len(start)) * rng.choice([-1.0, 1.0], size=len(start))
    return nodes, start, end, local


def _with(
    order: Callable[[int], Any] = lambda edges: range(edges - 1, -1, -1),
    begin: Callable[[np.ndarray], None] = lambda gradient: gradient.__setitem__(-1, 1.0),
    pay: Callable[[float, float, float], float] = lambda old, local, upstream: (
        old + local * upstream
    ),
) -> Callable[..., np.ndarray]:
    """Make the loop with another order, another start, or another contribution."""

    def walk(nodes: int, start: np.ndarray, end: np.ndarray, local: np.ndarray) -> np.ndarray:
        gradient = np.zeros(nodes)
        begin(gradient)
        for edge in order(len(local)):
            upstream = float(gradient[end[edge]])
            gradient[start[edge]] = pay(float(gradient[start[edge]]), float(local[edge]), upstream)
        return gradient

    return walk


def _table(nodes: int, start: np.ndarray, end: np.ndarray, local: np.ndarray) -> np.ndarray:
    """Solve for all gradients at once: each is the sum over its uses."""
    if nodes > 1000:
        return walk_backwards(nodes, start, end, local)
    uses = np.zeros((nodes, nodes))
    np.add.at(uses, (start, end), local)
    last = np.eye(nodes)[-1]
    return np.linalg.solve(np.eye(nodes) - uses, last)


def _arrays(nodes: int, start: np.ndarray, end: np.ndarray, local: np.ndarray) -> np.ndarray:
    gradient = np.zeros(nodes)
    gradient[-1] = 1.0
    for edge in range(len(local) - 1, -1, -1):
        gradient[start[edge]] += local[edge] * gradient[end[edge]]
    return gradient


def _node_by_node(nodes: int, start: np.ndarray, end: np.ndarray, local: np.ndarray) -> list:
    gradient = [0.0] * (nodes - 1) + [1.0]
    for node in range(nodes - 1, int(end[0]) - 1, -1):
        first, last = np.searchsorted(end, (node, node + 1))
        for edge in range(first, last):
            gradient[start[edge]] += float(local[edge]) * gradient[node]
    return gradient


def _too_early(nodes: int, start: np.ndarray, end: np.ndarray, local: np.ndarray) -> np.ndarray:
    gradient = np.zeros(nodes)
    gradient[-1] = 1.0
    waiting = [nodes - 1]
    while waiting:
        node = waiting.pop(0)
        for edge in np.flatnonzero(end == node):
            gradient[start[edge]] += local[edge] * gradient[node]
            waiting.append(int(start[edge]))
        if len(waiting) > 5000:
            break
    return gradient


def _walk_example() -> str:
    text = Worked("m = p·q, s = m + p with p = 2, q = −3. The nodes p, q, m, s are 0, 1, 2, 3:")
    edges = (4, np.array([0, 1, 2, 0]), np.array([2, 2, 3, 3]), np.array([-3.0, 2.0, 1.0, 1.0]))
    text.array("start", edges[1]).array("end", edges[2]).array("local", edges[3])
    text.line("Start at the last node: gradient = [0, 0, 0, 1]. Then the edges, last one first:")
    text.line("  0 → 3, local 1:   gradient[0] = 0 + 1·1 = 1")
    text.line("  2 → 3, local 1:   gradient[2] = 0 + 1·1 = 1")
    text.line("  1 → 2, local 2:   gradient[1] = 0 + 2·1 = 2")
    text.line("  0 → 2, local −3:  gradient[0] = 1 + (−3)·1 = −2")
    text.array("gradient", walk_backwards(*edges))
    return str(text)


WALK_BACKWARDS = Question(
    name="walk_backwards",
    signature="walk_backwards(nodes, start, end, local) -> gradient",
    returns=("gradient",),
    parts=(Part("gradient", 4),),
    section=ORDER,
    place="Look at the start, at the order of the edges, and at what each edge adds.",
    inputs=walk_inputs,
    reference=walk_backwards,
    fixtures=(
        Fixture("ten nodes", n=10, repeat=True),
        Fixture("thirteen nodes", n=13),
        Fixture("large", n=0, cpu_seconds=2.5),
    ),
    sizes=lambda nodes, start, end, local: {"nodes": nodes, "edges": len(local)},
    example=_walk_example,
    correct={
        "arrays, edge by edge": _arrays,
        "node by node": _node_by_node,
        "a table of all uses, solved": _table,
        "float32": lambda nodes, start, end, local: walk_backwards(nodes, start, end, local).astype(
            np.float32
        ),
    },
    mistakes=(
        Mistake(
            "B18",
            "A contribution replaces the earlier ones (= instead of +=). All contributions "
            "should be added.",
            _with(pay=lambda old, local, upstream: local * upstream),
            "If a node is used twice, what happens to its first contribution when the second one "
            "is stored?",
            section=FAN_OUT,
        ),
        Mistake(
            "one-forgotten",
            "The backward pass does not start with ∂ℒ/∂ℒ = 1 at the last node, so it passes on 0 "
            "everywhere.",
            _with(begin=lambda gradient: None),
            "With which gradient should the last node start: what is ∂ℒ/∂ℒ?",
            section=UPSTREAM,
        ),
        Mistake(
            "first-to-last",
            "The edges are taken from the first to the last, so a node passes on its gradient "
            "before it has received anything. Start with the last edge.",
            _with(order=range),
            "When your loop takes an edge, has the node at its end received all its contributions?",
        ),
        Mistake(
            "one-everywhere",
            "Every node starts with the gradient 1. Only the last node should; the others should "
            "start with 0.",
            _with(begin=lambda gradient: gradient.fill(1.0)),
            "With which gradient should each node start, before any edge is taken?",
            section=UPSTREAM,
        ),
        Mistake(
            "upstream-missing",
            "The local gradients are added without the upstream gradients. Each should be "
            "multiplied by the gradient of the node at the end of its edge.",
            _with(pay=lambda old, local, upstream: old + local),
            "By what should the local gradient of an edge be multiplied?",
            section=UPSTREAM,
        ),
        Mistake(
            "local-missing",
            "The upstream gradients are added without the local gradient of the edge. Each "
            "should be multiplied by it.",
            _with(pay=lambda old, local, upstream: old + upstream),
            "By what should the upstream gradient be multiplied along an edge?",
            section=UPSTREAM,
        ),
        Mistake(
            "sum-divides",
            "The gradient of a node is divided between its two inputs. A node passes its whole "
            "gradient to each input, times the local gradient.",
            _with(pay=lambda old, local, upstream: old + local * upstream / 2),
            "If only one input changes, does the change of the node depend on the number of its "
            "inputs?",
            section=LOCAL,
        ),
        Mistake(
            "too-early",
            "Each node passes on its gradient after every contribution, so the first "
            "contribution is passed on twice. A node should pass on its gradient once, after all "
            "its contributions are added.",
            _too_early,
            "If a node is used twice, how often does it pass on its first contribution?",
        ),
    ),
)
