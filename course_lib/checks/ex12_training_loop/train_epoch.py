"""`train_epoch`: every example once, one step per mini-batch, and the mean loss."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex12_training_loop import reference as ex12
from course_lib.checks.ex12_training_loop.reference import minibatches, train_epoch, training_step
from course_lib.checks.ex12_training_loop.training_step import (
    RELU,
    SIGMOID,
    STEP_MISTAKES,
    TANH,
    Lists,
    examples,
    gradients,
    network,
)
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, inside, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
MEAN = f"{PAGE}#batch-mean"
Batch = Callable[[np.ndarray, np.ndarray, np.ndarray, slice], tuple[Any, Any]]
Loss = Callable[[list[float], list[int]], Any]


def inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw examples, a network, a rate and an order; the first width is the batch size."""
    batch_size, *widths = fixture.widths
    W, b = network(rng, tuple(widths))
    x, y = examples(rng, fixture.n, widths[0], widths[-1])
    order = rng.permutation(fixture.n)
    return x, y, W, b, fixture["activation"], float(rng.uniform(0.3, 0.9)), order, batch_size


def sizes(x: np.ndarray, *rest: Any) -> dict[str, int]:
    """Return how many examples and batches there are."""
    return {"N": len(x), "batches": -(-len(x) // rest[-1])}


def _by_size(losses: list[float], counts: list[int]) -> float:
    return float(np.dot(losses, counts) / sum(counts))


def _epoch(
    pick: Batch = lambda x, y, batch, place: (x[batch], y[batch]),
    loss: Loss = _by_size,
    batches: Callable[[np.ndarray, int], list[np.ndarray]] = minibatches,
    keep: bool = True,
    step: Callable[..., Lists] = training_step,
) -> Callable[..., Lists]:
    """Make an epoch with other batches, losses or steps; without `keep`, each from the start."""

    def epoch(
        x: np.ndarray,
        y: np.ndarray,
        W: list,
        b: list,
        activation: str,
        learning_rate: float,
        order: np.ndarray,
        batch_size: int,
    ) -> Lists:
        losses, counts = [], []
        new_W, new_b, start = W, b, 0
        for batch in batches(order, batch_size):
            place = slice(start, start + len(batch))
            start += len(batch)
            from_W, from_b = (new_W, new_b) if keep else (W, b)
            one, new_W, new_b = step(
                *pick(x, y, batch, place), from_W, from_b, activation, learning_rate
            )
            losses.append(one)
            counts.append(len(batch))
        return loss(losses, counts), new_W, new_b

    return epoch


def _full(batches: list[np.ndarray]) -> list[np.ndarray]:
    return [batch for batch in batches if len(batch) == len(batches[0])]


def _loss_after(x: np.ndarray, y: np.ndarray, W: list, b: list, *rest: Any) -> Lists:
    _, W, b = train_epoch(x, y, W, b, *rest)
    return gradients(x, y, W, b, rest[0])[0], W, b


def _carried(call: Callable[..., Any], *args: Any) -> Lists:
    return _epoch(batches=partial(call, "minibatches"), step=partial(call, "training_step"))(*args)


def _written_out(
    x: np.ndarray,
    y: np.ndarray,
    W: list,
    b: list,
    activation: str,
    learning_rate: float,
    order: np.ndarray,
    batch_size: int,
) -> Any:
    x, y = x[order], y[order]
    each: list[float] = []
    for start in range(0, len(x), batch_size):
        some = slice(start, start + batch_size)
        loss, dW, db = gradients(x[some], y[some], W, b, activation)
        W = [w - learning_rate * g for w, g in zip(W, dW, strict=True)]
        b = [w - learning_rate * g for w, g in zip(b, db, strict=True)]
        each += [loss] * len(x[some])
    return [np.mean(each), W, b]


def _example() -> str:
    text = Worked("Five examples, order = [3, 0, 4, 1, 2], batch_size = 2, parameters θ:")
    text.line("  x[[3, 0]], y[[3, 0]] with θ    → loss 0.9, θ′")
    text.line("  x[[4, 1]], y[[4, 1]] with θ′   → loss 0.5, θ″")
    text.line("  x[[2]],    y[[2]]    with θ″   → loss 1.2, θ‴, which is returned")
    text.line("The epoch's loss is (2·0.9 + 2·0.5 + 1·1.2)/5 = 0.8.")
    return str(text)


EPOCH_MISTAKES = (
    Mistake(
        "D01",
        "Your x is shuffled and your y is not, so each example has the label of another one. Use "
        "one order for both: x[batch], y[batch].",
        _epoch(lambda x, y, batch, place: (x[batch], y[place])),
        "Which example does the first label of your first batch belong to?",
        section=f"{PAGE}#one-permutation",
    ),
    Mistake(
        "D01-labels",
        "Your y is shuffled and your x is not, so each example has the label of another one. Use "
        "one order for both: x[batch], y[batch].",
        _epoch(lambda x, y, batch, place: (x[place], y[batch])),
        "Which example does the first label of your first batch belong to?",
        section=f"{PAGE}#one-permutation",
    ),
    Mistake(
        "order-ignored",
        "Your examples are used in the order of x. They should be used in the order that `order` "
        "gives.",
        _epoch(lambda x, y, batch, place: (x[place], y[place])),
        "Which rows of x does your first batch contain, and which should it contain?",
        section=f"{PAGE}#one-permutation",
    ),
    Mistake(
        "last-dropped",
        "The last, smaller batch is missing. Every example should be used once in an epoch.",
        _epoch(batches=lambda order, size: _full(minibatches(order, size))),
        "How many examples does your epoch use?",
        section=f"{PAGE}#cutting-batches",
    ),
    Mistake(
        "loss-unweighted",
        "Your loss is the mean of the batch losses. Each batch loss should be weighted by the "
        "size of its batch.",
        _epoch(loss=lambda losses, counts: np.mean(losses)),
        "Over how many examples is each of the losses a mean?",
        section=MEAN,
    ),
    Mistake(
        "loss-full-size",
        "Your batch losses are weighted by batch_size. Each should be weighted by len(batch), "
        "which can be smaller for the last one.",
        _epoch(loss=lambda losses, counts: np.sum(losses) * counts[0] / sum(counts)),
        "How many examples does the last batch have, and by what is its loss multiplied?",
        section=MEAN,
    ),
    Mistake(
        "loss-of-full-batches",
        "Your sum over the examples is divided by the number of batches times batch_size. It "
        "should be divided by the number of examples.",
        _epoch(loss=lambda losses, counts: np.dot(losses, counts) / (len(counts) * counts[0])),
        "How many examples does the epoch have, and by what does your code divide?",
        section=MEAN,
    ),
    Mistake(
        "loss-sum",
        "Your loss is the sum of the batch losses. It should be the mean over the examples of the "
        "epoch.",
        _epoch(loss=lambda losses, counts: np.sum(losses)),
        "If the same examples are split into smaller batches, does your loss grow?",
        section=MEAN,
    ),
    Mistake(
        "loss-over-examples",
        "Your sum of the batch losses is divided by the number of examples. Each batch loss is a "
        "mean, so it should be multiplied by the size of its batch first.",
        _epoch(loss=lambda losses, counts: np.sum(losses) / sum(counts)),
        "The loss of a batch is a mean. What is the sum over its examples?",
        section=MEAN,
    ),
    Mistake(
        "loss-last",
        "Your loss is that of the last batch. It should be the mean over the examples of all "
        "batches.",
        _epoch(loss=lambda losses, counts: losses[-1]),
        "Which batches contribute to your loss?",
        section=MEAN,
    ),
    Mistake(
        "loss-after",
        "Your loss is computed after the epoch. It should be the mean of the losses before each "
        "update, which training_step returns.",
        _loss_after,
        "With which parameters is your loss computed?",
        section=MEAN,
    ),
    Mistake(
        "from-the-start",
        "All your steps start from the initial parameters of the epoch, so only the last batch "
        "has an effect. Each should start from the parameters of the step before.",
        _epoch(keep=False),
        "From which parameters does your second step start?",
    ),
    Mistake(
        "first-only",
        "Your epoch uses the first batch only, as with a `return` inside the loop. It should use "
        "all batches.",
        _epoch(batches=lambda order, size: minibatches(order, size)[:1]),
        "How many iterations does your loop make before the function returns?",
    ),
    Mistake(
        "one-batch",
        "Your epoch uses all examples in one step. It should make one step per batch of "
        "batch_size examples.",
        _epoch(batches=lambda order, size: [order]),
        "How many updates does your epoch make, and how many should it make?",
        section=f"{PAGE}#cutting-batches",
    ),
    Mistake(
        "one-by-one",
        "Your epoch makes one update per example. It should make one per batch of batch_size "
        "examples.",
        _epoch(batches=lambda order, size: minibatches(order, 1)),
        "How many updates does your epoch make, and how many should it make?",
        section=f"{PAGE}#cutting-batches",
    ),
)

TRAIN_EPOCH = Question(
    name="train_epoch",
    signature=(
        "train_epoch(x, y, W, b, activation, learning_rate, order, batch_size) -> (loss, W, b)"
    ),
    returns=("loss", "new W", "new b"),
    parts=(
        Part(
            "the new parameters",
            3,
            (1, 2),
            place=(
                "Look at one step: its batch, its update, and the "
                "parameters that the next step gets."
            ),
            next_step=(
                ""
                "Take "
                "an "
                "epoch "
                "of "
                "two "
                "batches. "
                "Which "
                "examples "
                "does "
                "each "
                "of "
                "your "
                "two "
                "steps "
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
            "the loss",
            2,
            (0,),
            section=MEAN,
            place="Look at how the mean is computed from the batch losses.",
            next_step=(
                "Take two batches of 2 and 1 examples with the losses 0.3 and 0.9. What is the "
                "mean loss of the three examples, and what does your code compute?"
            ),
        ),
    ),
    section=f"{PAGE}#epoch-or-iteration",
    place="Look at one step: its batch, its update, and the parameters that the next step gets.",
    inputs=inputs,
    reference=train_epoch,
    fixtures=(
        Fixture("4, 4, 3", widths=(4, 3, 6, 5), n=11, repeat=True, settings=TANH),
        Fixture("5, 5, 5, 1, relu", widths=(5, 4, 7, 3), n=16, settings=RELU),
        Fixture("fitting, sigmoid", widths=(4, 3, 5, 4), n=12, settings=SIGMOID),
    ),
    sizes=sizes,
    carried=_carried,
    provided=inspect.getsource(ex12),  # batches are indices, which surrogates are not
    backwards=False,
    example=_example,
    correct={"shuffled first, one loss per example": _written_out},
    mistakes=(
        *EPOCH_MISTAKES,
        *inside(
            STEP_MISTAKES,
            lambda step: _epoch(step=step),
            # These have entries of their own here, or show only with whole-number weights.
            without=("U15", "loss-after", "loss-sum", "F02", "F02-cut", "B35"),
        ),
    ),
)
