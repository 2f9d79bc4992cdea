"""`many_by_hand` and `hidden_error_entry`: one neuron's error, by hand and with indices."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex07_many_neurons.page import PAGE
from course_lib.checks.fixtures import MARKING, SQUARE, Fixture
from course_lib.checks.question import Mistake, Part, Question
from course_lib.checks.reference.ex07 import hidden_error_entry, many_by_hand
from course_lib.checks.worked import Worked

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
    wanted = -1.0 if fixture.name == "output layer" else 1.0
    return k, delta * wanted * np.sign(W[:, k] @ delta), W, a


def _entry(
    share: Callable[..., float] = lambda k, delta, W: float(W[:, k] @ delta),
    slope: Callable[[float], float] = lambda value: 1.0 - value**2,
) -> Callable[..., float]:
    """Make an error of neuron k with another sum or another derivative."""

    def entry(k: int, delta: np.ndarray, W: np.ndarray, a: np.ndarray) -> float:
        return slope(float(a[k])) * share(k, delta, W)

    return entry


def _example() -> str:
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


ENTRY = Question(
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
        Fixture("output layer", widths=(13, 3, 7), n=11),
        Fixture("more neurons", widths=(13, 7, 5), n=11),
        SQUARE,
    ),
    sizes=lambda k, delta, W, a: {"n": W.shape[0], "n_prev": W.shape[1]},
    example=_example,
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
            "sigmoid-slope",
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
            "one-share",
            "Your sum contains the last contribution only: `=` replaces the sum in every "
            "iteration. It should be `+=`, because every neuron of the next layer contributes.",
            _entry(share=lambda k, delta, W: float(W[-1, k] * delta[-1])),
            "How many contributions does your variable contain after the loop?",
        ),
        Mistake(
            "first-share",
            "Your result contains the first contribution only, as with a `return` inside the "
            "loop. Every neuron of the next layer contributes.",
            _entry(share=lambda k, delta, W: float(W[0, k] * delta[0])),
            "How many iterations does your loop make before the function returns?",
        ),
        Mistake(
            "mean-of-shares",
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


def _hand(
    dW: float = -0.15, da: float = -1.08, delta: float = -0.3888
) -> Callable[[], tuple[float, ...]]:
    return lambda: (dW, da, delta)


BY_HAND = Question(
    name="many_by_hand",
    signature="many_by_hand() -> (dW_21, da_0, delta_0)",
    returns=("dW[2, 1]", "da[0]", "delta_0"),
    parts=(
        Part(
            "dW[2, 1]",
            1,
            (0,),
            section=f"{PAGE}#many-weights",
            place="Look at the two factors of dW[2, 1].",
            next_step=(
                "Which entry of the error and which activation are the two factors of dW[2, 1]?"
            ),
        ),
        Part(
            "da[0]",
            1,
            (1,),
            section=SUM,
            place="Look at the terms of the sum that gives da[0].",
            next_step=(
                ""
                "Write "
                "down "
                "the "
                "three "
                "terms "
                "of "
                "the "
                "sum "
                "that "
                "gives "
                "da[0]. "
                "Which "
                "weight "
                "does "
                "each "
                "of "
                "them "
                "contain?"
            ),
        ),
        Part(
            "delta_0",
            1,
            (2,),
            section=SLOPE,
            place="Look at the factor between da[0] and delta_0.",
            next_step="By which derivative is da[0] multiplied to give delta_0?",
        ),
    ),
    section=SUM,
    place="Look at the three numbers that you return, and at their order.",
    inputs=lambda rng, fixture: (),
    reference=many_by_hand,
    fixtures=(Fixture("by hand"),),
    tolerance=0.0,
    absolute=0.0011,
    example=_example,
    correct={"rounded": _hand(-0.15, -1.08, -0.389)},
    mistakes=(
        Mistake(
            "own-factor",
            "Your dW[2, 1] is the error times the weight. It should be the error times the input "
            "of the weight, delta[2]·a[1].",
            _hand(dW=0.45),
            "By how much does z[2] change when W[2, 1] changes by 1?",
        ),
        Mistake(
            "indices-exchanged",
            "Your dW[2, 1] uses another pair of indices, such as delta[1]·a[0]. The first index, "
            "2, is that of the error, and the second, 1, that of the activation.",
            _hand(dW=-0.4),
            "In W[2, 1], which index is the neuron that the edge leads to?",
        ),
        Mistake(
            "counted-from-one",
            "Your indices count from 1, as on the page. Here they count from 0, as in Python: "
            "delta[2] is the last error.",
            _hand(dW=-0.5 * 0.8, da=0.05, delta=0.05 * 0.75),
            "Is delta[2] the second entry, or the third?",
        ),
        Mistake(
            "B02",
            "Your da[0] uses row 0 of W and has two terms. It should use column 0, with one term "
            "for each of the three neurons.",
            _hand(da=0.6, delta=0.216),
            "How many neurons have a[0] as an input, and where in W are the weights of these "
            "edges?",
            section=COLUMN,
        ),
        Mistake(
            "one-share",
            "Your da[0] is a single contribution. It should be the sum of three, because a[0] is "
            "an input of three neurons.",
            _hand(da=0.1, delta=0.036),
            "How many neurons have a[0] as an input?",
        ),
        Mistake(
            "B12",
            "Your delta_0 equals da[0]: the derivative of tanh, 1 − a[0]², is missing.",
            _hand(delta=-1.08),
            "Which function is between a[0] and its pre-activation, and what does the chain rule "
            "multiply by?",
        ),
        Mistake(
            "not-squared",
            "Your derivative is 1 − a[0]. The derivative of tanh should be 1 − a[0]².",
            _hand(delta=-0.216),
            "What is the derivative of tanh, written in a?",
        ),
        Mistake(
            "sigmoid-slope",
            "Your derivative a[0](1 − a[0]) is that of the sigmoid. This neuron has tanh, so it "
            "should be 1 − a[0]².",
            _hand(delta=-0.1728),
            "Which activation function does this neuron have?",
        ),
    ),
)
