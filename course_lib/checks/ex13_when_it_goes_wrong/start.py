"""`weight_scale` and `initial_weights`: the initialisation of a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex13_when_it_goes_wrong.page import PAGE
from course_lib.checks.inside import inside
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex13 import initial_weights, weight_scale
from course_lib.checks.worked import Worked

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


def _scale_sizes(n_in: Any, n_out: Any, scheme: str) -> dict[str, int]:
    return {"n_in": n_in, "n_out": n_out, "(n_in + n_out)": n_in + n_out}


def _scale_example() -> str:
    text = Worked("A layer with 50 inputs and 30 neurons:")
    text.line("  Xavier: variance 2/(50 + 30) = 0.025, standard deviation √0.025 = 0.1581")
    text.line("  He:     variance 2/50 = 0.04,         standard deviation √0.04  = 0.2")
    return str(text)


SCALE_MISTAKES = (
    Mistake(
        "variance-for-scale",
        "The variance is returned. The standard deviation is its square root.",
        lambda *args: weight_scale(*args) ** 2,
        "Is that the variance of a weight, or its standard deviation?",
        section=FORMS,
    ),
    Mistake(
        "uniform-limit",
        "√(6/…) is the limit of the uniform distribution; the standard deviation is √(2/…).",
        lambda *args: np.sqrt(3) * weight_scale(*args),
        "To which of the two distributions does the 6 belong?",
        section=FORMS,
    ),
    Mistake(
        "xavier-half",
        "For Xavier, √(1/(n_in + n_out)) lacks the 2: the variance is one over the *mean* of "
        "n_in and n_out.",
        _scale("xavier", lambda n_in, n_out: np.sqrt(1 / (n_in + n_out))),
        "What is one over the mean of n_in and n_out?",
    ),
    Mistake(
        "xavier-two-outside",
        "The 2 is outside the root: 2/√(n_in + n_out). The variance has the factor 2, so the "
        "standard deviation has √2.",
        _scale("xavier", lambda n_in, n_out: 2 / np.sqrt(n_in + n_out)),
        "When a variance is doubled, what happens to the standard deviation?",
    ),
    Mistake(
        "xavier-mean",
        "The 2 is below the line, √(1/(2(n_in + n_out))); one over the mean of n_in and n_out "
        "is 2/(n_in + n_out).",
        _scale("xavier", lambda n_in, n_out: np.sqrt(0.5 / (n_in + n_out))),
        "What is one over the mean of n_in and n_out?",
    ),
    Mistake(
        "xavier-fan-out",
        "√(1/n_out) is for the backward pass alone; Xavier is the compromise with the forward "
        "pass, √(2/(n_in + n_out)).",
        _scale("xavier", lambda n_in, n_out: np.sqrt(1 / n_out)),
        "Which size matters in the forward pass, and where is it in your formula?",
    ),
    Mistake(
        "xavier-is-he",
        "The He formula is used for Xavier as well; the Xavier formula has n_in + n_out.",
        _scale("xavier", lambda n_in, n_out: np.sqrt(2 / n_in)),
        "Which of the two schemes is a compromise between n_in and n_out?",
    ),
    Mistake(
        "xavier-product",
        "The sizes are multiplied, √(2/(n_in·n_out)); they are added.",
        _scale("xavier", lambda n_in, n_out: np.sqrt(2 / (n_in * n_out))),
        "What is the mean of n_in and n_out?",
    ),
    Mistake(
        "xavier-forward-only",
        "√(1/n_in) is for the forward pass alone; Xavier is the compromise with the backward "
        "pass, √(2/(n_in + n_out)).",
        _scale("xavier", lambda n_in, n_out: np.sqrt(1 / n_in)),
        "Which size matters in the backward pass, and where is it in your formula?",
    ),
    Mistake(
        "xavier-root",
        "The root is taken of the 2 only, √2/(n_in + n_out); it is √(2/(n_in + n_out)).",
        _scale("xavier", lambda n_in, n_out: np.sqrt(2) / (n_in + n_out)),
        "Of what do you take the root?",
    ),
    Mistake(
        "he-half",
        "In the He scheme the 2 is missing: ReLU halves the mean square, and the 2 makes up for "
        "it.",
        _scale("he", lambda n_in, n_out: np.sqrt(1 / n_in)),
        "What does ReLU do to the mean square of its inputs, and what makes up for it?",
    ),
    Mistake(
        "he-two-outside",
        "The 2 is outside the root: 2/√n_in. The variance has the factor 2, so the standard "
        "deviation has √2.",
        _scale("he", lambda n_in, n_out: 2 / np.sqrt(n_in)),
        "When a variance is doubled, what happens to the standard deviation?",
    ),
    Mistake(
        "he-fan-out",
        "n_out is used; the weighted sum of a neuron is over its n_in inputs.",
        _scale("he", lambda n_in, n_out: np.sqrt(2 / n_out)),
        "How many terms does the weighted sum of one neuron have?",
    ),
    Mistake(
        "he-both-sizes",
        "The Xavier formula is used for He as well; the He formula has n_in alone.",
        _scale("he", lambda n_in, n_out: np.sqrt(2 / (n_in + n_out))),
        "Which of the two schemes is a compromise between n_in and n_out?",
    ),
    Mistake(
        "he-root",
        "The root is taken of the 2 only, √2/n_in; it is √(2/n_in).",
        _scale("he", lambda n_in, n_out: np.sqrt(2) / n_in),
        "Of what do you take the root?",
    ),
    Mistake(
        "exchanged",
        "The two schemes are exchanged.",
        lambda n_in, n_out, scheme: weight_scale(
            n_in, n_out, "he" if scheme == "xavier" else "xavier"
        ),
        "Which scheme is for tanh and which is for ReLU?",
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
            place="Look at the Xavier formula.",
        ),
        Part("the He scheme", 1, variant="he", section=HE, place="Look at the He formula."),
    ),
    section=XAVIER,
    place="Look at the two formulas.",
    inputs=scale_inputs,
    reference=weight_scale,
    fixtures=tuple(
        Fixture(f"{scheme} {count}", variant=scheme)
        for scheme in ("xavier", "he")
        for count in (1, 2, 3)
    ),
    sizes=_scale_sizes,
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


def weight_inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray, str, str]:
    """Draw the random numbers; more neurons than inputs, never as many."""
    scheme, distribution = fixture.variant.split()
    shape = (fixture.widths[1], fixture.widths[0])
    draws = rng.normal(size=shape) if distribution == "normal" else rng.random(shape)
    return draws, scheme, distribution


def _uniform(stretch: Callable[[float, np.ndarray], np.ndarray]) -> Callable[..., np.ndarray]:
    """Use another formula for the uniform distribution and the right one for the normal one."""

    def wrong(draws: np.ndarray, scheme: str, distribution: str) -> np.ndarray:
        if distribution == "normal":
            return initial_weights(draws, scheme, distribution)
        return stretch(weight_scale(draws.shape[1], draws.shape[0], scheme), draws)

    return wrong


def _made(draws: np.ndarray, distribution: str, sigma: Any) -> np.ndarray:
    if distribution == "normal":
        return sigma * draws
    return np.sqrt(3) * sigma * (2 * draws - 1)


def _constant(draws: np.ndarray, scheme: str, distribution: str) -> np.ndarray:
    return np.full(draws.shape, weight_scale(draws.shape[1], draws.shape[0], scheme))


def _normal_too(draws: np.ndarray, scheme: str, distribution: str) -> np.ndarray:
    made = initial_weights(draws, scheme, distribution)
    return np.sqrt(3) * made if distribution == "normal" else made


def _shifted_normal(draws: np.ndarray, scheme: str, distribution: str) -> np.ndarray:
    sigma = weight_scale(draws.shape[1], draws.shape[0], scheme)
    return np.sqrt(3) * sigma * (2 * draws - 1)


def _scaled_by(scale: Callable[..., float]) -> Callable[..., np.ndarray]:
    """Make the weights with another σ."""

    def weights(draws: np.ndarray, scheme: str, distribution: str) -> np.ndarray:
        return _made(draws, distribution, scale(draws.shape[1], draws.shape[0], scheme))

    return weights


def _carried(
    call: Callable[..., Any], draws: np.ndarray, scheme: str, distribution: str
) -> np.ndarray:
    sigma = call("weight_scale", draws.shape[1], draws.shape[0], scheme)
    return _made(draws, distribution, sigma)


def _loops(draws: np.ndarray, scheme: str, distribution: str) -> list[list[float]]:
    n_out, n_in = len(draws), len(draws[0])
    sigma = (2 / (n_in + n_out if scheme == "xavier" else n_in)) ** 0.5
    reach = sigma * 3**0.5
    rows = []
    for row in draws:
        rows.append(
            [float(sigma * u if distribution == "normal" else u * 2 * reach - reach) for u in row]
        )
    return rows


def _weights_example() -> str:
    u = np.array([0.0, 0.25, 0.5, 1.0])
    text = Worked("A layer with σ = 0.2, so r = √3·0.2 = 0.3464. Uniform draws:").array("u", u)
    text.array("2u − 1", 2 * u - 1).array("r (2u − 1)", np.sqrt(3) * 0.2 * (2 * u - 1))
    text.line("0 becomes −r, ½ becomes 0, 1 becomes r. Normal draws are multiplied by σ:")
    text.array("v", np.array([-1.5, 0.0, 2.0])).array("σ v", 0.2 * np.array([-1.5, 0.0, 2.0]))
    return str(text)


INITIAL_WEIGHTS = Question(
    name="initial_weights",
    signature="initial_weights(draws, scheme, distribution) -> W",
    returns=("W",),
    parts=tuple(
        Part(
            f"the {distribution} {scheme.capitalize()} initialisation",
            1,
            variant=f"{scheme} {distribution}",
            section=FORMS,
            place=f"Look at the {distribution} distribution in the {scheme.capitalize()} scheme.",
        )
        for distribution in ("normal", "uniform")
        for scheme in ("xavier", "he")
    ),
    section=FORMS,
    place="Look at what the draws are multiplied by, and at their mean.",
    inputs=weight_inputs,
    reference=initial_weights,
    fixtures=tuple(
        Fixture(
            f"{scheme} {distribution}",
            widths=(7, 13),
            variant=f"{scheme} {distribution}",
            repeat=distribution == "uniform",
        )
        for distribution in ("normal", "uniform")
        for scheme in ("xavier", "he")
    ),
    sizes=lambda draws, scheme, distribution: {"n_in": draws.shape[1], "n_out": draws.shape[0]},
    carried=_carried,
    example=_weights_example,
    correct={
        "loops, u·2r − r": _loops,
        "float32": lambda draws, *names: initial_weights(draws.astype(np.float32), *names),
    },
    mistakes=(
        Mistake(
            "I01",
            "Every weight is the same number. Units with equal weights stay equal; use the draws.",
            _constant,
            "In what do two neurons of this layer differ at the start?",
            section=f"{PAGE}#symmetry",
        ),
        Mistake(
            "I02",
            "The draws are returned as they are, far too large for a wide layer.",
            lambda draws, scheme, distribution: draws.copy(),
            "Where does your formula use the number of inputs?",
            section=f"{PAGE}#variance-through-a-layer",
        ),
        Mistake(
            "sqrt3-missing",
            "The uniform weights are between −σ and σ, which makes their standard deviation σ/√3. "
            "The limit is √3 σ.",
            _uniform(lambda sigma, u: sigma * (2 * u - 1)),
            "What is the standard deviation of the uniform distribution on −1 … 1?",
        ),
        Mistake(
            "three-for-sqrt3",
            "The limit is 3σ; it is √3 σ (the variance of U(−r, r) is r²/3).",
            _uniform(lambda sigma, u: 3 * sigma * (2 * u - 1)),
            "The variance of U(−r, r) is r²/3. What is r for a given σ?",
        ),
        Mistake(
            "one-sided",
            "The weights are in 0 … r: none is negative. Shift the draws so that their mean is 0.",
            _uniform(lambda sigma, u: np.sqrt(3) * sigma * u),
            "Which signs do your weights have?",
        ),
        Mistake(
            "half-width",
            "The draws are centred, u − ½, but r (u − ½) is between −r/2 and r/2 only; r (2u − 1) "
            "is between −r and r.",
            _uniform(lambda sigma, u: np.sqrt(3) * sigma * (u - 0.5)),
            "What does your formula give for u = 1, and what should it?",
        ),
        Mistake(
            "deviation-one-sided",
            "Uniform draws are multiplied by σ as if they were normal ones.",
            _uniform(lambda sigma, u: sigma * u),
            "Between which numbers are the uniform draws, and between which should the weights be?",
        ),
        Mistake(
            "normal-as-uniform",
            "Normal draws are multiplied by √3, which belongs to the uniform distribution.",
            _normal_too,
            "Which standard deviation do the normal draws have before you multiply them?",
        ),
        Mistake(
            "normal-stretched",
            "Normal draws are shifted like uniform ones, with 2u − 1; their mean is 0 already.",
            lambda draws, scheme, distribution: (
                _shifted_normal(draws, scheme, distribution)
                if distribution == "normal"
                else initial_weights(draws, scheme, distribution)
            ),
            "What is the mean of the normal draws?",
        ),
        Mistake(
            "fans-exchanged",
            "draws.shape is (n_out, n_in); it was read as (n_in, n_out).",
            _scaled_by(lambda n_in, n_out, scheme: weight_scale(n_out, n_in, scheme)),
            "Is the first axis of W the neurons of the layer, or its inputs?",
            section=f"{PAGE}#he-factor",
        ),
        Mistake(
            "variance-for-scale",
            "The draws are multiplied by the variance; they are multiplied by σ, its root.",
            _scaled_by(lambda *args: weight_scale(*args) ** 2),
            "When a number is multiplied by c, what is its variance multiplied by?",
        ),
        Mistake(
            "divided",
            "The draws are divided by σ.",
            _scaled_by(lambda *args: 1 / weight_scale(*args)),
            "Should a wide layer have larger weights, or smaller ones?",
        ),
        *inside(
            SCALE_MISTAKES,
            _scaled_by,
            without=("variance-for-scale", "he-fan-out"),  # they have entries here
        ),
    ),
)
