"""`train`: several epochs, with the history of both losses."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex12_training_loop import reference as ex12
from course_lib.checks.ex12_training_loop.reference import (
    minibatches,
    train,
    train_epoch,
    training_step,
)
from course_lib.checks.ex12_training_loop.train_epoch import EPOCH_MISTAKES
from course_lib.checks.ex12_training_loop.training_step import (
    RELU,
    SIGMOID,
    TANH,
    examples,
    gradients,
    network,
)
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, inside, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
HELD = f"{PAGE}#held-out"
Answer = tuple[Any, Any, list[Any], list[Any]]


def inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw both sets of examples, a network, a rate and an order for each epoch.

    The widths are the epochs, the batch size, the held-out examples, then the layers.
    """
    epochs, batch_size, n_held, *widths = fixture.widths
    W, b = network(rng, tuple(widths))
    if fixture["activation"] == "relu":
        b = [np.abs(one) for one in b]  # no layer is 0 for all examples
    x, y = examples(rng, fixture.n, widths[0], widths[-1])
    x_held, y_held = examples(rng, n_held, widths[0], widths[-1])
    orders = [rng.permutation(fixture.n) for _ in range(epochs)]
    rate = float(rng.uniform(0.2, 0.6))
    return x, y, x_held, y_held, W, b, fixture["activation"], rate, orders, batch_size


def _sizes(x: np.ndarray, y: np.ndarray, x_held: np.ndarray, *rest: Any) -> dict[str, int]:
    batches = -(-len(x) // rest[-1])
    return {"N": len(x), "batches": batches, "N_held": len(x_held), "epochs": len(rest[-2])}


class _Run:
    """The arguments of `train` by name, and what wrong loops are made of."""

    def __init__(self, *args: Any) -> None:
        self.x, self.y, self.x_held, self.y_held, self.W, self.b = args[:6]
        self.activation, self.learning_rate, self.orders, self.batch_size = args[6:]

    def epoch(
        self, order: np.ndarray, W: list, b: list, epoch: Callable[..., Any] = train_epoch
    ) -> tuple[Any, list, list]:
        return epoch(
            self.x, self.y, W, b, self.activation, self.learning_rate, order, self.batch_size
        )

    def step(self, x: np.ndarray, y: np.ndarray, W: list, b: list) -> tuple[Any, list, list]:
        return training_step(x, y, W, b, self.activation, self.learning_rate)

    def held(self, W: list, b: list) -> float:
        return gradients(self.x_held, self.y_held, W, b, self.activation)[0]

    def training(self, W: list, b: list) -> float:
        return gradients(self.x, self.y, W, b, self.activation)[0]


def _wrong(loop: Callable[[_Run], Answer]) -> Callable[..., Answer]:
    return lambda *args: loop(_Run(*args))


def _loop(
    one: Callable[[_Run, np.ndarray, list, list], tuple[Any, Any, list, list]],
    orders: Callable[[list], list] = lambda orders: orders,
) -> Callable[..., Answer]:
    """Make a loop whose epoch is ``one(run, order, W, b) -> (loss, held loss, W, b)``."""

    def loop(run: _Run) -> Answer:
        W, b, losses, held_losses = run.W, run.b, [], []
        for order in orders(run.orders):
            loss, held, W, b = one(run, order, W, b)
            losses.append(loss)
            held_losses.append(held)
        return np.array(losses), np.array(held_losses), W, b

    return _wrong(loop)


def _usual(run: _Run, order: np.ndarray, W: list, b: list) -> tuple[Any, Any, list, list]:
    loss, W, b = run.epoch(order, W, b)
    return loss, run.held(W, b), W, b


def _learns_from_held(run: _Run, order: np.ndarray, W: list, b: list) -> Any:
    loss, W, b = run.epoch(order, W, b)
    return loss, *run.step(run.x_held, run.y_held, W, b)


def _held_before(run: _Run, order: np.ndarray, W: list, b: list) -> Any:
    held = run.held(W, b)
    loss, W, b = run.epoch(order, W, b)
    return loss, held, W, b


def _training_twice(run: _Run, order: np.ndarray, W: list, b: list) -> Any:
    loss, W, b = run.epoch(order, W, b)
    return loss, run.training(W, b), W, b


def _measured_after(run: _Run, order: np.ndarray, W: list, b: list) -> Any:
    _, W, b = run.epoch(order, W, b)
    return run.training(W, b), run.held(W, b), W, b


def _first_batch(run: _Run, order: np.ndarray, W: list, b: list) -> Any:
    batch = order[: run.batch_size]
    loss, W, b = run.step(run.x[batch], run.y[batch], W, b)
    return loss, run.held(W, b), W, b


def _with(epoch: Callable[..., Any]) -> Callable[..., Answer]:
    """Make a loop with another epoch."""

    def one(run: _Run, order: np.ndarray, W: list, b: list) -> Any:
        loss, W, b = run.epoch(order, W, b, epoch)
        return loss, run.held(W, b), W, b

    return _loop(one)


def _restarts(run: _Run) -> Answer:
    losses, held_losses = [], []
    for order in run.orders:
        loss, W, b = run.epoch(order, run.W, run.b)
        losses.append(loss)
        held_losses.append(run.held(W, b))
    return np.array(losses), np.array(held_losses), W, b


def _from_zeros(run: _Run) -> Answer:
    W, b = [0.0 * w for w in run.W], [0.0 * w for w in run.b]
    losses, held_losses = [], []
    for order in run.orders:
        loss, held, W, b = _usual(run, order, W, b)
        losses.append(loss)
        held_losses.append(held)
    return np.array(losses), np.array(held_losses), W, b


def _per_iteration(run: _Run) -> Answer:
    W, b, losses, held_losses = run.W, run.b, [], []
    for order in run.orders:
        for batch in minibatches(order, run.batch_size):
            loss, W, b = run.step(run.x[batch], run.y[batch], W, b)
            losses.append(loss)
            held_losses.append(run.held(W, b))
    return np.array(losses), np.array(held_losses), W, b


def _labels_left(run: _Run) -> Answer:
    W, b, losses, held_losses = run.W, run.b, [], []
    for order in run.orders:
        total = 0.0
        for start in range(0, len(order), run.batch_size):
            some = slice(start, start + run.batch_size)
            loss, W, b = run.step(run.x[order[some]], run.y[some], W, b)
            total += loss * len(order[some])
        losses.append(total / len(order))
        held_losses.append(run.held(W, b))
    return np.array(losses), np.array(held_losses), W, b


def _last_only(run: _Run) -> Answer:
    losses, held_losses, W, b = _loop(_usual)(*vars(run).values())
    return losses[-1], held_losses[-1], W, b


def _carried(call: Callable[..., Any], *args: Any) -> Answer:
    run = _Run(*args)
    W, b, losses, held_losses = run.W, run.b, [], []
    for order in run.orders:
        loss, W, b = run.epoch(order, W, b, partial(call, "train_epoch"))
        losses.append(loss)
        # Students may also take the held-out loss from a step that changes nothing.
        held = call("training_step", run.x_held, run.y_held, W, b, run.activation, 0.0)[0]
        held_losses.append(held)
    return np.array(losses), np.array(held_losses), W, b


def _lists(*args: Any) -> list[Any]:
    run = _Run(*args)
    W, b = [w.copy() for w in run.W], [w.copy() for w in run.b]
    history: list[list[float]] = [[], []]
    for epoch in range(len(run.orders)):
        each = []
        for batch in minibatches(run.orders[epoch], run.batch_size):
            loss, dW, db = gradients(run.x[batch], run.y[batch], W, b, run.activation)
            for old, slope in zip(W + b, dW + db, strict=True):
                old -= run.learning_rate * slope
            each += len(batch) * [loss]
        history[0].append(sum(each) / len(each))
        history[1].append(run.held(W, b))
    return [*history, W, b]


def _example() -> str:
    text = Worked("Two epochs from the parameters θ, orders = [order_0, order_1]:")
    text.line("  θ  → train_epoch with order_0 → losses[0], θ′;  held_losses[0] from θ′")
    text.line("  θ′ → train_epoch with order_1 → losses[1], θ″;  held_losses[1] from θ″")
    text.line("The held-out loss needs a forward pass only, which changes no parameter.")
    return str(text)


TRAIN = Question(
    name="train",
    signature=(
        "train(x, y, x_held, y_held, W, b, activation, learning_rate, orders, batch_size)"
        " -> (losses, held_losses, W, b)"
    ),
    returns=("losses", "held_losses", "new W", "new b"),
    parts=(
        Part(
            "the new parameters",
            2,
            (2, 3),
            place=(
                "Look at one epoch: its order, its steps, and the "
                "parameters that it passes to the next "
                "epoch."
            ),
            next_step=(
                ""
                "Take "
                "two "
                "epochs. "
                "Which "
                "order "
                "does "
                "each "
                "of "
                "them "
                "use, "
                "and "
                "from "
                "which "
                "parameters "
                "does "
                "it "
                "start?"
            ),
        ),
        Part(
            "the training losses",
            1,
            (0,),
            place=("Look at the number that you append to `losses`, and at how often you append."),
            next_step=(
                ""
                "Take "
                "two "
                "epochs. "
                "Which "
                "two "
                "numbers "
                "does "
                "your "
                "code "
                "append "
                "to "
                "`losses`, "
                "and "
                "after "
                "which "
                "lines?"
            ),
        ),
        Part(
            "the held-out losses",
            2,
            (1,),
            section=HELD,
            place="Look at when the held-out losses are computed, and with which parameters.",
            next_step=(
                "Take two epochs. With which examples and which parameters is each of your two "
                "held-out losses computed?"
            ),
        ),
    ),
    section=f"{PAGE}#the-loop",
    place="Look at one epoch: its order, its steps, and the parameters that it passes to the next.",
    inputs=inputs,
    reference=train,
    fixtures=(
        Fixture("three epochs", widths=(3, 4, 7, 3, 6, 4, 5), n=11, repeat=True, settings=TANH),
        Fixture("four epochs, sigmoid", widths=(4, 5, 8, 4, 7, 6, 3), n=13, settings=SIGMOID),
        Fixture("two epochs, relu", widths=(2, 5, 6, 4, 7, 5, 3), n=12, settings=RELU),
    ),
    sizes=_sizes,
    carried=_carried,
    provided=inspect.getsource(ex12),
    backwards=False,
    example=_example,
    correct={"copies, lists, one loss per example": _lists},
    mistakes=(
        Mistake(
            "trains-on-held-out",
            "Your held-out examples change the parameters, because their loss is computed by a "
            "training step. Compute it with a forward pass only.",
            _loop(_learns_from_held),
            "Which lines of your code change the parameters, and which examples do they use?",
            section=HELD,
        ),
        Mistake(
            "held-before",
            "Your held-out loss is computed before the epoch. It should be computed after it.",
            _loop(_held_before),
            "With which parameters is your held-out loss computed: those before the epoch, or "
            "those after it?",
            section=HELD,
        ),
        Mistake(
            "training-for-held",
            "Your held-out loss is computed on the training set. It should use x_held and y_held.",
            _loop(_training_twice),
            "Where does your function use x_held and y_held?",
            section=HELD,
        ),
        Mistake(
            "loss-after",
            "Your training loss is computed again after each epoch. It should be the mean loss "
            "that train_epoch returns.",
            _loop(_measured_after),
            "Which loss does train_epoch return, and which one do you append?",
            section=f"{PAGE}#batch-mean",
        ),
        Mistake(
            "same-order",
            "All your epochs use the first order. Each should use its own.",
            _loop(_usual, lambda orders: [orders[0]] * len(orders)),
            "Which order does your second epoch use?",
            section=f"{PAGE}#one-permutation",
        ),
        Mistake(
            "D01",
            "Your x is shuffled and your y is not, so each example has the label of another one.",
            _wrong(_labels_left),
            "Which example does the first label of your first batch belong to?",
            section=f"{PAGE}#one-permutation",
        ),
        Mistake(
            "restarts",
            "All your epochs start from the initial parameters, so the network forgets what it "
            "has learned. Each should start from the parameters of the epoch before.",
            _wrong(_restarts),
            "From which parameters does your second epoch start?",
        ),
        Mistake(
            "I01",
            "Your training starts from zeros. It should start from W and b.",
            _wrong(_from_zeros),
            "Which parameters does your first forward pass use?",
        ),
        Mistake(
            "per-iteration",
            "Your history has one entry per iteration. It should have one per epoch.",
            _wrong(_per_iteration),
            "How many epochs are there, and how many entries does `losses` have?",
            section=f"{PAGE}#epoch-or-iteration",
        ),
        Mistake(
            "iteration-for-epoch",
            "Your epochs make one update each, with the first batch. They should use every "
            "example once.",
            _loop(_first_batch),
            "How many examples does each of your epochs use?",
            section=f"{PAGE}#epoch-or-iteration",
        ),
        Mistake(
            "last-only",
            "Your function returns the last losses only. It should return one per epoch.",
            _wrong(_last_only),
            "How many losses do you return, and how many epochs are there?",
        ),
        Mistake(
            "first-only",
            "Your function runs the first epoch only, as with a `return` inside the loop.",
            _loop(_usual, lambda orders: orders[:1]),
            "How many iterations does your loop make before the function returns?",
        ),
        *inside(
            EPOCH_MISTAKES,
            _with,
            # These have entries of their own here.
            without=("D01", "loss-after", "first-only"),
        ),
    ),
)
