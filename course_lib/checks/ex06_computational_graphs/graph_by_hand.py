from __future__ import annotations

from collections.abc import Callable

from course_lib.checks.ex06_computational_graphs.reference import (
    graph_by_hand,
)
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
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


def _follows(dr: float, dq: float, dp: float) -> tuple[tuple[float, ...], ...]:
    """Go on from ∂s/∂v = ds_dr; where the start is another number than 1, v is multiplied by it."""
    return (), (3 * dr,), (-1 - 2 * dr, (-1 - 2 * 3) * dr / 3)


GRAPH_BY_HAND = Question(
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
    follows=_follows,
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
            "direct-path-only",
            "Your ds_dp is only the contribution of the last product. p is used twice, so the "
            "contribution of the path through m should be added.",
            _hand(dp=-1.0),
            "How many edges leave p?",
        ),
        Mistake(
            "paths-multiplied",
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
