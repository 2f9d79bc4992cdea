"""`network_forward`: layer after layer, keeping what the backward pass will need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import VALUE
from course_lib.checks.ex03_forward_pass.reference import dense_forward, network_forward
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
Lists = tuple[list[Any], list[Any]]


def inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw x (N, n_0), the lists W and b, and name the activation."""
    pairs = list(zip(fixture.widths[:-1], fixture.widths[1:], strict=True))
    x = 1.3 * rng.normal(size=(fixture.n, fixture.widths[0]))
    W = [1.5 * rng.normal(size=(n, k)) / np.sqrt(k) for k, n in pairs]
    b = [rng.uniform(0.2, 1.0, size=n) * rng.choice([-1, 1], n) for _, n in pairs]
    return x, W, b, fixture.variant


def _walk(
    dense: Callable[..., Any] = dense_forward,
    bend: Callable[[Any, str], Any] = lambda z, activation: VALUE[activation](z),
) -> Callable[..., Lists]:
    """Make a forward pass with another dense step or another activation function."""

    def walk(x: np.ndarray, W: list, b: list, activation: str) -> Lists:
        a: list[Any] = [x]
        z: list[Any] = []
        for weights, biases in zip(W, b, strict=True):
            z.append(dense(a[-1], weights, biases))
            a.append(bend(z[-1], activation))
        return a[:-1], z

    return walk


def _carried(call: Callable[..., Any], x: np.ndarray, W: list, b: list, activation: str) -> Lists:
    return _walk(lambda *args: call("dense_forward", *args))(x, W, b, activation)


def _relu_in_place(x: np.ndarray, W: list, b: list, activation: str) -> Lists:
    def bend(z: np.ndarray, name: str) -> np.ndarray:
        z[...] = VALUE[name](z)
        return z

    return _walk(bend=bend)(x, W, b, activation)


def _outputs(x: np.ndarray, W: list, b: list, activation: str) -> Lists:
    a, z = network_forward(x, W, b, activation)
    return [*a[1:], VALUE[activation](z[-1])], z


def _data_everywhere(x: np.ndarray, W: list, b: list, activation: str) -> Lists:
    return [x for _ in W], [dense_forward(x, w, c) for w, c in zip(W, b, strict=True)]


def _with_output(x: np.ndarray, W: list, b: list, activation: str) -> Lists:
    a, z = network_forward(x, W, b, activation)
    return [*a, VALUE[activation](z[-1])], z


def _recursive(x: np.ndarray, W: list, b: list, activation: str) -> Lists:
    z = x @ W[0].T + b[0]
    if len(W) == 1:
        return [x], [z]
    a, rest = _recursive(VALUE[activation](z), W[1:], b[1:], activation)
    return [x, *a], [z, *rest]


def _example() -> str:
    text = Worked("The order of work for three layers (W[0], W[1], W[2]):")
    text.line("  a[0] = x")
    text.line("  z[0] from a[0], W[0], b[0];  a[1] is the activation of z[0]")
    text.line("  z[1] from a[1], W[1], b[1];  a[2] is the activation of z[1]")
    text.line("  z[2] from a[2], W[2], b[2]: the scores; no activation follows here")
    text.line("The function returns a[0], a[1], a[2] and z[0], z[1], z[2].")
    return str(text)


NETWORK_FORWARD = Question(
    name="network_forward",
    signature="network_forward(x, W, b, activation) -> (a, z)",
    returns=("a", "z"),
    parts=(Part("z", 2, (1,)), Part("a", 2, (0,), section=f"{PAGE}#forward-cache")),
    section=f"{PAGE}#two-layers",
    place="Look at what one iteration of your loop passes to the next, and at what it stores.",
    inputs=inputs,
    reference=network_forward,
    fixtures=(
        Fixture("three layers", variant="tanh", repeat=True),
        Fixture("four layers", widths=(4, 6, 9, 3, 2), n=7, variant="sigmoid"),
        Fixture("again three layers", widths=(5, 8, 6, 3), n=13, variant="relu"),
        Fixture("square", widths=(5, 5, 5, 5), variant="tanh", marked=False),
    ),
    sizes=lambda x, W, b, activation: {"N": len(x)},
    carried=_carried,
    example=_example,
    backwards=False,
    shares=("x",),
    correct={
        "recursion": _recursive,
        "tuples": lambda *args: tuple(tuple(part) for part in network_forward(*args)),
        "float32": lambda x, W, b, activation: network_forward(
            x.astype(np.float32),
            [w.astype(np.float32) for w in W],
            [c.astype(np.float32) for c in b],
            activation,
        ),
    },
    mistakes=(
        Mistake(
            "activation-missing",
            "There is no activation function between the layers: the input of each layer is the "
            "z of the layer before.",
            _walk(bend=lambda z, activation: z),
            "Which step is between z of one layer and the input of the next layer?",
        ),
        Mistake(
            "F03",
            "The activation function is applied twice between two layers. It should be applied "
            "once.",
            _walk(bend=lambda z, activation: VALUE[activation](VALUE[activation](z))),
            "How often is the activation function applied between z[0] and a[1]?",
        ),
        Mistake(
            "F01",
            "np.max(z, 0) is the largest entry of each column. ReLU is np.maximum(z, 0).",
            _walk(
                bend=lambda z, activation: (
                    np.max(z, 0) * np.ones_like(z) if activation == "relu" else VALUE[activation](z)
                )
            ),
            "Is your ReLU applied to every entry separately?",
        ),
        Mistake(
            "cache-overwritten",
            "The activation function writes into z, so the stored z contain activations. Make a "
            "new array.",
            _relu_in_place,
            "Which line writes into z after it was stored?",
            section=f"{PAGE}#forward-cache",
        ),
        Mistake(
            "cache-of-outputs",
            "Your a[i] is the output of layer i. It should be the input of layer i, so that a[0] "
            "is x.",
            _outputs,
            "Which array should a[0] be?",
            section=f"{PAGE}#forward-cache",
        ),
        Mistake(
            "one-entry-too-many",
            "Your list a has one entry more than there are layers. The last z has no activation "
            "function here, so a ends with the input of the last layer.",
            _with_output,
            "How many layers are there, and what is the input of the last one?",
            section=f"{PAGE}#forward-cache",
        ),
        Mistake(
            "data-everywhere",
            "Your function uses x as the input of every layer. The input of a later layer should "
            "be the output of the layer before.",
            _data_everywhere,
            "Which array changes from one iteration of your loop to the next?",
        ),
        Mistake(
            "bias-missing",
            "The biases are missing: b[i] should be added in layer i.",
            _walk(lambda a, W, b: a @ W.T),
            "Which of the arguments does your function never use?",
        ),
        Mistake(
            "B02",
            "a @ W does not transpose the weights. It should be a @ W.T.",
            _walk(lambda a, W, b: a @ W + b),
            "Which axis of W counts the inputs, and over which axes does a product sum?",
            section=f"{PAGE}#batch-rows",
        ),
        Mistake(
            "activation-of-input",
            "The activation function is applied to x before the first layer. The input of the "
            "first layer should be x itself.",
            lambda x, W, b, activation: network_forward(VALUE[activation](x), W, b, activation),
            "What should the input of the first layer be?",
        ),
    ),
)
