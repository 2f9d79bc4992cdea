"""`first_wrong`: the first layer, counted from the output, whose gradients are wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex13_when_it_goes_wrong.reference import first_wrong
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)

ORDER, BY_LAYER = f"{PAGE}#where-to-look", f"{PAGE}#gradient-check-by-layer"
Lists = list[np.ndarray]
KINDS = (
    "a middle layer",
    "weights alone",
    "biases alone",
    "tiny gradients",
    "rounding",
    "one entry",
    "input layer",
    "just above",
    "one sign",
)


def inputs(rng: Generator, fixture: Fixture) -> tuple[Lists, Lists, Lists, Lists]:
    """Draw gradients of four layers and a check of them; what differs is the fixture's kind.

    What is right differs a little, as numerical derivatives do: by up to 1e-7 of the largest
    entry, also where an entry is almost 0, so that no entry may be compared by itself. Where
    nothing but rounding differs, it is up to 4e-7 of an entry far larger than the mean.
    """
    kind = fixture["kind"]
    sizes = list(zip(fixture.widths[1:], fixture.widths[:-1], strict=True))
    scale = {"tiny gradients": 1e-10, "rounding": 1e6}.get(kind, 1.0)
    dW_check = [scale * _check(rng, size) for size in sizes]
    db_check = [scale * _check(rng, size[:1]) for size in sizes]
    if kind == "one sign":  # nothing is wrong here, and no entry is small
        dW_check = [np.sign(check) * rng.uniform(0.5, 2.0, check.shape) for check in dW_check]
        db_check = [np.sign(check) * rng.uniform(0.5, 2.0, check.shape) for check in db_check]
        dW_check[2], db_check[1] = -np.abs(dW_check[2]), -np.abs(db_check[1])
    noise = 1e-7
    if kind == "rounding":
        noise = 4e-7
        dW_check[3][0, 1] *= 40.0
    dW = [_noisy(rng, check, noise) for check in dW_check]
    db = [_noisy(rng, check, noise) for check in db_check]
    broken = {"a middle layer": 1, "tiny gradients": 2, "input layer": 0}.get(kind, -1)
    for i in range(broken + 1):
        dW[i], db[i] = 0.5 * dW[i], 0.5 * db[i]
    if kind == "weights alone":
        dW[2], dW[1] = dW[2] * 1.25, dW[1] * 0.8
    if kind == "biases alone":
        db = [gradient / 7 for gradient in db]
    if kind == "one entry":
        dW[1][-1, 0] -= 0.01
        dW[0], db[0] = -dW[0], -db[0]
    if kind == "just above":  # four times the tolerance, in a single entry or in two of sum 0
        dW[3][0, 1] += 4e-6 * np.abs(dW_check[3]).max()
        db[3][:2] += np.array([4e-6, -4e-6]) * np.abs(db_check[3]).max()
        db[1][0] -= 4e-6 * np.abs(db_check[1]).max()
    return dW, db, dW_check, db_check


def _check(rng: Generator, size: tuple[int, ...]) -> np.ndarray:
    """Draw one array of a check: both signs, and an entry that is almost 0."""
    array = rng.uniform(0.5, 2.0, size) * rng.choice([-1.0, 1.0], size)
    array.flat[0], array.flat[-1] = 1e-4, -abs(array.flat[-1])
    return array


def _noisy(rng: Generator, check: np.ndarray, size: float) -> np.ndarray:
    """Return an array that differs from another by `size` of the largest entry at most."""
    noise = size * np.abs(check).max() * rng.uniform(0.5, 1.0, check.shape)
    return check + noise * rng.choice([-1.0, 1.0], check.shape)


def _search(
    off: Callable[[np.ndarray, np.ndarray], bool],
    order: Callable[[int], Any] = lambda count: range(count - 1, -1, -1),
    counts: Callable[[bool, bool], bool] = lambda weights, biases: weights or biases,
) -> Callable[..., tuple]:
    """Make a `first_wrong` with another comparison, another order or another condition."""

    def searched(dW: Lists, db: Lists, dW_check: Lists, db_check: Lists) -> tuple:
        for i in order(len(dW)):
            found = off(dW[i], dW_check[i]), off(db[i], db_check[i])
            if counts(*found):
                return i, *found
        return -1, False, False

    return searched


def _relative(gradient: np.ndarray, check: np.ndarray) -> bool:
    return bool(np.abs(gradient - check).max() > 1e-6 * np.abs(check).max())


def _then(change: Callable[[tuple, Lists], tuple]) -> Callable[..., tuple]:
    """Change what the right function returns."""

    def changed(dW: Lists, db: Lists, dW_check: Lists, db_check: Lists) -> tuple:
        return change(first_wrong(dW, db, dW_check, db_check), dW)

    return changed


def _anywhere(dW: Lists, db: Lists, dW_check: Lists, db_check: Lists) -> tuple:
    weights = [_relative(*pair) for pair in zip(dW, dW_check, strict=True)]
    biases = [_relative(*pair) for pair in zip(db, db_check, strict=True)]
    layer = first_wrong(dW, db, dW_check, db_check)[0]
    return layer, any(weights), any(biases)


def _stacked(dW: Lists, db: Lists, dW_check: Lists, db_check: Lists) -> list[float]:
    off = np.array(
        [
            [np.abs(one - two).max() / np.abs(two).max() for one, two in zip(mine, right)]  # noqa: B905
            for mine, right in ((dW, dW_check), (db, db_check))
        ]
    )
    wrong = (off > 1e-6).T
    layers = np.flatnonzero(wrong.any(axis=1))
    return [int(layers[-1]), *map(int, wrong[layers[-1]])] if layers.size else [-1, 0, 0]


def _example() -> str:
    text = Worked("Three layers. max|gradient − check| / max|check| came out as")
    text.line("           layer 0   layer 1   layer 2")
    text.line("    dW      0.5       0.3      2e-10")
    text.line("    db      0.4      1e-10     4e-11")
    text.line("Counted from the output, layer 2 is right. Layer 1 has a wrong dW and a right db.")
    text.line("So the answer is (1, True, False). The error of layer 0 is computed from that of")
    text.line("layer 1, so its gradients are wrong even if its own lines are right.")
    return str(text)


FIRST_WRONG = Question(
    name="first_wrong",
    signature="first_wrong(dW, db, dW_check, db_check) -> (layer, weights_wrong, biases_wrong)",
    returns=("layer", "weights_wrong", "biases_wrong"),
    parts=(
        Part(
            "layer",
            2,
            (0,),
            place="Look at the layer where your loop begins, and at the condition that ends it.",
        ),
        Part(
            "the pair of flags",
            2,
            (1, 2),
            place="Look at how you compare two arrays, and at the layer that they are of.",
        ),
    ),
    section=ORDER,
    place="Look at how you compare two arrays, and at the order of the layers.",
    inputs=inputs,
    reference=first_wrong,
    fixtures=tuple(
        Fixture(kind, widths=(4, 3, 6, 5, 2), settings={"kind": kind}) for kind in KINDS
    ),
    example=_example,
    correct={
        "a table of errors": _stacked,
        "with np.allclose": _search(
            lambda one, two: not np.allclose(one, two, rtol=0, atol=1e-6 * np.abs(two).max())
        ),
        "sorted by size": _search(
            lambda one, two: (
                sorted(abs(one - two).ravel())[-1] > 1e-6 * sorted(abs(two).ravel())[-1]
            )
        ),
    },
    mistakes=(
        Mistake(
            "from-the-input",
            "Your loop begins at the input. It should begin at the output, like the backward "
            "pass, because an error makes all layers before it wrong.",
            _search(_relative, range),
            "At which layer does the backward pass begin, and at which does your loop begin?",
        ),
        Mistake(
            "absolute-tolerance",
            "Your difference is compared with a fixed number, so tiny gradients always pass and "
            "huge ones always fail. It should be divided by the largest absolute value in the "
            "check.",
            _search(lambda one, two: bool(np.abs(one - two).max() > 1e-6)),
            "Is a difference of 1e-8 small if the gradient itself is 1e-10?",
            section=BY_LAYER,
        ),
        Mistake(
            "allclose",
            "Your np.allclose has an absolute tolerance of 1e-8 (its atol), so tiny gradients "
            "always pass. Set atol to 0, or divide by the largest absolute value in the check.",
            _search(lambda one, two: not np.allclose(one, two, rtol=1e-6)),
            "Is a difference of 1e-8 small if the gradient itself is 1e-10?",
            section=BY_LAYER,
        ),
        Mistake(
            "entry-by-entry",
            "Each of your differences is divided by its own entry of the check, which magnifies "
            "rounding near 0. It should be divided by the largest entry of the array.",
            _search(lambda one, two: not np.allclose(one, two, rtol=1e-6, atol=0)),
            "How large is your relative difference where the right entry is almost 0?",
            section=BY_LAYER,
        ),
        Mistake(
            "not-equal",
            "Your arrays are compared exactly. An array is wrong only if it differs by more than "
            "1e-6 of the largest entry of the check.",
            _search(lambda one, two: bool((one != two).any())),
            "How many digits of a numerical gradient are right?",
            section=BY_LAYER,
        ),
        Mistake(
            "mean-difference",
            "Your code uses the mean difference, which hides one wrong entry in a large array. It "
            "should use the largest difference.",
            _search(lambda one, two: bool(np.abs(one - two).mean() > 1e-6 * np.abs(two).max())),
            "How large is your number if a single entry of a large array is wrong?",
            section=BY_LAYER,
        ),
        Mistake(
            "largest-without-size",
            "Your largest entry of the check is taken without |…|, so it is negative or small for "
            "an array of negative entries. Take the absolute values first.",
            _search(lambda one, two: bool(np.abs(one - two).max() > 1e-6 * np.max(two))),
            "Which entry does your code take as the largest if all entries are negative?",
            section=BY_LAYER,
        ),
        Mistake(
            "sign-missing",
            "Your largest difference is taken without |…|, so entries that are too small are "
            "missed. Take the absolute values first.",
            _search(lambda one, two: bool((one - two).max() > 1e-6 * np.abs(two).max())),
            "If an entry of the gradient is smaller than that of the check, does your number show "
            "it?",
        ),
        Mistake(
            "weights-only",
            "Your layer is chosen by the weights alone. It should be chosen by the biases as well.",
            _search(_relative, counts=lambda weights, biases: weights),
            "What does your function return if only the biases are wrong?",
        ),
        Mistake(
            "biases-only",
            "Your layer is chosen by the biases alone. It should be chosen by the weights as well.",
            _search(_relative, counts=lambda weights, biases: biases),
            "What does your function return if only the weights are wrong?",
        ),
        Mistake(
            "both-needed",
            "Your code takes a layer as wrong only if both arrays are wrong. One should be enough.",
            _search(_relative, counts=lambda weights, biases: weights and biases),
            "If only one of the two arrays of a layer is wrong, is the layer wrong?",
        ),
        Mistake(
            "steps-from-the-output",
            "Your number is the steps from the output. It should be the index of the layer, as in "
            "W[i].",
            _then(lambda found, dW: (len(dW) - 1 - found[0] if found[0] >= 0 else -1, *found[1:])),
            "Which index does the last layer have in the list?",
        ),
        Mistake(
            "from-one",
            "Your layers are counted from 1. They should be counted from 0, as the indices of a "
            "list.",
            _then(lambda found, dW: (found[0] + 1 if found[0] >= 0 else -1, *found[1:])),
            "Which index does the first layer have in the list?",
        ),
        Mistake(
            "wrong-anywhere",
            "Your two flags are True if such an array is wrong in any layer. They should describe "
            "the layer that you return.",
            _anywhere,
            "Which layer do your two flags describe?",
        ),
        Mistake(
            "flags-swapped",
            "Your two flags are swapped.",
            _then(lambda found, dW: (found[0], found[2], found[1])),
            "In which order does the task list the two flags?",
            place="Compare the order of your results with the signature.",
        ),
        Mistake(
            "right-for-wrong",
            "Your flags are True for the arrays that are right. They should be True for those "
            "that are wrong.",
            _then(lambda found, dW: (found[0], not found[1], not found[2])),
            "Should a flag be True if the array agrees with the check, or if it differs?",
        ),
    ),
)
