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

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from course_lib._checked import check_chain, explain_overflow, trusted
from course_lib._parameters import Arrays
from course_lib._validation import (
    Array,
    NotFiniteError,
    as_numbers,
    check_dtype,
    check_finite,
    check_rows,
    parameter_values,
)
from course_lib.layers import Layer
from course_lib.losses import Loss


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
        All parameters, and ∂ℒ/∂θ, each as one flat vector: W1, b1, W2, b2, …, every array row by
        row (``W.ravel()``).
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
        check_chain(layers, loss, Layer, Loss)
        self._assemble(layers, loss, check_dtype(dtype))
        rng = np.random.default_rng(seed)
        for layer in layers:
            layer.initialize(rng)

    def forward(self, x: ArrayLike, y: ArrayLike) -> float:
        """Return the loss of a batch, and store what `backward` needs.

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
        self._passes: list[Any] = []
        a = x = self._checked(x)
        with trusted():
            for layer in self.layers:
                a = layer.forward(a)
        loss = self._loss(self.loss, x, a, y)
        self._passes = [part.last for part in (*self.layers, self.loss)]
        return loss

    def backward(self) -> None:
        """Fill `gradient`, ∂ℒ/∂θ of the last forward pass, from the last layer to the first.

        Nothing is added up: a second call gives the same gradient.

        Raises
        ------
        RuntimeError
            If no forward pass has succeeded before, or a layer was used on its own since.
        """
        self._check_passes()
        delta = self.loss.backward()
        first, *others = self._trained
        with trusted():
            for layer in reversed(others):
                delta = layer.backward(delta)
            first.backward(delta, input_gradient=False)  # nothing needs ∂ℒ/∂x
        self.has_gradient = True

    def predict(self, x: ArrayLike) -> Array:
        """Return the network's output for x in a new array: (N, n_out).

        With a fused loss these are probabilities. The cache of the last forward pass stays as it
        is, so predicting between `forward` and `backward` does no harm.

        Raises
        ------
        ValueError
            If x has the wrong shape or dtype, or holds NaN or infinity.
        NotFiniteError
            If the output overflows.
        """
        output = self.activations(x)[-1]
        if not np.isfinite(output).all():
            explain_overflow(self, x)
        return self.loss.predict(output)

    def activations(self, x: ArrayLike) -> list[Array]:
        """Return the output of every layer for x, in order; the cache stays as it is.

        >>> from course_lib import Dense, MeanSquaredError, Tanh
        >>> network = Network(Dense(4, 2), Tanh(), Dense(2, 3), loss=MeanSquaredError(), seed=0)
        >>> [a.shape for a in network.activations(np.ones((5, 4)))]
        [(5, 2), (5, 2), (5, 3)]
        """
        a, outputs = self._checked(x), []
        with trusted():
            for layer in self.layers:
                a = layer.copy().forward(a)
                outputs.append(a + 0.0)  # a negative number times 0 is −0: show it as 0
        return outputs

    def evaluate(self, x: ArrayLike, y: ArrayLike) -> float:
        """Return the loss of a batch; `forward`, but the cache stays as it is.

        Raises what `forward` raises.
        """
        return self._loss(self.loss.copy(), x, self.activations(x)[-1], y)

    def copy(self, dtype: DTypeLike | None = None) -> Network:
        """Return a network with the same layers and parameters in arrays of its own.

        Parameters
        ----------
        dtype : optional
            Of the copy; by default this network's.
        """
        return _rebuild(self.layers, self.loss, self.dtype if dtype is None else check_dtype(dtype))

    @property
    def theta(self) -> Array:
        """All parameters as one flat vector. Assigning copies numbers into it."""
        return self._theta

    @theta.setter
    def theta(self, values: ArrayLike) -> None:
        self._theta[...] = parameter_values("theta", values, self._theta)

    def __repr__(self) -> str:
        layers = ", ".join(map(repr, self.layers))
        dtype = "" if self.dtype == np.float64 else f", dtype=np.{self.dtype}"
        return f"Network({layers}, loss={self.loss!r}{dtype})"

    def __reduce__(self) -> tuple[Any, ...]:
        # copied or pickled attribute by attribute, the layers' arrays would no longer be views
        return _rebuild, ([layer.copy() for layer in self.layers], self.loss.copy(), self.dtype)

    def _assemble(self, layers: Any, loss: Loss, dtype: np.dtype[Any]) -> None:
        """Take these layers, and move their parameters into the flat vectors."""
        self.layers, self.loss, self.dtype = tuple(layers), loss.copy(), dtype
        with_parameters = [layer for layer in layers if layer.parameters]
        self._trained = self.layers[self.layers.index(with_parameters[0]) :]
        self.n_in = next((layer.n_in for layer in layers if layer.n_in is not None), None)
        self.n_out = next((layer.n_out for layer in layers[::-1] if layer.n_out), self.n_in)
        sizes = [sum(a.size for a in layer.parameters.values()) for layer in with_parameters]
        self._theta, self.gradient = np.zeros((2, sum(sizes)), dtype)
        parameters: dict[str, Array] = {}
        gradients: dict[str, Array] = {}
        stop = 0
        for number, (layer, size) in enumerate(zip(with_parameters, sizes, strict=True), 1):
            start, stop = stop, stop + size
            layer.bind(self._theta[start:stop], self.gradient[start:stop])
            parameters |= {f"{name}{number}": a for name, a in layer.parameters.items()}
            gradients |= {f"{name}{number}": a for name, a in layer.gradients.items()}
        self.parameters = Arrays("parameter", parameters)
        self.gradients = Arrays("gradient", gradients)
        for layer in layers:
            layer.owned = True
        self._passes = []
        self.has_gradient = False  # whether a backward pass has filled it

    def _checked(self, x: ArrayLike) -> Array:
        """Return x as numbers of this network's dtype, checked."""
        x = as_numbers("x", x, self.dtype)
        check_rows("x", x, self.n_in, "the network")
        check_finite("x", x)
        return x

    def _loss(self, loss: Loss, x: ArrayLike, output: Array, y: ArrayLike) -> float:
        """Return the loss of this output; if it is not finite, say where that began."""
        try:
            return loss.forward(output, y)
        except (NotFiniteError, ValueError):
            explain_overflow(self, x)
            raise

    def _check_passes(self) -> None:
        """Raise unless every layer's last pass is the one of the last `forward`."""
        if not self._passes:
            raise RuntimeError(
                "backward() was called before a forward pass succeeded, so there is nothing to "
                "differentiate; call network.forward(x, y) first"
            )
        for part, last in zip((*self.layers, self.loss), self._passes, strict=True):
            if part.last is not last:
                raise RuntimeError(
                    f"{part!r} was used on its own after network.forward, so its cache belongs to "
                    "another batch; call network.forward(x, y) again, and look at a layer's output "
                    "with network.activations(x), which leaves the caches as they are"
                )


def _rebuild(layers: Any, loss: Loss, dtype: np.dtype[Any]) -> Network:
    """Return a network of copies of these layers."""
    network = Network.__new__(Network)
    network._assemble([layer.copy() for layer in layers], loss, dtype)
    return network
