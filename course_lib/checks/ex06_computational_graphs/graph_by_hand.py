from __future__ import annotations

from course_lib.checks.ex06_computational_graphs.reference import (
    graph_by_hand,
)
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Call, Mistake, Part, Question, page
from course_lib.checks.sheets import Numbers, Sheet
from course_lib.checks.worked import Worked

PAGE = page(__name__)
UPSTREAM = f"{PAGE}#upstream-gradient"

FAN_OUT_SECTION = f"{PAGE}#fan-out"

LOCAL = f"{PAGE}#local-gradient"


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


def _answer(n: Numbers) -> tuple[float, ...]:
    p, q = n["p"], n["q"]
    return p, p * p, p * q + n["r"] + p * q


def _question(n: Numbers) -> Question:
    p, q = n["p"], n["q"]
    m = p * q
    v = m + n["r"]
    right = _answer(n)

    def only(dp: float) -> Call:
        return lambda: (*right[:2], dp)

    def follows(dr: float, dq: float, dp: float) -> tuple[tuple[float, ...], ...]:
        """Go on from ∂s/∂v = ds_dr; where the start is another number than 1, v has it too."""
        return (), (p * dr,), (v + q * dr, (v + q * p) * dr / p)

    return Question(
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
        tolerance=1e-9,
        absolute=0.0011,
        follows=follows,
        example=_hand_example,
        correct={"whole numbers": lambda: (3, 9, -7)},
        mistakes=(
            Mistake(
                "B18",
                "Your ds_dp is only the contribution of the path through m. p is used twice, so "
                "the contribution of the last product should be added.",
                only(p * q),
                "How many edges leave p?",
            ),
            Mistake(
                "direct-path-only",
                "Your ds_dp is only the contribution of the last product. p is used twice, so the "
                "contribution of the path through m should be added.",
                only(v),
                "How many edges leave p?",
            ),
            Mistake(
                "paths-multiplied",
                "The two contributions to ds_dp are multiplied. Derivatives are multiplied along "
                "one path, and the contributions of several paths are added.",
                only(v * p * q),
                "A change of p changes s along two paths. How should the two contributions be "
                "combined?",
            ),
            Mistake(
                "own-factor",
                "For the products, the two factors are swapped: each factor should receive the "
                "upstream gradient times the other factor.",
                lambda: (v, v * q, p + v * p),
                "s = v·p. When v grows by 1, by how much does s grow?",
                section=LOCAL,
            ),
            Mistake(
                "loss-for-one",
                "The backward pass starts with the value of s. It should start with ∂s/∂s = 1, so "
                "every gradient is multiplied by s.",
                lambda: tuple(v * p * one for one in right),
                "With which number should the backward pass start: what is ∂s/∂s?",
                section=UPSTREAM,
            ),
            Mistake(
                "sum-divides",
                "At the sum v = m + r, the gradient is divided, half for each input. A sum passes "
                "the whole upstream gradient to each input.",
                lambda: (p / 2, p * p / 2, v + q * p / 2),
                "When r grows by 1, by how much does m + r grow?",
                section=LOCAL,
            ),
        ),
    )


CHOICES = (-7, -6, -5, -4, -3, -2, 2, 3, 4, 5, 6, 7)
SHEET = Sheet(
    numbers={"p": 3, "q": -2, "r": 5},
    choices={"p": CHOICES, "q": CHOICES, "r": (*range(-12, -1), *range(2, 13))},
    answer=_answer,
    question=_question,
    text=(
        r"\text{at } p = <p>,\ q = <q>,\ r = <r> .",
        "with $v = <v>$ and $p = <p>$.",
        '(node_backward, 1.0, "product", <v.>, <p.>)',
    ),
    decimals=(0, 0, 0),
    derived=lambda n: {"v": n["p"] * n["q"] + n["r"]},
)
GRAPH_BY_HAND = SHEET.original(graph_by_hand)
