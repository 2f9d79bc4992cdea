"""Numerical gradients of all of a network's parameters, in a fraction of the plain loop's time.

A changed weight changes nothing before its own layer, so the forward pass starts again there;
and the passes of many changed weights run side by side, as one large batch. This relies on each
layer treating every example alone, and on a `Dense` being linear;
`gradcheck.random_direction`, which runs whole forward passes, relies on neither.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from course_lib._checked import trusted
from course_lib._validation import Array, as_numbers
from course_lib.layers import Dense, Layer, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from course_lib.losses import Loss
from course_lib.network import Network

# How many numbers of the first changed layer run side by side: more would leave the cache.
SIDE_BY_SIDE = 2**18
EACH_EXAMPLE_ALONE = (Dense, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh)
RECTIFIERS = (LeakyReLU, ReLU)


def can_restart(network: Network) -> bool:
    """Whether every layer and the loss are known to treat each example alone."""
    alone = all(isinstance(layer, EACH_EXAMPLE_ALONE) for layer in network.layers)
    return alone and type(network.loss).forward is Loss.forward


def gradients_and_kinks(
    network: Network, x: ArrayLike, y: ArrayLike, method: str, h: float
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return numerical gradients, and where a rectifier's kink lies within the step."""
    copy = network.copy(np.complex128 if method == "complex" else np.float64)
    copy.forward(x, y)  # raises if something does not fit
    _, target = copy.loss.cache
    a = as_numbers("x", x, copy.dtype)
    gradients, kinks = {}, {}
    number = 0
    with trusted():
        for position, layer in enumerate(copy.layers):
            z = layer.forward(a)
            if isinstance(layer, Dense):
                number += 1
                tail = _Tail(copy, position, z, target, method, h)
                # ∂z/∂W_jk = a_k and ∂z/∂b_j = 1 at unit j: b is the weight of one more input
                inputs = np.hstack([a, np.ones((len(a), 1), a.dtype)])
                slopes, crossed = tail.slopes(inputs)
                for name, part in ((f"W{number}", np.s_[:, :-1]), (f"b{number}", np.s_[:, -1])):
                    gradients[name], kinks[name] = slopes[part], crossed[part]
            a = z
    return gradients, kinks


class _Tail:
    """The forward pass from one layer's output z to the loss, for many changes of z at once.

    A change of one weight of unit j moves z in column j alone, and so does an elementwise
    activation after it; in the `Dense` after that, the difference is added to the old output.
    From then on K changed copies of the batch run as one batch of K·N rows, which spares most of
    what the calls cost.
    """

    def __init__(
        self, network: Network, position: int, z: Array, target: Array, method: str, h: float
    ) -> None:
        self.layers = [layer.copy() for layer in network.layers[position + 1 :]]
        self.loss, self.z, self.method, self.h = network.loss, z, method, h
        self.activation: Layer | None = None
        self.weights: Array | None = None
        self.a = self.base = z
        if self.layers and self.layers[0].elementwise:
            self.activation = self.layers.pop(0)
            self.a = self.base = self.activation.forward(z)
        if self.layers and type(dense := self.layers[0]) is Dense:
            self.layers.pop(0)
            self.base = dense.forward(self.a)
            self.weights = dense.W
        self.count = max(1, SIDE_BY_SIDE // max(z.size, self.base.size))
        self.base = np.concatenate([self.base] * self.count)
        self.targets = np.concatenate([target] * self.count)

    def slopes(self, inputs: Array) -> tuple[Array, Array]:
        """Return ∂ℒ/∂W (n_out, K) for z = inputs Wᵀ, and where a kink lies within the step."""
        n_out, k = self.z.shape[1], inputs.shape[1]
        slopes, crossed = np.empty((n_out, k)), np.zeros((n_out, k), bool)
        for j in range(n_out):
            for start in range(0, k, self.count):
                part = slice(start, start + self.count)
                moves = self.h * inputs[:, part].T
                slopes[j, part], crossed[j, part] = self._slopes(j, moves)
        return slopes, crossed

    def _slopes(self, j: int, moves: Array) -> tuple[Array, Array | bool]:
        """Return the derivatives for K moves (K, N) of column j of z, and whether each met a
        kink.
        """
        met: Array | bool = False
        if self.method == "complex":
            losses, sides = self._run(j, 1j * moves)
            for side in sides:
                met = met | (side == 0).any(axis=1)
            return losses.imag / self.h, met
        up, sides_up = self._run(j, moves)
        down, sides_down = self._run(j, -moves)
        for above, below in zip(sides_up, sides_down, strict=True):
            met = met | (above != below).any(axis=1)
        return (up - down) / (2 * self.h), met

    def _run(self, j: int, moves: Array) -> tuple[Array, list[Array]]:
        """Return the loss of each changed copy, and the sign of every rectifier's inputs.

        The signs have shape (K, all inputs of that rectifier).
        """
        k, n = moves.shape
        sides = []
        column = self.z[:, j] + moves
        if self.activation is not None:
            if isinstance(self.activation, RECTIFIERS):
                sides.append(np.sign(column.real))
            column = self.activation.forward(column)
        base = self.base[: k * n]
        if self.weights is not None:
            moved = (column - self.a[:, j]).reshape(k * n, 1)
            a = moved @ self.weights[np.newaxis, :, j]
            a += base
        else:
            a = base.copy()
            a[:, j] = column.reshape(-1)
        for layer in self.layers:
            if isinstance(layer, RECTIFIERS):
                sides.append(np.sign(a.real).reshape(k, -1))
            a = layer.forward(a)
        each = self.loss.per_example(a, self.targets[: k * n])
        return each.reshape(k, n).mean(axis=1), sides
