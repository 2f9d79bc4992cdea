"""One training step in buffers: the numbers of the three verbs, in less time on small networks.

`layers.py`, `losses.py`, `network.py` and `optimizers.py` are written as the formulas are. Each of
their operations makes a new array, and on a small network making arrays takes longer than the
arithmetic. `compiled` prepares one training step whose operations write into arrays that are
there already. Everything here is optimisation; to learn what a step does, read the other files.

>>> from course_lib import Adam, Dense, Network, ReLU, SoftmaxCrossEntropy
>>> network = Network(Dense(2, 8), ReLU(), Dense(8, 2), loss=SoftmaxCrossEntropy(), seed=0)
>>> step = compiled(network, Adam(network, learning_rate=0.05))
>>> x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
>>> for _ in range(200):
...     loss = step(x, y)  # forward, backward, update
>>> loss < 0.05
True
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from inspect import unwrap
from math import sqrt
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from course_lib import layers, losses, optimizers
from course_lib._checked import explain_overflow
from course_lib._parameters import Arrays
from course_lib._validation import Array, NotFiniteError, check_labels, class_labels
from course_lib.network import Network
from course_lib.optimizers import Optimizer

# Long vectors are updated piece by piece, so that the pieces of θ, ∇ℒ and the optimiser's memory
# that one formula touches stay in the processor's cache from its first operation to its last.
PIECE = 40960
# A memory of gradients that have become 0 (behind a dead unit, say) shrinks by a factor in every
# step, down to the subnormal numbers, where a product takes a hundred times as long: an Adam step
# on 784-128-10 takes four times its time after 1,000 steps. So every FORGET steps, memories that
# are too small to matter become zero: those within a million (2²⁰) of the smallest normal number.
FORGET = 128
NEGLIGIBLE = 2.0**20
LINE = 64  # bytes of the processor's cache that are loaded together


class NotSupportedError(ValueError):
    """`compiled` does not know a part of this network, or its optimiser."""


def compiled(network: Network, optimizer: Optimizer) -> Callable[[ArrayLike, ArrayLike], float]:
    """Return ``step(x, y) -> loss``, which does ``forward``, ``backward`` and ``update`` at once.

    The loss is that of the batch before the update, as `network.forward` returns it. The step
    changes `network.theta`, `network.gradient`, the optimiser's memories and its `steps` as the
    three verbs do, so you may go on with them; `network.backward` needs a new forward pass. Adam's
    memories are in other units inside a step: read `optimizer.m` anew after it, and keep copies.

    Parameters
    ----------
    network : Network
        Of this library's layers and losses, in float64 or float32.
    optimizer : Optimizer
        One of this library's, made for this network.

    Raises
    ------
    NotSupportedError
        A ValueError: a layer, the loss, the optimiser or the dtype is not one it knows; it says
        which. The step raises what `network.forward` raises, and then has changed no parameter.
    ValueError
        If the optimiser belongs to another network.
    """
    if not isinstance(optimizer, Optimizer) or optimizer.network is not network:
        raise ValueError(
            "the optimiser belongs to another network (or is none); make one for this network, "
            "for instance Adam(network)"
        )
    unsupported = [repr(layer) for layer in network.layers if type(layer) not in LAYERS]
    unsupported += [repr(network.loss)] * (type(network.loss) not in LOSSES)
    unsupported += [type(optimizer).__name__] * (type(optimizer) not in UPDATES)
    unsupported += [f"dtype {network.dtype}"] * (network.dtype.kind != "f")
    if unsupported:
        raise NotSupportedError(
            f"compiled knows this library's own layers, losses and optimisers, in float64 and "
            f"float32; it does not know {', '.join(unsupported)}. Use network.forward, "
            "network.backward and optimizer.update instead"
        )
    return _Step(network, optimizer)


class _Step:
    """The buffers for one batch size, made anew when another one comes."""

    def __init__(self, network: Network, optimizer: Optimizer) -> None:
        self.network, self.optimizer = network, optimizer
        self.loss = LOSSES[type(network.loss)](network.loss)
        self.update = UPDATES[type(optimizer)](optimizer)
        self.shape, self.dtype = (-1, -1), network.dtype

    def __call__(self, x: ArrayLike, y: ArrayLike) -> float:
        """Return the loss of a batch, and update the parameters."""
        network: Any = self.network
        a: Any = x
        if type(a) is not np.ndarray or a.shape != self.shape or a.dtype is not self.dtype:
            a = network._checked(a)
            if a.shape != self.shape:
                self._allocate(a)
        network._passes = []  # the layers' caches are not this batch's
        for layer in self.layers:
            a = layer.forward(a)
        try:
            loss = self.loss.forward(a, y)
            if loss - loss != 0:
                network.evaluate(x, y)  # says what is not finite
        except (NotFiniteError, ValueError):
            network._checked(x)
            explain_overflow(network, x)
            raise
        delta = self.loss.backward()
        for layer in self.others:
            delta = layer.backward(delta)
        self.first.parameter_gradients(delta)
        network.has_gradient = True
        self.optimizer.steps += 1
        self.update()
        return loss

    def _allocate(self, x: Array) -> None:
        """Make the arrays that each step of a batch of this size writes into.

        An activation writes over its input where no layer needs that any more, in both passes:
        half the memory to go through.
        """
        self.layers: list[Any] = []
        out, before = x, None
        for layer in self.network.layers:
            if isinstance(layer, layers.Dense) or not isinstance(before, layers.Dense):
                out = np.empty((len(x), layer.n_out or out.shape[1]), self.dtype)
            self.layers.append(LAYERS[type(layer)](layer, out))
            before = layer
        self.first, *others = self.layers[-len(self.network._trained) :]
        self.others = others[::-1]
        self.shape = x.shape


class _Dense:
    def __init__(self, layer: Any, out: Array) -> None:
        self.W, self.b, self.dW, self.db = layer.W, layer.b, layer.dW, layer.db
        self.out, self.rows = out, np.empty_like(out)
        self.da = np.empty((len(out), layer.n_in), out.dtype)
        self.ones = np.ones(len(out), out.dtype)

    def forward(self, a: Array) -> Array:
        self.a = a
        np.dot(a, self.W.T, self.out)
        # b in every row, then a sum of two arrays of one shape: that takes half the time (a small
        # batch) to nine tenths (a large one) of letting NumPy repeat b while it adds
        self.rows[...] = self.b
        return np.add(self.out, self.rows, self.out)

    def backward(self, delta: Array) -> Array:
        self.parameter_gradients(delta)
        return np.dot(delta, self.W, self.da)

    def parameter_gradients(self, delta: Array) -> None:
        np.dot(delta.T, self.a, self.dW)
        np.dot(self.ones, delta, self.db)  # half the time of `sum` on a few thousand numbers


def _plain(layer: Any, out: Array) -> Any:
    """Return an activation as its layer computes it, without the checks."""
    copy, kind = layer.copy(), type(layer)
    return SimpleNamespace(
        forward=partial(unwrap(kind.forward), copy), backward=partial(unwrap(kind.backward), copy)
    )


class _Tanh:
    def __init__(self, layer: Any, out: Array) -> None:
        self.out = out

    def forward(self, z: Array) -> Array:
        return np.tanh(z, self.out)

    def backward(self, delta: Array) -> Array:
        return np.multiply(delta, 1.0 - self.out * self.out, delta)


class _ReLU:
    def __init__(self, layer: Any, out: Array) -> None:
        self.layer, self.out = layer, out
        # comparing with 0 as an array without axes takes half the time of comparing with a float
        self.zero, self.derivative = np.zeros((), out.dtype), np.empty_like(out)

    def forward(self, z: Array) -> Array:
        self.derivative[...] = z > self.zero
        return np.multiply(z, self.derivative, self.out)

    def backward(self, delta: Array) -> Array:
        return np.multiply(delta, self.derivative, delta)


class _LeakyReLU(_ReLU):
    def forward(self, z: Array) -> Array:
        self.derivative[...] = z > self.zero
        np.maximum(self.derivative, self.layer.alpha, out=self.derivative)
        return np.multiply(z, self.derivative, self.out)


class _SoftmaxCrossEntropy:
    """The mean of log_total − Σⱼ yⱼ shiftedⱼ.

    Both parts lie in one piece of memory, `terms`, and what they are multiplied by in another,
    `weights`, so that one product adds everything up.
    """

    def __init__(self, loss: Any) -> None:
        self.shape: tuple[int, ...] = ()

    def _allocate(self, z: Array) -> None:
        n, n_classes = self.shape = z.shape
        self.starts = np.arange(0, z.size, n_classes)
        self.largest, self.maximum = np.empty(n, np.intp), np.empty(n, z.dtype)
        # each row's sum as often as the row is long: then NumPy need not repeat it to divide
        copies = n_classes if n_classes <= 32 else 1
        self.ones = np.ones((n_classes, copies), z.dtype)
        self.totals = np.empty((n, copies), z.dtype)
        # one-hot rows between two rows of NaN, where labels out of range end: the loss is then
        # NaN, so that the range needs no check of its own in every step
        self.one_hot = np.full((n_classes + 2, n_classes), np.nan, z.dtype)
        self.one_hot[1:-1] = np.eye(n_classes)
        self.terms, self.weights = np.empty((2, z.size + n), z.dtype)
        self.shifted = self.terms[: z.size].reshape(z.shape)
        self.log_total = self.terms[z.size :].reshape(n, 1)
        self.y = self.weights[: z.size].reshape(z.shape)
        self.weights[z.size :] = -1.0
        self.p, self.delta = np.empty_like(self.y), np.empty_like(self.y)
        self.factor = np.array(1.0 / n, z.dtype)  # as an array: a product with it is twice as fast
        self.one = np.ones((), np.intp)

    def forward(self, z: Array, target: Any) -> float:
        if z.shape != self.shape:
            self._allocate(z)
        labels = target
        if type(labels) is not np.ndarray or labels.dtype != np.intp or labels.shape != z.shape[:1]:
            labels = class_labels(target, z)
        # on short rows `argmax` is fast, and `max` starts anew for each
        np.add(z.argmax(1), self.starts, self.largest)
        z.take(self.largest, None, self.maximum, "clip")
        self.p[...] = self.maximum[:, np.newaxis]
        np.subtract(z, self.p, self.shifted)
        np.exp(self.shifted, self.p)
        np.dot(self.p, self.ones, self.totals)
        np.divide(self.p, self.totals, self.p)
        np.log(self.totals[:, :1], self.log_total)
        self.one_hot.take(labels + self.one, 0, self.y, "clip")
        loss = -np.dot(self.weights, self.terms).item() / len(z)
        if loss - loss != 0:
            check_labels(labels, z.shape[1])
        return loss

    def backward(self) -> Array:
        np.subtract(self.p, self.y, self.delta)
        return np.multiply(self.delta, self.factor, self.delta)


class _Memories(Arrays):
    """What an optimiser remembers, in another unit between two steps: m / (1 − β₁), s / (1 − β₂).

    That spares two array operations in every step. Who asks for an array gets it in its own unit.
    """

    def __init__(self, arrays: Mapping[str, Array], units: Mapping[str, float]) -> None:
        super().__init__("memory", arrays)
        self.units, self.scaled = units, False

    def __getitem__(self, name: str) -> Array:
        if self.scaled:
            self.scaled = False
            for each, unit in self.units.items():
                self.arrays[each] *= unit
        return super().__getitem__(name)

    def scale(self) -> None:
        if not self.scaled:
            for name, unit in self.units.items():
                self.arrays[name] /= unit
            self.scaled = True


class _Update:
    """θ, ∇ℒ and the optimiser's memories in pieces, each with the same buffer beside it.

    They go from the last to the first: the backward pass has filled the gradient's end last, and
    the next forward pass begins with W1, so both find in the cache what they need next.
    """

    def __init__(self, optimizer: Any) -> None:
        self.optimizer = optimizer
        optimizer.memories = self.memories = _Memories(optimizer.memories, self.units(optimizer))
        network = optimizer.network
        size, dtype = network.theta.size, network.dtype
        buffer = aligned(min(size, PIECE), dtype)
        self.pieces = []
        for start in reversed(range(0, size, PIECE)):
            whole = network.theta, network.gradient, *self.memories.arrays.values()
            parts = [array[start : start + PIECE] for array in whole]
            self.pieces.append((*parts, buffer[: parts[0].size]))
        # the update's numbers as arrays without axes, filled anew each time: ufuncs take these
        # faster than Python floats, and a NumPy scalar of another dtype would slow everything down
        self.rate, self.keep1, self.keep2, self.floor = (np.empty((), dtype) for _ in range(4))

    def __call__(self) -> None:
        optimizer = self.optimizer
        self.memories.scale()
        self.rate[...] = optimizer.learning_rate
        self.prepare(optimizer)
        for theta, *arrays, buffer in self.pieces:
            np.multiply(self.direction(theta, *arrays, buffer), self.rate, buffer)
            np.subtract(theta, buffer, theta)
        if optimizer.steps % FORGET == 0:
            least = NEGLIGIBLE * np.finfo(self.rate.dtype).tiny
            for memory in self.memories.arrays.values():
                memory[np.abs(memory) < least] = 0.0

    def units(self, optimizer: Any) -> dict[str, float]:
        """Return the units in which memories are kept between two steps, if not in 1."""
        return {}

    def prepare(self, optimizer: Any) -> None:
        """Compute what is the same for all parameters of one update."""

    def direction(self, *arrays: Any) -> Array:
        """Return what η is multiplied by, in `buffer`, and update the memories."""
        raise NotImplementedError


class _SGD(_Update):
    def direction(self, theta: Array, gradient: Array, buffer: Array) -> Array:
        if not self.optimizer.weight_decay:
            return gradient
        np.multiply(theta, self.optimizer.weight_decay, buffer)
        return np.add(gradient, buffer, buffer)


class _Momentum(_Update):
    def direction(self, theta: Array, gradient: Array, v: Array, buffer: Array) -> Array:
        np.multiply(v, self.optimizer.momentum, v)
        np.add(v, gradient, v)
        if not self.optimizer.nesterov:
            return v
        np.multiply(v, self.optimizer.momentum, buffer)
        return np.add(buffer, gradient, buffer)


class _RMSprop(_Update):
    def direction(self, theta: Array, gradient: Array, s: Array, buffer: Array) -> Array:
        np.multiply(gradient, gradient, buffer)
        np.multiply(buffer, 1.0 - self.optimizer.decay, buffer)
        np.multiply(s, self.optimizer.decay, s)
        np.add(s, buffer, s)
        np.add(np.sqrt(s, buffer), self.optimizer.epsilon, buffer)
        return np.divide(gradient, buffer, buffer)


class _Adam(_Update):
    def units(self, optimizer: Any) -> dict[str, float]:
        return {"m": 1.0 - optimizer.beta1, "s": 1.0 - optimizer.beta2}

    def prepare(self, optimizer: Any) -> None:
        # With c = 1 − βᵗ, M = m / (1 − β₁) and S = s / (1 − β₂), m̂ / (√ŝ + ε) is
        # (1 − β₁) / c₁ · M / (scale √S + ε) with scale = √((1 − β₂) / c₂): dividing by `scale`
        # above and below leaves one number to add and one to multiply by.
        scale = sqrt((1.0 - optimizer.beta2) / (1.0 - optimizer.beta2**optimizer.steps))
        factor = (1.0 - optimizer.beta1) / (1.0 - optimizer.beta1**optimizer.steps)
        self.keep1[...], self.keep2[...] = optimizer.beta1, optimizer.beta2
        self.floor[...] = optimizer.epsilon / scale
        self.rate[...] = optimizer.learning_rate * factor / scale

    def direction(self, theta: Array, gradient: Array, M: Array, S: Array, buffer: Array) -> Array:
        np.multiply(M, self.keep1, M)
        np.add(M, gradient, M)
        np.multiply(S, self.keep2, S)
        np.multiply(gradient, gradient, buffer)
        np.add(S, buffer, S)
        np.add(np.sqrt(S, buffer), self.floor, buffer)
        return np.divide(M, buffer, buffer)


def aligned(size: int, dtype: np.dtype[Any]) -> Array:
    """Return `np.empty(size, dtype)` that starts at a line of the cache.

    NumPy's own large arrays start 16 bytes behind one, and then every second load of 32 bytes
    touches two lines: that costs an Adam step on 100,000 parameters a twelfth of its time.
    """
    memory = np.empty(size * dtype.itemsize + LINE, np.uint8)
    start = -memory.ctypes.data % LINE
    return memory[start : start + size * dtype.itemsize].view(dtype)


LAYERS: dict[type, Callable[..., Any]] = {
    layers.Dense: _Dense,
    layers.LeakyReLU: _LeakyReLU,
    layers.ReLU: _ReLU,
    layers.Sigmoid: _plain,
    layers.Softmax: _plain,
    layers.Tanh: _Tanh,
}
LOSSES: dict[type, Callable[..., Any]] = {
    losses.BinaryCrossEntropy: losses.Loss.copy,
    losses.CrossEntropy: losses.Loss.copy,
    losses.MeanSquaredError: losses.Loss.copy,
    losses.SigmoidBinaryCrossEntropy: losses.Loss.copy,
    losses.SoftmaxCrossEntropy: _SoftmaxCrossEntropy,
}
UPDATES: dict[type, Callable[..., Any]] = {
    optimizers.Adam: _Adam,
    optimizers.Momentum: _Momentum,
    optimizers.RMSprop: _RMSprop,
    optimizers.SGD: _SGD,
}
