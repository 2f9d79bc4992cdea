"""`momentum_update` and `momentum_walk`: one step of momentum and then several."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex11_update import draw
from course_lib.checks.ex11_update.page import PAGE
from course_lib.checks.inside import inside
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex11 import momentum_update, momentum_walk
from course_lib.checks.worked import Worked

SECTION = f"{PAGE}#heavy-ball"
MEMORY = f"{PAGE}#one-memory-each"
CONVENTIONS = f"{PAGE}#update-conventions"
NESTEROV = f"{PAGE}#nesterov"


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
    """Make an update with ``memory(v, g, rate, mu)``, and another step where one is given."""

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
    text.line(
        "The second parameter has gradient 0 now and moves all the same, because v remembers."
    )
    return str(text)


STEP_MISTAKES = (
    Mistake(
        "U01",
        "μ multiplies the gradient: v + μ∇ℒ. It belongs before the old v: μv + ∇ℒ.",
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
        "The old v is not used: the new v is the gradient alone, which is plain gradient descent.",
        _wrong(lambda v, g, rate, mu: g.copy()),
        "What does your new v still contain of the old one?",
    ),
    Mistake(
        "mean-form",
        "μv + (1 − μ)∇ℒ is a running average, as in Adam. Momentum adds the whole gradient.",
        _wrong(lambda v, g, rate, mu: mu * v + (1 - mu) * g),
        "With which coefficient does the gradient enter v?",
    ),
    Mistake(
        "sign-in-v",
        "The gradient is subtracted in v, v ← μv − ∇ℒ, and ηv is subtracted once more. Here v "
        "adds gradients up, v ← μv + ∇ℒ; the one minus sign is in θ ← θ − ηv.",
        _wrong(lambda v, g, rate, mu: mu * v - g),
        "How many minus signs are there between the gradient and the new θ?",
    ),
    Mistake(
        "sign-in-both",
        "v ← μv − ∇ℒ with θ + ηv is another convention, and consistent. Here v adds gradients up, "
        "v ← μv + ∇ℒ, and the minus sign is in θ ← θ − ηv.",
        _wrong(lambda v, g, rate, mu: mu * v - g, lambda w, g, v, new, rate, mu: w + rate * new),
        "With which sign does the gradient enter v in the equation that the task names?",
        section=CONVENTIONS,
    ),
    Mistake(
        "keras-form",
        "v ← μv − η∇ℒ with θ + v is the form of CS231n and Keras. It is another convention, and "
        "consistent; here v contains gradients only: v ← μv + ∇ℒ, θ ← θ − ηv.",
        lambda theta, gradient, v, rate, mu: (
            theta + (mu * v - rate * gradient),
            mu * v - rate * gradient,
        ),
        "In which of your two lines is the learning rate, and in which does the task have it?",
        section=CONVENTIONS,
    ),
    Mistake(
        "rate-in-v",
        "v ← μv + η∇ℒ with θ − v is another convention, and consistent. Here v contains gradients "
        "only, v ← μv + ∇ℒ, and η multiplies v: θ ← θ − ηv.",
        lambda theta, gradient, v, rate, mu: (
            theta - (mu * v + rate * gradient),
            mu * v + rate * gradient,
        ),
        "In which of your two lines is the learning rate, and in which does the task have it?",
        section=CONVENTIONS,
    ),
    Mistake(
        "rate-in-both",
        "The learning rate is in both lines: in v ← μv + η∇ℒ and in θ ← θ − ηv. It belongs in the "
        "second one alone.",
        _wrong(lambda v, g, rate, mu: mu * v + rate * g),
        "How often does the learning rate enter between the gradient and the new θ?",
    ),
    Mistake(
        "keras-nesterov",
        "v ← μv − η∇ℒ with θ + μv − η∇ℒ is Nesterov's update as Keras has it. Plain momentum is "
        "asked for: v ← μv + ∇ℒ, θ ← θ − ηv.",
        lambda theta, g, v, rate, mu: (
            theta + mu * (mu * v - rate * g) - rate * g,
            mu * v - rate * g,
        ),
        "How often does μ enter between the gradient and the step?",
        section=NESTEROV,
    ),
    Mistake(
        "U05",
        "This is Nesterov's step, ∇ℒ + μv with the new v. Plain momentum subtracts ηv.",
        _wrong(_right, lambda w, g, v, new, rate, mu: w - rate * (g + mu * new)),
        "How often does μ enter between the gradient and the step?",
        section=NESTEROV,
    ),
    Mistake(
        "old-v",
        "The step of θ uses the old v; first v is updated, then θ with the new v.",
        _wrong(_right, lambda w, g, v, new, rate, mu: w - rate * v),
        "Which v moves θ: the argument, or the one that you have just computed?",
    ),
    Mistake(
        "gradient-step",
        "The step of θ is −η∇ℒ; v is updated and never used.",
        _wrong(_right, lambda w, g, v, new, rate, mu: w - rate * g),
        "Where does your function use the new v?",
    ),
    Mistake(
        "uphill",
        "θ + ηv increases the loss: v adds gradients up, and the update subtracts them.",
        _wrong(_right, lambda w, g, v, new, rate, mu: w + rate * new),
        "v adds gradients up. Does the loss grow or shrink in the direction of a gradient?",
    ),
    Mistake(
        "U13",
        "The learning rate multiplies v twice.",
        _wrong(_right, lambda w, g, v, new, rate, mu: w - rate * rate * new),
        "How often does the learning rate enter?",
    ),
    Mistake(
        "rate-missing",
        "The learning rate is missing: θ − v.",
        _wrong(_right, lambda w, g, v, new, rate, mu: w - new),
        "Which argument does your function not use?",
    ),
    Mistake(
        "mu-in-step",
        "v ← μv + ∇ℒ is right, and then μv is subtracted from θ; the step is ηv.",
        _wrong(_right, lambda w, g, v, new, rate, mu: w - mu * new),
        "Which of the two numbers is the learning rate?",
    ),
    Mistake(
        "exchanged",
        "η and μ are exchanged: μ multiplies the old v, and η the step.",
        lambda theta, g, v, rate, mu: momentum_update(theta, g, v, mu, rate),
        "In which order does the first line of the function name its arguments?",
    ),
    Mistake(
        "U15",
        "The old θ is returned.",
        _wrong(_right, lambda w, g, v, new, rate, mu: w.copy()),
        "Which θ does your return line contain: the old one or the new one?",
    ),
    Mistake(
        "v-not-returned",
        "The old v is returned, so the next step does not know this one.",
        lambda theta, gradient, v, rate, mu: (theta - rate * (mu * v + gradient), v.copy()),
        "Which v will the next step get from you?",
    ),
    Mistake(
        "swapped",
        "The two results are returned in the wrong order: first θ, then v.",
        lambda *args: momentum_update(*args)[::-1],
        "In which order does the task name the results?",
    ),
)

MOMENTUM_UPDATE = Question(
    name="momentum_update",
    signature="momentum_update(theta, gradient, v, learning_rate, momentum) -> (theta, v)",
    returns=("new theta", "new v"),
    parts=(
        Part("new v", 1, (1,), place="Look at the new v."),
        Part("new theta", 2, (0,), place="Look at what is subtracted from θ."),
    ),
    section=SECTION,
    place="Look at the new v first, then at the step of θ.",
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
    mistakes=STEP_MISTAKES,
)


def _walk(update: Callable[..., Any] = momentum_update) -> Callable[..., Any]:
    """Make several steps with another update."""

    def walk(theta: Any, rows: Any, rate: float, mu: float) -> np.ndarray:
        v = np.zeros_like(theta)
        path = []
        for gradient in rows:
            theta, v = update(theta, gradient, v, rate, mu)
            path.append(np.array(theta, dtype=float))
        return np.array(path)

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
    text.line("  v = 0                      created once, before the first step")
    text.line("  v = 0.5·0 + 2 = 2          θ = 1 − 0.2 = 0.8    → row 0 of the path")
    text.line("  v = 0.5·2 − 1 = 0          θ = 0.8 − 0 = 0.8    → row 1 of the path")
    text.line("The start, 1, is not a row. Every row is an array of its own.")
    return str(text)


MOMENTUM_WALK = Question(
    name="momentum_walk",
    signature="momentum_walk(theta, gradients, learning_rate, momentum) -> path",
    returns=("path",),
    parts=(Part("path", 3),),
    section=MEMORY,
    place="Look at what one iteration of your loop passes to the next.",
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
        "float32": lambda theta, rows, rate, mu: momentum_walk(
            theta.astype(np.float32), rows.astype(np.float32), rate, mu
        ),
        **{  # other conventions, which come to the same where v starts at 0
            mistake.id: _walk(mistake.wrong)
            for mistake in STEP_MISTAKES
            if mistake.id in ("keras-form", "rate-in-v", "sign-in-both")
        },
    },
    mistakes=(
        Mistake(
            "U03",
            "v is set to zero in every step, so nothing is remembered: plain gradient descent. "
            "Create it once, before the loop.",
            _walk(lambda w, g, v, rate, mu: momentum_update(w, g, 0 * v, rate, mu)),
            "How often does your code set v to zero?",
            twins=("gradient-step",),
        ),
        *inside(
            STEP_MISTAKES,
            _walk,
            # From v = 0 on, these are the right path, another entry's, or no path at all.
            without=(
                "U03",
                "keras-form",
                "rate-in-v",
                "sign-in-both",
                "sign-in-v",
                "keras-nesterov",
                "U15",
                "v-not-returned",
                "swapped",
                "rate-in-both",
            ),
        ),
        Mistake(
            "B19",
            "The gradients of all steps so far are added up before they are used. Every step has "
            "a gradient of its own; adding up is what v does.",
            lambda theta, rows, *rest: momentum_walk(theta, np.cumsum(rows, axis=0), *rest),
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
            "Every step starts from the first θ instead of from the θ of the step before.",
            lambda theta, rows, rate, mu: (
                theta + np.diff(momentum_walk(theta, rows, rate, mu), axis=0, prepend=theta[None])
            ),
            "Where does your loop keep the new θ for the next step?",
        ),
        Mistake(
            "U14",
            "All rows are one and the same array, changed in place: the list contains it T times. "
            "Append a copy.",
            lambda *args: draw.same_row_path(momentum_walk(*args)),
            "How many arrays does your list contain, if θ is changed in place?",
        ),
        Mistake(
            "U15",
            "θ never moves: its new value does not reach the next step or the path.",
            lambda theta, rows, rate, mu: np.repeat(theta[None], len(rows), axis=0),
            "Which names do you assign the results of momentum_update to?",
        ),
        Mistake(
            "before-the-step",
            "Each row is θ before its step: the path begins with the start and lacks the end.",
            lambda theta, *args: np.vstack([theta, momentum_walk(theta, *args)[:-1]]),
            "Do you append θ before the update, or after it?",
            twins=("old-v",),
        ),
        Mistake(
            "start-included",
            "The path begins with the start; it contains θ after each step, one row per gradient.",
            lambda theta, *args: np.vstack([theta, momentum_walk(theta, *args)]),
            "How many gradients are there, and how many rows does your path have?",
        ),
        Mistake(
            "last-only",
            "Only the last θ is returned; the path has one row per step.",
            lambda *args: momentum_walk(*args)[-1],
            "What does your loop do with the θ of the steps between?",
        ),
    ),
)
