"""`graph_by_hand`, `node_backward` and `fan_out_backward`: contributions, and how they add."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex06_computational_graphs.local import TWO, two_inputs
from course_lib.checks.ex06_computational_graphs.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
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
    text.line("  down:  m = 6,  v = 5,  s = 15")
    text.line("  up:    ∂s/∂s = 1")
    text.line(
        "         s = v·q swaps:  to v: 1·3 = 3,  to q: 1·5 = 5 (the first contribution of q)"
    )
    text.line("         v = m − r:      to m: 3·1 = 3,  to r: 3·(−1) = −3")
    text.line(
        "         m = p·q swaps:  to p: 3·3 = 9,  to q: 3·2 = 6 (the second contribution of q)"
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
    place="Look at the three numbers and their order.",
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
            "ds_dp is the contribution that comes back last, through m. p is used twice, and the "
            "contribution through the last product belongs to it as well.",
            _hand(dp=-6.0),
            "How many arrows leave p?",
        ),
        Mistake(
            "straight-share",
            "ds_dp is the contribution of the last product alone. p is used twice: the path "
            "through m contributes as well.",
            _hand(dp=-1.0),
            "How many arrows leave p?",
        ),
        Mistake(
            "ways-multiplied",
            "The two contributions of p are multiplied. Derivatives multiply along one path; "
            "contributions of several paths add.",
            _hand(dp=6.0),
            "A change of p reaches s along two paths. Do the two changes of s add up?",
        ),
        Mistake(
            "own-factor",
            "Each factor of a product got its own value. A product swaps: each receives upstream "
            "times the other factor.",
            _hand(-1.0, 2.0, 0.0),
            "s = v·p: by how much does s grow when v grows by 1?",
            section=LOCAL,
        ),
        Mistake(
            "loss-for-one",
            "The backward pass begins with the value of s where ∂s/∂s = 1 belongs; so all is s "
            "times too large.",
            _hand(-9.0, -27.0, 21.0),
            "By how much does s change when s changes by 1?",
            section=UPSTREAM,
        ),
        Mistake(
            "sum-divides",
            "The sum v = m + r divides its gradient, half for each input. It passes on all of it "
            "to both.",
            _hand(1.5, 4.5, -4.0),
            "Raise r by 1. By how much does m + r grow?",
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
    text = Worked("s = p·q with p = 4, q = −1, and ∂ℒ/∂s = 0.5 has arrived:")
    text.line("  to p: upstream 0.5, times local q = −1:  −0.5")
    text.line("  to q: upstream 0.5, times local p = 4:    2")
    text.line("If the node were a sum, both would receive 0.5 · 1 = 0.5.")
    return str(text)


NODE = Question(
    name="node_backward",
    signature="node_backward(upstream, operation, p, q) -> (share_p, share_q)",
    returns=("share_p", "share_q"),
    parts=(Part("the pair of contributions", 2),),
    section=UPSTREAM,
    place="Look at how the upstream gradient and the local gradients are put together.",
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
            "These are the local gradients. The contribution is upstream times local.",
            _node(lambda upstream, one, two: (one, two)),
            "How strongly does the loss care about this node, and where does that enter?",
        ),
        Mistake(
            "local-missing",
            "Both inputs receive the upstream gradient as it is, which is right for a sum alone. "
            "Multiply by the local gradient.",
            _node(lambda upstream, one, two: (upstream, upstream)),
            "What has the operation of the node to do with your answer?",
        ),
        Mistake(
            "upstream-added",
            "Upstream and local are added; along one path, derivatives multiply.",
            _node(lambda upstream, one, two: (upstream + one, upstream + two)),
            "p moves by h, s by local times h. By how much does the loss move?",
        ),
        Mistake(
            "upstream-shared-out",
            "The upstream gradient is divided between the inputs, half for each. A node passes "
            "all of it to both, each times its own local gradient.",
            _node(lambda upstream, one, two: (upstream * one / 2, upstream * two / 2)),
            "If only p moves, does it matter for the loss how many inputs the node has?",
        ),
        Mistake(
            "second-upstream-missing",
            "Only the first contribution carries the upstream gradient.",
            _node(lambda upstream, one, two: (upstream * one, two)),
            "Does the loss see q through the same node as p?",
        ),
        Mistake(
            "results-exchanged",
            "The two contributions are in the wrong order: share_p comes first.",
            _node(lambda upstream, one, two: (upstream * two, upstream * one)),
            "Which of the two does the signature name first?",
        ),
        Mistake(
            "B09",
            "The sign is wrong: a minus came in that belongs to the update.",
            _node(lambda upstream, one, two: (-upstream * one, -upstream * two)),
            "The gradient points uphill. Which step of the training turns it round?",
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
    text = Worked("A number goes into three nodes. What arrived at them, and their derivatives:")
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
    place="Look at what happens along one path, and where several paths meet.",
    inputs=fan_out_inputs,
    reference=fan_out_backward,
    fixtures=tuple(Fixture(f"{uses} uses", n=uses, repeat=uses == 3) for uses in (3, 5, 7, 11)),
    sizes=lambda upstream, local: {"the number of uses": len(local)},
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
            "Only the last contribution is kept (= where += belongs): every use contributes.",
            lambda upstream, local: float(upstream[-1] * local[-1]),
            "How many of the contributions does your variable hold at the end?",
        ),
        Mistake(
            "first-share",
            "Only the first contribution is there (a return inside the loop): every use "
            "contributes.",
            lambda upstream, local: float(upstream[0] * local[0]),
            "How often does your loop go round before the function ends?",
        ),
        Mistake(
            "ways-multiplied",
            "The contributions are multiplied. Derivatives multiply along one path; contributions "
            "of several paths add.",
            lambda upstream, local: float(np.prod(upstream * local)),
            "The loss changes along every path. Do these changes add up?",
        ),
        Mistake(
            "mean-of-shares",
            "The contributions are averaged. Each use changes the loss in full: add them.",
            lambda upstream, local: float(np.mean(upstream * local)),
            "Do the paths divide something, or does the loss change along each of them?",
        ),
        Mistake(
            "sums-multiplied",
            "The sum of the upstream gradients is multiplied by the sum of the local ones. Each "
            "path has its own pair: multiply in pairs, then add.",
            lambda upstream, local: float(upstream.sum() * local.sum()),
            "Does the gradient that arrived at one node belong to another node's path?",
        ),
        Mistake(
            "local-missing",
            "The upstream gradients are added without the local ones.",
            lambda upstream, local: float(upstream.sum()),
            "What does each node multiply by, on the way from its result to its input?",
        ),
        Mistake(
            "upstream-missing",
            "The local gradients are added without what arrived from the loss.",
            lambda upstream, local: float(local.sum()),
            "Does the loss care about all the nodes alike?",
        ),
        Mistake(
            "shares-not-added",
            "One contribution per use is returned; the number has one gradient, their sum.",
            lambda upstream, local: upstream * local,
            "How many gradients has one number?",
        ),
    ),
)
