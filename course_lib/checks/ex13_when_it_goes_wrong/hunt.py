"""`first_wrong` and what it finds: the machines of the notebook, each with one wrong line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex13_when_it_goes_wrong.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex13 import first_wrong, wrong_layers, wrong_lines
from course_lib.checks.worked import Worked

ORDER, HUNT = f"{PAGE}#where-to-look", f"{PAGE}#planted-bug"
Lists = list[np.ndarray]
KINDS = (
    "a middle layer",
    "weights alone",
    "biases alone",
    "tiny gradients",
    "rounding",
    "one entry",
)


def inputs(rng: Generator, fixture: Fixture) -> tuple[Lists, Lists, Lists, Lists]:
    """Draw gradients of four layers and a check of them; what differs is the fixture's kind."""
    sizes = list(zip(fixture.widths[1:], fixture.widths[:-1], strict=True))
    scale = {"tiny gradients": 1e-10, "rounding": 1e6}.get(fixture.name, 1.0)
    dW_check = [scale * rng.normal(size=size) for size in sizes]
    db_check = [scale * rng.normal(size=size[0]) for size in sizes]
    dW = [check * (1 + 1e-10 * rng.uniform(-1, 1, size=check.shape)) for check in dW_check]
    db = [check * (1 + 1e-10 * rng.uniform(-1, 1, size=check.shape)) for check in db_check]
    broken = {"a middle layer": 1, "tiny gradients": 2}.get(fixture.name, -1)
    for i in range(broken + 1):
        dW[i], db[i] = 0.5 * dW[i], 0.5 * db[i]
    if fixture.name == "weights alone":
        dW[2], dW[1] = dW[2] * 1.25, dW[1] * 0.8
    if fixture.name == "biases alone":
        db = [gradient / 7 for gradient in db]
    if fixture.name == "one entry":
        dW[1][-1, 0] -= 0.01
        dW[0], db[0] = -dW[0], -db[0]
    return dW, db, dW_check, db_check


def _walk(
    off: Callable[[np.ndarray, np.ndarray], bool],
    order: Callable[[int], Any] = lambda count: range(count - 1, -1, -1),
    counts: Callable[[bool, bool], bool] = lambda weights, biases: weights or biases,
) -> Callable[..., tuple]:
    """Make a `first_wrong` that compares, walks, or calls a layer wrong in another way."""

    def walk(dW: Lists, db: Lists, dW_check: Lists, db_check: Lists) -> tuple:
        for i in order(len(dW)):
            found = off(dW[i], dW_check[i]), off(db[i], db_check[i])
            if counts(*found):
                return i, *found
        return -1, False, False

    return walk


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
    wrong = (off > 1e-7).T
    layers = np.flatnonzero(wrong.any(axis=1))
    return [int(layers[-1]), *map(int, wrong[layers[-1]])] if layers.size else [-1, 0, 0]


def _example() -> str:
    text = Worked("Three layers. max|gradient − check| / max|check| came out as")
    text.line("           layer 0   layer 1   layer 2")
    text.line("    dW      0.5       0.3      2e-10")
    text.line("    db      0.4      1e-10     4e-11")
    text.line("Counted from the output: layer 2 is right. Layer 1 has a wrong dW and a right db.")
    text.line("So the answer is (1, True, False). Layer 0 inherits whatever is wrong before it")
    text.line("on the way back, so it proves nothing about its own lines.")
    return str(text)


FIRST_WRONG = Question(
    name="first_wrong",
    signature="first_wrong(dW, db, dW_check, db_check) -> (layer, weights_wrong, biases_wrong)",
    returns=("layer", "weights_wrong", "biases_wrong"),
    parts=(
        Part("layer", 2, (0,), place="Look at the end your loop begins with, and at when it ends."),
        Part("which array", 2, (1, 2), place="Look at how two arrays are compared."),
    ),
    section=ORDER,
    place="Look at how two arrays are compared, and at the order of the layers.",
    inputs=inputs,
    reference=first_wrong,
    fixtures=tuple(Fixture(kind, widths=(4, 3, 6, 5, 2)) for kind in KINDS),
    example=_example,
    correct={
        "a table of errors": _stacked,
        "entry by entry": _walk(lambda one, two: not np.allclose(one, two, rtol=1e-6, atol=0)),
        "another tolerance": _walk(lambda one, two: bool(abs(one - two).max() > 1e-4 * two.std())),
    },
    mistakes=(
        Mistake(
            "from-the-input",
            "The layers are counted from the input. The backward pass begins at the output, so "
            "the first mistake is the one nearest to the output.",
            _walk(_relative, range),
            "At which end does the backward pass begin?",
        ),
        Mistake(
            "absolute-tolerance",
            "The difference is compared with a fixed number. Tiny gradients then always pass and "
            "huge ones always fail; divide by the size of the check.",
            _walk(lambda one, two: bool(np.abs(one - two).max() > 1e-6)),
            "Is a difference of 1e-8 small if the gradient itself is 1e-10?",
            section=f"{PAGE}#gradient-check-by-layer",
        ),
        Mistake(
            "allclose",
            "np.allclose adds an absolute tolerance of 1e-8 (its atol), and tiny gradients always "
            "pass; set atol to 0, or divide by the size of the check.",
            _walk(lambda one, two: not np.allclose(one, two, rtol=1e-6)),
            "Is a difference of 1e-8 small if the gradient itself is 1e-10?",
            section=f"{PAGE}#gradient-check-by-layer",
        ),
        Mistake(
            "sign-lost",
            "The largest difference is taken without |…|: entries that are too small go unseen.",
            _walk(lambda one, two: bool((one - two).max() > 1e-6 * np.abs(two).max())),
            "What if an entry of the gradient is smaller than that of the check?",
        ),
        Mistake(
            "weights-only",
            "The layer is chosen by the weights alone; a wrong db counts as well.",
            _walk(_relative, counts=lambda weights, biases: weights),
            "What does your function say if only the biases are wrong?",
        ),
        Mistake(
            "biases-only",
            "The layer is chosen by the biases alone; a wrong dW counts as well.",
            _walk(_relative, counts=lambda weights, biases: biases),
            "What does your function say if only the weights are wrong?",
        ),
        Mistake(
            "both-needed",
            "A layer counts only if both of its arrays are wrong; one is enough.",
            _walk(_relative, counts=lambda weights, biases: weights and biases),
            "Do both arrays of a layer have to be wrong?",
        ),
        Mistake(
            "steps-from-the-output",
            "The number of steps from the output is returned; the layer's index is asked for, as "
            "in W[i].",
            _then(lambda found, dW: (len(dW) - 1 - found[0] if found[0] >= 0 else -1, *found[1:])),
            "Which index has the last layer in the list?",
        ),
        Mistake(
            "from-one",
            "The layers are counted from 1; the list's indices begin at 0.",
            _then(lambda found, dW: (found[0] + 1 if found[0] >= 0 else -1, *found[1:])),
            "Which index has the first layer in the list?",
        ),
        Mistake(
            "wrong-anywhere",
            "The two flags say whether such an array is wrong in any layer; they should speak of "
            "the layer that was found.",
            _anywhere,
            "Of which layer do your two flags speak?",
        ),
        Mistake(
            "flags-exchanged",
            "The two flags are exchanged.",
            _then(lambda found, dW: (found[0], found[2], found[1])),
            "Which of the two flags is to stand first?",
        ),
        Mistake(
            "right-for-wrong",
            "The flags say which array is right; they should say which is wrong.",
            _then(lambda found, dW: (found[0], not found[1], not found[2])),
            "Is a flag True when the array agrees, or when it differs?",
        ),
    ),
)

MACHINES = ("A", "B", "C", "D", "E")


def _hunt_example() -> str:
    text = Worked("Another machine, of four layers, was checked:")
    text.line("  first_wrong said (3, True, True): both arrays of the last layer.")
    text.line("  Both come from Δ of that layer, so Δ was wrong at the start of the walk.")
    text.line("  gradient/check was 6 in every entry, and N = 6: the mean's 1/N was missing.")
    text.line("Its answers: layer 3, and mistake 1.")
    return str(text)


WRONG_LAYERS = Question(
    name="wrong_layers",
    signature="wrong_layers() -> (A, B, C, D, E)",
    returns=tuple(f"layer of {machine}" for machine in MACHINES),
    parts=tuple(
        Part(f"machine {machine}", 1, (index,), place=f"Check machine {machine} again.")
        for index, machine in enumerate(MACHINES)
    ),
    section=HUNT,
    place="Run the check on each machine; call it more than once.",
    inputs=lambda rng, fixture: (),
    reference=wrong_layers,
    fixtures=(Fixture("hunt"),),
    example=_hunt_example,
    correct={"a list": lambda: [3, 2, 1, 3, -1]},
    mistakes=(
        Mistake(
            "lowest-layer",
            "These are the wrong layers nearest to the input. A wrong layer spoils all layers "
            "before it, so the culprit is the one nearest to the output.",
            lambda: (0, 0, 0, 0, -1),
            "At which end does the backward pass begin?",
            section=ORDER,
        ),
        Mistake(
            "from-one",
            "The layers are counted from 1; the list's indices begin at 0.",
            lambda: (4, 3, 2, 4, -1),
            "Which index has the first layer in the list?",
        ),
        Mistake(
            "steps-from-the-output",
            "These are steps from the output; the layer's index is asked for, as in W[i].",
            lambda: (0, 1, 2, 0, -1),
            "Which index has the last layer in the list?",
        ),
        Mistake(
            "one-call",
            "Machine D is right when it is called for the first time. Call it again.",
            lambda: (3, 2, 1, -1, -1),
            "How often does a training loop call its backward pass?",
        ),
        Mistake(
            "weights-only",
            "Machine A's biases were not looked at: its dW are right.",
            lambda: (-1, 2, 1, 3, -1),
            "Which arrays of machine A did you compare?",
        ),
        Mistake(
            "both-needed",
            "Machines A and C each have a wrong layer in which one of the two arrays is right.",
            lambda: (-1, 2, 0, 3, -1),
            "Do both arrays of a layer have to be wrong?",
        ),
    ),
)

WRONG_LINES = Question(
    name="wrong_lines",
    signature="wrong_lines() -> (A, B, C, D, E)",
    returns=tuple(f"mistake of {machine}" for machine in MACHINES),
    parts=tuple(
        Part(f"machine {machine}", 1, (index,), place=f"Read machine {machine} again.")
        for index, machine in enumerate(MACHINES)
    ),
    section=HUNT,
    place="Read the lines that make the first wrong array, and no others.",
    inputs=lambda rng, fixture: (),
    reference=wrong_lines,
    fixtures=(Fixture("hunt"),),
    example=_hunt_example,
    correct={"a list": lambda: [2, 5, 6, 7, 9]},
    mistakes=(
        Mistake(
            "slope-for-transpose",
            "Machine B's slopes are right: 1 − tanh² of the z before. Look at the product in the "
            "same line, and at what square layers hide.",
            lambda: (2, 4, 6, 7, 9),
            "Would machine B's product run if its layers had different sizes?",
        ),
        Mistake(
            "healthy-suspected",
            "Machine E looks odd and is right: every gradient agrees, at every call.",
            lambda: (2, 5, 6, 7, 3),
            "Did the check find anything in machine E?",
        ),
        Mistake(
            "slope-for-cache",
            "Machine C's formulas are right. One of the arrays they use no longer holds what the "
            "forward pass put there.",
            lambda: (2, 5, 4, 7, 9),
            "In machine C, which two of the activations share their memory?",
        ),
        Mistake(
            "mean-at-the-start",
            "Machine A's dW are right, so its Δ is right: what is wrong is in the line of db.",
            lambda: (1, 5, 6, 7, 9),
            "Could dW be right if Δ were not?",
        ),
        Mistake(
            "one-call",
            "Machine D is right when it is called for the first time. Call it again.",
            lambda: (2, 5, 6, 9, 9),
            "How often does a training loop call its backward pass?",
        ),
    ),
)
