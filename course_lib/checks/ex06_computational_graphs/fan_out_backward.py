from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex06_computational_graphs.graph_by_hand import FAN_OUT_SECTION
from course_lib.checks.ex06_computational_graphs.reference import (
    fan_out_backward,
)
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)


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


FAN_OUT_BACKWARD = Question(
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
            "first-contribution",
            "Only the first contribution is returned, because the `return` is inside the loop. "
            "The contributions of all uses should be added.",
            lambda upstream, local: float(upstream[0] * local[0]),
            "How often does your loop run before the function returns?",
        ),
        Mistake(
            "paths-multiplied",
            "The contributions are multiplied. Derivatives are multiplied along one path, and "
            "the contributions of several paths are added.",
            lambda upstream, local: float(np.prod(upstream * local)),
            "The loss changes along every path. How should the contributions be combined?",
        ),
        Mistake(
            "mean-of-contributions",
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
            "contributions-not-added",
            "Your function returns one contribution per use. It should return their sum.",
            lambda upstream, local: upstream * local,
            "How many gradients does one number have?",
        ),
    ),
)
