from __future__ import annotations

from course_lib.checks.ex13_when_it_goes_wrong.reference import wrong_lines
from course_lib.checks.ex13_when_it_goes_wrong.wrong_layers import HUNT, MACHINES, example, one
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Part, Question, page

PAGE = page(__name__)
DW_RIGHT = "All dW of machine A are right, so each Δ is right. The mistake is in the line of db."

DELTA_RIGHT = (
    "The formulas of machine C are right. In its first wrong layer, db is right, but dW is wrong, "
    "so one of the arrays that dW uses no longer contains what the forward pass computed."
)

OTHERS: dict[str, tuple[tuple[tuple[int, ...], str, str], ...]] = {
    "A": (
        (
            (1, 3, 4, 5, 8),
            DW_RIGHT,
            "Which arrays of machine A are wrong, and which lines compute them?",
        ),
        (
            (6,),
            DW_RIGHT,
            "Which arrays of machine A are wrong, and do their lines use an activation?",
        ),
        (
            (7,),
            "Machine A is wrong at its first call already, so no earlier call is the cause.",
            "At which call of machine A is the first array wrong?",
        ),
        (
            (9,),
            "Some arrays of machine A differ from the check.",
            ("Which arrays of machine A did you compare with the check?"),
        ),
    ),
    "B": (
        (
            (1, 8),
            "The last layer of machine B is right, so its output error is right. The mistake is "
            "in a step from one layer to the layer before.",
            "Which layers use the output error, and which of them are right?",
        ),
        (
            (2,),
            "In the first wrong layer of machine B both dW and db are wrong. The mistake is in Δ, "
            "which both use.",
            "Which arrays of the first wrong layer are wrong, and which array do their lines both "
            "use?",
        ),
        (
            (3, 4),
            "The derivatives of machine B are right: 1 − tanh² of the z before. Look at the other "
            "factor in the same line.",
            "Which factors does the line of Δ have, and which of them did you compare with the "
            "formula?",
        ),
        (
            (6,),
            "No array in the cache of machine B is overwritten. In its first wrong layer both "
            "arrays are wrong, so the mistake is in Δ.",
            "Which arrays of the first wrong layer are wrong, and which array do their lines both "
            "use?",
        ),
        (
            (7,),
            "Machine B creates new arrays in every call, so no earlier call is the cause.",
            "Does machine B return other numbers at the second call?",
        ),
        (
            (9,),
            "Some arrays of machine B differ from the check.",
            "Which arrays of machine B did you compare with the check?",
        ),
    ),
    "C": (
        (
            (1, 8),
            "The last layer of machine C is right, so its output error is right.",
            "Which layers use the output error, and which of them are right?",
        ),
        (
            (2,),
            "In the first wrong layer of machine C, db is right.",
            "Which of the two arrays of the first wrong layer is wrong?",
        ),
        (
            (3, 4, 5),
            DELTA_RIGHT,
            "Which array does dW of the first wrong layer use that db does not?",
        ),
        (
            (7,),
            "Machine C is wrong at its first call already, so no earlier call is the cause.",
            "At which call of machine C is the first array wrong?",
        ),
        (
            (9,),
            "Some arrays of machine C differ from the check.",
            "Which arrays of machine C did you compare with the check?",
        ),
    ),
    "D": (
        (
            (9,),
            "Machine D is right at its first call. Call it again.",
            "How often does a training loop call its backward pass?",
        ),
        (
            (1, 2, 3, 4, 5, 6, 8),
            "Machine D is right at its first call, so its formulas are right. Something of the "
            "first call remains for the second.",
            "At which call of machine D is the first array wrong?",
        ),
    ),
    "E": (
        (
            (1, 2, 3, 4, 5, 6, 7, 8),
            "All arrays of machine E agree with the check, at every call.",
            "Which array of machine E differs from the check, and at which call?",
        ),
    ),
}

WRONG_LINES = Question(
    name="wrong_lines",
    signature="wrong_lines() -> (A, B, C, D, E)",
    returns=tuple(f"mistake of {machine}" for machine in MACHINES),
    parts=tuple(
        Part(
            f"the mistake of machine {machine}",
            1,
            (index,),
            place=f"Read the line of machine {machine} that computes its first wrong array.",
            next_step=f"Which arrays of the first wrong layer of machine {machine} are wrong, and "
            "which are right?",
        )
        for index, machine in enumerate(MACHINES)
    ),
    section=HUNT,
    place="Read only the lines that compute the first wrong array.",
    inputs=lambda rng, fixture: (),
    reference=wrong_lines,
    fixtures=(Fixture("hunt"),),
    example=example,
    correct={"a list": lambda: [2, 5, 6, 7, 9]},
    mistakes=tuple(
        one(wrong_lines(), machine, number, name, question)
        for machine, groups in OTHERS.items()
        for numbers, name, question in groups
        for number in numbers
    ),
)
