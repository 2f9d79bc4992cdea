"""`find_wrong`: which array of a backward pass is the first wrong one, and where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex10_gradient_check.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex10 import find_wrong, relative_error
from course_lib.checks.worked import Worked

Arrays = list[np.ndarray]
SHAPES = ((3, 4), (3,), (5, 3), (5,), (2, 5), (2,))
#: In which arrays of a call a gradient is wrong, the worst one first.
WRONG = {
    "nothing": (),
    "one array": (3,),
    "three arrays": (2, 3, 0),
    "early arrays": (1, 2),
    "last array": (5, 1),
    "small arrays": (2, 4),
}
#: In which of these calls the largest difference is positive.
UPWARDS = ("one array", "last array")


def inputs(rng: Generator, fixture: Fixture) -> tuple[Arrays, Arrays, float]:
    """Draw witnesses of very different sizes and gradients that are off in some arrays."""
    scale = 10.0 ** rng.permutation([-4.0, -2.0, 0.0, 1.0, -3.0, -1.0])
    if fixture.name == "small arrays":
        scale = np.full(len(SHAPES), 1e-7)
    witnesses = [size * rng.normal(size=shape) for size, shape in zip(scale, SHAPES, strict=True)]
    worst = {index: 1 + int(np.abs(witnesses[index]).flat[1:].argmin()) for index in range(6)}
    for index in WRONG[fixture.name]:  # the largest difference changes the sign of an entry
        entry = abs(witnesses[index].flat[worst[index]])
        witnesses[index].flat[worst[index]] = -entry if fixture.name in UPWARDS else entry
        witnesses[index].flat[0] = 0.1 * entry  # half the difference, but the largest share of one
    gradients = [one * (1 + 1e-9 * rng.normal(size=one.shape)) for one in witnesses]
    for rank, index in enumerate(WRONG[fixture.name]):
        size = 0.3 / 4**rank * np.abs(witnesses[index]).max()
        share = np.linspace(-0.5, 0.5, witnesses[index].size)
        share[worst[index]] = 1.0 if fixture.name in UPWARDS else -1.0
        gradients[index] = gradients[index] + size * share.reshape(witnesses[index].shape)
    return gradients, witnesses, 1e-6


def _carried(
    call: Callable[..., Any], gradients: Arrays, witnesses: Arrays, tolerance: float
) -> Any:
    pairs = zip(gradients, witnesses, strict=True)
    errors = np.array([call("relative_error", one, two) for one, two in pairs])
    return _answer(gradients, witnesses, errors, np.flatnonzero(errors > tolerance))


def _among_surrogates(gradients: Arrays, witnesses: Arrays, tolerance: float) -> tuple:
    """Choose a tolerance that some surrogates' errors exceed, or none where none is to be found."""
    found = find_wrong(gradients, witnesses, tolerance)[1] >= 0
    return gradients, witnesses, 0.6 if found else 1e3


def _answer(
    gradients: Arrays, witnesses: Arrays, errors: np.ndarray, beyond: Any, last: bool = True
) -> tuple[np.ndarray, int, int]:
    if not len(beyond):
        return errors, -1, -1
    array = int(beyond[-1 if last else 0])
    return errors, array, int(np.abs(gradients[array] - witnesses[array]).argmax())


def _errors(gradients: Arrays, witnesses: Arrays) -> np.ndarray:
    return np.array([relative_error(*pair) for pair in zip(gradients, witnesses, strict=True)])


def _choose(rule: Callable[..., Any], last: bool = True) -> Callable[..., Any]:
    """Make a report that counts as wrong what rule(errors, gradients, witnesses, tol) gives."""

    def wrong(gradients: Arrays, witnesses: Arrays, tolerance: float) -> Any:
        errors = _errors(gradients, witnesses)
        beyond = rule(errors, gradients, witnesses, tolerance)
        return _answer(gradients, witnesses, errors, beyond, last)

    return wrong


def _place(rule: Callable[[np.ndarray, np.ndarray], int]) -> Callable[..., Any]:
    """Make a report that finds the place with another rule."""

    def wrong(gradients: Arrays, witnesses: Arrays, tolerance: float) -> Any:
        errors, array, _ = find_wrong(gradients, witnesses, tolerance)
        at = -1 if array < 0 else int(rule(gradients[array], witnesses[array]))
        return errors, array, at

    return wrong


def _with_errors(errors: Callable[[Arrays, Arrays], Any]) -> Callable[..., Any]:
    """Make a report with other errors and the right places."""
    return lambda gradients, witnesses, tolerance: (
        errors(gradients, witnesses),
        *find_wrong(gradients, witnesses, tolerance)[1:],
    )


def _absolute(gradients: Arrays, witnesses: Arrays, tolerance: float) -> Any:
    pairs = zip(gradients, witnesses, strict=True)
    errors = np.array([np.abs(one - two).max() for one, two in pairs])
    return _answer(gradients, witnesses, errors, np.flatnonzero(errors > tolerance))


def _example() -> str:
    text = Worked("Two layers, so four arrays: W1, b1, W2, b2. The tolerance is 1e-6.")
    text.line("  relative errors: [0.2, 0.3, 4e-10, 2e-10]")
    text.line("  beyond the tolerance: W1 (array 0) and b1 (array 1)")
    text.line("  counted from the output, b2 and W2 are right; the first wrong one is b1: 1")
    text.line("  the differences of b1 in size: [0.01, 0.3, 0.02]; the largest is at 1")
    text.line("  the report: ([0.2, 0.3, 4e-10, 2e-10], 1, 1)")
    return str(text)


FIND_WRONG = Question(
    name="find_wrong",
    signature="find_wrong(gradients, witnesses, tolerance) -> (errors, array, place)",
    returns=("errors", "array", "place"),
    parts=(
        Part("errors", 1, (0,), place="Look at the number you give to each array."),
        Part("array", 1, (1,), place="Look at which of the wrong arrays you name."),
        Part("place", 1, (2,), place="Look at where in the named array you point."),
    ),
    section=f"{PAGE}#first-wrong",
    place="Look at what your function returns, and in which order.",
    inputs=inputs,
    reference=find_wrong,
    fixtures=(
        Fixture("three arrays", repeat=True),
        Fixture("one array"),
        Fixture("early arrays"),
        Fixture("nothing"),
        Fixture("last array"),
        Fixture("small arrays"),
    ),
    carried=_carried,
    carried_args=_among_surrogates,
    carried_rounds=3,
    backwards=False,
    example=_example,
    correct={
        "a loop from the output": lambda gradients, witnesses, tolerance: _loop(
            gradients, witnesses, tolerance
        ),
        "errors as a list": lambda *args: [find_wrong(*args)[0].tolist(), *find_wrong(*args)[1:]],
    },
    mistakes=(
        Mistake(
            "from-the-input",
            "The first wrong array counted from the input is named. The backward pass begins at "
            "the output: one mistake there spoils everything that is computed later, so name the "
            "last one of the list that is beyond the tolerance.",
            _choose(lambda e, g, w, t: np.flatnonzero(e > t), last=False),
            "In which order does a backward pass make these arrays? Which wrong one is the first?",
        ),
        Mistake(
            "largest-error",
            "The array with the largest error is named. The mistake was made where the backward "
            "pass first goes wrong: the last array of the list that is beyond the tolerance.",
            _choose(lambda e, g, w, t: [int(e.argmax())] if e.max() > t else []),
            "Is the array that is most wrong the one in which the mistake was made?",
        ),
        Mistake(
            "tolerance-ignored",
            "Everything that differs at all counts as wrong. Numerical derivatives always differ "
            "a little; compare the error with the tolerance.",
            _choose(lambda e, g, w, t: np.flatnonzero(e > 0)),
            "Can two numerical answers be equal to the last digit?",
        ),
        Mistake(
            "always-one",
            "An array is named even where none is beyond the tolerance; then −1 belongs there.",
            _choose(lambda e, g, w, t: np.flatnonzero(e > t) if (e > t).any() else [len(e) - 1]),
            "What does your report say about a gradient without a mistake?",
        ),
        Mistake(
            "comparison-turned",
            "The arrays within the tolerance are named; look for those beyond it.",
            _choose(lambda e, g, w, t: np.flatnonzero(e <= t)),
            "Is a small error good or bad news?",
        ),
        Mistake(
            "C10",
            "The differences are not divided by the size of the witness, so arrays of small "
            "numbers pass unseen. Use your relative_error.",
            _absolute,
            "Is a difference of 1e-6 small? What would you have to know to say so?",
            section=f"{PAGE}#relative-error",
        ),
        Mistake(
            "place-of-gradient",
            "The place is where the gradient is largest; it should be where the difference is.",
            _place(lambda one, two: np.abs(one).argmax()),
            "Largest what?",
        ),
        Mistake(
            "place-without-absolute",
            "The difference keeps its sign, so a gradient that is far too small is overlooked. "
            "Take the absolute value first.",
            _place(lambda one, two: (one - two).argmax()),
            "Which of −1 and 0.5 is the larger difference?",
        ),
        Mistake(
            "place-per-entry",
            "The place is where the difference is largest beside its own entry; the largest "
            "difference itself is asked for.",
            _place(lambda one, two: np.abs((one - two) / two).argmax()),
            "Do you divide before you look for the largest difference?",
        ),
        Mistake(
            "one-error",
            "There is one error for everything; one for each array was asked for.",
            _with_errors(lambda g, w: float(_errors(g, w).max())),
            "How many arrays are compared, and how many errors do you return?",
        ),
        Mistake(
            "errors-reversed",
            "The errors are listed from the output to the input; they belong in the order of the "
            "arrays.",
            _with_errors(lambda g, w: _errors(g, w)[::-1]),
            "To which array does your first error belong?",
        ),
    ),
)


def _loop(gradients: Arrays, witnesses: Arrays, tolerance: float) -> tuple[list[float], int, int]:
    errors = [relative_error(one, two) for one, two in zip(gradients, witnesses, strict=True)]
    for index in reversed(range(len(errors))):
        if errors[index] > tolerance:
            return errors, index, int(abs(gradients[index] - witnesses[index]).argmax())
    return errors, -1, -1
