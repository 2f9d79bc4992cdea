from __future__ import annotations

from course_lib.checks.ex07_many_neurons.hidden_error_entry import COLUMN, SLOPE, SUM, example
from course_lib.checks.ex07_many_neurons.reference import many_by_hand
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Call, Mistake, Part, Question, page
from course_lib.checks.sheets import Numbers, Sheet, array, grid

PAGE = page(__name__)


def _answer(n: Numbers) -> tuple[float, ...]:
    da = n["W00"] * n["d0"] + n["W10"] * n["d1"] + n["W20"] * n["d2"]
    return n["d2"] * n["a1"], da, da * (1 - n["a0"] ** 2)


def _question(n: Numbers) -> Question:
    delta, W, a = array("d", n), array("W", n), array("a", n)
    dW, da, _ = _answer(n)
    slope = 1 - float(a[0]) ** 2

    def wrong(dW: float = dW, da: float = da, slope: float = slope) -> Call:
        return lambda: (float(dW), float(da), float(da * slope))

    return Question(
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
                    "Write down the three terms of the sum that gives da[0]. "
                    "Which weight does each of them contain?"
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
        tolerance=1e-9,
        absolute=0.0011,
        follows=lambda dW_21, da_0, delta_0: ((), (), (da_0 * slope,)),
        example=example,
        correct={"rounded": lambda: (-0.15, -1.08, -0.389)},
        mistakes=(
            Mistake(
                "own-factor",
                "Your dW[2, 1] is the error times the weight. It should be the error times the "
                "input of the weight, delta[2]·a[1].",
                wrong(dW=delta[2] * W[2, 1]),
                "By how much does z[2] change when W[2, 1] changes by 1?",
            ),
            Mistake(
                "indices-swapped",
                "Your dW[2, 1] uses another pair of indices, such as delta[1]·a[0]. The first "
                "index, 2, is that of the error, and the second, 1, that of the activation.",
                wrong(dW=delta[1] * a[0]),
                "In W[2, 1], which index is the neuron that the edge leads to?",
            ),
            Mistake(
                "counted-from-one",
                "Your indices count from 1, as on the page. Here they count from 0, as in Python: "
                "delta[2] is the last error.",
                wrong(delta[1] * a[0], W[:, 1] @ delta, 1 - a[1] ** 2),
                "Is delta[2] the second entry, or the third?",
            ),
            Mistake(
                "B02",
                "Your da[0] uses row 0 of W and has two terms. It should use column 0, with one "
                "term for each of the three neurons.",
                wrong(da=W[0] @ delta[:2]),
                "How many neurons have a[0] as an input, and where in W are the weights of these "
                "edges?",
                section=COLUMN,
            ),
            Mistake(
                "one-contribution",
                "Your da[0] is a single contribution. It should be the sum of three, because a[0] "
                "is an input of three neurons.",
                wrong(da=W[0, 0] * delta[0]),
                "How many neurons have a[0] as an input?",
            ),
            Mistake(
                "B12",
                "Your delta_0 equals da[0]: the derivative of tanh, 1 − a[0]², is missing.",
                wrong(slope=1),
                "Which function is between a[0] and its pre-activation, and what does the chain "
                "rule multiply by?",
            ),
            Mistake(
                "not-squared",
                "Your derivative is 1 − a[0]. The derivative of tanh should be 1 − a[0]².",
                wrong(slope=1 - a[0]),
                "What is the derivative of tanh, written in a?",
            ),
            Mistake(
                "sigmoid-derivative",
                "Your derivative a[0](1 − a[0]) is that of the sigmoid. This neuron has tanh, so "
                "it should be 1 − a[0]².",
                wrong(slope=a[0] * (1 - a[0])),
                "Which activation function does this neuron have?",
            ),
        ),
    )


ERRORS = (-0.6, -0.5, -0.4, -0.3, -0.2, 0.2, 0.3, 0.4, 0.5, 0.6)
WEIGHTS = (-2, -1.5, -1, -0.6, -0.5, -0.4, 0.4, 0.5, 0.6, 1, 1.5, 2)
OUTPUTS = (-0.8, -0.6, -0.5, -0.4, -0.2, 0.2, 0.4, 0.5, 0.6, 0.8)
SHEET = Sheet(
    numbers={
        **{"d0": 0.2, "d1": -0.5, "d2": 0.3},
        **grid("W", [[0.5, -1], [2, 0.4], [-0.6, 1.5]]),
        **{"a0": 0.8, "a1": -0.5},
    },
    choices={
        **dict.fromkeys(("d0", "d1", "d2"), ERRORS),
        **dict.fromkeys(grid("W", [[0, 0]] * 3), WEIGHTS),
        **dict.fromkeys(("a0", "a1"), OUTPUTS),
    },
    answer=_answer,
    question=_question,
    text=(
        r"\delta = \begin{pmatrix} <d0> \\ <d1> \\ <d2> \end{pmatrix}",
        r"W = \begin{pmatrix} <W00> & <W01> \\ <W10> & <W11> \\ <W20> & <W21> \end{pmatrix}",
        r"a = \begin{pmatrix} <a0> \\ <a1> \end{pmatrix}",
        "delta = np.array([<d0.>, <d1.>, <d2.>])\n"
        "W = np.array([[<W00.>, <W01.>], [<W10.>, <W11.>], [<W20.>, <W21.>]])\n"
        "a = np.array([<a0.>, <a1.>])\nexample(hidden_error_entry",
    ),
    decimals=(2, 2, 4),
)
MANY_BY_HAND = SHEET.original(many_by_hand)
