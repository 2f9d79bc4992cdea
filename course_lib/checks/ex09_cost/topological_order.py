"""`topological_order`: a graph's nodes, each after all that it uses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex09_cost.reference import topological_order
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
Graph = list[list[int]]
SECTION = f"{PAGE}#cost-order"


def inputs(rng: Generator, fixture: Fixture) -> tuple[Graph, int]:
    """Draw a graph with one right order: each node uses the one before it, and earlier ones.

    The names are shuffled, two nodes are not needed by the end, and the end also uses a node
    far before it, so that reading from the end in the order of meeting goes wrong.
    """
    n, idle = fixture.n, 2
    names = rng.permutation(n + idle)
    while (np.diff(names[:n]) > 0).all() or names[n] > names[n - 1] > names[n + 1]:
        names = rng.permutation(n + idle)
    uses: Graph = [[] for _ in names]
    for i in range(1, n):
        # Two paths from each node to the one before last: as many paths as Fibonacci's numbers.
        earlier = {i - 2} if fixture.large else set(rng.integers(0, i, size=2).tolist())
        chosen = rng.permutation(sorted({i - 1} | {j for j in earlier if j >= 0})).tolist()
        uses[int(names[i])] = [int(names[j]) for j in chosen]
    uses[int(names[n - 1])] = [int(names[j]) for j in (1, n - 2)]
    for i in range(n, n + idle):
        uses[int(names[i])] = [int(names[j]) for j in rng.permutation(n)[:2]]
    return uses, int(names[n - 1])


def _recursive(uses: Graph, end: int) -> list[int]:
    order: list[int] = []

    def visit(node: int) -> None:
        if node not in order:
            for used in uses[node]:
                visit(used)
            if node not in order:
                order.append(node)

    visit(end)
    return order


def _counted(uses: Graph, end: int) -> Any:
    """Right by counting users: a node is ready when all that use it are placed."""
    needed = set(topological_order(uses, end))
    users = dict.fromkeys(needed, 0)
    for node in needed:
        for used in uses[node]:
            users[used] += 1
    back, ready = [], [end]
    while ready:
        node = ready.pop()
        back.append(node)
        for used in uses[node]:
            users[used] -= 1
            if not users[used]:
                ready.append(used)
    return np.array(back[::-1])


def _first_meeting(uses: Graph, end: int, last: bool) -> list[int]:
    """Order by the first meeting on a search from the end, by depth (`last`) or by breadth."""
    order: list[int] = []
    waiting = [end]
    while waiting:
        node = waiting.pop(-1 if last else 0)
        if node not in order:
            order.append(node)
            waiting.extend(reversed(uses[node]) if last else uses[node])
    return order[::-1]


def _repeated(uses: Graph, end: int) -> list[int]:
    return [node for used in uses[end] for node in _repeated(uses, used)] + [end]


def _everything(uses: Graph, end: int) -> list[int]:
    order = topological_order(uses, end)
    return order + [node for node in range(len(uses)) if node not in order]


def _example() -> str:
    uses = [[], [2, 0], [0], [1]]
    text = Worked("Node 1 uses 2 and 0, node 2 uses 0, node 3 uses 1; the end is 1:")
    text.line(f"  uses = {uses}")
    text.line("  2 and 0 come before 1; 0 comes before 2; 3 is not needed")
    return str(text.line(f"  order = {topological_order(uses, 1)}"))


TOPOLOGICAL_ORDER = Question(
    name="topological_order",
    signature="topological_order(uses, end) -> order",
    returns=("order",),
    parts=(Part("order", 3),),
    section=SECTION,
    place="Look at which nodes are added to the list, how often, and whether before what they use.",
    inputs=inputs,
    reference=lambda uses, end: np.array(topological_order(uses, end)),
    fixtures=(
        Fixture("eleven nodes", n=11, repeat=True),
        Fixture("seventeen nodes", n=17),
        Fixture("many paths", n=60, cpu_seconds=2.0),
    ),
    sizes=lambda uses, end: {"nodes": len(uses)},
    slow="How does your function know that it has visited a node before?",
    example=_example,
    tolerance=1e-9,
    correct={
        "recursion": _recursive,
        "counting the users": _counted,
        "a list": topological_order,
    },
    mistakes=(
        Mistake(
            "end-first",
            "Your order is reversed. The end should come last, after the nodes that it uses.",
            lambda uses, end: topological_order(uses, end)[::-1],
            "In a forward pass, which is computed first: a node, or the nodes that it uses?",
        ),
        Mistake(
            "by-number",
            "Your nodes are sorted by their numbers. The numbers are names only and say nothing "
            "about the order.",
            lambda uses, end: sorted(topological_order(uses, end)),
            "Do the numbers of the nodes say which node uses which?",
        ),
        Mistake(
            "depth-first-visit-order",
            "Your function adds a node to the list when it is visited for the first time. It "
            "should add the node after all nodes that it uses.",
            lambda uses, end: _first_meeting(uses, end, True),
            "A node that is visited early may be used by one that is visited later. Which of the "
            "two must come first in the order?",
        ),
        Mistake(
            "breadth-first-visit-order",
            "Your nodes are ordered by the shortest path to the end. The order should follow the "
            "longest path.",
            lambda uses, end: _first_meeting(uses, end, False),
            "The end uses a node directly and through a longer path. Where in the order must that "
            "node be?",
        ),
        Mistake(
            "repeated",
            "A node appears once for each path that leads to it. It should appear once: keep a "
            "set of the visited nodes.",
            _repeated,
            "How does your function know that it has visited a node before?",
        ),
        Mistake(
            "not-needed",
            "Your list contains nodes that the end does not need. It should not.",
            _everything,
            "Is each of your nodes used by the end, directly or through other nodes?",
        ),
        Mistake(
            "end-missing",
            "The end itself is missing. It should be the last node of the list.",
            lambda uses, end: topological_order(uses, end)[:-1],
            "Which node is computed last in a forward pass, and is it in your list?",
        ),
    ),
)
