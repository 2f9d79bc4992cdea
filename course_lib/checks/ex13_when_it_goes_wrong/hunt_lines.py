"""`wrong_layers` and `wrong_lines`: what the student finds out about the machines of the notebook.

Each machine is a part of its own, so each wrong answer about one machine is known by itself.
"""

from __future__ import annotations

from course_lib.checks.ex13_when_it_goes_wrong.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
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
                name = f"Machine {machine} is right: every gradient agrees, at every call."
                question = f"Which array of machine {machine} differs from the check?"
            elif value > layer:
                name = (
                    f"Layer {value} of machine {machine} is right. Its first wrong layer, counted "
                    "from the output, is another one."
                )
                question = f"Which array of layer {value} of machine {machine} differs?"
            elif value == -1 and machine == "D":
                name = "Machine D is right when it is called for the first time. Call it again."
                question = "How often does a training loop call its backward pass?"
            elif value == -1:
                name = f"Machine {machine} is wrong: one array at least differs from the check."
                question = f"Which arrays of machine {machine} did you compare: dW, db or both?"
            else:
                name = (
                    f"A layer of machine {machine} nearer to the output is wrong already, and its "
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
            f"the layer of machine {machine}", 1, (index,), place=f"Check machine {machine} again."
        )
        for index, machine in enumerate(MACHINES)
    ),
    section=HUNT,
    place="Run the check on each machine; call it more than once.",
    inputs=lambda rng, fixture: (),
    reference=wrong_layers,
    fixtures=(Fixture("hunt"),),
    example=_example,
    correct={"a list": lambda: [3, 2, 1, 3, -1], "floats": lambda: (3.0, 2.0, 1.0, 3.0, -1.0)},
    mistakes=(
        Mistake(
            "lowest-layer",
            "These are the wrong layers nearest to the input. A wrong layer makes all layers "
            "before it wrong, so the cause is in the one nearest to the output.",
            lambda: (0, 0, 0, 0, -1),
            "At which end of the network does the backward pass begin?",
            section=ORDER,
        ),
        Mistake(
            "from-one",
            "The layers are counted from 1; the indices of a list begin at 0.",
            lambda: (4, 3, 2, 4, -1),
            "Which index does the first layer have in the list?",
        ),
        Mistake(
            "steps-from-the-output",
            "These are steps from the output; the layer's index is asked for, as in W[i].",
            lambda: (0, 1, 2, 0, -1),
            "Which index does the last layer have in the list?",
        ),
        Mistake(
            "both-needed",
            "Machines A and C each have a wrong layer in which one of the two arrays is right.",
            lambda: (-1, 2, 0, 3, -1),
            "Do both arrays of a layer have to be wrong?",
        ),
        *_layers(),
    ),
)

DW_RIGHT = "Machine A's dW are right in every layer, so each Δ is right: what is wrong is in the "
DELTA_RIGHT = "Machine C's formulas are right. One of the arrays that they use no longer contains "
OTHERS: dict[str, tuple[tuple[tuple[int, ...], str, str], ...]] = {
    "A": (
        (
            (1, 3, 4, 5, 8),
            DW_RIGHT + "line of db.",
            "Could machine A's dW be right if its Δ were not?",
        ),
        ((6,), DW_RIGHT + "line of db.", "Does machine A's line of db use an activation?"),
        (
            (7,),
            "Machine A is wrong at its first call already, when there is no earlier one.",
            "Is machine A wrong at its first call, or only later?",
        ),
        ((9,), "Machine A's db differ from the check.", "Which arrays of machine A differ?"),
    ),
    "B": (
        (
            (1, 8),
            "Machine B's last layer is right, so its output error is right. What is wrong is in "
            "the step from layer 3 to layer 2.",
            "Could layer 3 be right if the output error were not?",
        ),
        (
            (2,),
            "Machine B's db are sums. In its first wrong layer dW is wrong as well, so Δ is wrong.",
            "Which of the two arrays of layer 2 is wrong, and what do they have in common?",
        ),
        (
            (3, 4),
            "Machine B's derivatives are right: 1 − tanh² of the z before. Look at the product in "
            "the same line, and at what layers of equal sizes hide.",
            "Would machine B's product run if its layers had different sizes?",
        ),
        (
            (6,),
            "No array of machine B's cache is overwritten; both arrays of its layer 2 are wrong, "
            "so Δ is.",
            "Which of the two arrays of layer 2 is wrong, and what do they have in common?",
        ),
        (
            (7,),
            "Machine B creates its arrays anew in every call.",
            "Does machine B return something else at the second call?",
        ),
        ((9,), "Machine B's layers 0 to 2 differ from the check.", "Which layers of B differ?"),
    ),
    "C": (
        (
            (1, 8),
            "Machine C's last layer is right, so its output error is right.",
            "Could layer 3 be right if the output error were not?",
        ),
        (
            (2,),
            "Machine C's db are sums, and the db of its first wrong layer is right.",
            "Which of the two arrays of layer 1 is wrong?",
        ),
        (
            (3, 4, 5),
            DELTA_RIGHT + "what the forward pass computed: db of layer 1 is right, so Δ is, and "
            "dW is not.",
            "In machine C, which two of the activations share their memory?",
        ),
        (
            (7,),
            "Machine C is wrong at its first call already, when there is no earlier one.",
            "Is machine C wrong at its first call, or only later?",
        ),
        ((9,), "Machine C's layers 0 and 1 differ from the check.", "Which layers of C differ?"),
    ),
    "D": (
        (
            (9,),
            "Machine D is right when it is called for the first time. Call it again.",
            "How often does a training loop call its backward pass?",
        ),
        (
            (1, 2, 3, 4, 5, 6, 8),
            "Machine D is right when it is called for the first time, so its formulas are. "
            "Something is left of that call at the second one.",
            "What is different at machine D's second call?",
        ),
    ),
    "E": (
        (
            (1, 2, 3, 4, 5, 6, 7, 8),
            "Machine E looks odd and is right: every gradient agrees, at every call.",
            "Did the check find anything in machine E?",
        ),
    ),
}

WRONG_LINES = Question(
    name="wrong_lines",
    signature="wrong_lines() -> (A, B, C, D, E)",
    returns=tuple(f"mistake of {machine}" for machine in MACHINES),
    parts=tuple(
        Part(
            f"the mistake of machine {machine}", 1, (index,), place=f"Read machine {machine} again."
        )
        for index, machine in enumerate(MACHINES)
    ),
    section=HUNT,
    place="Read the lines that compute the first wrong array, and no others.",
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
