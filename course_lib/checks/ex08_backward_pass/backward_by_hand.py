"""`backward_by_hand`: three entries of a dense layer's gradients, computed by hand."""

from __future__ import annotations

from course_lib.checks.ex08_backward_pass.reference import backward_by_hand
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Call, Mistake, Part, Question, page
from course_lib.checks.sheets import Numbers, Sheet, array, grid
from course_lib.checks.worked import Worked

PAGE = page(__name__)


def _example() -> str:
    text = Worked("With other numbers: delta = [[2, -1], [1, 3]], a = [[1, 0, 2], [-1, 4, 1]],")
    text.line("W = [[0.5, 1, -2], [0, 2, 0.5]]:")
    text.line("  dW[0, 1] = delta[0, 0]·a[0, 1] + delta[1, 0]·a[1, 1] = 2·0 + 1·4 = 4")
    text.line("  db[1]    = delta[0, 1] + delta[1, 1] = −1 + 3 = 2")
    text.line("  da[0, 2] = delta[0, 0]·W[0, 2] + delta[0, 1]·W[1, 2] = 2·(−2) + (−1)·0.5 = −4.5")
    return str(text)


def _answer(n: Numbers) -> tuple[float, ...]:
    dW = n["D00"] * n["A01"] + n["D10"] * n["A11"]
    return dW, n["D01"] + n["D11"], n["D00"] * n["W02"] + n["D01"] * n["W12"]


def _question(n: Numbers) -> Question:
    delta, a, W = array("D", n), array("A", n), array("W", n)
    dW, db, da = _answer(n)

    def wrong(dW: float = dW, db: float = db, da: float = da) -> Call:
        return lambda: (float(dW), float(db), float(da))

    return Question(
        name="backward_by_hand",
        signature="backward_by_hand() -> (dW_01, db_1, da_02)",
        returns=("dW[0, 1]", "db[1]", "da[0, 2]"),
        parts=(
            Part(
                "dW[0, 1]",
                1,
                (0,),
                section=f"{PAGE}#weight-gradient",
                place="Look at the terms of the sum that gives dW[0, 1].",
                next_step=(
                    "Write down the two terms of dW[0, 1], one per example. Which entries of delta "
                    "and a does each of them contain?"
                ),
            ),
            Part(
                "db[1]",
                1,
                (1,),
                section=f"{PAGE}#bias-gradient",
                place="Look at the terms of the sum that gives db[1].",
                next_step=(
                    "Write down the terms of db[1], one per example. Which entries of delta are "
                    "they?"
                ),
            ),
            Part(
                "da[0, 2]",
                1,
                (2,),
                section=f"{PAGE}#input-gradient",
                place="Look at the terms of the sum that gives da[0, 2].",
                next_step=(
                    "Write down the terms of da[0, 2], one per neuron. Which entries of delta and "
                    "W does each of them contain?"
                ),
            ),
        ),
        section=f"{PAGE}#weight-gradient",
        place="Look at the three numbers that you return, and at their order.",
        inputs=lambda rng, fixture: (),
        reference=backward_by_hand,
        fixtures=(Fixture("by hand"),),
        tolerance=1e-9,
        absolute=0.005,
        example=_example,
        correct={
            "rounded": lambda: (2.5, 0.4, 0.45),
            "a list of numbers": lambda: [2.5, 0.4, 0.45],
        },
        mistakes=(
            Mistake(
                "one-example",
                "Your dW[0, 1] is the contribution of the first example only. It should be the sum "
                "over both examples.",
                wrong(dW=delta[0, 0] * a[0, 1]),
                "How many examples use the weight W[0, 1]?",
            ),
            Mistake(
                "B05-weights",
                "Your dW[0, 1] is the mean of the two contributions. It should be their sum, "
                "because delta contains the factor 1/N of the loss.",
                wrong(dW=dW / 2),
                "Over the examples, should the contributions be summed or averaged?",
            ),
            Mistake(
                "B01",
                "Your dW[0, 1] is entry [0, 1] of Aᵀ Δ. It should be that of Δᵀ A: the first index "
                "is the neuron, the second the input.",
                wrong(dW=(a.T @ delta)[0, 1]),
                "In W[0, 1], which index is the neuron, and which is the input?",
            ),
            Mistake(
                "B05-bias",
                "Your db[1] is the mean of column 1 of delta. It should be the sum.",
                wrong(db=db / 2),
                "Over the examples, should the contributions be summed or averaged?",
            ),
            Mistake(
                "B21",
                "Your db[1] is the sum of row 1 of delta. It should be the sum of column 1, which "
                "contains one entry per example.",
                wrong(db=delta[1].sum()),
                "Which axis of delta counts the examples?",
            ),
            Mistake(
                "one-neuron",
                "Your da[0, 2] contains the path through neuron 0 only. It should be the sum over "
                "both neurons, because input 2 is an input of both.",
                wrong(da=delta[0, 0] * W[0, 2]),
                "How many neurons have input 2 as an input?",
            ),
        ),
    )


ERRORS = (-0.75, -0.5, -0.25, -0.2, 0.2, 0.25, 0.35, 0.4, 0.5, 0.65, 0.75)
INPUTS = (-4, -3, -2, -1, -0.5, 0.5, 1, 2, 3, 4)
WEIGHTS = (-1, -0.6, -0.5, -0.4, -0.2, 0.2, 0.4, 0.5, 0.6, 1)
ROWS = [[0, 0, 0], [0, 0, 0]]
SHEET = Sheet(
    numbers={
        **grid("D", [[0.5, -0.25], [-0.5, 0.65]]),
        **grid("A", [[1, 2, -1], [3, -3, 0.5]]),
        **grid("W", [[0.2, -0.4, 0.6], [1, 0.5, -0.6]]),
    },
    choices={
        **dict.fromkeys(grid("D", [[0, 0], [0, 0]]), ERRORS),
        **dict.fromkeys(grid("A", ROWS), INPUTS),
        **dict.fromkeys(grid("W", ROWS), WEIGHTS),
    },
    answer=_answer,
    question=_question,
    text=(
        r"\Delta = \begin{pmatrix} <D00> & <D01> \\ <D10> & <D11> \end{pmatrix}",
        r"A = \begin{pmatrix} <A00> & <A01> & <A02> \\ <A10> & <A11> & <A12> \end{pmatrix}",
        r"W = \begin{pmatrix} <W00> & <W01> & <W02> \\ <W10> & <W11> & <W12> \end{pmatrix}",
        "delta = np.array([[<D00.>, <D01.>], [<D10.>, <D11.>]])\n"
        "a = np.array([[<A00.>, <A01.>, <A02.>], [<A10.>, <A11.>, <A12.>]])\n"
        "W = np.array([[<W00.>, <W01.>, <W02.>], [<W10.>, <W11.>, <W12.>]])\n"
        "example(dense_backward",
    ),
    decimals=(3, 2, 3),
)
BACKWARD_BY_HAND = SHEET.original(backward_by_hand)
