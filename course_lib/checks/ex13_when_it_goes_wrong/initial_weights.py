"""`initial_weights`: the weights of a layer before training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex13_when_it_goes_wrong.reference import initial_weights, weight_scale
from course_lib.checks.ex13_when_it_goes_wrong.weight_scale import (
    FORMS,
    SCALE_MISTAKES,
    scale_sizes,
)
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, inside, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)


def weight_inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray, str, str]:
    """Draw the random numbers; more neurons than inputs, never as many."""
    scheme, distribution = fixture["scheme"], fixture["distribution"]
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
    place="Look at the number that the draws are multiplied by, and at the mean of the result.",
    inputs=weight_inputs,
    reference=initial_weights,
    fixtures=tuple(
        Fixture(
            f"{scheme} {distribution}",
            widths=(7, 13),
            variant=f"{scheme} {distribution}",
            repeat=distribution == "uniform",
            settings={"scheme": scheme, "distribution": distribution},
        )
        for distribution in ("normal", "uniform")
        for scheme in ("xavier", "he")
    ),
    sizes=lambda draws, scheme, distribution: scale_sizes(draws.shape[1], draws.shape[0], scheme),
    factors=lambda draws, scheme, distribution: {
        "σ": weight_scale(draws.shape[1], draws.shape[0], scheme)
    },
    carried=_carried,
    example=_weights_example,
    correct={
        "loops, u·2r − r": _loops,
        "float32": lambda draws, *names: initial_weights(draws.astype(np.float32), *names),
    },
    mistakes=(
        Mistake(
            "I01",
            "All your weights are the same number, so all units remain equal. The weights should "
            "be computed from the draws.",
            _constant,
            "In what do two neurons of this layer differ before training?",
            section=f"{PAGE}#symmetry",
        ),
        Mistake(
            "I02",
            "Your weights are the draws themselves. They should be scaled by the scheme.",
            lambda draws, scheme, distribution: draws.copy(),
            "Where does your code use the sizes of the layer?",
            section=f"{PAGE}#variance-through-a-layer",
        ),
        Mistake(
            "sqrt3-missing",
            "Your uniform weights are between −σ and σ, with the standard deviation σ/√3. They "
            "should be between −√3 σ and √3 σ.",
            _uniform(lambda sigma, u: sigma * (2 * u - 1)),
            "What is the standard deviation of the uniform distribution between −1 and 1?",
        ),
        Mistake(
            "three-for-sqrt3",
            "Your uniform weights are between −3σ and 3σ. They should be between −√3 σ and √3 σ, "
            "because the variance of U(−r, r) is r²/3.",
            _uniform(lambda sigma, u: 3 * sigma * (2 * u - 1)),
            "The variance of U(−r, r) is r²/3. What is r for a given σ?",
        ),
        Mistake(
            "one-sided",
            "Your uniform weights are between 0 and r. They should be between −r and r, with the "
            "mean 0.",
            _uniform(lambda sigma, u: np.sqrt(3) * sigma * u),
            "What is the smallest of your weights, and what is their mean?",
        ),
        Mistake(
            "half-width",
            "Your uniform weights are r (u − ½), between −r/2 and r/2. They should be r (2u − 1), "
            "between −r and r.",
            _uniform(lambda sigma, u: np.sqrt(3) * sigma * (u - 0.5)),
            "What does your formula give for u = 1, and what should it give?",
        ),
        Mistake(
            "deviation-one-sided",
            "Your uniform weights are σu, as for normal draws. They should be r (2u − 1) with r = "
            "√3 σ.",
            _uniform(lambda sigma, u: sigma * u),
            "Between which numbers are the uniform draws, and between which should the weights be?",
        ),
        Mistake(
            "normal-as-uniform",
            "Your normal draws are multiplied by √3 σ. They should be multiplied by σ; the √3 is "
            "for the uniform distribution.",
            _normal_too,
            "What is the standard deviation of the normal draws before you multiply them?",
        ),
        Mistake(
            "normal-stretched",
            "Your normal draws are shifted by 2u − 1, like uniform ones. They should not be, "
            "because their mean is 0 already.",
            lambda draws, scheme, distribution: (
                _shifted_normal(draws, scheme, distribution)
                if distribution == "normal"
                else initial_weights(draws, scheme, distribution)
            ),
            "What is the mean of the normal draws, and of your weights?",
        ),
        Mistake(
            "fans-swapped",
            "Your n_in and n_out are swapped. The shape of draws is (n_out, n_in).",
            _scaled_by(lambda n_in, n_out, scheme: weight_scale(n_out, n_in, scheme)),
            "What does the first axis of W count: the neurons of the layer, or its inputs?",
            section=f"{PAGE}#he-factor",
        ),
        Mistake(
            "variance-for-scale",
            "Your draws are multiplied by the variance, σ². They should be multiplied by σ.",
            _scaled_by(lambda *args: weight_scale(*args) ** 2),
            "Which number do you multiply the draws by, and what is the standard deviation of the "
            "result?",
        ),
        Mistake(
            "divided",
            "Your draws are divided by σ. They should be multiplied by σ.",
            _scaled_by(lambda *args: 1 / weight_scale(*args)),
            "Should a wide layer have larger weights than a narrow one, or smaller ones?",
        ),
        *inside(
            SCALE_MISTAKES,
            _scaled_by,
            without=("variance-for-scale", "he-fan-out"),  # they have entries here
        ),
    ),
)
