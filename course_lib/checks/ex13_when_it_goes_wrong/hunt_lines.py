"""`wrong_layers` and `wrong_lines`: what the student finds out about the machines of the notebook.

Each machine is a part of its own, so each wrong answer about one machine is known by itself.
"""

from __future__ import annotations

from course_lib.checks.ex13_when_it_goes_wrong.page import PAGE
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question
from course_lib.checks.reference.ex13 import wrong_layers, wrong_lines
from course_lib.checks.worked import Worked

ORDER, HUNT = f"{PAGE}#where-to-look", f"{PAGE}#planted-bug"
MACHINES = ("A", "B", "C", "D", "E")


def _one(
    right: tuple[int, ...], machine: str, value: int, name: str, question: str, section: str = ""
) -> Mistake:
    """Get one machine wrong and the others right."""
    answer = tuple(
        value if one == machine else number for one, number in zip(MACHINES, right, strict=True)
    )
    return Mistake(f"{machine}-{value}", name, lambda: answer, question, section=section)


def _example() -> str:
    text = Worked("Another machine, of four layers, was checked:")
    text.line("  first_wrong returned (3, True, True): both arrays of the last layer are wrong.")
    text.line("  Both are computed from Δ of that layer, so Δ was wrong at the output.")
    text.line("  gradient/check was 6 in every entry, and N = 6: the mean's 1/N was missing.")
    text.line("Its answers: layer 3, and mistake 1.")
    return str(text)


def _layers() -> tuple[Mistake, ...]:
    """Every layer that a machine does not have as its first wrong one."""
    right = wrong_layers()
    found = []
    for machine, layer in zip(MACHINES, right, strict=True):
        for value in range(-1, 4):
            if value == layer:
                continue
            if layer == -1:
                name = f"All arrays of machine {machine} agree with the check, at every call."
                question = (
                    f"Which array of machine {machine} differs from the check, and at which call?"
                )
            elif value > layer:
                name = (
                    f"All arrays of layer {value} of machine {machine} agree with the check. The "
                    "first wrong layer, counted from the output, is another one."
                )
                question = (
                    f"Which array of layer {value} of machine {machine} differs from the check?"
                )
            elif value == -1 and machine == "D":
                name = "Machine D is right at its first call. Call it again."
                question = "How often does a training loop call its backward pass?"
            elif value == -1:
                name = f"At least one array of machine {machine} differs from the check."
                question = f"Which arrays of machine {machine} did you compare with the check?"
            else:
                name = (
                    f"A layer of machine {machine} nearer to the output is wrong as well. Its "
                    f"error is propagated to layer {value}."
                )
                question = "At which end of the network does the backward pass begin?"
            found.append(_one(right, machine, value, name, question, ORDER))
    return tuple(found)


WRONG_LAYERS = Question(
    name="wrong_layers",
    signature="wrong_layers() -> (A, B, C, D, E)",
    returns=tuple(f"layer of {machine}" for machine in MACHINES),
    parts=tuple(
        Part(
            f"the layer of machine {machine}",
            1,
            (index,),
            place=f"Compare all arrays of machine {machine} with the check, at two calls.",
            next_step=f"Counted from the output, which array of machine {machine} is the first "
            "that differs from the check?",
        )
        for index, machine in enumerate(MACHINES)
    ),
    section=HUNT,
    place="Run the check on each machine, and call each machine more than once.",
    inputs=lambda rng, fixture: (),
    reference=wrong_layers,
    fixtures=(Fixture("hunt"),),
    example=_example,
    correct={"a list": lambda: [3, 2, 1, 3, -1], "floats": lambda: (3.0, 2.0, 1.0, 3.0, -1.0)},
    mistakes=(
        Mistake(
            "lowest-layer",
            "Your layers are the wrong ones nearest to the input. They should be those nearest to "
            "the output, because an error makes all layers before it wrong.",
            lambda: (0, 0, 0, 0, -1),
            "At which end of the network does the backward pass begin?",
            section=ORDER,
        ),
        Mistake(
            "from-one",
            "Your layers are counted from 1. They should be counted from 0, as the indices of a "
            "list.",
            lambda: (4, 3, 2, 4, -1),
            "Which index does the first layer have in the list?",
        ),
        Mistake(
            "steps-from-the-output",
            "Your numbers are the steps from the output. They should be the indices of the "
            "layers, as in W[i].",
            lambda: (0, 1, 2, 0, -1),
            "Which index does the last layer have in the list?",
        ),
        Mistake(
            "both-needed",
            "Your answers for A and C overlook a layer where only one of the two arrays is wrong.",
            lambda: (-1, 2, 0, 3, -1),
            "If only one of the two arrays of a layer is wrong, is the layer wrong?",
        ),
        *_layers(),
    ),
)

DW_RIGHT = "All dW of machine A are right, so each Δ is right. The mistake is in the line of db."
DELTA_RIGHT = (
    "The formulas of machine C are right. In layer 1, db is right, but dW is wrong, so one of the "
    "arrays that dW uses no longer contains what the forward pass computed."
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
            "in the step from layer 3 to layer 2.",
            "Which layers use the output error, and which of them are right?",
        ),
        (
            (2,),
            "In the first wrong layer of machine B both dW and db are wrong. The mistake is in Δ, "
            "which both use.",
            "Which arrays of layer 2 are wrong, and which array do their lines both use?",
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
            "No array in the cache of machine B is overwritten. Both arrays of layer 2 are wrong, "
            "so the mistake is in Δ.",
            "Which arrays of layer 2 are wrong, and which array do their lines both use?",
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
            "Which of the two arrays of layer 1 is wrong?",
        ),
        (
            (3, 4, 5),
            DELTA_RIGHT,
            "Which array does dW of layer 1 use that db does not?",
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
    example=_example,
    correct={"a list": lambda: [2, 5, 6, 7, 9]},
    mistakes=tuple(
        _one(wrong_lines(), machine, number, name, question)
        for machine, groups in OTHERS.items()
        for numbers, name, question in groups
        for number in numbers
    ),
)
