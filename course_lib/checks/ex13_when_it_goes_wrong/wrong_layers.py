from __future__ import annotations

from course_lib.checks.ex13_when_it_goes_wrong.reference import wrong_layers
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)

ORDER, HUNT = f"{PAGE}#where-to-look", f"{PAGE}#planted-bug"

MACHINES = ("A", "B", "C", "D", "E")


def one(
    right: tuple[int, ...], machine: str, value: int, name: str, question: str, section: str = ""
) -> Mistake:
    """Get one machine wrong and the others right."""
    answer = tuple(
        value if one == machine else number for one, number in zip(MACHINES, right, strict=True)
    )
    return Mistake(f"{machine}-{value}", name, lambda: answer, question, section=section)


def example() -> str:
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
            found.append(one(right, machine, value, name, question, ORDER))
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
    example=example,
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
