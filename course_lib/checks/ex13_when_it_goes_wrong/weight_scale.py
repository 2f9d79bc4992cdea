"""`weight_scale`: the standard deviation of the initial weights, in two schemes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex13_when_it_goes_wrong.reference import weight_scale
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)

XAVIER, HE = f"{PAGE}#glorot-compromise", f"{PAGE}#he-factor"
FORMS = f"{PAGE}#uniform-or-normal"


def scale_inputs(rng: Generator, fixture: Fixture) -> tuple[int, int, str]:
    """Draw two different sizes, so that n_in and n_out cannot be exchanged unseen."""
    n_in, n_out = rng.choice(np.arange(5, 400), size=2, replace=False)
    return int(n_in), int(n_out), fixture.variant


def _scale(scheme: str, formula: Callable[[int, int], float]) -> Callable[..., float]:
    """Use another formula for one scheme and the right one for the other."""

    def wrong(n_in: int, n_out: int, asked: str) -> float:
        return formula(n_in, n_out) if asked == scheme else weight_scale(n_in, n_out, asked)

    return wrong


def scale_sizes(n_in: Any, n_out: Any, scheme: str) -> dict[str, int]:
    return {"n_in": n_in, "n_out": n_out, "(n_in + n_out)": n_in + n_out}


def _scale_example() -> str:
    text = Worked("A layer with 50 inputs and 30 neurons:")
    text.line("  Xavier: variance 2/(50 + 30) = 0.025, standard deviation √0.025 = 0.1581")
    text.line("  He:     variance 2/50 = 0.04,         standard deviation √0.04  = 0.2")
    return str(text)


SCALE_MISTAKES = (
    Mistake(
        "variance-for-scale",
        "Your result is the variance. It should be the standard deviation, its square root.",
        lambda *args: weight_scale(*args) ** 2,
        "Is your number the variance of a weight, or its standard deviation?",
        section=FORMS,
    ),
    Mistake(
        "uniform-limit",
        "Your result is √(6/…), the limit of the uniform distribution. It should be the standard "
        "deviation, √(2/…).",
        lambda *args: np.sqrt(3) * weight_scale(*args),
        "Which number does your formula give: the standard deviation, or the limit of the uniform "
        "distribution?",
        section=FORMS,
    ),
    Mistake(
        "xavier-half",
        "Your Xavier formula is √(1/(n_in + n_out)). It should be √(2/(n_in + n_out)): the "
        "variance is 1 over the mean of n_in and n_out.",
        _scale("xavier", lambda n_in, n_out: np.sqrt(1 / (n_in + n_out))),
        "What is 1 over the mean of n_in and n_out?",
    ),
    Mistake(
        "xavier-two-outside",
        "Your Xavier formula is 2/√(n_in + n_out), with the 2 outside the square root. It should "
        "be √(2/(n_in + n_out)).",
        _scale("xavier", lambda n_in, n_out: 2 / np.sqrt(n_in + n_out)),
        "If a variance is doubled, by what is the standard deviation multiplied?",
    ),
    Mistake(
        "xavier-mean",
        "Your Xavier formula is √(1/(2(n_in + n_out))), with the 2 in the denominator. It should "
        "be √(2/(n_in + n_out)).",
        _scale("xavier", lambda n_in, n_out: np.sqrt(0.5 / (n_in + n_out))),
        "What is 1 over the mean of n_in and n_out?",
    ),
    Mistake(
        "xavier-fan-out",
        "Your Xavier formula is √(1/n_out), for the backward pass alone. It should be √(2/(n_in + "
        "n_out)), a compromise with the forward pass.",
        _scale("xavier", lambda n_in, n_out: np.sqrt(1 / n_out)),
        "Which size determines the variance in the forward pass, and does your formula contain it?",
    ),
    Mistake(
        "xavier-is-he",
        "Your Xavier formula is that of He. It should be √(2/(n_in + n_out)).",
        _scale("xavier", lambda n_in, n_out: np.sqrt(2 / n_in)),
        "Which of the two schemes is a compromise between n_in and n_out?",
    ),
    Mistake(
        "xavier-product",
        "Your Xavier formula multiplies the sizes, √(2/(n_in·n_out)). It should add them, "
        "√(2/(n_in + n_out)).",
        _scale("xavier", lambda n_in, n_out: np.sqrt(2 / (n_in * n_out))),
        "What is the mean of n_in and n_out?",
    ),
    Mistake(
        "xavier-forward-only",
        "Your Xavier formula is √(1/n_in), for the forward pass alone. It should be √(2/(n_in + "
        "n_out)), a compromise with the backward pass.",
        _scale("xavier", lambda n_in, n_out: np.sqrt(1 / n_in)),
        "Which size determines the variance in the backward pass, and does your formula contain "
        "it?",
    ),
    Mistake(
        "xavier-root",
        "Your Xavier formula is √2/(n_in + n_out), with the square root of the 2 only. It should "
        "be √(2/(n_in + n_out)).",
        _scale("xavier", lambda n_in, n_out: np.sqrt(2) / (n_in + n_out)),
        "Of which number does your code take the square root?",
    ),
    Mistake(
        "he-half",
        "Your He formula is √(1/n_in). It should be √(2/n_in), because ReLU halves the mean "
        "square.",
        _scale("he", lambda n_in, n_out: np.sqrt(1 / n_in)),
        "By what does ReLU multiply the mean square of its inputs, and how does the He formula "
        "compensate for that?",
    ),
    Mistake(
        "he-two-outside",
        "Your He formula is 2/√n_in, with the 2 outside the square root. It should be √(2/n_in).",
        _scale("he", lambda n_in, n_out: 2 / np.sqrt(n_in)),
        "If a variance is doubled, by what is the standard deviation multiplied?",
    ),
    Mistake(
        "he-fan-out",
        "Your He formula uses n_out. It should use n_in, the number of terms in the weighted sum "
        "of a neuron.",
        _scale("he", lambda n_in, n_out: np.sqrt(2 / n_out)),
        "How many terms does the weighted sum of one neuron have?",
    ),
    Mistake(
        "he-both-sizes",
        "Your He formula is that of Xavier. It should be √(2/n_in).",
        _scale("he", lambda n_in, n_out: np.sqrt(2 / (n_in + n_out))),
        "Which of the two schemes is a compromise between n_in and n_out?",
    ),
    Mistake(
        "he-root",
        "Your He formula is √2/n_in, with the square root of the 2 only. It should be √(2/n_in).",
        _scale("he", lambda n_in, n_out: np.sqrt(2) / n_in),
        "Of which number does your code take the square root?",
    ),
    Mistake(
        "schemes-swapped",
        "Your two schemes are swapped.",
        lambda n_in, n_out, scheme: weight_scale(
            n_in, n_out, "he" if scheme == "xavier" else "xavier"
        ),
        "Which scheme is for tanh, and which is for ReLU?",
    ),
)

WEIGHT_SCALE = Question(
    name="weight_scale",
    signature="weight_scale(n_in, n_out, scheme) -> sigma",
    returns=("sigma",),
    parts=(
        Part(
            "the Xavier scheme",
            1,
            variant="xavier",
            section=XAVIER,
            place="Look at the formula of the Xavier scheme.",
        ),
        Part(
            "the He scheme",
            1,
            variant="he",
            section=HE,
            place="Look at the formula of the He scheme.",
        ),
    ),
    section=XAVIER,
    place="Look at the formula of each scheme.",
    inputs=scale_inputs,
    reference=weight_scale,
    fixtures=tuple(
        Fixture(f"{scheme} {count}", variant=scheme)
        for scheme in ("xavier", "he")
        for count in (1, 2, 3)
    ),
    sizes=scale_sizes,
    example=_scale_example,
    correct={
        "a power of one half": lambda n_in, n_out, scheme: (
            (2 / (n_in + n_out)) ** 0.5 if scheme == "xavier" else (2 / n_in) ** 0.5
        ),
        "the uniform limit over √3": lambda n_in, n_out, scheme: (
            np.sqrt(6 / (n_in + n_out if scheme == "xavier" else n_in)) / np.sqrt(3)
        ),
        "float32": lambda *args: np.float32(weight_scale(*args)),
    },
    mistakes=SCALE_MISTAKES,
)
