from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex06_computational_graphs.graph_by_hand import UPSTREAM
from course_lib.checks.ex06_computational_graphs.local_two import TWO, two_inputs
from course_lib.checks.ex06_computational_graphs.reference import (
    local_two,
    node_backward,
)
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)


def node_inputs(rng: Generator, fixture: Fixture) -> tuple[float, str, float, float]:
    """Draw an upstream gradient and a node with two inputs; the fixture sets the operation."""
    drawn = two_inputs(rng, fixture)
    return float(rng.uniform(1.6, 3.4)) * (-1.0 if fixture["call"] == 1 else 1.0), *drawn


def _node(change: Callable[[float, float, float], tuple[float, float]]) -> Callable[..., Any]:
    """Make the contributions from the upstream gradient and both local ones by another rule."""

    def wrong(upstream: float, operation: str, p: float, q: float) -> tuple[float, float]:
        return change(upstream, *local_two(operation, p, q))

    return wrong


def _carried_node(
    call: Callable[..., Any], upstream: float, operation: str, p: float, q: float
) -> tuple[float, float]:
    ds_dp, ds_dq = call("local_two", operation, p, q)
    return upstream * ds_dp, upstream * ds_dq


def _node_example() -> str:
    text = Worked("s = p·q with p = 4, q = −1, and the upstream gradient ∂ℒ/∂s = 0.5:")
    text.line("  to p: upstream 0.5, times local q = −1:  −0.5")
    text.line("  to q: upstream 0.5, times local p = 4:    2")
    text.line("If the node were a sum, both would receive 0.5 · 1 = 0.5.")
    return str(text)


NODE_BACKWARD = Question(
    name="node_backward",
    signature="node_backward(upstream, operation, p, q) -> (contribution_p, contribution_q)",
    returns=("contribution_p", "contribution_q"),
    parts=(Part("the pair of contributions", 2),),
    section=UPSTREAM,
    place="Look at how the upstream gradient and the local gradients are combined.",
    inputs=node_inputs,
    reference=node_backward,
    fixtures=tuple(
        Fixture(f"{name} {call}", repeat=call == 1, settings={"operation": name, "call": call})
        for name in TWO
        for call in (1, 2, 3)
    ),
    carried=_carried_node,
    example=_node_example,
    correct={
        "an array": lambda upstream, *node: upstream * np.array(local_two(*node)),
        "float32": lambda upstream, *node: tuple(
            np.float32(upstream) * np.float32(slope) for slope in local_two(*node)
        ),
    },
    mistakes=(
        Mistake(
            "upstream-missing",
            "Your function returns the local gradients. Each should be multiplied by the "
            "upstream gradient.",
            _node(lambda upstream, one, two: (one, two)),
            "Where does your function use the upstream gradient?",
        ),
        Mistake(
            "local-missing",
            "Both inputs receive the upstream gradient unchanged, which is right for a sum only. "
            "It should be multiplied by the local gradient.",
            _node(lambda upstream, one, two: (upstream, upstream)),
            "Where does your function use the operation of the node?",
        ),
        Mistake(
            "upstream-added",
            "The upstream and the local gradient are added. Along one path, derivatives are "
            "multiplied.",
            _node(lambda upstream, one, two: (upstream + one, upstream + two)),
            "If p changes by h, s changes by h times the local gradient. By how much does the "
            "loss change?",
        ),
        Mistake(
            "upstream-divided",
            "The upstream gradient is divided, half for each input. A node passes the whole "
            "upstream gradient to each input, times that input's local gradient.",
            _node(lambda upstream, one, two: (upstream * one / 2, upstream * two / 2)),
            "If only p changes, does the change of the loss depend on the number of inputs of "
            "the node?",
        ),
        Mistake(
            "second-upstream-missing",
            "Only the first contribution is multiplied by the upstream gradient. Both should be.",
            _node(lambda upstream, one, two: (upstream * one, two)),
            "By which factors should the local gradient of q be multiplied?",
        ),
        Mistake(
            "results-swapped",
            "The two contributions are returned in the wrong order. contribution_p should be "
            "first.",
            _node(lambda upstream, one, two: (upstream * two, upstream * one)),
            "In which order should the function return its two results?",
            place="Compare the order of your results with the signature.",
        ),
        Mistake(
            "B09",
            "The contributions have the wrong sign. The minus sign of gradient descent belongs "
            "in the update, not in the gradient.",
            _node(lambda upstream, one, two: (-upstream * one, -upstream * two)),
            "In which step of gradient descent does a minus sign belong?",
        ),
    ),
)
