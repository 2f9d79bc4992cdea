"""What goes wrong with a step of momentum, and with several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.checks.ex11_update import draw
from course_lib.checks.ex11_update.reference import momentum_update, momentum_walk
from course_lib.checks.question import Mistake, inside, page

PAGE = page(__name__)
CONVENTIONS = f"{PAGE}#update-conventions"
NESTEROV = f"{PAGE}#nesterov"


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


STEP_MISTAKES = (
    Mistake(
        "U01",
        "Your μ multiplies the gradient, v + μ∇ℒ. It should multiply the old v, μv + ∇ℒ.",
        _wrong(lambda v, g, rate, mu: v + mu * g),
        "If the gradient is the same in every step, should v grow without limit?",
    ),
    Mistake(
        "mu-missing",
        "Your new v is v + ∇ℒ, without μ. It should be μv + ∇ℒ.",
        _wrong(lambda v, g, rate, mu: v + g),
        "Which argument does your new v not use?",
    ),
    Mistake(
        "U03",
        "Your new v is the gradient alone. It should be μv + ∇ℒ.",
        _wrong(lambda v, g, rate, mu: g.copy()),
        "Which term of your new v contains the old v?",
    ),
    Mistake(
        "mean-form",
        "Your v is the moving average μv + (1 − μ)∇ℒ, as in Adam. It should be μv + ∇ℒ.",
        _wrong(lambda v, g, rate, mu: mu * v + (1 - mu) * g),
        "By which coefficient is the gradient multiplied in your v, and by which in the equation "
        "of the task?",
    ),
    Mistake(
        "sign-in-v",
        "Your gradient is subtracted twice, in v ← μv − ∇ℒ and in θ ← θ − ηv. It should be v ← μv "
        "+ ∇ℒ.",
        _wrong(lambda v, g, rate, mu: mu * v - g),
        "How many minus signs does your code have between the gradient and the new θ?",
    ),
    Mistake(
        "sign-in-both",
        "Your update is v ← μv − ∇ℒ, θ ← θ + ηv. That is another convention; here it should be v "
        "← μv + ∇ℒ, θ ← θ − ηv.",
        _wrong(lambda v, g, rate, mu: mu * v - g, lambda w, g, v, new, rate, mu: w + rate * new),
        "With which sign does the gradient enter v in the equation of the task?",
        section=CONVENTIONS,
    ),
    Mistake(
        "keras-form",
        "Your update is v ← μv − η∇ℒ, θ ← θ + v, as in CS231n and Keras. That is another "
        "convention; here it should be v ← μv + ∇ℒ, θ ← θ − ηv.",
        lambda theta, gradient, v, rate, mu: (
            theta + (mu * v - rate * gradient),
            mu * v - rate * gradient,
        ),
        "Which of your two lines contains the learning rate, and which does in the task?",
        section=CONVENTIONS,
    ),
    Mistake(
        "rate-in-v",
        "Your update is v ← μv + η∇ℒ, θ ← θ − v. That is another convention; here it should be v "
        "← μv + ∇ℒ, θ ← θ − ηv.",
        lambda theta, gradient, v, rate, mu: (
            theta - (mu * v + rate * gradient),
            mu * v + rate * gradient,
        ),
        "Which of your two lines contains the learning rate, and which does in the task?",
        section=CONVENTIONS,
    ),
    Mistake(
        "rate-in-both",
        "Both your lines contain the learning rate, v ← μv + η∇ℒ and θ ← θ − ηv. Only the second "
        "should.",
        _wrong(lambda v, g, rate, mu: mu * v + rate * g),
        "How many times does your code multiply by the learning rate between the gradient "
        "and the new θ?",
    ),
    Mistake(
        "keras-nesterov",
        "Your update is Nesterov's as in Keras, v ← μv − η∇ℒ, θ ← θ + μv − η∇ℒ. It should be "
        "plain momentum: v ← μv + ∇ℒ, θ ← θ − ηv.",
        lambda theta, g, v, rate, mu: (
            theta + mu * (mu * v - rate * g) - rate * g,
            mu * v - rate * g,
        ),
        "How many times does your code multiply by μ between the gradient and the step?",
        section=NESTEROV,
    ),
    Mistake(
        "U05",
        "Your step is Nesterov's, with ∇ℒ + μv. It should be that of plain momentum, θ ← θ − ηv.",
        _wrong(_right, lambda w, g, v, new, rate, mu: w - rate * (g + mu * new)),
        "How many times does your code multiply by μ between the gradient and the step?",
        section=NESTEROV,
    ),
    Mistake(
        "old-v",
        "Your step of θ uses the old v. First v should be updated, then θ with the new v.",
        _wrong(_right, lambda w, g, v, new, rate, mu: w - rate * v),
        "Which v does your step of θ use: the argument v, or the new one?",
    ),
    Mistake(
        "gradient-step",
        "Your step of θ is −η∇ℒ, without v. It should be −ηv.",
        _wrong(_right, lambda w, g, v, new, rate, mu: w - rate * g),
        "Where does your code use the new v?",
    ),
    Mistake(
        "gradient-ascent",
        "Your step is θ + ηv. It should be θ − ηv, because v is a sum of gradients.",
        _wrong(_right, lambda w, g, v, new, rate, mu: w + rate * new),
        "v is a sum of gradients. Does the loss grow or fall in the direction of a gradient?",
    ),
    Mistake(
        "U13",
        "The learning rate enters your step twice. It should multiply v once, in θ ← θ − ηv.",
        _wrong(_right, lambda w, g, v, new, rate, mu: w - rate * rate * new),
        "How many times does your code multiply by the learning rate between the gradient "
        "and the new θ?",
    ),
    Mistake(
        "rate-missing",
        "The learning rate is missing: your step is θ − v. It should be θ − ηv.",
        _wrong(_right, lambda w, g, v, new, rate, mu: w - new),
        "Which argument does your function not use?",
    ),
    Mistake(
        "mu-in-step",
        "Your step of θ subtracts μv. It should subtract ηv.",
        _wrong(_right, lambda w, g, v, new, rate, mu: w - mu * new),
        "By which argument is v multiplied in your step of θ?",
    ),
    Mistake(
        "eta-and-mu-swapped",
        "Your η and μ are swapped. μ should multiply the old v, and η the step.",
        lambda theta, g, v, rate, mu: momentum_update(theta, g, v, mu, rate),
        "In which order does the signature list the arguments?",
        place="Look at where you use each argument, and compare with the signature.",
    ),
    Mistake(
        "U15",
        "Your function returns the old θ. It should return the new one.",
        _wrong(_right, lambda w, g, v, new, rate, mu: w.copy()),
        "Which θ does your function return: the old one or the new one?",
        place="Look at where the new θ is assigned and returned.",
    ),
    Mistake(
        "v-not-returned",
        "Your function returns the old v. It should return the new one, which the next step needs.",
        lambda theta, gradient, v, rate, mu: (theta - rate * (mu * v + gradient), v.copy()),
        "Which v does your function return: the old one or the new one?",
        place="Look at the `return` line of your function.",
    ),
    Mistake(
        "order-of-results",
        "Your results are in another order. It should be θ, v.",
        lambda *args: momentum_update(*args)[::-1],
        "In which order does the task list the results?",
        place="Compare the order of your results with the signature.",
    ),
)


def walk(update: Callable[..., Any] = momentum_update) -> Callable[..., Any]:
    """Make several steps with another update."""

    def walked(theta: Any, rows: Any, rate: float, mu: float) -> np.ndarray:
        v = np.zeros_like(theta)
        path = []
        for gradient in rows:
            theta, v = update(theta, gradient, v, rate, mu)
            path.append(np.array(theta, dtype=float))
        return np.array(path)

    return walked


WALK_MISTAKES = (
    Mistake(
        "U03",
        "Your v is lost between the steps: it is set to zero in every iteration, its new value is "
        "not kept, or momentum_update does not use the old one. Create it once, before the loop, "
        "and keep the new one.",
        walk(lambda w, g, v, rate, mu: momentum_update(w, g, 0 * v, rate, mu)),
        "From which v does your second step start?",
        twins=("gradient-step",),
    ),
    *inside(
        STEP_MISTAKES,
        walk,
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
            "order-of-results",
            "rate-in-both",
            "gradient-ascent",
        ),
    ),
    Mistake(
        "gradient-ascent",
        "Your steps increase the loss: either ηv is added to θ, or the gradient is subtracted "
        "in v and ηv is subtracted as well. It should be v ← μv + ∇ℒ, θ ← θ − ηv.",
        walk(next(one.wrong for one in STEP_MISTAKES if one.id == "gradient-ascent")),
        "How many minus signs does your code have between a gradient and the new θ?",
    ),
    Mistake(
        "B19",
        "Your steps use the sum of all gradients so far. Each step should use its own "
        "gradient; v accumulates the earlier ones.",
        lambda theta, rows, *rest: momentum_walk(theta, np.cumsum(rows, axis=0), *rest),
        "Your first step is right. Which gradients does the second step use?",
    ),
    Mistake(
        "first-gradient",
        "All your steps use the first gradient. Each step should use its own.",
        lambda theta, rows, rate, mu: momentum_walk(
            theta, np.repeat(rows[:1], len(rows), axis=0), rate, mu
        ),
        "Which row of `gradients` does your second step use?",
    ),
    Mistake(
        "from-the-start",
        "All your steps start from the initial θ. Each should start from the θ of the step before.",
        lambda theta, rows, rate, mu: (
            theta + np.diff(momentum_walk(theta, rows, rate, mu), axis=0, prepend=theta[None])
        ),
        "From which θ does your second step start?",
    ),
    Mistake(
        "U14",
        "All your rows are the same array, which is changed in place. Append a copy.",
        lambda *args: draw.same_row_path(momentum_walk(*args)),
        "If θ is changed in place, how many different arrays does your list contain?",
    ),
    Mistake(
        "U15",
        "Your θ never changes: its new value is not passed to the next step or to the path.",
        lambda theta, rows, rate, mu: np.repeat(theta[None], len(rows), axis=0),
        "To which names do you assign the results of momentum_update?",
        place="Look at where the new θ is assigned and returned.",
    ),
    Mistake(
        "before-the-step",
        "Your rows are θ before each step. They should be θ after it.",
        lambda theta, *args: np.vstack([theta, momentum_walk(theta, *args)[:-1]]),
        "Does your code append θ before the update, or after it?",
        twins=("old-v",),
    ),
    Mistake(
        "start-included",
        "Your path begins with the initial θ. It should contain θ after each step, one row "
        "per gradient.",
        lambda theta, *args: np.vstack([theta, momentum_walk(theta, *args)]),
        "How many gradients are there, and how many rows does your path have?",
    ),
    Mistake(
        "last-only",
        "Your function returns the last θ only. The path should have one row per step.",
        lambda *args: momentum_walk(*args)[-1],
        "What does your loop do with the θ of the earlier steps?",
    ),
)
