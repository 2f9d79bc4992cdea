"""`momentum_update` and `momentum_walk`: a heavy ball, one step and then several."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex11_update import draw
from course_lib.checks.ex11_update.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex11 import momentum_update, momentum_walk
from course_lib.checks.worked import Worked

SECTION = f"{PAGE}#heavy-ball"
MEMORY = f"{PAGE}#one-memory-each"


def step_inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw θ, ∇ℒ, a v that is not 0, η and μ."""
    theta, gradient = draw.parameters(rng, fixture), draw.gradient(rng, fixture)
    v = draw.signed(rng, 0.5, 3.0, theta.shape)
    return theta, gradient, v, float(rng.uniform(0.05, 0.3)), float(rng.uniform(0.6, 0.9))


def walk_inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw θ, one gradient per step, η and μ."""
    theta, rows = draw.parameters(rng, fixture), draw.gradients(rng, fixture)
    return theta, rows, float(rng.uniform(0.05, 0.3)), float(rng.uniform(0.6, 0.9))


def _in_place(theta: Any, gradient: Any, v: Any, rate: float, mu: float) -> Any:
    v *= mu
    v += gradient
    theta -= rate * v
    return theta, v


def _wrong(memory: Callable[..., Any], step: Callable[..., Any] | None = None) -> Any:
    """Make an update with ``memory(v, g, rate, mu)``, and another step where it is given."""

    def update(theta: Any, gradient: Any, v: Any, rate: float, mu: float) -> Any:
        new = memory(v, gradient, rate, mu)
        if step is None:
            return theta - rate * new, new
        return step(theta, gradient, v, new, rate, mu), new

    return update


def _right(v: Any, g: Any, rate: float, mu: float) -> Any:
    return mu * v + g


def _step_example() -> str:
    text = Worked("θ = [1, 1], ∇ℒ = [2, 0], v = [3, −4], η = 0.1, μ = 0.5:")
    text.line("  new v = 0.5·[3, −4] + [2, 0] = [3.5, −2]")
    text.line("  new θ = [1, 1] − 0.1·[3.5, −2] = [0.65, 1.2]")
    text.line("The second parameter has no gradient now and moves all the same: the ball rolls on.")
    return str(text)


MOMENTUM_UPDATE = Question(
    name="momentum_update",
    signature="momentum_update(theta, gradient, v, learning_rate, momentum) -> (theta, v)",
    returns=("new theta", "new v"),
    parts=(
        Part("new v", 1, (1,), place="Look at the new v."),
        Part("new theta", 2, (0,), place="Look at what is subtracted from θ."),
    ),
    section=SECTION,
    place="Look at v first, then at the step of θ.",
    inputs=step_inputs,
    reference=momentum_update,
    fixtures=draw.STEPS,
    in_place=("theta", "v"),
    example=_step_example,
    correct={
        "in place": _in_place,
        "a list, one by one": lambda theta, gradient, v, rate, mu: (
            [w - rate * (mu * u + g) for w, g, u in zip(theta, gradient, v, strict=True)],
            [mu * u + g for g, u in zip(gradient, v, strict=True)],
        ),
        "float32": lambda theta, gradient, v, rate, mu: momentum_update(
            theta.astype(np.float32), gradient.astype(np.float32), v.astype(np.float32), rate, mu
        ),
    },
    mistakes=(
        Mistake(
            "U01",
            "μ stands before the gradient: v + μ∇ℒ. The memory is what is forgotten: μv + ∇ℒ.",
            _wrong(lambda v, g, rate, mu: v + mu * g),
            "If the gradient stays the same for ever, should v grow without end?",
        ),
        Mistake(
            "mu-missing",
            "v + ∇ℒ keeps the whole past; μv + ∇ℒ forgets a little of it in every step.",
            _wrong(lambda v, g, rate, mu: v + g),
            "Which argument does your new v not use?",
        ),
        Mistake(
            "U03",
            "The v that is handed in is not used: v is the gradient alone, and the ball has no "
            "memory.",
            _wrong(lambda v, g, rate, mu: g.copy()),
            "What is left in your new v of the one before?",
        ),
        Mistake(
            "mean-form",
            "μv + (1 − μ)∇ℒ is a running mean, as in Adam. Momentum adds the whole gradient.",
            _wrong(lambda v, g, rate, mu: mu * v + (1 - mu) * g),
            "With which factor does the gradient enter v?",
        ),
        Mistake(
            "rate-in-v",
            "The learning rate is inside v: μv + η∇ℒ, then θ − v. That is the other form; here v "
            "holds gradients, and η stands before v.",
            lambda theta, gradient, v, rate, mu: (
                theta - (mu * v + rate * gradient),
                mu * v + rate * gradient,
            ),
            "Of the two forms of momentum, in which one does v hold gradients only?",
            section=f"{PAGE}#update-conventions",
        ),
        Mistake(
            "U05",
            "This is Nesterov's step, ∇ℒ + μv with the new v. Plain momentum subtracts ηv.",
            _wrong(_right, lambda w, g, v, new, rate, mu: w - rate * (g + mu * new)),
            "How often does μ enter between the gradient and the step?",
            section=f"{PAGE}#nesterov",
        ),
        Mistake(
            "old-v",
            "θ moves by the v of the step before; first v, then θ with the new v.",
            _wrong(_right, lambda w, g, v, new, rate, mu: w - rate * v),
            "Which v moves θ: the one that came in, or the one you have just made?",
        ),
        Mistake(
            "gradient-step",
            "θ moves by the gradient; v is kept, but nothing uses it.",
            _wrong(_right, lambda w, g, v, new, rate, mu: w - rate * g),
            "Who uses your new v?",
        ),
        Mistake(
            "uphill",
            "θ + ηv goes uphill: v adds gradients up, and the update subtracts them.",
            _wrong(_right, lambda w, g, v, new, rate, mu: w + rate * new),
            "v adds up gradients, which point uphill. Which way should θ go?",
        ),
        Mistake(
            "U13",
            "The learning rate multiplies twice.",
            _wrong(_right, lambda w, g, v, new, rate, mu: w - rate * rate * new),
            "How often does the learning rate enter?",
        ),
        Mistake(
            "U15",
            "The old θ is returned.",
            _wrong(_right, lambda w, g, v, new, rate, mu: w.copy()),
            "Which θ does your return line hold: the old one or the new one?",
        ),
        Mistake(
            "v-not-returned",
            "The old v is returned, so the next step remembers nothing of this one.",
            lambda theta, gradient, v, rate, mu: (theta - rate * (mu * v + gradient), v.copy()),
            "Which v will the next step get from you?",
        ),
        Mistake(
            "swapped",
            "The order of what is returned is exchanged: first θ, then v.",
            lambda *args: momentum_update(*args)[::-1],
            "In which order does the first line of the function name its results?",
        ),
    ),
)


def _walk(
    update: Callable[..., Any] = momentum_update, use: Callable[..., Any] = lambda t, g, past: g
) -> Callable[..., Any]:
    """Make a walk with another update, or another gradient: ``use(t, gradient, total)``."""

    def walk(theta: Any, rows: Any, rate: float, mu: float) -> np.ndarray:
        state = {"v": np.zeros_like(theta), "total": np.zeros_like(theta)}

        def step(t: int, theta: Any, g: Any) -> Any:
            state["total"] = state["total"] + g
            theta, state["v"] = update(theta, use(t, g, state["total"]), state["v"], rate, mu)
            return theta

        return draw.path_of(step, theta, rows)

    return walk


def _carried(call: Callable[..., Any], theta: Any, rows: Any, rate: float, mu: float) -> Any:
    return _walk(partial(call, "momentum_update"))(theta, rows, rate, mu)


def _geometric(theta: Any, rows: Any, rate: float, mu: float) -> np.ndarray:
    """Every v at once: v_t = Σ μ^(t−i) g_i, and θ_t = θ_0 − η Σ v."""
    steps = np.arange(len(rows))
    powers = np.where(steps[:, None] >= steps, mu ** np.maximum(steps[:, None] - steps, 0), 0.0)
    return theta - rate * np.cumsum(powers @ rows, axis=0)


def _walk_example() -> str:
    text = Worked("Two steps, μ = 0.5, η = 0.1, θ = 1, gradients 2 and −1:")
    text.line("  v = 0                      before the first step, made once")
    text.line("  v = 0.5·0 + 2 = 2          θ = 1 − 0.2 = 0.8    → row 0 of the path")
    text.line("  v = 0.5·2 − 1 = 0          θ = 0.8 − 0 = 0.8    → row 1 of the path")
    text.line("The start, 1, is no row. Every row is an array of its own.")
    return str(text)


MOMENTUM_WALK = Question(
    name="momentum_walk",
    signature="momentum_walk(theta, gradients, learning_rate, momentum) -> path",
    returns=("path",),
    parts=(Part("path", 3),),
    section=MEMORY,
    place="Look at what one turn of your loop hands to the next.",
    inputs=walk_inputs,
    reference=momentum_walk,
    fixtures=draw.WALKS,
    in_place=("theta",),
    example=_walk_example,
    carried=_carried,
    correct={
        "in place, with copies in the path": _walk(
            lambda theta, g, v, rate, mu: _in_place(theta.copy(), g, v, rate, mu)
        ),
        "a list of lists": lambda *args: momentum_walk(*args).tolist(),
        "powers of μ, no loop": _geometric,
        "rate inside v, from the start on": lambda theta, rows, rate, mu: _walk(
            lambda w, g, v, rate, mu: (w - (mu * v + rate * g), mu * v + rate * g)
        )(theta, rows, rate, mu),
    },
    mistakes=(
        Mistake(
            "U03",
            "v is made anew in every step, so nothing is remembered: plain gradient descent. Make "
            "it once, before the loop.",
            _walk(lambda w, g, v, rate, mu: momentum_update(w, g, 0 * v, rate, mu)),
            "How often does your code set v to zero?",
        ),
        Mistake(
            "U01",
            "μ stands before the gradient, so the memory never fades: μv + ∇ℒ.",
            _walk(lambda w, g, v, rate, mu: (w - rate * (v + mu * g), v + mu * g)),
            "If the gradient stays the same for ever, should v grow without end?",
            section=SECTION,
        ),
        Mistake(
            "U05",
            "This is Nesterov's walk, with ∇ℒ + μv. Plain momentum subtracts ηv.",
            _walk(
                lambda w, g, v, rate, mu: (w - rate * (g + mu * (mu * v + g)), mu * v + g),
            ),
            "How often does μ enter between the gradient and the step?",
            section=f"{PAGE}#nesterov",
        ),
        Mistake(
            "B19",
            "The gradients of all steps so far are added up before they are used. Every step has "
            "a gradient of its own; the memory is v's business.",
            _walk(use=lambda t, g, total: total),
            "Your first step is right. What else is in the gradient of the second?",
        ),
        Mistake(
            "first-gradient",
            "Every step uses the first gradient.",
            lambda theta, rows, rate, mu: momentum_walk(
                theta, np.repeat(rows[:1], len(rows), axis=0), rate, mu
            ),
            "Which row of `gradients` does your second step use?",
        ),
        Mistake(
            "from-the-start",
            "Every step starts from the first θ instead of from where the last one ended.",
            lambda theta, rows, rate, mu: (
                theta + np.diff(momentum_walk(theta, rows, rate, mu), axis=0, prepend=theta[None])
            ),
            "Where does your loop keep the new θ for the next step?",
        ),
        Mistake(
            "U14",
            "All rows are one and the same array, changed in place: the list holds it T times. "
            "Append a copy.",
            lambda *args: draw.same_row_path(momentum_walk(*args)),
            "How many arrays does your list hold, if θ is changed in place?",
        ),
        Mistake(
            "U15",
            "θ never moves: its new value does not reach the next turn of the loop or the path.",
            lambda theta, rows, rate, mu: np.repeat(theta[None], len(rows), axis=0),
            "Which names take what momentum_update returns?",
        ),
        Mistake(
            "start-included",
            "The path begins with the start; it holds θ after each step, one row per gradient.",
            lambda theta, *args: np.vstack([theta, momentum_walk(theta, *args)]),
            "How many gradients came, and how many rows does your path have?",
        ),
        Mistake(
            "last-only",
            "Only the last θ is returned; the path holds one row per step.",
            lambda *args: momentum_walk(*args)[-1],
            "What does your loop do with the θ of the steps between?",
        ),
    ),
)
