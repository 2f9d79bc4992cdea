"""`graph_backward`: the forward and the backward pass of one graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex06_computational_graphs.reference import graph_backward
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
Add = Callable[[float, float], float]
LOCAL = f"{PAGE}#local-gradient"
UPSTREAM = f"{PAGE}#upstream-gradient"
FAN_OUT = f"{PAGE}#fan-out"
ORDER = f"{PAGE}#last-to-first"


#: The signs of p, q, r, ℒ and ∂ℒ/∂p in each call.
SIGNS = (
    (1, 1, -1, 1, 1),
    (-1, -1, -1, -1, 1),
    (1, -1, 1, -1, -1),
    (-1, 1, 1, 1, -1),
    (1, 1, 1, 1, 1),
)


def graph_inputs(rng: Generator, fixture: Fixture) -> tuple[float, float, float]:
    """Draw p, q, r so that tanh is curved, not flat, and every result but ∂ℒ/∂q has either sign."""
    *signs, loss_sign, dp_sign = fixture["signs"]
    while True:
        p, q, r = (rng.uniform(0.4, 1.7, size=3) * signs).tolist()
        loss, dp, dq, dr = graph_backward(p, q, r)
        curved = 0.3 < abs(p * q + r) < 1.4 and min(map(abs, (loss, dp, dq, dr))) > 0.25
        if curved and loss * loss_sign > 0 and dp * dp_sign > 0:
            return p, q, r


def _walk(
    start: Callable[[float], float] = lambda loss: 1.0,
    slope: Callable[[float, float], float] = lambda z, a: 1 - a**2,
    square: float = 2.0,
    swap: bool = True,
    summed: float = 1.0,
    add: Add = lambda first, second: first + second,
) -> Callable[..., tuple[float, ...]]:
    """Make a backward pass with one of its steps exchanged."""

    def walk(p: float, q: float, r: float) -> tuple[float, ...]:
        m = p * q
        z = m + r
        a = float(np.tanh(z))
        loss = a * p + r**2
        dt = du = summed * start(loss)
        da, dp = (dt * p, dt * a) if swap else (dt * a, dt * p)
        dz = da * slope(z, a)
        dm, dr = summed * dz, summed * dz
        dp = add(dp, dm * q if swap else dm * p)
        return loss, dp, dm * p if swap else dm * q, add(du * square * r, dr)

    return walk


def _steps(call: Callable[..., Any], p: float, q: float, r: float) -> tuple[float, ...]:
    """Make the backward pass of the steps of the earlier tasks."""
    m = p * q
    z = m + r
    a = float(np.tanh(z))
    da, dp = call("local_two", "product", a, p)
    dz = da * call("local_one", "tanh", z)
    to_m, to_r = call("local_two", "sum", m, r)
    m_to_p, m_to_q = call("local_two", "product", p, q)
    dm, dr = dz * to_m, dz * to_r
    dp = call("fan_out_backward", np.array([dp, dm]), np.array([1.0, m_to_p]))
    dr = call(
        "fan_out_backward", np.array([1.0, dr]), np.array([call("local_one", "square", r), 1.0])
    )
    return a * p + r**2, dp, dm * m_to_q, dr


def _with_values(p: float, q: float, r: float) -> tuple[float, ...]:
    from course_lib.graph import Value

    values = [Value(one) for one in (p, q, r)]
    loss = (values[0] * values[1] + values[2]).tanh() * values[0] + values[2] ** 2
    loss.backward()
    return loss.data, *(value.grad for value in values)


def _one_line_each(p: float, q: float, r: float) -> list[float]:
    a = np.tanh(p * q + r)
    flat = p / np.cosh(p * q + r) ** 2
    return [a * p + r * r, a + q * flat, p * flat, flat + 2 * r]


def _graph_example() -> str:
    text = Worked("ℒ = σ(p·q)·q at p = 1, q = 2, as a list: z = p·q, a = σ(z), ℒ = a·q.")
    p, q = 1.0, 2.0
    a = 1 / (1 + np.exp(-p * q))
    dz = q * a * (1 - a)
    text.line(f"  forward:  z = {p * q:g}, a = {a:.4f}, ℒ = {a * q:.4f}")
    text.line(f"  backward: ∂ℒ/∂ℒ = 1;  to a: 1·q = 2;  to q: 1·a = {a:.4f} (first contribution)")
    text.line(f"            ∂ℒ/∂z = 2·a(1 − a) = {dz:.4f}")
    text.line(
        f"            to p: {dz:.4f}·q = {dz * q:.4f};  to q: {dz:.4f}·p = {dz * p:.4f} (second)"
    )
    text.line(f"  ∂ℒ/∂p = {dz * q:.4f},  ∂ℒ/∂q = {a:.4f} + {dz * p:.4f} = {a + dz * p:.4f}")
    return str(text)


GRAPH_BACKWARD = Question(
    name="graph_backward",
    signature="graph_backward(p, q, r) -> (loss, dp, dq, dr)",
    returns=("loss", "dp", "dq", "dr"),
    parts=(
        Part("loss", 1, (0,), section=f"{PAGE}#graph-nodes", place="Look at the forward pass."),
        Part("dq", 1, (2,), section=UPSTREAM, place="Look at the one path from q to the loss."),
        Part("dr", 1, (3,), place="Look at r, and count its uses."),
        Part("dp", 1, (1,), place="Look at p, and count its uses."),
    ),
    section=FAN_OUT,
    place="Look at the backward pass, node by node from the loss.",
    inputs=graph_inputs,
    reference=graph_backward,
    fixtures=tuple(
        Fixture(f"call {call}", repeat=call == 1, settings={"signs": signs})
        for call, signs in enumerate(SIGNS, start=1)
    ),
    steps=_steps,
    example=_graph_example,
    correct={
        "Value": _with_values,
        "one line each": _one_line_each,
        "float32": lambda *args: graph_backward(*(np.float32(value) for value in args)),
    },
    mistakes=(
        Mistake(
            "B18",
            "dp and dr contain only their last contribution (= instead of +=). p and r are used "
            "twice, so two contributions should be added.",
            _walk(add=lambda first, second: second),
            "How many edges leave p, and how many leave r?",
        ),
        Mistake(
            "first-contribution",
            "dp and dr contain only the contribution that was computed first. The later one, "
            "through z, should be added.",
            _walk(add=lambda first, second: first),
            "Which contributions reach p and r on the path through tanh?",
        ),
        Mistake(
            "paths-multiplied",
            "The two contributions to dp, and those to dr, are multiplied. Derivatives are "
            "multiplied along one path, and the contributions of several paths are added.",
            _walk(add=lambda first, second: first * second),
            "A change of p changes ℒ along two paths. How should the two contributions be "
            "combined?",
        ),
        Mistake(
            "mean-of-contributions",
            "The two contributions to dp, and those to dr, are averaged. They should be added.",
            _walk(add=lambda first, second: (first + second) / 2),
            "Does one path change the loss less because there is another path?",
        ),
        Mistake(
            "loss-for-one",
            "The backward pass starts with the value of the loss. It should start with ∂ℒ/∂ℒ = 1.",
            _walk(start=lambda loss: loss),
            "With which number should the backward pass start: what is ∂ℒ/∂ℒ?",
            section=UPSTREAM,
        ),
        Mistake(
            "start-zero",
            "Every gradient is 0, because the backward pass starts with 0. It should start with "
            "∂ℒ/∂ℒ = 1.",
            _walk(start=lambda loss: 0.0),
            "With which number should the backward pass start: what is ∂ℒ/∂ℒ?",
            section=UPSTREAM,
        ),
        Mistake(
            "sum-divides",
            "At each sum, the gradient is divided, half for each input. A sum passes the whole "
            "upstream gradient to each input.",
            _walk(summed=0.5),
            "When one input of a sum grows by 1, by how much does the sum grow?",
            section=LOCAL,
        ),
        Mistake(
            "own-factor",
            "At the products, the two factors are swapped: each factor should receive the "
            "upstream gradient times the other factor.",
            _walk(swap=False),
            "m = p·q. When p grows by 1, by how much does m grow?",
            section=LOCAL,
        ),
        Mistake(
            "B12",
            "The derivative of tanh is missing in the step from a to z.",
            _walk(slope=lambda z, a: 1.0),
            "Which operation is between z and a, and what is its derivative?",
        ),
        Mistake(
            "B10",
            "The derivative of tanh is taken at a, as 1 − tanh(a)². It should be 1 − a², because "
            "a = tanh(z).",
            _walk(slope=lambda z, a: float(1 - np.tanh(a) ** 2)),
            "How often is tanh applied in your derivative?",
        ),
        Mistake(
            "B11",
            "Your function uses 1 − z². The derivative of tanh is 1 − a², with a = tanh(z).",
            _walk(slope=lambda z, a: 1 - z**2),
            "Is the derivative of tanh written in z, before tanh, or in a, after it?",
        ),
        Mistake(
            "B30",
            "The derivative of tanh is 1 − a², with a minus sign.",
            _walk(slope=lambda z, a: 1 + a**2),
            "Can the derivative of tanh be larger than 1?",
        ),
        Mistake(
            "one-factor-only",
            "The derivative of r² is 2r: r·r has two factors, and each contributes r.",
            _walk(square=1.0),
            "What is the derivative of r² with respect to r?",
        ),
    ),
)
