"""`graph_by_hand`, `node_backward` and `fan_out_backward`: contributions, and how they add."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex06_computational_graphs.local import TWO, two_inputs
from course_lib.checks.ex06_computational_graphs.page import PAGE
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question
from course_lib.checks.reference.ex06 import (
    fan_out_backward,
    graph_by_hand,
    local_two,
    node_backward,
)
from course_lib.checks.worked import Worked

UPSTREAM = f"{PAGE}#upstream-gradient"
FAN_OUT_SECTION = f"{PAGE}#fan-out"
LOCAL = f"{PAGE}#local-gradient"


def _hand(dr: float = 3.0, dq: float = 9.0, dp: float = -7.0) -> Callable[[], tuple[float, ...]]:
    return lambda: (dr, dq, dp)


def _hand_example() -> str:
    text = Worked("s = (p·q − r)·q at p = 2, q = 3, r = 1, as a list: m = p·q, v = m − r, s = v·q.")
    text.line("  forward:  m = 6,  v = 5,  s = 15")
    text.line("  backward: ∂s/∂s = 1")
    text.line(
        "            s = v·q swaps:  to v: 1·3 = 3,  to q: 1·5 = 5 (the first contribution of q)"
    )
    text.line("            v = m − r:      to m: 3·1 = 3,  to r: 3·(−1) = −3")
    text.line(
        "            m = p·q swaps:  to p: 3·3 = 9,  to q: 3·2 = 6 (the second contribution of q)"
    )
    text.line("  ∂s/∂r = −3,  ∂s/∂p = 9,  ∂s/∂q = 5 + 6 = 11")
    return str(text)


BY_HAND = Question(
    name="graph_by_hand",
    signature="graph_by_hand() -> (ds_dr, ds_dq, ds_dp)",
    returns=("ds_dr", "ds_dq", "ds_dp"),
    parts=(
        Part("ds_dr", 1, (0,), section=UPSTREAM, place="Look at ds_dr."),
        Part("ds_dq", 1, (1,), section=UPSTREAM, place="Look at ds_dq."),
        Part("ds_dp", 1, (2,), place="Look at ds_dp, and count the uses of p."),
    ),
    section=FAN_OUT_SECTION,
    place="Look at the backward pass, node by node from s.",
    inputs=lambda rng, fixture: (),
    reference=graph_by_hand,
    fixtures=(Fixture("by hand"),),
    tolerance=0.0,
    absolute=0.0011,
    example=_hand_example,
    correct={"whole numbers": lambda: (3, 9, -7)},
    mistakes=(
        Mistake(
            "B18",
            "Your ds_dp is only the contribution of the path through m. p is used twice, so the "
            "contribution of the last product should be added.",
            _hand(dp=-6.0),
            "How many edges leave p?",
        ),
        Mistake(
            "straight-share",
            "Your ds_dp is only the contribution of the last product. p is used twice, so the "
            "contribution of the path through m should be added.",
            _hand(dp=-1.0),
            "How many edges leave p?",
        ),
        Mistake(
            "ways-multiplied",
            "The two contributions to ds_dp are multiplied. Derivatives are multiplied along one "
            "path, and the contributions of several paths are added.",
            _hand(dp=6.0),
            "A change of p changes s along two paths. How should the two contributions be "
            "combined?",
        ),
        Mistake(
            "own-factor",
            "For the products, the two factors are swapped: each factor should receive the "
            "upstream gradient times the other factor.",
            _hand(-1.0, 2.0, 0.0),
            "s = v·p. When v grows by 1, by how much does s grow?",
            section=LOCAL,
        ),
        Mistake(
            "loss-for-one",
            "The backward pass starts with the value of s. It should start with ∂s/∂s = 1, so "
            "every gradient is multiplied by s.",
            _hand(-9.0, -27.0, 21.0),
            "With which number should the backward pass start: what is ∂s/∂s?",
            section=UPSTREAM,
        ),
        Mistake(
            "sum-divides",
            "At the sum v = m + r, the gradient is divided, half for each input. A sum passes "
            "the whole upstream gradient to each input.",
            _hand(1.5, 4.5, -4.0),
            "When r grows by 1, by how much does m + r grow?",
            section=LOCAL,
        ),
    ),
)


def node_inputs(rng: Generator, fixture: Fixture) -> tuple[float, str, float, float]:
    """Draw an upstream gradient and a node with two inputs; the fixture names the operation."""
    from dataclasses import replace

    drawn = two_inputs(rng, replace(fixture, variant=fixture.name.split()[0]))
    return float(rng.uniform(1.6, 3.4)) * (-1.0 if fixture.name.endswith("1") else 1.0), *drawn


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


NODE = Question(
    name="node_backward",
    signature="node_backward(upstream, operation, p, q) -> (contribution_p, contribution_q)",
    returns=("contribution_p", "contribution_q"),
    parts=(Part("the pair of contributions", 2),),
    section=UPSTREAM,
    place="Look at how the upstream gradient and the local gradients are combined.",
    inputs=node_inputs,
    reference=node_backward,
    fixtures=tuple(
        Fixture(f"{name} {number}", repeat=number == 1) for name in TWO for number in (1, 2, 3)
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
            "upstream-shared-out",
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
            "results-exchanged",
            "The two contributions are returned in the wrong order. contribution_p should be "
            "first.",
            _node(lambda upstream, one, two: (upstream * two, upstream * one)),
            "In which order should the function return its two results?",
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


def fan_out_inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray, np.ndarray]:
    """Draw the upstream and the local gradient of each use; their sum has either sign."""
    upstream, local = rng.uniform(0.5, 2.0, size=(2, fixture.n)) * rng.choice(
        [-1.0, 1.0], size=(2, fixture.n)
    )
    wanted = -1.0 if fixture.n in (3, 11) else 1.0
    return upstream * wanted * np.sign(upstream @ local), local


def _loop(upstream: np.ndarray, local: np.ndarray) -> float:
    total = 0.0
    for arrived, slope in zip(upstream, local, strict=True):
        total += arrived * slope
    return total


def _fan_out_example() -> str:
    text = Worked("A number is an input of three nodes. Their upstream and local gradients:")
    text.array("upstream", [2.0, -1.0, 0.5]).array("local", [1.0, 3.0, 4.0])
    text.line("  contributions: 2·1 = 2,  (−1)·3 = −3,  0.5·4 = 2")
    text.line("  the gradient of the number: 2 − 3 + 2 = 1")
    return str(text)


FAN_OUT = Question(
    name="fan_out_backward",
    signature="fan_out_backward(upstream, local) -> dp",
    returns=("dp",),
    parts=(Part("dp", 2),),
    section=FAN_OUT_SECTION,
    place="Look at what happens along one path, and at how the paths are combined.",
    inputs=fan_out_inputs,
    reference=fan_out_backward,
    fixtures=tuple(Fixture(f"{uses} uses", n=uses, repeat=uses == 3) for uses in (3, 5, 7, 11)),
    sizes=lambda upstream, local: {"(number of uses)": len(local)},
    example=_fan_out_example,
    correct={
        "a loop with +=": _loop,
        "sum of the products": lambda upstream, local: (upstream * local).sum(),
        "einsum": lambda upstream, local: np.einsum("i,i->", upstream, local),
        "float32": lambda upstream, local: np.dot(
            upstream.astype(np.float32), local.astype(np.float32)
        ),
    },
    mistakes=(
        Mistake(
            "B18",
            "Only the last contribution is kept (= instead of +=). The contributions of all uses "
            "should be added.",
            lambda upstream, local: float(upstream[-1] * local[-1]),
            "Which contributions does your variable contain at the end?",
        ),
        Mistake(
            "first-share",
            "Only the first contribution is returned, because the `return` is inside the loop. "
            "The contributions of all uses should be added.",
            lambda upstream, local: float(upstream[0] * local[0]),
            "How often does your loop run before the function returns?",
        ),
        Mistake(
            "ways-multiplied",
            "The contributions are multiplied. Derivatives are multiplied along one path, and "
            "the contributions of several paths are added.",
            lambda upstream, local: float(np.prod(upstream * local)),
            "The loss changes along every path. How should the contributions be combined?",
        ),
        Mistake(
            "mean-of-shares",
            "The contributions are averaged. They should be added.",
            lambda upstream, local: float(np.mean(upstream * local)),
            "Does one path change the loss less because there are other paths?",
        ),
        Mistake(
            "sums-multiplied",
            "The sum of the upstream gradients is multiplied by the sum of the local gradients. "
            "Multiply the two gradients of each path first, and then add.",
            lambda upstream, local: float(upstream.sum() * local.sum()),
            "Which upstream gradient and which local gradient are on the same path?",
        ),
        Mistake(
            "local-missing",
            "The upstream gradients are added without the local gradients. Each should be "
            "multiplied by its local gradient first.",
            lambda upstream, local: float(upstream.sum()),
            "By what should each upstream gradient be multiplied?",
        ),
        Mistake(
            "upstream-missing",
            "The local gradients are added without the upstream gradients. Each should be "
            "multiplied by its upstream gradient first.",
            lambda upstream, local: float(local.sum()),
            "By what should each local gradient be multiplied?",
        ),
        Mistake(
            "shares-not-added",
            "Your function returns one contribution per use. It should return their sum.",
            lambda upstream, local: upstream * local,
            "How many gradients does one number have?",
        ),
    ),
)
