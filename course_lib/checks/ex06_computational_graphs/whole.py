"""`graph_backward` and `walk_backwards`: a small graph by hand, and any graph at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex06_computational_graphs.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex06 import graph_backward, walk_backwards
from course_lib.checks.worked import Worked

Edges = tuple[int, np.ndarray, np.ndarray, np.ndarray]
Add = Callable[[float, float], float]
LOCAL = f"{PAGE}#local-gradient"
UPSTREAM = f"{PAGE}#upstream-gradient"
FAN_OUT = f"{PAGE}#fan-out"
ORDER = f"{PAGE}#last-to-first"


#: The signs of p, q, r, ℒ and ∂ℒ/∂p in each call.
SIGNS = {
    "call 1": (1, 1, -1, 1, 1),
    "call 2": (-1, -1, -1, -1, 1),
    "call 3": (1, -1, 1, -1, -1),
    "call 4": (-1, 1, 1, 1, -1),
    "call 5": (1, 1, 1, 1, 1),
}


def graph_inputs(rng: Generator, fixture: Fixture) -> tuple[float, float, float]:
    """Draw p, q, r so that tanh is curved, not flat, and every result but ∂ℒ/∂q has either sign."""
    *signs, loss_sign, dp_sign = SIGNS[fixture.name]
    while True:
        p, q, r = (rng.uniform(0.4, 1.7, size=3) * signs).tolist()
        loss, dp, dq, dr = graph_backward(p, q, r)
        curved = 0.3 < abs(p * q + r) < 1.4 and min(map(abs, (loss, dp, dq, dr))) > 0.25
        if curved and loss * loss_sign > 0 and dp * dp_sign > 0:
            return p, q, r


def _walk(
    start: Callable[[float], float] = lambda loss: 1.0,
    slope: Callable[[float, float], float] = lambda z, a: 1 - a**2,
    square: float = 2.0,
    swap: bool = True,
    summed: float = 1.0,
    add: Add = lambda first, second: first + second,
) -> Callable[..., tuple[float, ...]]:
    """Make a backward pass with one of its steps exchanged."""

    def walk(p: float, q: float, r: float) -> tuple[float, ...]:
        m = p * q
        z = m + r
        a = float(np.tanh(z))
        loss = a * p + r**2
        dt = du = summed * start(loss)
        da, dp = (dt * p, dt * a) if swap else (dt * a, dt * p)
        dz = da * slope(z, a)
        dm, dr = summed * dz, summed * dz
        dp = add(dp, dm * q if swap else dm * p)
        return loss, dp, dm * p if swap else dm * q, add(du * square * r, dr)

    return walk


def _steps(call: Callable[..., Any], p: float, q: float, r: float) -> tuple[float, ...]:
    """Make the backward pass of the steps of the earlier tasks."""
    m = p * q
    z = m + r
    a = float(np.tanh(z))
    da, dp = call("local_two", "product", a, p)
    dz = da * call("local_one", "tanh", z)
    to_m, to_r = call("local_two", "sum", m, r)
    m_to_p, m_to_q = call("local_two", "product", p, q)
    dm, dr = dz * to_m, dz * to_r
    dp = call("fan_out_backward", np.array([dp, dm]), np.array([1.0, m_to_p]))
    dr = call(
        "fan_out_backward", np.array([1.0, dr]), np.array([call("local_one", "square", r), 1.0])
    )
    return a * p + r**2, dp, dm * m_to_q, dr


def _with_values(p: float, q: float, r: float) -> tuple[float, ...]:
    from course_lib.graph import Value

    values = [Value(one) for one in (p, q, r)]
    loss = (values[0] * values[1] + values[2]).tanh() * values[0] + values[2] ** 2
    loss.backward()
    return loss.data, *(value.grad for value in values)


def _one_line_each(p: float, q: float, r: float) -> list[float]:
    a = np.tanh(p * q + r)
    flat = p / np.cosh(p * q + r) ** 2
    return [a * p + r * r, a + q * flat, p * flat, flat + 2 * r]


def _graph_example() -> str:
    text = Worked("ℒ = σ(p·q)·q at p = 1, q = 2, as a list: z = p·q, a = σ(z), ℒ = a·q.")
    p, q = 1.0, 2.0
    a = 1 / (1 + np.exp(-p * q))
    dz = q * a * (1 - a)
    text.line(f"  forward:  z = {p * q:g}, a = {a:.4f}, ℒ = {a * q:.4f}")
    text.line(f"  backward: ∂ℒ/∂ℒ = 1;  to a: 1·q = 2;  to q: 1·a = {a:.4f} (first contribution)")
    text.line(f"            ∂ℒ/∂z = 2·a(1 − a) = {dz:.4f}")
    text.line(
        f"            to p: {dz:.4f}·q = {dz * q:.4f};  to q: {dz:.4f}·p = {dz * p:.4f} (second)"
    )
    text.line(f"  ∂ℒ/∂p = {dz * q:.4f},  ∂ℒ/∂q = {a:.4f} + {dz * p:.4f} = {a + dz * p:.4f}")
    return str(text)


GRAPH = Question(
    name="graph_backward",
    signature="graph_backward(p, q, r) -> (loss, dp, dq, dr)",
    returns=("loss", "dp", "dq", "dr"),
    parts=(
        Part("loss", 1, (0,), section=f"{PAGE}#graph-nodes", place="Look at the forward pass."),
        Part("dq", 1, (2,), section=UPSTREAM, place="Look at the one path from q to the loss."),
        Part("dr", 1, (3,), place="Look at r, and count its uses."),
        Part("dp", 1, (1,), place="Look at p, and count its uses."),
    ),
    section=FAN_OUT,
    place="Look at the backward pass, node by node from the loss.",
    inputs=graph_inputs,
    reference=graph_backward,
    fixtures=tuple(Fixture(name, repeat=name == "call 1") for name in SIGNS),
    steps=_steps,
    example=_graph_example,
    correct={
        "Value": _with_values,
        "one line each": _one_line_each,
        "float32": lambda *args: graph_backward(*(np.float32(value) for value in args)),
    },
    mistakes=(
        Mistake(
            "B18",
            "dp and dr contain only their last contribution (= instead of +=). p and r are used "
            "twice, so two contributions should be added.",
            _walk(add=lambda first, second: second),
            "How many edges leave p, and how many leave r?",
        ),
        Mistake(
            "first-share",
            "dp and dr contain only the contribution that was computed first. The later one, "
            "through z, should be added.",
            _walk(add=lambda first, second: first),
            "Which contributions reach p and r on the path through tanh?",
        ),
        Mistake(
            "ways-multiplied",
            "The two contributions to dp, and those to dr, are multiplied. Derivatives are "
            "multiplied along one path, and the contributions of several paths are added.",
            _walk(add=lambda first, second: first * second),
            "A change of p changes ℒ along two paths. How should the two contributions be "
            "combined?",
        ),
        Mistake(
            "mean-of-shares",
            "The two contributions to dp, and those to dr, are averaged. They should be added.",
            _walk(add=lambda first, second: (first + second) / 2),
            "Does one path change the loss less because there is another path?",
        ),
        Mistake(
            "loss-for-one",
            "The backward pass starts with the value of the loss. It should start with ∂ℒ/∂ℒ = 1.",
            _walk(start=lambda loss: loss),
            "With which number should the backward pass start: what is ∂ℒ/∂ℒ?",
            section=UPSTREAM,
        ),
        Mistake(
            "start-zero",
            "Every gradient is 0, because the backward pass starts with 0. It should start with "
            "∂ℒ/∂ℒ = 1.",
            _walk(start=lambda loss: 0.0),
            "With which number should the backward pass start: what is ∂ℒ/∂ℒ?",
            section=UPSTREAM,
        ),
        Mistake(
            "sum-divides",
            "At each sum, the gradient is divided, half for each input. A sum passes the whole "
            "upstream gradient to each input.",
            _walk(summed=0.5),
            "When one input of a sum grows by 1, by how much does the sum grow?",
            section=LOCAL,
        ),
        Mistake(
            "own-factor",
            "At the products, the two factors are swapped: each factor should receive the "
            "upstream gradient times the other factor.",
            _walk(swap=False),
            "m = p·q. When p grows by 1, by how much does m grow?",
            section=LOCAL,
        ),
        Mistake(
            "B12",
            "The derivative of tanh is missing in the step from a to z.",
            _walk(slope=lambda z, a: 1.0),
            "Which operation is between z and a, and what is its derivative?",
        ),
        Mistake(
            "B10",
            "The derivative of tanh is taken at a, as 1 − tanh(a)². It should be 1 − a², because "
            "a = tanh(z).",
            _walk(slope=lambda z, a: float(1 - np.tanh(a) ** 2)),
            "How often is tanh applied in your derivative?",
        ),
        Mistake(
            "B11",
            "Your function uses 1 − z². The derivative of tanh is 1 − a², with a = tanh(z).",
            _walk(slope=lambda z, a: 1 - z**2),
            "Is the derivative of tanh written in z, before tanh, or in a, after it?",
        ),
        Mistake(
            "B30",
            "The derivative of tanh is 1 − a², with a minus sign.",
            _walk(slope=lambda z, a: 1 + a**2),
            "Can the derivative of tanh be larger than 1?",
        ),
        Mistake(
            "one-factor-only",
            "The derivative of r² is 2r: r·r has two factors, and each contributes r.",
            _walk(square=1.0),
            "What is the derivative of r² with respect to r?",
        ),
    ),
)


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


WALK = Question(
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
