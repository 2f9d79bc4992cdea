"""`many_by_hand` and `hidden_error_entry`: one neuron's error, by hand and with indices."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex07_many_neurons.page import PAGE
from course_lib.checks.question import MARKING, SQUARE, Fixture, Mistake, Part, Question
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
    text = Worked("Hidden neuron k = 1 feeds three neurons; column 1 of W holds its three edges:")
    text.array("delta", delta).array("W", W).array("a", a)
    text.line("  contributions: 1·1 = 1,  3·(−1) = −3,  4·0.5 = 2;  their sum, da[1], is 0")
    text.line("The same for k = 0: 2·1 + 0.5·(−1) + (−2)·0.5 = 0.5, then times 1 − 0.5² = 0.75:")
    text.line(f"  delta_0 = {hidden_error_entry(0, delta, W, a):g}")
    text.line("A weight's gradient is error times what came in: dW[2, 0] = 0.5·0.5 = 0.25")
    return str(text)


ENTRY = Question(
    name="hidden_error_entry",
    signature="hidden_error_entry(k, delta, W, a) -> delta_k",
    returns=("delta_k",),
    parts=(Part("delta_k", 2),),
    section=SUM,
    place="Look at what the sum runs over, and at the factor in front of it.",
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
            "The derivative of tanh is missing: this is ∂ℒ/∂a_k. Multiply by 1 − a_k².",
            _entry(slope=lambda value: 1.0),
            "You have reached a_k. What lies between a_k and z_k?",
            section=SLOPE,
        ),
        Mistake(
            "B10",
            "The derivative is taken at a_k: 1 − tanh(a_k)². It is 1 − a_k², since a_k is "
            "tanh(z_k).",
            _entry(slope=lambda value: float(1 - np.tanh(value) ** 2)),
            "How often is tanh applied in your derivative?",
            section=SLOPE,
        ),
        Mistake(
            "B30",
            "The derivative is 1 + a_k²; tanh's derivative is 1 − a_k².",
            _entry(slope=lambda value: 1 + value**2),
            "Can tanh be steeper than 1 anywhere?",
            section=SLOPE,
        ),
        Mistake(
            "sigmoid-slope",
            "a_k(1 − a_k) is the derivative of a sigmoid; this neuron has tanh: 1 − a_k².",
            _entry(slope=lambda value: value * (1 - value)),
            "Which activation has this neuron, and what is its derivative written in a?",
            section=SLOPE,
        ),
        Mistake(
            "B02",
            "The sum reads row k of W, the edges that lead to neuron k of the next layer. Those "
            "that leave hidden neuron k are in column k: W[j, k].",
            lambda k, delta, W, a: (1 - a[k] ** 2) * (W[k] @ delta),
            "W[to, from]: which index is the hidden neuron?",
            section=COLUMN,
        ),
        Mistake(
            "one-share",
            "Only the last contribution is kept (= where += belongs): every neuron of the next "
            "layer contributes.",
            _entry(share=lambda k, delta, W: float(W[-1, k] * delta[-1])),
            "How many of the contributions does your variable hold at the end?",
        ),
        Mistake(
            "first-share",
            "Only the first contribution is there (a return inside the loop): every neuron of the "
            "next layer contributes.",
            _entry(share=lambda k, delta, W: float(W[0, k] * delta[0])),
            "How often does your loop go round before the function ends?",
        ),
        Mistake(
            "mean-of-shares",
            "The contributions are averaged. Each of them changes the loss in full: add them.",
            _entry(share=lambda k, delta, W: float(W[:, k] @ delta) / len(delta)),
            "Several paths lead to the loss. Do their changes add up, or divide something?",
        ),
        Mistake(
            "weights-missing",
            "The errors are added without the weights of the edges they come along.",
            _entry(share=lambda k, delta, W: float(delta.sum())),
            "Along which edge does each error travel, and what does that edge multiply by?",
        ),
        Mistake(
            "sums-multiplied",
            "The sum of the weights is multiplied by the sum of the errors. Each error goes along "
            "its own edge: multiply in pairs, then add.",
            _entry(share=lambda k, delta, W: float(W[:, k].sum() * delta.sum())),
            "Does the error of one neuron travel along another neuron's edge?",
        ),
        Mistake(
            "activation-for-weight",
            "a_k times the errors: that belongs to the gradients of weights. The error comes back "
            "along W[j, k].",
            lambda k, delta, W, a: (1 - a[k] ** 2) * a[k] * delta.sum(),
            "By how much does z_j move when a_k moves by 1?",
        ),
        Mistake(
            "B09",
            "The sign is wrong: a minus came in that belongs to the update.",
            lambda k, delta, W, a: -hidden_error_entry(k, delta, W, a),
            "The gradient points uphill. Which step of the training turns it round?",
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
        Part("dW[2, 1]", 1, (0,), section=f"{PAGE}#many-weights", place="Look at dW[2, 1]."),
        Part("da[0]", 1, (1,), section=SUM, place="Look at da[0]."),
        Part("delta_0", 1, (2,), section=SLOPE, place="Look at delta_0."),
    ),
    section=SUM,
    place="Look at the three numbers and their order.",
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
            "dW[2, 1] is error times weight; a weight's gradient is error times what came in: "
            "delta[2]·a[1].",
            _hand(dW=0.45),
            "By how much does z[2] move when W[2, 1] moves by 1?",
        ),
        Mistake(
            "indices-exchanged",
            "dW[2, 1] is delta[1]·a[0] or another pair: the first index, 2, belongs to the error, "
            "the second, 1, to the activation.",
            _hand(dW=-0.4),
            "In W[2, 1], which index is the neuron that is fed?",
        ),
        Mistake(
            "counted-from-one",
            "The indices were counted from 1, as on the page; here they count from 0, as in "
            "Python: delta[2] is the last error.",
            _hand(dW=-0.5 * 0.8, da=0.05, delta=0.05 * 0.75),
            "Is delta[2] the second entry, or the third?",
        ),
        Mistake(
            "B02",
            "da[0] reads row 0 of W and stops after two terms; a[0] feeds three neurons: column 0.",
            _hand(da=0.6, delta=0.216),
            "How many neurons does a[0] feed, and where in W are their weights?",
            section=COLUMN,
        ),
        Mistake(
            "one-share",
            "da[0] is one contribution alone; a[0] feeds three neurons, and all three contribute.",
            _hand(da=0.1, delta=0.036),
            "How many neurons does a[0] feed?",
        ),
        Mistake(
            "B12",
            "delta_0 is da[0] itself: the derivative of tanh, 1 − a[0]², is missing.",
            _hand(delta=-1.08),
            "You have reached a[0]. What lies between it and its pre-activation?",
        ),
        Mistake(
            "not-squared",
            "The derivative is 1 − a[0]; tanh's derivative is 1 − a[0]².",
            _hand(delta=-0.216),
            "What is the derivative of tanh, written in a?",
        ),
        Mistake(
            "sigmoid-slope",
            "a[0](1 − a[0]) is the derivative of a sigmoid; this neuron has tanh: 1 − a[0]².",
            _hand(delta=-0.1728),
            "Which activation has this neuron?",
        ),
    ),
)
