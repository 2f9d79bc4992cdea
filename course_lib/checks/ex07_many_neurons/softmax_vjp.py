from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex07_many_neurons.reference import softmax_vjp
from course_lib.checks.fixtures import MARKING, Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
VJP = f"{PAGE}#softmax-vector-jacobian"

TABLE = f"{PAGE}#softmax-jacobian"

CALLS = (
    replace(MARKING, settings={"sign": 1.0}),
    Fixture("more classes", widths=(3, 7, 13), settings={"sign": -1.0}),
    Fixture("three", widths=(7, 5, 3), settings={"sign": 1.0}),
)


def probabilities(rng: Generator, classes: int) -> np.ndarray:
    powers = np.exp(1.3 * rng.normal(size=classes))
    return powers / powers.sum()


def vjp_inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray, np.ndarray]:
    """Draw probabilities (n,) and an upstream gradient (n,) whose mean has either sign."""
    classes = fixture.widths[-1]
    p, p_bar = probabilities(rng, classes), rng.normal(size=classes)
    return p, p_bar * fixture["sign"] * np.sign(p @ p_bar)


def _vjp_factors(p: np.ndarray, p_bar: np.ndarray) -> dict[str, Any]:
    """Return p and its like, and the numbers that may be subtracted for p·p_bar, without sign."""
    found: dict[str, Any] = {"p": p, "1/p": 1 / p, "1 − p": 1 - p, "(p·p_bar)": abs(p @ p_bar)}
    for name, number in (("sum(p_bar)", p_bar.sum()), ("mean(p_bar)", p_bar.mean())):
        found[f"({name} − p·p_bar)"] = number - p @ p_bar
        found[f"(p·p_bar − {name})"] = p @ p_bar - number
    return found


def _table(p: np.ndarray) -> np.ndarray:
    return np.diag(p) - np.outer(p, p)


def _loops(p: np.ndarray, p_bar: np.ndarray) -> list[float]:
    return [
        sum(p_bar[j] * p[j] * ((1.0 if j == k else 0.0) - p[k]) for j in range(len(p)))
        for k in range(len(p))
    ]


def _vjp_example() -> str:
    p, p_bar = np.array([0.5, 0.3, 0.2]), np.array([2.0, 0.0, -1.0])
    text = Worked("Three classes:").array("p", p).array("p_bar", p_bar)
    text.line("  p·p_bar = 0.5·2 + 0.3·0 + 0.2·(−1) = 0.8")
    text.array("p_bar − 0.8", p_bar - 0.8)
    text.line("Entry by entry, times p:").array("delta", softmax_vjp(p, p_bar))
    text.line("The entries add up to 0.")
    return str(text)


SOFTMAX_VJP = Question(
    name="softmax_vjp",
    signature="softmax_vjp(p, p_bar) -> delta",
    returns=("delta",),
    parts=(Part("delta", 3),),
    section=VJP,
    place="Look at what is subtracted from p_bar, and at what the difference is multiplied by.",
    inputs=vjp_inputs,
    reference=softmax_vjp,
    # Each call has a variant of its own, since the numbers of _vjp_factors have either sign.
    fixtures=tuple(replace(call, variant=call.name) for call in CALLS),
    sizes=lambda p, p_bar: {"n": len(p)},
    factors=_vjp_factors,
    example=_vjp_example,
    correct={
        "the whole table, turned": lambda p, p_bar: _table(p).T @ p_bar,
        "the whole table (it is symmetric)": lambda p, p_bar: _table(p) @ p_bar,
        "multiplied out": lambda p, p_bar: p * p_bar - p * np.sum(p * p_bar),
        "loops": _loops,
        "float32": lambda p, p_bar: softmax_vjp(p.astype(np.float32), p_bar.astype(np.float32)),
    },
    mistakes=(
        Mistake(
            "B26",
            "Your delta uses the diagonal of the Jacobian only, p_bar·p·(1 − p). The other "
            "derivatives, −p_j p_k, should be in the sum as well, because every logit (score) "
            "changes every probability.",
            lambda p, p_bar: p_bar * p * (1 - p),
            "When one logit (score) grows, do the other probabilities stay the same?",
            section=TABLE,
        ),
        Mistake(
            "diagonal-p",
            "Your delta is p_bar·p. The term −p·(p·p_bar) is missing: it comes from the sum in "
            "the denominator of the softmax.",
            lambda p, p_bar: p * p_bar,
            "In softmax, which part of the fraction contains every logit (score)?",
            section=TABLE,
        ),
        Mistake(
            "plain-sum",
            "Your function subtracts the plain sum of p_bar. It should subtract the sum weighted "
            "with p, p·p_bar.",
            lambda p, p_bar: p * (p_bar - p_bar.sum()),
            "In the derivation, what is each entry of p_bar multiplied by before the sum?",
        ),
        Mistake(
            "plain-mean",
            "Your function subtracts the plain mean of p_bar. It should subtract the mean "
            "weighted with p, p·p_bar.",
            lambda p, p_bar: p * (p_bar - p_bar.mean()),
            "Do all classes have the same weight in the sum that is subtracted?",
        ),
        Mistake(
            "factor-missing",
            "The factor p is missing: the result should be p ⊙ (p_bar − p·p_bar).",
            lambda p, p_bar: p_bar - p @ p_bar,
            "Which factor do both terms of the vector–Jacobian product have in common?",
        ),
        Mistake(
            "plus",
            "Your function adds the weighted sum. It should subtract it, because the derivatives "
            "−p_j p_k are negative.",
            lambda p, p_bar: p * (p_bar + p @ p_bar),
            "When the probability of one class grows, what happens to the others?",
        ),
        Mistake(
            "B09",
            "Your delta has the wrong sign. It should be p ⊙ (p_bar − p·p_bar).",
            lambda p, p_bar: -softmax_vjp(p, p_bar),
            "When a logit (score) grows, its own probability grows. Which sign do the diagonal "
            "entries of the Jacobian have?",
        ),
    ),
)
