"""`forward_spread`, `backward_spread`, `gradient_factor`: what depth does to a signal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import SLOPE, VALUE
from course_lib.checks.ex13_when_it_goes_wrong.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex13 import backward_spread, forward_spread, gradient_factor
from course_lib.checks.worked import Worked

VARIANCE, BACK = f"{PAGE}#variance-through-a-layer", f"{PAGE}#variance-backwards"
PRODUCT = f"{PAGE}#product-of-slopes"
CALLS = (
    Fixture("tanh", variant="tanh", repeat=True),
    Fixture("relu", widths=(5, 11, 7, 3, 13), n=9, variant="relu"),
    Fixture("sigmoid", widths=(4, 9, 6), n=13, variant="sigmoid"),
    Fixture("square", widths=(5, 5, 5, 5), variant="tanh", marked=False),
)


def _weights(rng: Generator, fixture: Fixture) -> list[np.ndarray]:
    sizes = zip(fixture.widths[:-1], fixture.widths[1:], strict=True)
    return [rng.normal(size=(n_out, n_in)) * 1.5 / np.sqrt(n_in) for n_in, n_out in sizes]


def forward_inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw a batch that is not centred, so that spread and deviation differ, and the weights."""
    x = 1.2 * rng.normal(size=(fixture.n, fixture.widths[0])) + 0.4
    return x, _weights(rng, fixture), fixture.variant


def backward_inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw the last error, and pre-activations of both signs on both sides of ±1."""
    W = _weights(rng, fixture)
    z = [1.5 * rng.normal(size=(fixture.n, len(weights))) for weights in W]
    return rng.normal(size=z[-1].shape) + 0.3, z, W, fixture.variant


def _size(a: np.ndarray) -> float:
    return float(np.sqrt(np.mean(a**2)))


def _forward(
    measure: Callable[[np.ndarray], Any] = _size,
    what: str = "a",
    bend: Callable[[np.ndarray, str], np.ndarray] = lambda z, name: VALUE[name](z),
    product: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda a, W: a @ W.T,
) -> Callable[..., np.ndarray]:
    """Make a `forward_spread` that measures something else, or walks another way."""

    def walk(x: np.ndarray, W: list, activation: str) -> np.ndarray:
        a, found = x, []
        for weights in W:
            z = product(a, weights)
            before, a = a, bend(z, activation)
            found.append(measure({"a": a, "z": z, "before": before}[what]))
        return np.array(found)

    return walk


def _norms(x: np.ndarray, W: list, activation: str) -> list[float]:
    found = []
    for weights in W:
        x = VALUE[activation](np.einsum("ik,jk->ij", x, weights))
        found.append(float(np.linalg.norm(x) / np.sqrt(x.size)))
    return found


def _forward_example() -> str:
    a = np.array([[1.0, -2.0], [0.5, 0.0]])
    text = Worked("Activations of one layer, two examples and two units:").array("a", a)
    text.line("  squares 1, 4, 0.25, 0; their mean is 5.25/4 = 1.3125; the root is 1.1456")
    text.line("One number for the layer. The next layer is fed with a, not with that number.")
    return str(text)


FORWARD_SPREAD = Question(
    name="forward_spread",
    signature="forward_spread(x, W, activation) -> spread",
    returns=("spread",),
    parts=(Part("spread", 2),),
    section=VARIANCE,
    place="Look at what is measured in every layer, and at what goes into the next one.",
    inputs=forward_inputs,
    reference=forward_spread,
    fixtures=CALLS,
    sizes=lambda x, W, activation: {"N": len(x)},
    example=_forward_example,
    correct={
        "norms and einsum": _norms,
        "float32": lambda x, W, activation: forward_spread(
            x.astype(np.float32), [weights.astype(np.float32) for weights in W], activation
        ),
    },
    mistakes=(
        Mistake(
            "no-root",
            "The mean of the squares is returned; the spread is its root.",
            _forward(lambda a: np.mean(a**2)),
            "Which unit has your number: that of a, or that of its square?",
        ),
        Mistake(
            "deviation",
            "np.std subtracts the mean first. What enters the next sum is a itself, with its mean: "
            "square, average, root.",
            _forward(np.std),
            "Which number does the next layer's variance contain: the mean of a², or the variance "
            "of a?",
        ),
        Mistake(
            "mean-size",
            "The mean of |a| is returned; square, average, root.",
            _forward(lambda a: np.abs(a).mean()),
            "What is squared in your measure?",
        ),
        Mistake(
            "plain-mean",
            "The mean of a is returned, in which signs cancel.",
            _forward(np.mean),
            "What is the mean of −5 and 5, and how large are these numbers?",
        ),
        Mistake(
            "norm",
            "The length √(Σ a²) is returned: it grows with the number of entries. Divide by that "
            "number before the root.",
            _forward(lambda a: np.linalg.norm(a)),
            "Would your number stay the same for twice as many examples?",
        ),
        Mistake(
            "pre-activation",
            "z is measured; the activation a = g(z) is asked for.",
            _forward(what="z"),
            "Is that measured before the activation, or after it?",
        ),
        Mistake(
            "one-layer-late",
            "The input of every layer is measured: x first, and the last layer never.",
            _forward(what="before"),
            "Does your first number depend on W[0]?",
        ),
        Mistake(
            "no-activation",
            "The activation is missing: the layers are multiplied only.",
            _forward(bend=lambda z, name: z),
            "What stands between two products?",
        ),
        Mistake(
            "F02",
            "a @ W is formed; with one example per row it is a @ W.T.",
            _forward(product=lambda a, W: a @ W),
            "Which axis of W counts the inputs?",
        ),
    ),
)


def _back(
    measure: Callable[[np.ndarray], Any] = _size,
    slope: Callable[[list, int, str], Any] = lambda z, i, name: SLOPE[name](z[i - 1]),
    product: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda delta, W: delta @ W,
) -> Callable[..., np.ndarray]:
    """Make a `backward_spread` with another measure, slope or product."""

    def walk(delta: np.ndarray, z: list, W: list, activation: str) -> np.ndarray:
        found = [measure(delta)]
        for i in range(len(W) - 1, 0, -1):
            delta = product(delta, W[i]) * slope(z, i, activation)
            found.insert(0, measure(delta))
        return np.array(found)

    return walk


def _before_the_slope(delta: np.ndarray, z: list, W: list, activation: str) -> np.ndarray:
    found = [_size(delta)]
    for i in range(len(W) - 1, 0, -1):
        upstream = delta @ W[i]
        found.insert(0, _size(upstream))
        delta = upstream * SLOPE[activation](z[i - 1])
    return np.array(found)


def _all_slopes(delta: np.ndarray, z: list, W: list, activation: str) -> np.ndarray:
    return backward_spread(delta * SLOPE[activation](z[-1]), z, W, activation)


def _back_recursive(delta: np.ndarray, z: list, W: list, activation: str) -> list[float]:
    here = [float(np.linalg.norm(delta) / np.sqrt(delta.size))]
    if len(W) == 1:
        return here
    before = np.einsum("ij,jk->ik", delta, W[-1]) * SLOPE[activation](z[-2])
    return _back_recursive(before, z[:-1], W[:-1], activation) + here


def _back_example() -> str:
    text = Worked("Two layers, one example. W[1] has one row: it feeds one output.")
    text.line("  delta = [[0.5]], W[1] = [[2, −1]], slopes g′(z[0]) = [[0.5, 1]]")
    text.line("  delta @ W[1] = [[1, −0.5]], times the slopes: [[0.5, −0.5]]")
    text.line("  spread of layer 1: 0.5; of layer 0: √((0.25 + 0.25)/2) = 0.5")
    text.line("The list runs from layer 0 to layer 1: [0.5, 0.5].")
    return str(text)


BACKWARD_SPREAD = Question(
    name="backward_spread",
    signature="backward_spread(delta, z, W, activation) -> spread",
    returns=("spread",),
    parts=(Part("spread", 3),),
    section=BACK,
    place="Look at one step from a layer's error to that of the layer before.",
    inputs=backward_inputs,
    reference=backward_spread,
    fixtures=(
        *CALLS,
        Fixture("large", widths=(6, 30_000, 5, 4), n=3, variant="tanh", cpu_seconds=1.5),
    ),
    sizes=lambda delta, z, W, activation: {"N": len(delta)},
    example=_back_example,
    correct={
        "recursion, norms": _back_recursive,
        "relu'(0) = 1": _back(
            slope=lambda z, i, name: (z[i - 1] >= 0) if name == "relu" else SLOPE[name](z[i - 1])
        ),
    },
    mistakes=(
        Mistake(
            "B12",
            "The slope of the activation is missing on the way back.",
            _back(slope=lambda z, i, name: 1.0),
            "Between two dense layers stands an activation. Which factor does it bring?",
        ),
        Mistake(
            "B10",
            "The slope is taken at a = g(z); it belongs at z.",
            _back(slope=lambda z, i, name: SLOPE[name](VALUE[name](z[i - 1]))),
            "At which number is your slope taken: before the activation, or after it?",
        ),
        Mistake(
            "value-for-slope",
            "The activation's value stands where its slope belongs.",
            _back(slope=lambda z, i, name: VALUE[name](z[i - 1])),
            "Is that the height of the curve, or its slope?",
        ),
        Mistake(
            "B02",
            "The error goes back through W.T; with examples as rows it goes back through W.",
            _back(product=lambda delta, W: delta @ W.T),
            "Input k collects W[j, k] δ_j over all neurons j: which axis of W meets delta?",
        ),
        Mistake(
            "cache-off-by-one",
            "The slope is taken at z[i]; W[i] leads back to the activation of z[i − 1].",
            _back(slope=lambda z, i, name: SLOPE[name](z[i])),
            "W[i] leads back from layer i. To which z does it lead?",
        ),
        Mistake(
            "reversed-lists",
            "The list runs from the last layer to the first; layer 0 stands first.",
            lambda *args: backward_spread(*args)[::-1],
            "Which layer's number should stand first, and which did you find first?",
        ),
        Mistake(
            "before-the-slope",
            "∂ℒ/∂A is measured, before the slope is multiplied in; Δ = ∂ℒ/∂Z is asked for.",
            _before_the_slope,
            "Is that measured before the activation is crossed, or after it?",
        ),
        Mistake(
            "output-slope",
            "delta is multiplied by a slope at the output; it is the error of the last layer "
            "already.",
            _all_slopes,
            "delta is ∂ℒ/∂Z of the last layer. Is there a slope left to cross there?",
        ),
        Mistake(
            "no-root",
            "The mean of the squares is returned; the spread is its root.",
            lambda *args: backward_spread(*args) ** 2,
            "Which unit has your number: that of delta, or that of its square?",
        ),
        Mistake(
            "deviation",
            "np.std subtracts the mean first; square, average, root.",
            _back(np.std),
            "What does np.std do to the numbers before it squares them?",
        ),
    ),
)


def factor_inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw a chain of n neurons: pre-activations, and the weight that leads into each.

    The error turns round on the way; with an even number of negative weights a lost sign would
    stay unseen.
    """
    z = rng.uniform(0.2, 1.8, size=fixture.n) * rng.choice([-1.0, 1.0], size=fixture.n)
    w = rng.uniform(0.6, 2.5, size=fixture.n) * rng.choice([-1.0, 1.0], size=fixture.n)
    if np.prod(w[1:]) > 0:
        w[-1] = -w[-1]
    return z, w, fixture.variant


def _factor(terms: Callable[[np.ndarray, np.ndarray, str], Any]) -> Callable[..., float]:
    return lambda z, w, activation: float(np.prod(terms(z, w, activation)))


def _chain_loop(z: np.ndarray, w: np.ndarray, activation: str) -> float:
    error = 1.0
    for i in range(len(z) - 1, 0, -1):
        a = float(VALUE[activation](z[i - 1]))
        error *= float(w[i]) * (a * (1 - a) if activation == "sigmoid" else 1 - a * a)
    return error


def _factor_example() -> str:
    text = Worked("Three sigmoid neurons: z = [0, 2, 1], w = [5, 3, −2].")
    text.line("  from neuron 2 back to neuron 1: w[2]·σ′(z[1]) = −2·0.1050 = −0.2100")
    text.line("  from neuron 1 back to neuron 0: w[1]·σ′(z[0]) = 3·0.25 = 0.75")
    text.line("  product: −0.1575")
    text.line("w[0] leads in from the input and z[2] belongs to the start: neither is crossed.")
    return str(text)


GRADIENT_FACTOR = Question(
    name="gradient_factor",
    signature="gradient_factor(z, w, activation) -> factor",
    returns=("factor",),
    parts=(Part("factor", 2),),
    section=PRODUCT,
    place="Look at which weights and which slopes lie between the last neuron and the first.",
    inputs=factor_inputs,
    reference=gradient_factor,
    fixtures=(
        Fixture("five sigmoids", n=5, variant="sigmoid"),
        Fixture("four tanhs", n=4, variant="tanh"),
        Fixture("seven sigmoids", n=7, variant="sigmoid"),
        Fixture("six tanhs", n=6, variant="tanh"),
    ),
    example=_factor_example,
    correct={"a loop from the output": _chain_loop},
    mistakes=(
        Mistake(
            "output-slope",
            "The slope of the last neuron is in the product; δ of the last neuron contains it "
            "already.",
            _factor(lambda z, w, name: np.append(w[1:], 1.0) * SLOPE[name](z)),
            "δ of the last neuron is ∂ℒ/∂z. Which slopes are still to be crossed?",
        ),
        Mistake(
            "input-weight",
            "w[0] is in the product; it leads from the input into the first neuron, and the walk "
            "ends before it.",
            _factor(lambda z, w, name: w * np.append(SLOPE[name](z[:-1]), 1.0)),
            "How many weights lie between the first neuron and the last?",
        ),
        Mistake(
            "one-too-many",
            "Every weight and every slope is in the product; one of each is too many: w[0] and "
            "the slope at the last z.",
            _factor(lambda z, w, name: w * SLOPE[name](z)),
            "A chain of five neurons has how many links?",
        ),
        Mistake(
            "shifted",
            "The slopes of the later neurons are used: w[i]·g′(z[i]). w[i] leads back to "
            "neuron i − 1, so its slope belongs there.",
            _factor(lambda z, w, name: w[1:] * SLOPE[name](z[1:])),
            "w[i] leads back to which neuron, and whose slope is crossed there?",
        ),
        Mistake(
            "B12",
            "The slopes are missing: this is the product of the weights alone.",
            _factor(lambda z, w, name: w[1:]),
            "What does each activation multiply the error by?",
        ),
        Mistake(
            "weights-missing",
            "The weights are missing: this is the product of the slopes alone.",
            _factor(lambda z, w, name: SLOPE[name](z[:-1])),
            "What does the edge between two neurons multiply the error by?",
        ),
        Mistake(
            "B10",
            "The slope is taken at a = g(z); it belongs at z.",
            _factor(lambda z, w, name: w[1:] * SLOPE[name](VALUE[name](z[:-1]))),
            "At which number is your slope taken: before the activation, or after it?",
        ),
        Mistake(
            "sum",
            "The factors are added; along one way slopes multiply.",
            lambda z, w, name: float(np.sum(w[1:] * SLOPE[name](z[:-1]))),
            "Along one way, do slopes add or multiply?",
        ),
        Mistake(
            "sign-lost",
            "The sign is lost: a negative weight turns the error round.",
            lambda *args: abs(gradient_factor(*args)),
            "What does a negative weight do to the sign of the error?",
        ),
    ),
)
