"""Data to learn from: toy problems, the digits, and the two networks of the worked examples.

Every function returns fresh arrays, so that changing them changes nothing for the next caller.
Points are rows: `x` is float64 with one example per row, `y` holds integer labels.

>>> from course_lib.data import moons
>>> x, y = moons(200, noise=0.1, seed=0)
>>> x.shape, y.shape
((200, 2), (200,))
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from course_lib.network import Network

_DIGITS = Path(__file__).parent / "datasets" / "digits.npz"


def xor() -> tuple[np.ndarray, np.ndarray]:
    """Return the four points of "exclusive or", which no straight line separates.

    Returns
    -------
    x : ndarray, shape (4, 2)
        The corners of the unit square.
    y : ndarray of int, shape (4,)
        1 where exactly one coordinate is 1, else 0.

    Examples
    --------
    >>> x, y = xor()
    >>> print(np.column_stack([x, y]))
    [[0. 0. 0.]
     [0. 1. 1.]
     [1. 0. 1.]
     [1. 1. 0.]]
    """
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return x, np.array([0, 1, 1, 0], np.intp)


def moons(n: int = 200, noise: float = 0.1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return two interleaved half circles, one per label.

    Label 0 lies on (cos t, sin t), label 1 on (1 − cos t, ½ − sin t), t from 0 to π in equal
    steps; every coordinate gets normal noise. The rows are shuffled.

    Parameters
    ----------
    n : int
        Number of points, at least 2. An odd n gives label 0 the extra point.
    noise : float
        Standard deviation of the noise, not negative.
    seed : int
        Seed of the noise and of the order.

    Returns
    -------
    x : ndarray, shape (n, 2)
    y : ndarray of int, shape (n,)

    Raises
    ------
    ValueError
        If n, noise or seed is not as described.

    Examples
    --------
    >>> x, y = moons(5, noise=0.0)
    >>> x.shape, np.bincount(y)
    ((5, 2), array([3, 2]))
    """
    n, noise, rng = _checked(n, noise, seed, classes=2)
    sizes = _split(n, 2)
    t_outer, t_inner = (np.linspace(0.0, np.pi, size) for size in sizes)
    outer = np.column_stack([np.cos(t_outer), np.sin(t_outer)])
    inner = np.column_stack([1.0 - np.cos(t_inner), 0.5 - np.sin(t_inner)])
    return _shuffled(np.concatenate([outer, inner]), np.repeat([0, 1], sizes), noise, rng)


def spirals(
    n: int = 300, noise: float = 0.05, seed: int = 0, *, classes: int = 2, turns: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return spiral arms around the origin, one per label.

    Arm c lies on r (cos φ, sin φ) with φ = 2π (turns · r + c / classes); its radius r grows from
    0.1 to 1 in equal steps. Every coordinate gets normal noise. The rows are shuffled.

    Parameters
    ----------
    n : int
        Number of points, at least `classes`. What does not divide goes to the first arms.
    noise, seed
        As for `moons`.
    classes : int
        Number of arms, at least 2.
    turns : float
        How often an arm goes round.

    Returns
    -------
    x : ndarray, shape (n, 2)
    y : ndarray of int, shape (n,)

    Raises
    ------
    ValueError
        If an argument is not as described.

    Examples
    --------
    >>> x, y = spirals(300, classes=3)
    >>> x.shape, np.bincount(y)
    ((300, 2), array([100, 100, 100]))
    """
    classes = _whole(classes, "classes", at_least=2)
    if not np.isfinite(turns):
        raise ValueError(f"turns is {turns!r}; expected a finite number, such as 1.0")
    n, noise, rng = _checked(n, noise, seed, classes=classes)
    sizes = _split(n, classes)
    radius = np.concatenate([np.linspace(0.1, 1.0, size) for size in sizes])
    y = np.repeat(np.arange(classes), sizes)
    angle = 2.0 * np.pi * (turns * radius + y / classes)
    x = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return _shuffled(x, y, noise, rng)


def digits() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return 1,797 handwritten digits of 8 × 8 pixels, a fixed fifth of them held out.

    The UCI "Optical Recognition of Handwritten Digits" of E. Alpaydin and C. Kaynak (1998),
    https://doi.org/10.24432/C50P49, licence CC BY 4.0; ``datasets/LICENSE-digits`` says
    what the file holds. The pixels, 0 to 16 in the source, are divided by 16. The held-out
    examples are a fifth of every digit, marked in the file, and so the same on every machine.

    Returns
    -------
    x_train : ndarray, shape (1438, 64)
        Pixels in [0, 1], row by row: ``x_train[i].reshape(8, 8)`` is an image.
    y_train : ndarray of int, shape (1438,)
        The digit, 0 to 9.
    x_test : ndarray, shape (359, 64)
    y_test : ndarray of int, shape (359,)

    Examples
    --------
    >>> x_train, y_train, x_test, y_test = digits()
    >>> x_train.shape, x_test.shape, float(x_train.min()), float(x_train.max())
    ((1438, 64), (359, 64), 0.0, 1.0)
    """
    with np.load(_DIGITS, allow_pickle=False) as file:
        x = file["images"] / 16.0
        y = file["labels"].astype(np.intp)
        held_out = file["held_out"]
    return x[~held_out], y[~held_out], x[held_out], y[held_out]


@dataclass(frozen=True, eq=False)
class WorkedExample:
    """A two-layer network with fixed weights and data: the course's worked network, 4-2-3.

    The hidden activation is tanh; the output layer is fused with softmax cross-entropy. Layer
    sizes and the number of examples all differ, so a wrong transpose never has the right shape.

    Attributes
    ----------
    W1, b1 : ndarray, shapes (n_1, n_0) and (n_1,)
        Weights and biases of the hidden layer.
    W2, b2 : ndarray, shapes (n_2, n_1) and (n_2,)
        Weights and biases of the output layer.
    x : ndarray, shape (N, n_0)
        The inputs, one example per row.
    y : ndarray
        The targets: labels of shape (N,) here.
    """

    W1: np.ndarray
    b1: np.ndarray
    W2: np.ndarray
    b2: np.ndarray
    x: np.ndarray
    y: np.ndarray

    def network(self, dtype: Any = np.float64) -> Network:
        """Return a new `Network` with this example's layers, loss, weights and biases.

        Examples
        --------
        >>> example = worked_network()
        >>> network = example.network()
        >>> round(network.forward(example.x, example.y), 4)
        1.6361
        """
        # Imported here: the data stay usable where NumPy is all there is.
        from course_lib.layers import Dense, Tanh
        from course_lib.losses import SoftmaxCrossEntropy
        from course_lib.network import Network

        loss = SoftmaxCrossEntropy()
        return self._filled(Network(Dense(4, 2), Tanh(), Dense(2, 3), loss=loss, dtype=dtype))

    def _filled(self, network: Network) -> Network:
        for name in ("W1", "b1", "W2", "b2"):
            network.parameters[name][...] = getattr(self, name)
        return network


class SquareExample(WorkedExample):
    """The published 2-2-2 network: sigmoid twice, mean of squares, targets of shape (1, 2).

    Attributes are those of `WorkedExample`; every matrix is square.
    """

    def network(self, dtype: Any = np.float64) -> Network:
        """Return a new `Network` with this example's layers, loss, weights and biases.

        Examples
        --------
        >>> example = square_network()
        >>> round(example.network().forward(example.x, example.y), 9)
        0.298371109
        """
        from course_lib.layers import Dense, Sigmoid
        from course_lib.losses import MeanSquaredError
        from course_lib.network import Network

        layers = Dense(2, 2), Sigmoid(), Dense(2, 2), Sigmoid()
        return self._filled(Network(*layers, loss=MeanSquaredError(), dtype=dtype))


def worked_network() -> WorkedExample:
    """Return the worked network of the book: 4-2-3, N = 5, nineteen parameters.

    The numbers are short decimals, none of them 0. Every class occurs, each hidden neuron has a
    pre-activation above 1 and one below −1 (so its tanh is nearly flat there) and some between;
    no two weights, and no two entries of any gradient, have the same magnitude.

    Examples
    --------
    >>> example = worked_network()
    >>> print(example.x @ example.W1.T + example.b1)
    [[-1.87  1.45]
     [-0.46  0.67]
     [ 1.12 -1.38]
     [-0.13 -0.98]
     [-0.37  1.16]]
    """
    return WorkedExample(
        W1=np.array([[0.5, -0.3, 0.8, 0.2], [-0.6, 0.9, 0.1, -0.4]]),
        b1=np.array([0.1, -0.2]),
        W2=np.array([[0.7, -0.5], [-0.8, 0.3], [0.4, 0.6]]),
        b2=np.array([0.2, -0.1, 0.3]),
        x=np.array(
            [
                [-1.6, 1.3, -1.2, 0.9],
                [-0.4, 1.4, -0.3, 1.5],
                [0.2, -0.8, 0.6, 1.0],
                [0.8, -0.1, -0.9, 0.3],
                [-1.1, 0.6, 0.4, -0.3],
            ]
        ),
        y=np.array([0, 0, 1, 0, 2], np.intp),
    )


def square_network() -> SquareExample:
    """Return the 2-2-2 network of Matt Mazur's "A Step by Step Backpropagation Example".

    Published in 2015 at
    https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/ with one example and
    the learning rate 0.5. Its loss is half the sum of squares over the two outputs; for N = 1 and
    n_2 = 2 the mean of squares is the same number. Two things differ from this course: the
    published text gives both neurons of a layer one common bias, and never updates the biases.

    Examples
    --------
    >>> example = square_network()
    >>> print(example.W1.ravel(), example.b1, example.y)
    [0.15 0.2  0.25 0.3 ] [0.35 0.35] [[0.01 0.99]]
    """
    return SquareExample(
        W1=np.array([[0.15, 0.20], [0.25, 0.30]]),
        b1=np.array([0.35, 0.35]),
        W2=np.array([[0.40, 0.45], [0.50, 0.55]]),
        b2=np.array([0.60, 0.60]),
        x=np.array([[0.05, 0.10]]),
        y=np.array([[0.01, 0.99]]),
    )


def _whole(value: Any, name: str, at_least: int) -> int:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise ValueError(f"{name} is {value!r}; expected a whole number of at least {at_least}")
    if value < at_least:
        raise ValueError(f"{name} is {value}; expected at least {at_least}")
    return int(value)


def _checked(n: Any, noise: Any, seed: Any, classes: int) -> tuple[int, float, np.random.Generator]:
    n = _whole(n, "n", at_least=classes)
    if not isinstance(noise, (int, float, np.number)) or not (np.isfinite(noise) and noise >= 0):
        raise ValueError(f"noise is {noise!r}; expected a standard deviation of 0 or more")
    return n, float(noise), np.random.default_rng(_whole(seed, "seed", at_least=0))


def _split(n: int, classes: int) -> list[int]:
    return [n // classes + (c < n % classes) for c in range(classes)]


def _shuffled(
    x: np.ndarray, y: ArrayLike, noise: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    x = x + noise * rng.standard_normal(x.shape)
    order = rng.permutation(len(x))
    return x[order], np.asarray(y, np.intp)[order]
