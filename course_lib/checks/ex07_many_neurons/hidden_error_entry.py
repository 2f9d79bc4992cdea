from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex07_many_neurons.reference import hidden_error_entry
from course_lib.checks.fixtures import MARKING, SQUARE, Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
Inputs = tuple[int, np.ndarray, np.ndarray, np.ndarray]

SUM = f"{PAGE}#next-layer-sum"

COLUMN = f"{PAGE}#reads-columns"

SLOPE = f"{PAGE}#many-hadamard"


def inputs(rng: Generator, fixture: Fixture) -> Inputs:
    """Draw k, δ (n,), W (n, n_prev) and tanh activations a (n_prev,), none near 0 or ±1.

    The sum is negative in one of the calls and positive in the others.
    """
    n_prev, n = fixture.widths[-3:-1]
    a = rng.uniform(0.15, 0.9, size=n_prev) * rng.choice([-1.0, 1.0], size=n_prev)
    k, delta, W = int(rng.integers(1, n_prev)), rng.normal(size=n), rng.normal(size=(n, n_prev))
    sign = fixture.settings.get("sign", 1.0)
    return k, delta * sign * np.sign(W[:, k] @ delta), W, a


def _entry(
    share: Callable[..., float] = lambda k, delta, W: float(W[:, k] @ delta),
    slope: Callable[[float], float] = lambda value: 1.0 - value**2,
) -> Callable[..., float]:
    """Make an error of neuron k with another sum or another derivative."""

    def entry(k: int, delta: np.ndarray, W: np.ndarray, a: np.ndarray) -> float:
        return slope(float(a[k])) * share(k, delta, W)

    return entry


def example() -> str:
    delta, a = np.array([1.0, -1.0, 0.5]), np.array([0.5, -0.2])
    W = np.array([[2.0, 1.0], [0.5, 3.0], [-2.0, 4.0]])
    text = Worked(
        "Hidden neuron k = 1 has edges to three neurons; their weights are column 1 of W:"
    )
    text.array("delta", delta).array("W", W).array("a", a)
    text.line("  contributions: 1·1 = 1,  3·(−1) = −3,  4·0.5 = 2;  their sum is da[1] = 0")
    text.line("The same for k = 0: 2·1 + 0.5·(−1) + (−2)·0.5 = 0.5, then times 1 − 0.5² = 0.75:")
    text.line(f"  delta_0 = {hidden_error_entry(0, delta, W, a):g}")
    text.line(
        "The gradient of a weight is the error times the input of the weight: dW[2, 0] = "
        "0.5·0.5 = 0.25"
    )
    return str(text)


HIDDEN_ERROR_ENTRY = Question(
    name="hidden_error_entry",
    signature="hidden_error_entry(k, delta, W, a) -> delta_k",
    returns=("delta_k",),
    parts=(Part("delta_k", 2),),
    section=SUM,
    place="Look at the terms of the sum over j, and at the factor in front of it.",
    inputs=inputs,
    reference=hidden_error_entry,
    fixtures=(
        MARKING,
        Fixture("output layer", widths=(13, 3, 7), n=11, settings={"sign": -1.0}),
        Fixture("more neurons", widths=(13, 7, 5), n=11),
        SQUARE,
    ),
    sizes=lambda k, delta, W, a: {"n": W.shape[0], "n_prev": W.shape[1]},
    example=example,
    correct={
        "a product of arrays": _entry(),
        "all neurons, then one": lambda k, delta, W, a: ((W.T @ delta) * (1 - a**2))[k],
        "sum of a generator": lambda k, delta, W, a: (
            (1 - a[k] ** 2) * sum(w * d for w, d in zip(W[:, k], delta, strict=True))
        ),
        "an array of one number": lambda k, delta, W, a: np.array(
            hidden_error_entry(k, delta, W, a)
        ),
        "float32": lambda k, delta, W, a: hidden_error_entry(
            k, *(array.astype(np.float32) for array in (delta, W, a))
        ),
    },
    mistakes=(
        Mistake(
            "B12",
            "The derivative of tanh is missing, so this is ∂ℒ/∂a_k. Multiply it by 1 − a_k².",
            _entry(slope=lambda value: 1.0),
            "Your number is a derivative with respect to a_k. Which function is between a_k and "
            "z_k?",
            section=SLOPE,
        ),
        Mistake(
            "B10",
            "Your derivative is 1 − tanh(a_k)², which applies tanh twice. Since a_k is tanh(z_k), "
            "it should be 1 − a_k².",
            _entry(slope=lambda value: float(1 - np.tanh(value) ** 2)),
            "How often is tanh applied in your derivative?",
            section=SLOPE,
        ),
        Mistake(
            "B30",
            "Your derivative is 1 + a_k². The derivative of tanh should be 1 − a_k².",
            _entry(slope=lambda value: 1 + value**2),
            "What is the largest derivative that tanh has, and can yours be larger?",
            section=SLOPE,
        ),
        Mistake(
            "sigmoid-derivative",
            "Your derivative a_k(1 − a_k) is that of the sigmoid. This neuron has tanh, so it "
            "should be 1 − a_k².",
            _entry(slope=lambda value: value * (1 - value)),
            "Which activation function does this neuron have, and what is its derivative, written "
            "in a?",
            section=SLOPE,
        ),
        Mistake(
            "B02",
            "Your sum uses row k of W, the weights of the edges into neuron k of the next layer. "
            "It should use column k, W[j, k]: the edges that start at hidden neuron k.",
            lambda k, delta, W, a: (1 - a[k] ** 2) * (W[k] @ delta),
            "The indices of W are [to, from]. Which of the two is the hidden neuron?",
            section=COLUMN,
        ),
        Mistake(
            "one-contribution",
            "Your sum contains the last contribution only: `=` replaces the sum in every "
            "iteration. It should be `+=`, because every neuron of the next layer contributes.",
            _entry(share=lambda k, delta, W: float(W[-1, k] * delta[-1])),
            "How many contributions does your variable contain after the loop?",
        ),
        Mistake(
            "first-contribution",
            "Your result contains the first contribution only, as with a `return` inside the "
            "loop. Every neuron of the next layer contributes.",
            _entry(share=lambda k, delta, W: float(W[0, k] * delta[0])),
            "How many iterations does your loop make before the function returns?",
        ),
        Mistake(
            "mean-of-contributions",
            "Your function takes the mean of the contributions. It should take their sum: each of "
            "them changes the loss in full.",
            _entry(share=lambda k, delta, W: float(W[:, k] @ delta) / len(delta)),
            "Several paths lead from a_k to the loss. Does the chain rule add their "
            "contributions, or average them?",
        ),
        Mistake(
            "weights-missing",
            "Your sum adds the errors without the weights of their edges. Each error δ_j should "
            "be multiplied by W[j, k].",
            _entry(share=lambda k, delta, W: float(delta.sum())),
            "Along which edge is each error passed back, and by what is it multiplied there?",
        ),
        Mistake(
            "sums-multiplied",
            "Your function multiplies the sum of the weights by the sum of the errors. It should "
            "multiply each error by the weight of its own edge, and then add the products.",
            _entry(share=lambda k, delta, W: float(W[:, k].sum() * delta.sum())),
            "Is the error of one neuron multiplied by the weight of another neuron's edge?",
        ),
        Mistake(
            "activation-for-weight",
            "Your sum multiplies the errors by a_k, as the gradients of the weights do. The error "
            "is passed back along W[j, k].",
            lambda k, delta, W, a: (1 - a[k] ** 2) * a[k] * delta.sum(),
            "By how much does z_j change when a_k changes by 1?",
        ),
        Mistake(
            "B09",
            "Your result has the wrong sign: it contains the minus sign of the update, which is "
            "not part of the gradient.",
            lambda k, delta, W, a: -hidden_error_entry(k, delta, W, a),
            "In which step of the training is the gradient subtracted: in the backward pass or in "
            "the update?",
        ),
    ),
)
