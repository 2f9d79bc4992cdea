"""`sgd_update`: gradient descent with weight decay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex11_update import draw
from course_lib.checks.ex11_update.reference import sgd_update
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
DECAY = f"{PAGE}#weight-decay"


def inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw θ, ∇ℒ, η, and λ (0 in the calls without decay)."""
    decay = float(rng.uniform(0.1, 0.4)) if fixture.variant == "weight decay" else 0.0
    theta, gradient = draw.parameters(rng, fixture), draw.gradient(rng, fixture)
    return theta, gradient, float(rng.uniform(0.05, 0.4)), decay


def _in_place(theta: np.ndarray, gradient: np.ndarray, rate: float, decay: float) -> np.ndarray:
    theta -= rate * (gradient + decay * theta)
    return theta


def _one_by_one(theta: np.ndarray, gradient: np.ndarray, rate: float, decay: float) -> list:
    return [w - rate * (g + decay * w) for w, g in zip(theta, gradient, strict=True)]


def _gradient_in_place(
    theta: np.ndarray, gradient: np.ndarray, rate: float, decay: float
) -> np.ndarray:
    step = gradient
    step += decay * theta
    step *= rate
    return theta - step


def _wrong(change: Callable[..., Any]) -> Callable[..., Any]:
    return lambda theta, gradient, rate, decay: change(theta, gradient, rate, decay)


def _example() -> str:
    text = Worked("θ = [2, −1], ∇ℒ = [3, 0], η = 0.1, λ = 0.5:")
    text.line("  ∇ℒ + λθ = [3 + 0.5·2, 0 + 0.5·(−1)] = [4, −0.5]")
    text.line("  θ − 0.1·[4, −0.5] = [1.6, −0.95]")
    text.line("The second parameter has gradient 0, and the weight decay still moves it towards 0.")
    return str(text)


SGD_UPDATE = Question(
    name="sgd_update",
    signature="sgd_update(theta, gradient, learning_rate, weight_decay) -> theta",
    returns=("new theta",),
    parts=(
        Part("the update without weight decay", 1, variant="λ = 0"),
        Part(
            "the update with weight decay",
            1,
            variant="weight decay",
            section=DECAY,
            place="Look at the term λθ.",
        ),
    ),
    section=f"{PAGE}#steepest-descent",
    place="Look at the step, its sign and its factors, and at what is returned.",
    inputs=inputs,
    reference=sgd_update,
    fixtures=(
        Fixture("plain", widths=(7,), variant="λ = 0", repeat=True),
        Fixture("decay", widths=(7,), variant="weight decay", repeat=True),
        Fixture("decay again", widths=(5,), variant="weight decay"),
    ),
    in_place=("theta",),
    example=_example,
    correct={
        "in place": _in_place,
        "a list, one by one": _one_by_one,
        "first shrink, then step": _wrong(
            lambda w, g, rate, decay: (1 - rate * decay) * w - rate * g
        ),
        "float32": _wrong(
            lambda w, g, rate, decay: w.astype(np.float32) - np.float32(rate) * (g + decay * w)
        ),
    },
    mistakes=(
        Mistake(
            "gradient-ascent",
            "Your step is added to θ. It should be subtracted, because the loss grows in the "
            "direction of the gradient.",
            _wrong(lambda w, g, rate, decay: w + rate * (g + decay * w)),
            "The loss grows in the direction of the gradient. In which direction should θ change?",
        ),
        Mistake(
            "U13",
            "Your step contains the learning rate twice. It should contain it once.",
            _wrong(lambda w, g, rate, decay: w - rate * rate * (g + decay * w)),
            "How many times does your code multiply by the learning rate between the gradient "
            "and the new θ?",
        ),
        Mistake(
            "rate-missing",
            "The learning rate is missing in your step.",
            _wrong(lambda w, g, rate, decay: w - (g + decay * w)),
            "Which argument sets the length of the step?",
        ),
        Mistake(
            "U15",
            "Your function returns the old θ. It should return the new one.",
            _wrong(lambda w, g, rate, decay: w.copy()),
            "Which θ does your function return: the old one or the new one?",
        ),
        Mistake(
            "step-for-parameter",
            "Your function returns the step. It should return the new θ, the old one plus the "
            "step.",
            _wrong(lambda w, g, rate, decay: -rate * (g + decay * w)),
            "What should be added to the step to get the new θ?",
        ),
        Mistake(
            "sign-only",
            "Your step uses the sign of the gradient only. It should be proportional to the "
            "gradient.",
            _wrong(lambda w, g, rate, decay: w - rate * np.sign(g + decay * w)),
            "Should the step be equally long for a small and for a large gradient?",
        ),
        Mistake(
            "U12-two",
            "Your weight decay is 2λθ, the gradient of a penalty λ|θ|². Here the penalty is "
            "(λ/2)|θ|², so it should be λθ.",
            _wrong(lambda w, g, rate, decay: w - rate * (g + 2 * decay * w)),
            "What is the derivative of (λ/2)·θ² with respect to θ?",
            section=DECAY,
        ),
        Mistake(
            "U12-sign",
            "Your weight decay moves θ away from 0: λθ is subtracted from the gradient. It should "
            "be added.",
            _wrong(lambda w, g, rate, decay: w - rate * (g - decay * w)),
            "If the gradient is 0, should θ grow or shrink?",
            section=DECAY,
        ),
        Mistake(
            "decay-alone",
            "The gradient is missing in your step, which contains the weight decay only.",
            _wrong(lambda w, g, rate, decay: w - rate * decay * w),
            "Which argument does your function not use?",
        ),
        Mistake(
            "eta-and-lambda-swapped",
            "Your η and λ are swapped.",
            _wrong(lambda w, g, rate, decay: w - decay * (g + rate * w)),
            "In which order does the signature list the arguments?",
            place="Look at where you use each argument, and compare with the signature.",
        ),
        Mistake(
            "decay-of-new",
            "Your weight decay uses the θ after the gradient step. Both terms should use the old "
            "θ: θ − η(∇ℒ + λθ).",
            _wrong(lambda w, g, rate, decay: (1 - rate * decay) * (w - rate * g)),
            "With which θ is your λθ computed: the old one or the new one?",
            section=DECAY,
        ),
        Mistake(
            "decay-squared",
            "Your weight decay contains θ². It should be λθ, the gradient of the penalty "
            "(λ/2)|θ|².",
            _wrong(lambda w, g, rate, decay: w - rate * (g + decay * w * w)),
            "What is the derivative of (λ/2)θ² with respect to θ?",
            section=DECAY,
        ),
        Mistake(
            "decay-missing",
            "The weight decay is missing in your step.",
            _wrong(lambda w, g, rate, decay: w - rate * g),
            "Which argument does your function not use?",
            section=DECAY,
        ),
        Mistake(
            "decay-without-rate",
            "Your weight decay is not multiplied by the learning rate. The step should be θ − "
            "η(∇ℒ + λθ), with parentheses.",
            _wrong(lambda w, g, rate, decay: w - rate * g - decay * w),
            "Which terms of your step are multiplied by the learning rate?",
            section=DECAY,
        ),
        Mistake(
            "decay-of-size",
            "Your weight decay is λ|θ|, which moves negative parameters away from 0. It should be "
            "λθ.",
            _wrong(lambda w, g, rate, decay: w - rate * (g + decay * np.abs(w))),
            "In which direction does your weight decay move a negative parameter?",
            section=DECAY,
        ),
        Mistake(
            "U14",
            "Your code changes the caller's gradient in place, by `+=` or `*=` on a second name "
            "for it. Create a new array.",
            _gradient_in_place,
            "Does `step = gradient` create a second array, or a second name for the same one?",
        ),
    ),
)
