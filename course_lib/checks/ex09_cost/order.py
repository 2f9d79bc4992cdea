"""`topological_order`: a graph's nodes, each after all that it uses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex09_cost.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex09 import topological_order
from course_lib.checks.worked import Worked

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
    text.line("  before 1 come 2 and 0; before 2 comes 0; 3 is not needed")
    return str(text.line(f"  order = {topological_order(uses, 1)}"))


ORDER = Question(
    name="topological_order",
    signature="topological_order(uses, end) -> order",
    returns=("order",),
    parts=(Part("order", 3),),
    section=SECTION,
    place="Look at when a node is written down: before or after what it uses.",
    inputs=inputs,
    reference=lambda uses, end: np.array(topological_order(uses, end)),
    fixtures=(
        Fixture("eleven nodes", n=11, repeat=True),
        Fixture("seventeen nodes", n=17),
        Fixture("many paths", n=60, cpu_seconds=2.0),
    ),
    sizes=lambda uses, end: {"nodes": len(uses)},
    slow="How does your function know that it has been at a node before?",
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
            "The order is the wrong way round: the end comes last, and what is used comes first.",
            lambda uses, end: topological_order(uses, end)[::-1],
            "In a forward pass, which is computed first: a node, or what it uses?",
        ),
        Mistake(
            "by-number",
            "The nodes are sorted by their numbers; the numbers are only names here.",
            lambda uses, end: sorted(topological_order(uses, end)),
            "Do the nodes' numbers say anything about which node uses which?",
        ),
        Mistake(
            "depth-first-meeting",
            "A node is written down when it is met for the first time. Write it down after all "
            "that it uses has been written down.",
            lambda uses, end: _first_meeting(uses, end, True),
            "A node that is met early may be used by one that is met later. Where in the order "
            "must it be?",
        ),
        Mistake(
            "breadth-first-meeting",
            "The nodes are ordered by how few steps they are from the end. What counts is the "
            "longest path, not the shortest.",
            lambda uses, end: _first_meeting(uses, end, False),
            "The end uses a node directly and by a longer path. Where in the order must that node "
            "be?",
        ),
        Mistake(
            "repeated",
            "A node is listed once for each path that leads to it; once is enough. Keep a set of "
            "the nodes that were visited.",
            _repeated,
            "How does your function know that it has been at a node before?",
        ),
        Mistake(
            "not-needed",
            "Nodes that the end does not need are in the list as well.",
            _everything,
            "Can you get from the end to each of your nodes by going to what is used?",
        ),
        Mistake(
            "end-missing",
            "The end itself is missing; it is computed last.",
            lambda uses, end: topological_order(uses, end)[:-1],
            "Is the end a node of its own graph?",
        ),
    ),
)
