"""The training loop: epochs of mini-batches, each a forward pass, a backward pass, an update.

>>> from course_lib import Adam, Dense, Network, SoftmaxCrossEntropy, Tanh
>>> network = Network(Dense(2, 8), Tanh(), Dense(8, 2), loss=SoftmaxCrossEntropy(), seed=0)
>>> x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
>>> history = train(network, Adam(network, 0.05), x, y, epochs=100, batch_size=4, progress=False)
>>> len(history.loss), history.loss[-1] < 0.05, accuracy(network, x, y)
(100, True, 1.0)
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from course_lib._validation import (
    Array,
    NotFiniteError,
    as_array,
    as_numbers,
    check_rows,
    check_size,
    class_labels,
)
from course_lib.compiled import NotSupportedError, compiled
from course_lib.network import Network
from course_lib.optimizers import Optimizer

Step = Callable[[ArrayLike, ArrayLike], float]


@dataclass
class History:
    """What `train` saw, one entry per finished epoch.

    Attributes
    ----------
    loss : list of float
        The mean of the losses of the epoch's batches, each weighted by its examples. Each was
        measured before the update that it led to.
    validation_loss, validation_accuracy : list of float
        On the held-out examples, after the epoch; empty without them. The accuracy is there for
        losses on classes only.
    stopped : str
        Why training stopped early; empty if it did not.
    """

    loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    stopped: str = ""


def train(
    network: Network,
    optimizer: Optimizer,
    x: ArrayLike,
    y: ArrayLike,
    epochs: int,
    batch_size: int = 32,
    seed: int | None = 0,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    progress: bool = True,
) -> History:
    """Train for some epochs; in each, every example is used once, in a new order.

    Each step is `compiled` where every part is of this library, else the three verbs.

    Parameters
    ----------
    network, optimizer
        The optimiser has to be one made for this network.
    x, y
        All training examples, as for ``network.forward``.
    epochs : int
    batch_size : int, default 32
        Examples per update; the last batch of an epoch may be smaller.
    seed : int, default 0
        Of the shuffling. None draws a new order every time.
    validation : (x, y), optional
        Held-out examples: their loss (and accuracy) after every epoch, never a gradient.
    progress : bool, default True
        Show a bar.

    Returns
    -------
    History
        If a loss is NaN or infinite, training stops with a warning that says what overflowed
        first, and `History.stopped` holds the same sentence.

    Raises
    ------
    ValueError
        If something does not fit.
    """
    try:
        step = compiled(network, optimizer)
    except NotSupportedError:
        step = three_verbs(network, optimizer)
    check_size("epochs", epochs)
    check_size("batch_size", batch_size)
    x = as_numbers("x", x, network.dtype)
    y = as_array("y", y)
    check_rows("x", x, network.n_in, "the network")
    if y.ndim == 0 or len(y) != len(x):
        raise ValueError(
            f"x has {len(x)} examples, y has shape {y.shape}; expected one target per example"
        )
    from tqdm.auto import tqdm  # a bar made for a notebook, in a notebook

    rng = np.random.default_rng(seed)
    history = History()
    bar = tqdm(total=epochs, unit="epoch", disable=not progress)
    with np.errstate(over="ignore", invalid="ignore"), bar:
        for epoch in range(1, epochs + 1):
            try:
                history.loss.append(_epoch(step, x, y, batch_size, rng))
                if validation is not None:
                    _validate(network, validation, history)
            except NotFiniteError as error:
                history.stopped = f"training stopped in epoch {epoch}: {error}"
                break
            bar.set_postfix(_latest(history), refresh=False)
            bar.update()
    if history.stopped:
        warnings.warn(history.stopped, RuntimeWarning, stacklevel=2)
    return history


def minibatches(n: int, batch_size: int, rng: np.random.Generator | None = None) -> Iterator[Array]:
    """Yield the indices 0 … n − 1 in a random order, `batch_size` at a time.

    Without `rng` the order is 0, 1, 2, … The last batch holds what is left.

    >>> [batch.tolist() for batch in minibatches(5, 2)]
    [[0, 1], [2, 3], [4]]
    """
    order = np.arange(n) if rng is None else rng.permutation(n)
    for start in range(0, n, batch_size):
        yield order[start : start + batch_size]


def accuracy(network: Network, x: ArrayLike, y: ArrayLike) -> float:
    """Return the share of examples whose class the network gets right.

    With a cross-entropy over classes, the predicted class has the largest probability; with a
    binary cross-entropy, each output above ½ counts as 1, and an example is right if all its
    outputs are.

    Raises
    ------
    ValueError
        If x or y does not fit.
    """
    p = network.predict(x)
    if network.loss.targets == "classes":
        return float(np.mean(p.argmax(axis=1) == class_labels(y, p)))
    target = as_array("y", y)
    if target.shape != p.shape:
        raise ValueError(
            f"y has shape {target.shape}; expected {p.shape}, that of the network's output"
        )
    return float(np.mean(((p > 0.5) == (target > 0.5)).all(axis=1)))


def three_verbs(network: Network, optimizer: Optimizer) -> Step:
    """Return ``step(x, y) -> loss``: forward, backward, update.

    `course_lib.compiled.compiled` returns a faster one with the same numbers.
    """

    def step(x: ArrayLike, y: ArrayLike) -> float:
        loss = network.forward(x, y)
        network.backward()
        optimizer.update()
        return loss

    return step


def _epoch(step: Step, x: Array, y: Array, batch_size: int, rng: np.random.Generator) -> float:
    """Use every example once, and return the mean loss."""
    total = 0.0
    for batch in minibatches(len(x), batch_size, rng):
        total += step(x[batch], y[batch]) * len(batch)
    return total / len(x)


def _validate(network: Network, validation: tuple[ArrayLike, ArrayLike], history: History) -> None:
    """Add the held-out examples' loss, and their accuracy where there are classes."""
    x, y = validation
    history.validation_loss.append(network.evaluate(x, y))
    if network.loss.targets in ("classes", "probabilities"):
        history.validation_accuracy.append(accuracy(network, x, y))


def _latest(history: History) -> dict[str, str]:
    """Return what the progress bar shows beside itself."""
    shown = {"loss": f"{history.loss[-1]:.4g}"}
    if history.validation_loss:
        shown["validation"] = f"{history.validation_loss[-1]:.4g}"
    if history.validation_accuracy:
        shown["accuracy"] = f"{history.validation_accuracy[-1]:.1%}"
    return shown
