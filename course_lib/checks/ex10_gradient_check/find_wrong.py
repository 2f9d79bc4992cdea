"""`find_wrong`: which array of a backward pass is the first wrong one, and where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex10_gradient_check.reference import find_wrong, relative_error
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
Arrays = list[np.ndarray]
SHAPES = ((3, 4), (3,), (5, 3), (5,), (2, 5), (2,))


def _call(
    name: str, *wrong: int, sign: float = -1.0, small: bool = False, repeat: bool = False
) -> Fixture:
    """Make a call: in which arrays a gradient is wrong, the worst first; its largest difference."""
    return Fixture(name, repeat=repeat, settings={"wrong": wrong, "sign": sign, "small": small})


def inputs(rng: Generator, fixture: Fixture) -> tuple[Arrays, Arrays, float]:
    """Draw witnesses of very different sizes and gradients that are off in some arrays."""
    scale = 10.0 ** rng.permutation([-4.0, -2.0, 0.0, 1.0, -3.0, -1.0])
    sign = fixture["sign"]
    if fixture["small"]:
        scale = np.full(len(SHAPES), 1e-7)
    witnesses = [size * rng.normal(size=shape) for size, shape in zip(scale, SHAPES, strict=True)]
    worst = {index: 1 + int(np.abs(witnesses[index]).flat[1:].argmin()) for index in range(6)}
    for index in fixture["wrong"]:  # the largest difference changes the sign of an entry
        entry = abs(witnesses[index].flat[worst[index]])
        witnesses[index].flat[worst[index]] = -sign * entry
        witnesses[index].flat[0] = 0.1 * entry  # half the difference, but the largest share of one
    gradients = [one * (1 + 1e-9 * rng.normal(size=one.shape)) for one in witnesses]
    for rank, index in enumerate(fixture["wrong"]):
        size = 0.3 / 4**rank * np.abs(witnesses[index]).max()
        share = np.linspace(-0.5, 0.5, witnesses[index].size)
        share[worst[index]] = sign
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
    text.line("  larger than the tolerance: W1 (array 0) and b1 (array 1)")
    text.line("  counted from the output, b2 and W2 are right; the first wrong one is b1: 1")
    text.line("  the absolute differences of b1: [0.01, 0.3, 0.02]; the largest is at 1")
    text.line("  the result: ([0.2, 0.3, 4e-10, 2e-10], 1, 1)")
    return str(text)


FIND_WRONG = Question(
    name="find_wrong",
    signature="find_wrong(gradients, witnesses, tolerance) -> (errors, array, place)",
    returns=("errors", "array", "place"),
    parts=(
        Part("errors", 1, (0,), place="Look at the error that you compute for each array."),
        Part(
            "array",
            1,
            (1,),
            place="Look at which array your code returns if several are wrong, and if none is.",
        ),
        Part(
            "place", 1, (2,), place="Look at how you find the place in the array that you return."
        ),
    ),
    section=f"{PAGE}#first-wrong",
    place="Look at how each of the results is computed.",
    inputs=inputs,
    reference=find_wrong,
    fixtures=(
        _call("three arrays", 2, 3, 0, repeat=True),
        _call("one array", 0, sign=1.0),
        _call("early arrays", 1, 2),
        _call("nothing"),
        _call("last array", 5, 1, sign=1.0),
        _call("small arrays", 2, 4, small=True),
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
            "Your function returns the first wrong array counted from the input. It should return "
            "the last wrong one of the list: the backward pass begins at the output, and an error "
            "there spoils the arrays before it.",
            _choose(lambda e, g, w, t: np.flatnonzero(e > t), last=False),
            "In which order does a backward pass compute these arrays, and which wrong one does "
            "it compute first?",
        ),
        Mistake(
            "largest-error",
            "Your function returns the array with the largest error. It should return the last "
            "array of the list whose error is larger than the tolerance.",
            _choose(lambda e, g, w, t: [int(e.argmax())] if e.max() > t else []),
            "Is the array with the largest error the one where the mistake was made?",
        ),
        Mistake(
            "tolerance-ignored",
            "Your function takes every difference as an error. It should compare the relative "
            "error with the tolerance.",
            _choose(lambda e, g, w, t: np.flatnonzero(e > 0)),
            "Are two numerical results ever equal in all digits?",
        ),
        Mistake(
            "always-one",
            "Your function returns an array even if no error is larger than the tolerance. It "
            "should return −1 then.",
            _choose(lambda e, g, w, t: np.flatnonzero(e > t) if (e > t).any() else [len(e) - 1]),
            "What does your function return for a gradient without a mistake?",
        ),
        Mistake(
            "comparison-reversed",
            "Your function looks for errors that are smaller than the tolerance. It should look "
            "for larger ones.",
            _choose(lambda e, g, w, t: np.flatnonzero(e <= t)),
            "Is an array wrong if its error is smaller than the tolerance, or if it is larger?",
        ),
        Mistake(
            "C10",
            "Your differences are not divided by the largest entry of the witness, so arrays of "
            "small numbers always pass. Use your relative_error.",
            _absolute,
            "Is a difference of 1e-6 small? With what should it be compared?",
            section=f"{PAGE}#relative-error",
        ),
        Mistake(
            "place-of-gradient",
            "Your place is that of the largest entry of the gradient. It should be that of the "
            "largest difference.",
            _place(lambda one, two: np.abs(one).argmax()),
            "Of which numbers is your place the largest?",
        ),
        Mistake(
            "place-without-absolute",
            "Your differences keep their signs, so a gradient that is far too small is missed. "
            "Take the absolute values first.",
            _place(lambda one, two: (one - two).argmax()),
            "Which of the differences −1 and 0.5 is the larger one?",
        ),
        Mistake(
            "place-per-entry",
            "Your place is that of the largest difference relative to its own entry. It should be "
            "that of the largest difference.",
            _place(lambda one, two: np.abs((one - two) / two).argmax()),
            "Does your code divide by anything before it looks for the largest difference?",
        ),
        Mistake(
            "one-error",
            "Your function returns one error for all arrays. It should return one per array.",
            _with_errors(lambda g, w: float(_errors(g, w).max())),
            "How many arrays are there, and how many errors does your function return?",
        ),
        Mistake(
            "errors-reversed",
            "Your errors are listed from the output to the input. They should be in the order of "
            "the arrays.",
            _with_errors(lambda g, w: _errors(g, w)[::-1]),
            "Which array does your first error belong to?",
        ),
    ),
)


def _loop(gradients: Arrays, witnesses: Arrays, tolerance: float) -> tuple[list[float], int, int]:
    errors = [relative_error(one, two) for one, two in zip(gradients, witnesses, strict=True)]
    for index in reversed(range(len(errors))):
        if errors[index] > tolerance:
            return errors, index, int(abs(gradients[index] - witnesses[index]).argmax())
    return errors, -1, -1
