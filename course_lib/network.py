"""Network: layers in a row with a loss at the end, and the two passes through them.

>>> from course_lib import Dense, SoftmaxCrossEntropy, Tanh
>>> network = Network(Dense(4, 2), Tanh(), Dense(2, 3), loss=SoftmaxCrossEntropy(), seed=0)
>>> loss = network.forward([[0.1, 0.2, 0.3, 0.4]], [2])
>>> network.backward()
>>> {name: gradient.shape for name, gradient in network.gradients.items()}
{'W1': (2, 4), 'b1': (2,), 'W2': (3, 2), 'b2': (3,)}
>>> network.theta.shape, network.gradient.shape
((19,), (19,))
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from course_lib._kernels import aligned_zeros, by_columns
from course_lib._validation import (
    Array,
    NotFiniteError,
    as_numbers,
    check_dtype,
    check_finite,
    check_rows,
    parameter_values,
)
from course_lib._views import Views
from course_lib.layers import Dense, Layer, Sigmoid, Softmax
from course_lib.losses import Loss, SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy


class Network:
    """A feed-forward network: layers in a row, and a loss.

    Parameters
    ----------
    *layers : Layer
        From the input to the output, for instance ``Dense(64, 32), ReLU(), Dense(32, 10)``.
    loss : Loss
        What the last layer's output is compared with the targets by.
    seed : int, optional
        Makes the starting weights repeatable; every `Dense` draws its weights from it, in order.
    dtype : float64 (default), float32, or complex128 for the complex-step check
        Of the parameters and of every array computed from them.

    Attributes
    ----------
    theta, gradient : arrays of one axis
        All parameters, and ∂ℒ/∂θ, each as one flat vector: W1, b1, W2, b2, …, every W column by
        column (``W.ravel(order="F")``).
    parameters, gradients : mappings from ``"W1"``, ``"b1"``, ``"W2"``, … to arrays
        The same numbers: views into `theta` and `gradient`. Layers without parameters are not
        counted.

    Raises
    ------
    ValueError
        If two neighbours do not fit, a layer is used twice, or the dtype is unknown.
    """

    def __init__(
        self,
        *layers: Layer,
        loss: Loss,
        seed: int | np.random.Generator | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        for layer in layers:
            if isinstance(layer, Layer) and layer.taken:
                raise ValueError(
                    f"{layer!r} belongs to a network already (or is given twice), and its "
                    "parameters and cache can serve only one; make a new layer, or use "
                    "network.copy()"
                )
            if isinstance(layer, Layer):
                layer.taken = True
        self._assemble(layers, loss, check_dtype(dtype))
        rng = np.random.default_rng(seed)
        for layer in self._dense:
            layer.initialize(rng)

    def forward(self, x: ArrayLike, y: ArrayLike) -> float:
        """Return the loss of a batch, and keep what `backward` needs.

        Parameters
        ----------
        x : (N, n_in) array
            One example per row. It is not copied when it has the network's dtype: leave it as it
            is until `backward` is done.
        y : (N,) labels or (N, n_out) array
            What the loss takes as targets.

        Raises
        ------
        ValueError
            If x or y has the wrong shape, dtype or range, or holds NaN or infinity.
        NotFiniteError
            If the loss is NaN or infinite although x and y are finite; it says what overflowed.
        """
        a = x
        if type(a) is not np.ndarray or a.shape != self._shape or a.dtype is not self.dtype:
            a = self._batch(a)
        self._ready = False
        for forward, out in self._forward_steps:
            a = forward(a, out)
        try:
            loss = self.loss.forward(a, y)
        except (NotFiniteError, ValueError):
            self._explain(x)
            raise
        self._ready = True
        return loss

    def backward(self) -> None:
        """Fill `gradient`, ∂ℒ/∂θ of the last forward pass, from the last layer to the first.

        Nothing is added up: a second call gives the same gradient.

        Raises
        ------
        RuntimeError
            If no forward pass has succeeded before.
        """
        if not self._ready:
            raise RuntimeError(
                "backward() was called before a forward pass succeeded, so there is nothing to "
                "differentiate; call network.forward(x, y) first"
            )
        delta = self.loss.backward(self._loss_delta)
        for backward, out in self._backward_steps:
            delta = backward(delta, out)
        # the input's own gradient is nobody's: the first layer is spared its largest product
        self._dense[0].parameter_gradients(delta)
        self._filled = True

    def predict(self, x: ArrayLike) -> Array:
        """Return the network's output for x in a fresh array: (N, n_out).

        With a fused loss these are probabilities. The cache of the last forward pass stays as it
        is, so predicting between `forward` and `backward` does no harm.

        Raises
        ------
        ValueError
            If x has the wrong shape or dtype, or holds NaN or infinity.
        NotFiniteError
            If the output overflows.
        """
        output = self._output(x)
        if not np.isfinite(output).all():
            self._explain(x)
        return self.loss.predict(output)

    def evaluate(self, x: ArrayLike, y: ArrayLike) -> float:
        """Return the loss of a batch, and keep nothing: `forward` without its cache.

        Raises what `forward` raises.
        """
        output = self._output(x)
        try:
            return self.loss.twin().forward(output, y)
        except (NotFiniteError, ValueError):
            self._explain(x)
            raise

    def copy(self, dtype: DTypeLike | None = None) -> Network:
        """Return a network with the same layers and parameters in arrays of its own.

        Parameters
        ----------
        dtype : optional
            Of the copy; by default this network's.
        """
        return _rebuild(
            self.layers,
            self.loss,
            self.dtype if dtype is None else check_dtype(dtype),
            self.theta,
        )

    @property
    def theta(self) -> Array:
        """All parameters as one flat vector. Assigning copies numbers into it."""
        return self._theta

    @theta.setter
    def theta(self, values: ArrayLike) -> None:
        self._theta[...] = parameter_values("theta", values, self._theta)

    @property
    def gradient(self) -> Array:
        """∂ℒ/∂θ of the last backward pass, as one flat vector."""
        return self._gradient

    @property
    def parameters(self) -> Views:
        """The parameters by name, ``"W1"``, ``"b1"``, …: views into `theta`."""
        return self._parameters

    @property
    def gradients(self) -> Views:
        """The gradients by the same names: views into `gradient`."""
        return self._gradients

    @property
    def has_gradient(self) -> bool:
        """Whether a backward pass has filled `gradient` yet."""
        return self._filled

    def __repr__(self) -> str:
        layers = ", ".join(map(repr, self.layers))
        dtype = "" if self.dtype == np.float64 else f", dtype=np.{self.dtype}"
        return f"Network({layers}, loss={self.loss!r}{dtype})"

    def __reduce__(self) -> tuple[Any, ...]:
        # copied or pickled as it stands, the layers' arrays would no longer be views
        return _rebuild, (self.layers, self.loss, self.dtype, self.theta)

    def _assemble(self, layers: tuple[Layer, ...], loss: Loss, dtype: np.dtype[Any]) -> None:
        """Take these layers, and move their parameters into the flat vector."""
        self.widths = _check_chain(layers, loss)
        self.layers, self.loss, self.dtype = tuple(layers), loss.twin(), dtype
        self._dense = [layer for layer in layers if isinstance(layer, Dense)]
        self.n_in, self.n_out = self._dense[0].n_in, self._dense[-1].n_out
        size = sum(layer.W.size + layer.b.size for layer in self._dense)
        self._theta, self._gradient = aligned_zeros(2, size, dtype)
        parameters: dict[str, Array] = {}
        gradients: dict[str, Array] = {}
        start = 0
        for number, layer in enumerate(self._dense, 1):
            places = []
            for name, old in ((f"W{number}", layer.W), (f"b{number}", layer.b)):
                stop = start + old.size
                vectors = self._theta[start:stop], self._gradient[start:stop]
                if old.ndim == 2:
                    vectors = by_columns(vectors[0], len(old)), by_columns(vectors[1], len(old))
                parameters[name], gradients[name] = vectors
                places.append(vectors)
                start = stop
            (W, dW), (b, db) = places
            layer.place(W, b, dW, db)
        self._parameters = Views("parameter", parameters)
        self._gradients = Views("gradient", gradients)
        self._shape = (-1, self.n_in)  # of the batches that the arrays below are made for
        self._forward_steps: list[tuple[Callable[..., Array], Array]] = []
        self._backward_steps: list[tuple[Callable[..., Array], Array]] = []
        self._ready = self._filled = False

    def _batch(self, x: ArrayLike) -> Array:
        """Return x as numbers of this network's dtype, checked, with arrays made for its size."""
        x = as_numbers("x", x, self.dtype)
        check_rows("x", x, self.n_in, "the network")
        check_finite("x", x)
        if x.shape != self._shape:
            self._make_arrays(len(x))
        return x

    def _make_arrays(self, n: int) -> None:
        """Make the arrays that each step of a batch of n examples writes into.

        An activation writes over its input where no layer needs that any more, in both passes:
        half the memory to walk through.
        """
        self._forward_steps, self._backward_steps = [], []
        before: Layer | None = None
        out = np.empty((0, 0))
        for layer, width in zip(self.layers, self.widths, strict=True):
            if not (layer.in_place and isinstance(before, Dense)):
                out = np.empty((n, width), self.dtype)
            layer.reserve(out)
            self._forward_steps.append((layer.forward, out))
            before = layer
        delta = self._loss_delta = np.empty((n, self.n_out), self.dtype)
        after_first = self.layers[self.layers.index(self._dense[0]) + 1 :]
        for layer in reversed(after_first):
            if isinstance(layer, Dense):
                delta = np.empty((n, layer.n_in), self.dtype)
            self._backward_steps.append((layer.backward, delta))
        self._shape = (n, self.n_in)

    def _output(self, x: ArrayLike) -> Array:
        """Return the last layer's output for x, through twins of the layers: no cache changes."""
        a = as_numbers("x", x, self.dtype)
        check_rows("x", a, self.n_in, "the network")
        check_finite("x", a)
        for layer, width in zip(self.layers, self.widths, strict=True):
            twin, out = layer.twin(), np.empty((len(a), width), self.dtype)
            twin.reserve(out)
            a = twin.forward(a, out)
        return a

    def _explain(self, x: ArrayLike) -> None:
        """Raise about the first number that is not finite, from x through the layers, if any."""
        a = as_numbers("x", x, self.dtype)
        check_finite("x", a)
        for name, array in self.parameters.items():
            if not np.isfinite(array).all():
                raise NotFiniteError(
                    f"{name} holds a number that is not finite, so an update went too far; start "
                    "again with a lower learning rate",
                    place=name,
                ) from None
        number = 0
        with np.errstate(all="ignore"):
            for layer, width in zip(self.layers, self.widths, strict=True):
                number += isinstance(layer, Dense)
                largest = np.abs(a).max()
                twin, out = layer.twin(), np.empty((len(a), width), self.dtype)
                twin.reserve(out)
                a = twin.forward(a, out)
                if not np.isfinite(a).all():
                    raise NotFiniteError(
                        f"layer {number}, {layer!r}, overflowed first: its input is finite (up to "
                        f"{largest:.3g}), its output is not, in {self.dtype}. Scale the inputs, or "
                        "start again with smaller weights or a lower learning rate",
                        place=f"layer {number}",
                    ) from None


def _rebuild(layers: tuple[Layer, ...], loss: Loss, dtype: np.dtype[Any], theta: Array) -> Network:
    """Return a network of copies of these layers, with the parameters `theta`."""
    network = Network.__new__(Network)
    twins = tuple(layer.twin() for layer in layers)
    network._assemble(twins, loss, dtype)
    network.theta[...] = theta if dtype.kind == "c" else theta.real
    return network


def _check_chain(layers: tuple[Layer, ...], loss: Loss) -> list[int]:
    """Return each layer's number of outputs, if the layers and the loss fit together."""
    for thing, kind in (*((layer, Layer) for layer in layers), (loss, Loss)):
        if isinstance(thing, type) and issubclass(thing, kind):
            raise ValueError(
                f"{thing.__name__} is a class; expected an object of it: write {thing.__name__}()"
            )
        if not isinstance(thing, kind):
            expected = "a layer such as Dense(64, 32)" if kind is Layer else "a loss"
            raise ValueError(f"{thing!r} is no {kind.__name__.lower()}; expected {expected}")
    dense = [layer for layer in layers if isinstance(layer, Dense)]
    if not dense:
        raise ValueError(
            f"the network has no layer with parameters (came: {list(layers)}); "
            "expected at least one Dense(n_in, n_out)"
        )
    widths = []
    width = dense[0].n_in
    for layer in layers:
        width = layer.width(width)
        widths.append(width)
    twice = {Softmax: SoftmaxCrossEntropy, Sigmoid: SigmoidBinaryCrossEntropy}
    for activation, fused in twice.items():
        if type(layers[-1]) is activation and isinstance(loss, fused):
            warnings.warn(
                f"{fused.__name__} contains a {activation.__name__.lower()}, so this network "
                f"applies it twice; leave out the {activation.__name__}() at the end",
                stacklevel=4,
            )
    return widths
