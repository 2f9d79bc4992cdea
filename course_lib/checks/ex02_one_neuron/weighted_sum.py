from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex02_one_neuron.reference import (
    weighted_sum,
)
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
SIGNS = {3: (1, -1), 4: (1, 1), 5: (-1, 1), 6: (1, -1), 7: (-1, 1), 8: (-1, -1)}
"""The signs of w·x and of b in the calls with that many inputs."""


def sum_inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw x and w of the same length, and b; z has the sign of w·x."""
    n, product = fixture.n, 0.0
    while abs(product) < 0.9:
        random = rng.choice([-1.0, 1.0], size=(2, n))
        x, w = random * rng.uniform(0.3, 1.6, size=(2, n))
        product = float(w @ x)
    sign, of_bias = SIGNS[n]
    return x, w * np.sign(product) * sign, float(rng.uniform(0.4, 0.8)) * of_bias


def _loop(x: np.ndarray, w: np.ndarray, b: float) -> float:
    total = b
    for k in range(len(x)):
        total = total + w[k] * x[k]
    return float(total)


def _sum_example() -> str:
    text = Worked("x = [2, −1], w = [0.5, 3], b = 0.25:")
    text.line("  0.5·2 = 1")
    text.line("  3·(−1) = −3")
    text.line("  z = 1 + (−3) + 0.25 = −1.75")
    return str(text)


SIZES = (Fixture("five inputs", n=5), Fixture("three inputs", n=3), Fixture("eight inputs", n=8))

WEIGHTED_SUM = Question(
    name="weighted_sum",
    signature="weighted_sum(x, w, b) -> z",
    returns=("z",),
    parts=(Part("z", 1),),
    section=f"{PAGE}#weighted-sum",
    place="Look at the sum: what is added, and how often.",
    inputs=sum_inputs,
    reference=weighted_sum,
    fixtures=SIZES,
    sizes=lambda x, w, b: {"n": len(x)},
    example=_sum_example,
    correct={
        "a loop": _loop,
        "sum of products": lambda x, w, b: (x * w).sum() + b,
        "einsum": lambda x, w, b: np.einsum("k,k->", x, w) + b,
        "the bias as one more weight": lambda x, w, b: np.append(w, b) @ np.append(x, 1.0),
        "float32": lambda x, w, b: np.dot(x.astype(np.float32), w.astype(np.float32)) + b,
    },
    mistakes=(
        Mistake(
            "bias-missing",
            "The bias is missing.",
            lambda x, w, b: float(x @ w),
            "Which of the three arguments does your function never use?",
        ),
        Mistake(
            "bias-subtracted",
            "b is subtracted. A threshold would be subtracted, but a bias should be added.",
            lambda x, w, b: float(x @ w - b),
            "Is b a threshold that is subtracted, or a bias that is added?",
            section=f"{PAGE}#bias-as-threshold",
        ),
        Mistake(
            "bias-every-time",
            "The bias is added once for every input. It should be added once in all.",
            lambda x, w, b: float((x * w + b).sum()),
            "How many biases does one neuron have?",
        ),
        Mistake(
            "not-summed",
            "The products are not added. A neuron has one pre-activation z.",
            lambda x, w, b: x * w + b,
            "How many pre-activations z does one neuron have?",
        ),
        Mistake(
            "mean-of-products",
            "The products are averaged. A weighted sum should only add them.",
            lambda x, w, b: float((x * w).mean() + b),
            "Does the formula divide the sum by anything?",
        ),
        Mistake(
            "sum-plus-sum",
            "Inputs and weights are added. Each input should be multiplied by its weight.",
            lambda x, w, b: float((x + w).sum() + b),
            "How should a weight and its input be combined?",
        ),
        Mistake(
            "first-term",
            "The sum has one product only, because the `return` is inside the loop.",
            lambda x, w, b: float(x[0] * w[0] + b),
            "How often does your loop run before the function returns?",
        ),
    ),
)
