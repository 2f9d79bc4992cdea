"""Layers: each one's forward and backward pass, side by side.

A batch has one example per row. A layer's `forward` keeps what its `backward` will need; its
`backward` takes the gradient of the loss with respect to the layer's output and returns the
gradient with respect to its input.

Every method takes an `out` array, as NumPy's own functions do. Without it you get a fresh array,
and what comes in is checked. A `Network` passes its own arrays, filled anew each step (having shown
them to the layer's `reserve` once), and what it passes is not checked again: on small networks
making and checking arrays would take longer than the arithmetic.

>>> import numpy as np
>>> layer = Dense(2, 3, seed=0)
>>> layer.W[...] = [[1, 2], [3, 4], [5, 6]]
>>> layer.forward([[1.0, 1.0]])
array([[ 3.,  7., 11.]])
>>> layer.backward([[1.0, 0.0, 1.0]])
array([[6., 8.]])
>>> layer.dW
array([[1., 1.],
       [0., 0.],
       [1., 1.]])
"""

from __future__ import annotations

import copy
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from course_lib import initializers
from course_lib._kernels import by_columns, ones, repeated, row_maxima, row_sums
from course_lib._validation import (
    Array,
    as_numbers,
    check_dtype,
    check_finite,
    check_positive,
    check_rows,
    parameter_values,
)


class Layer:
    """One step of a network: `forward` and, beside it, `backward`.

    `kept` is the one array that the backward pass needs from the forward pass (None before it).
    `room` is what a network lets the layer reuse in every step (None outside of networks).
    A layer is `in_place` if its backward pass needs nothing of its input, so that its output may
    be written over it; it is `elementwise` if each output depends on one input; it is `taken`
    once it belongs to a network.
    """

    kept: Any = None
    room: Any = None
    in_place = False
    elementwise = False
    taken = False

    def forward(self, x: Any, out: Array | None = None) -> Array:
        """Return the layer's output for the batch `x`."""
        raise NotImplementedError(f"{type(self).__name__} has to define forward(x, out=None)")

    def backward(self, delta: Any, out: Array | None = None) -> Array:
        """Return ∂ℒ/∂input, given `delta` = ∂ℒ/∂output."""
        raise NotImplementedError(f"{type(self).__name__} has to define backward(delta, out=None)")

    def width(self, n_in: int) -> int:
        """Return the number of outputs per example, given the number of inputs."""
        return n_in

    def reserve(self, out: Array) -> None:
        """Make whatever the layer wants to reuse in every forward pass into arrays like `out`."""

    def twin(self) -> Self:
        """Return a layer with the same parameters (not copies of them) and an empty cache."""
        twin = copy.copy(self)
        twin.kept = twin.room = None
        return twin

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def _numbers(self, x: ArrayLike) -> Array:
        """Return a forward pass's input as numbers, checked."""
        x = as_numbers("the input", x)
        check_finite("the input", x)
        return x

    def _delta(self, delta: ArrayLike, like: Array | None) -> Array:
        """Return a backward pass's input as numbers of the shape of `like`, checked."""
        if like is None:
            raise RuntimeError(
                f"{self!r}.backward was called before its forward, so there is nothing to "
                "differentiate; call forward(x) first"
            )
        delta = as_numbers("delta", delta, like.dtype)
        if delta.shape != like.shape:
            raise ValueError(
                f"delta has shape {delta.shape}, but the last forward pass of {self!r} returned "
                f"{like.shape}; a gradient has the shape of what it belongs to"
            )
        check_finite("delta", delta)
        return delta


class Dense(Layer):
    """A fully connected layer: Z = A Wᵀ + b.

    Parameters
    ----------
    n_in, n_out : int
        Inputs and outputs per example.
    initializer : str or callable, default "xavier_uniform"
        Where the weights start: a name from `course_lib.initializers`, or a function of the shape
        (n_out, n_in) and a random generator. Biases start at zero.
    seed : int, optional
        Makes the layer's own start repeatable. A `Network` draws it anew from its own seed.
    dtype : default float64

    Attributes
    ----------
    W : (n_out, n_in) array
        The weights, laid out as in ``torch.nn.Linear``.
    b : (n_out,) array
        The biases.
    dW, db : arrays shaped as W and b
        ∂ℒ/∂W and ∂ℒ/∂b, filled by the backward pass.

    Raises
    ------
    ValueError
        If a size is not a positive integer, or the initializer or the dtype is unknown.

    >>> Dense(64, 32)
    Dense(64, 32)
    >>> Dense(64, 32).forward(np.zeros((5, 60)))
    Traceback (most recent call last):
    ValueError: the input has shape (5, 60), but Dense(64, 32) expects (N, 64), one example per \
row; give 64 numbers per example
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        initializer: str | initializers.Initializer = "xavier_uniform",
        seed: int | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        for name, size in (("n_in", n_in), ("n_out", n_out)):
            if not isinstance(size, int | np.integer) or isinstance(size, bool) or size < 1:
                raise ValueError(f"{name}={size!r}; expected a whole number of at least 1")
        self.n_in, self.n_out = int(n_in), int(n_out)
        self.initializer = initializers.find(initializer)
        dtype = check_dtype(dtype)
        size = self.n_out * self.n_in
        self._W, self._dW = (by_columns(row, self.n_out) for row in np.zeros((2, size), dtype))
        self._b, self._db = np.zeros((2, self.n_out), dtype)
        self.initialize(np.random.default_rng(seed))

    def forward(self, a: Any, out: Array | None = None) -> Array:
        """Return Z = A Wᵀ + b (eq-forward-preactivation); keep A.

        A has shape (N, n_in), Z has shape (N, n_out): row i is W a⁽ⁱ⁾ + b.
        """
        if out is None:
            a = self._numbers(a)
        self.kept = a
        z = np.dot(a, self.W.T, out)
        b = self.b if out is None else repeated(self.b, self.room)
        return np.add(z, b, z)

    def backward(self, delta: Any, out: Array | None = None) -> Array:
        """Fill dW and db, and return ∂ℒ/∂A = Δ W (eq-backward-input).

        Δ = ∂ℒ/∂Z has shape (N, n_out), ∂ℒ/∂A has the shape of A, (N, n_in). Δ W uses the weights
        of the forward pass: update only when every gradient is there.
        """
        if out is None:
            delta = self._delta(delta, self._output_like())
        self.parameter_gradients(delta)
        return np.dot(delta, self.W, out)

    def reserve(self, out: Array) -> None:
        """Make room for b in every row of a batch."""
        self.room = np.empty_like(out)

    def parameter_gradients(self, delta: Array) -> None:
        """Fill ∂ℒ/∂W = Δᵀ A (eq-backward-weights) and ∂ℒ/∂b = column sums of Δ, 1ᵀ Δ
        (eq-backward-biases).

        The first is written as (∂ℒ/∂W)ᵀ = Aᵀ Δ, because the weights lie in memory by columns.
        """
        np.dot(self.kept.T, delta, self.dW.T)
        np.dot(ones(delta), delta, self.db)

    @property
    def W(self) -> Array:
        """The weights, (n_out, n_in). Assigning copies numbers into the same array."""
        return self._W

    @W.setter
    def W(self, values: ArrayLike) -> None:
        self._W[...] = parameter_values("W", values, self._W)

    @property
    def b(self) -> Array:
        """The biases, (n_out,). Assigning copies numbers into the same array."""
        return self._b

    @b.setter
    def b(self, values: ArrayLike) -> None:
        self._b[...] = parameter_values("b", values, self._b)

    @property
    def dW(self) -> Array:
        """∂ℒ/∂W of the last backward pass, (n_out, n_in)."""
        return self._dW

    @property
    def db(self) -> Array:
        """∂ℒ/∂b of the last backward pass, (n_out,)."""
        return self._db

    def initialize(self, rng: np.random.Generator) -> None:
        """Draw the weights anew from `rng`, and set the biases to zero."""
        weights = np.asarray(self.initializer((self.n_out, self.n_in), rng))
        self._W[...] = parameter_values("W from the initializer", weights, self._W)
        self._b[...] = 0.0

    def place(self, W: Array, b: Array, dW: Array, db: Array) -> None:
        """Move the parameters and gradients into these arrays (a network's flat vectors)."""
        self._W, self._b, self._dW, self._db = W, b, dW, db

    def width(self, n_in: int) -> int:
        if n_in != self.n_in:
            raise ValueError(
                f"{self!r} expects {self.n_in} inputs, but the layer before it has {n_in} "
                f"outputs; write Dense({n_in}, {self.n_out}), or change the layer before"
            )
        return self.n_out

    def __repr__(self) -> str:
        return f"Dense({self.n_in}, {self.n_out})"

    def _numbers(self, x: ArrayLike) -> Array:
        x = as_numbers("the input", x, self.W.dtype)
        check_rows("the input", x, self.n_in, repr(self))
        check_finite("the input", x)
        return x.copy()  # it is kept, and the caller's array may change before the backward pass

    def _output_like(self) -> Array | None:
        """Return an array with the shape and dtype of the last output, without its numbers."""
        if self.kept is None:
            return None
        return np.broadcast_to(self.b, (len(self.kept), self.n_out))


class Sigmoid(Layer):
    """The logistic function, elementwise: a = σ(z) = 1 / (1 + e^(−z)).

    >>> Sigmoid().forward([[0.0, -1e4]])
    array([[0.5, 0. ]])
    """

    elementwise = True
    in_place = True

    def forward(self, z: Any, out: Array | None = None) -> Array:
        """Return A = σ(Z) (eq-forward-activation), of the shape of Z; keep A."""
        if out is None:
            z = self._numbers(z)
        a = sigmoid(z, out)
        self.kept = a if out is not None else a.copy()
        return a

    def backward(self, delta: Any, out: Array | None = None) -> Array:
        """Return Δ = ∂ℒ/∂A ⊙ σ′(Z) with σ′ = a (1 − a) (eq-backward-output,
        eq-backward-hidden).
        """
        if out is None:
            delta = self._delta(delta, self.kept)
        a = self.kept
        return np.multiply(delta, a * (1.0 - a), out)


class Tanh(Layer):
    """The hyperbolic tangent, elementwise: a = tanh(z).

    >>> Tanh().forward([[0.0, 1e4]])
    array([[0., 1.]])
    """

    elementwise = True
    in_place = True

    def forward(self, z: Any, out: Array | None = None) -> Array:
        """Return A = tanh(Z) (eq-forward-activation), of the shape of Z; keep A."""
        if out is None:
            z = self._numbers(z)
        a = np.tanh(z, out)
        self.kept = a if out is not None else a.copy()
        return a

    def backward(self, delta: Any, out: Array | None = None) -> Array:
        """Return Δ = ∂ℒ/∂A ⊙ tanh′(Z) with tanh′ = 1 − a² (eq-backward-output,
        eq-backward-hidden).
        """
        if out is None:
            delta = self._delta(delta, self.kept)
        a = self.kept
        return np.multiply(delta, 1.0 - a * a, out)


class LeakyReLU(Layer):
    """The leaky rectifier, elementwise: a = z where z > 0, and α z elsewhere.

    Parameters
    ----------
    alpha : float, default 0.01
        The slope for z ≤ 0, in [0, 1).

    Raises
    ------
    ValueError
        If `alpha` lies outside [0, 1).

    >>> LeakyReLU(0.1).forward([[-2.0, 3.0]])
    array([[-0.2,  3. ]])
    """

    elementwise = True
    in_place = True

    def __init__(self, alpha: float = 0.01) -> None:
        self.alpha = check_positive("alpha", alpha, zero=True, below=1.0)

    def reserve(self, out: Array) -> None:
        # comparing with 0 as an array without axes takes half the time of comparing with a float
        self.room = np.zeros((), out.dtype), np.empty_like(out)

    def slopes(self, z: Array, zero: Any, out: Array) -> Array:
        """Fill `out` with g′(z): 1 where z > 0, α elsewhere (at 0 as well)."""
        out[...] = z.real > zero
        return np.maximum(out, self.alpha, out=out)

    def forward(self, z: Any, out: Array | None = None) -> Array:
        """Return A = Z ⊙ g′(Z), which is g(Z) here (eq-forward-activation); keep g′(Z)."""
        if out is None:
            z = self._numbers(z)
        zero, slopes = self.room if out is not None else (0.0, np.empty_like(z))
        self.kept = self.slopes(z, zero, slopes)
        a = np.multiply(z, slopes, out)
        return a if out is not None else a + 0.0  # z · 0 is −0 for negative z: show it as 0

    def backward(self, delta: Any, out: Array | None = None) -> Array:
        """Return Δ = ∂ℒ/∂A ⊙ g′(Z) (eq-backward-output, eq-backward-hidden)."""
        if out is None:
            delta = self._delta(delta, self.kept)
        return np.multiply(delta, self.kept, out)

    def __repr__(self) -> str:
        return f"LeakyReLU({self.alpha:g})"


class ReLU(LeakyReLU):
    """The rectifier, elementwise: a = max(z, 0). Its derivative at 0 counts as 0.

    >>> ReLU().forward([[-2.0, 0.0, 3.0]])
    array([[0., 0., 3.]])
    """

    def __init__(self) -> None:
        super().__init__(alpha=0.0)

    def slopes(self, z: Array, zero: Any, out: Array) -> Array:
        """Fill `out` with g′(z): 1 where z > 0, and 0 elsewhere."""
        out[...] = z.real > zero
        return out

    def __repr__(self) -> str:
        return "ReLU()"


class Softmax(Layer):
    """Each row turned into probabilities: p_j = e^(z_j) / Σ_k e^(z_k).

    With a cross-entropy after it, leave it out and use `SoftmaxCrossEntropy`.

    >>> Softmax().forward([[0.0, 0.0], [1e4, 0.0]])
    array([[0.5, 0.5],
           [1. , 0. ]])
    """

    in_place = True

    def forward(self, z: Any, out: Array | None = None) -> Array:
        """Return P = softmax(Z), row by row, of the shape (N, n) of Z; keep P."""
        if out is None:
            z = self._numbers(z)
        p = softmax(z, out)
        self.kept = p if out is not None else p.copy()
        return p

    def backward(self, delta: Any, out: Array | None = None) -> Array:
        """Return Δ = P ⊙ (P̄ − (P · P̄)), the product with softmax's Jacobian (eq-softmax-vjp).

        P̄ = ∂ℒ/∂P, given as `delta`; P · P̄ is one number per row. Every p_j depends on every z_k,
        so no elementwise g′ exists.
        """
        if out is None:
            delta = self._delta(delta, self.kept)
        p = self.kept
        return np.multiply(p, delta - row_sums(p * delta), out)

    def _numbers(self, x: ArrayLike) -> Array:
        x = super()._numbers(x)
        if x.ndim != 2:
            raise ValueError(
                f"the input has shape {x.shape}, but Softmax() expects (N, n), one example per "
                "row; for one example write z[np.newaxis, :]"
            )
        return x


def sigmoid(z: Array, out: Array | None = None) -> Array:
    """Return σ(z) = 1 / (1 + e^(−z)), elementwise, for numbers of any size.

    e^(−z) overflows for z below −709 (−88 in float32), e^(−|z|) never does; for negative z,
    1 / (1 + e^(−z)) is the same as e^z / (1 + e^z).

    >>> sigmoid(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """
    positive = z.real > 0
    power = np.exp(np.where(positive, -z, z))
    return np.divide(np.where(positive, 1.0, power), 1.0 + power, out)


def softmax(z: Array, out: Array | None = None) -> Array:
    """Return e^(z_j) / Σ_k e^(z_k) for each row of z, (N, n).

    The largest number of a row is subtracted first: that cancels in the quotient, and no power
    exceeds 1.

    >>> softmax(np.array([[1e4, 1e4]]))
    array([[0.5, 0.5]])
    """
    p = np.subtract(z, row_maxima(z), out)
    p = np.exp(p, out)
    return np.divide(p, row_sums(p), out)
