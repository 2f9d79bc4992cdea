from __future__ import annotations

from collections.abc import Callable

from course_lib.checks.ex07_many_neurons.hidden_error_entry import COLUMN, SLOPE, SUM, example
from course_lib.checks.ex07_many_neurons.reference import many_by_hand
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page

PAGE = page(__name__)


def _hand(
    dW: float = -0.15, da: float = -1.08, delta: float = -0.3888
) -> Callable[[], tuple[float, ...]]:
    return lambda: (dW, da, delta)


MANY_BY_HAND = Question(
    name="many_by_hand",
    signature="many_by_hand() -> (dW_21, da_0, delta_0)",
    returns=("dW[2, 1]", "da[0]", "delta_0"),
    parts=(
        Part(
            "dW[2, 1]",
            1,
            (0,),
            section=f"{PAGE}#many-weights",
            place="Look at the two factors of dW[2, 1].",
            next_step=(
                "Which entry of the error and which activation are the two factors of dW[2, 1]?"
            ),
        ),
        Part(
            "da[0]",
            1,
            (1,),
            section=SUM,
            place="Look at the terms of the sum that gives da[0].",
            next_step=(
                ""
                "Write "
                "down "
                "the "
                "three "
                "terms "
                "of "
                "the "
                "sum "
                "that "
                "gives "
                "da[0]. "
                "Which "
                "weight "
                "does "
                "each "
                "of "
                "them "
                "contain?"
            ),
        ),
        Part(
            "delta_0",
            1,
            (2,),
            section=SLOPE,
            place="Look at the factor between da[0] and delta_0.",
            next_step="By which derivative is da[0] multiplied to give delta_0?",
        ),
    ),
    section=SUM,
    place="Look at the three numbers that you return, and at their order.",
    inputs=lambda rng, fixture: (),
    reference=many_by_hand,
    fixtures=(Fixture("by hand"),),
    tolerance=0.0,
    absolute=0.0011,
    follows=lambda dW_21, da_0, delta_0: ((), (), (da_0 * (1 - 0.8**2),)),
    example=example,
    correct={"rounded": _hand(-0.15, -1.08, -0.389)},
    mistakes=(
        Mistake(
            "own-factor",
            "Your dW[2, 1] is the error times the weight. It should be the error times the input "
            "of the weight, delta[2]·a[1].",
            _hand(dW=0.45),
            "By how much does z[2] change when W[2, 1] changes by 1?",
        ),
        Mistake(
            "indices-swapped",
            "Your dW[2, 1] uses another pair of indices, such as delta[1]·a[0]. The first index, "
            "2, is that of the error, and the second, 1, that of the activation.",
            _hand(dW=-0.4),
            "In W[2, 1], which index is the neuron that the edge leads to?",
        ),
        Mistake(
            "counted-from-one",
            "Your indices count from 1, as on the page. Here they count from 0, as in Python: "
            "delta[2] is the last error.",
            _hand(dW=-0.5 * 0.8, da=0.05, delta=0.05 * 0.75),
            "Is delta[2] the second entry, or the third?",
        ),
        Mistake(
            "B02",
            "Your da[0] uses row 0 of W and has two terms. It should use column 0, with one term "
            "for each of the three neurons.",
            _hand(da=0.6, delta=0.216),
            "How many neurons have a[0] as an input, and where in W are the weights of these "
            "edges?",
            section=COLUMN,
        ),
        Mistake(
            "one-contribution",
            "Your da[0] is a single contribution. It should be the sum of three, because a[0] is "
            "an input of three neurons.",
            _hand(da=0.1, delta=0.036),
            "How many neurons have a[0] as an input?",
        ),
        Mistake(
            "B12",
            "Your delta_0 equals da[0]: the derivative of tanh, 1 − a[0]², is missing.",
            _hand(delta=-1.08),
            "Which function is between a[0] and its pre-activation, and what does the chain rule "
            "multiply by?",
        ),
        Mistake(
            "not-squared",
            "Your derivative is 1 − a[0]. The derivative of tanh should be 1 − a[0]².",
            _hand(delta=-0.216),
            "What is the derivative of tanh, written in a?",
        ),
        Mistake(
            "sigmoid-derivative",
            "Your derivative a[0](1 − a[0]) is that of the sigmoid. This neuron has tanh, so it "
            "should be 1 − a[0]².",
            _hand(delta=-0.1728),
            "Which activation function does this neuron have?",
        ),
    ),
)
