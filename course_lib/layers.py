"""Layers: each one's forward and backward pass, side by side.

A batch has one example per row. A layer's `forward` stores in `cache` what its `backward` will
need; its `backward` takes the gradient of the loss with respect to the layer's output and returns
the gradient with respect to its input.

>>> import numpy as np
>>> layer = Dense(2, 3)
>>> layer.W = [[1, 2], [3, 4], [5, 6]]
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
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Self

import numpy as np

from course_lib import initializers
from course_lib._checked import checked_backward, checked_forward, wrap
from course_lib._parameters import Arrays, moved, named
from course_lib._validation import Array, check_dtype, check_positive, check_size


class Layer:
    """One step of a network: `forward` and, beside it, `backward`.

    To write a layer, define both. What they are given is checked before they run. A layer with
    parameters calls ``self.hold(g=...)`` once, reads ``self.parameters["g"]`` in its forward pass
    and sets ``self.gradients["g"]`` in its backward pass. For the complex-step check `forward`
    has to accept complex numbers and to treat them analytically: a comparison or a maximum looks
    at the real part (``z.real > 0``), and nothing takes an absolute value.

    Attributes
    ----------
    parameters, gradients : mappings from names to arrays
        Empty where there are none. Within a network they are views into its flat vectors.
    cache
        What the backward pass needs from the forward pass; None before it.
    n_in, n_out : int or None
        Inputs and outputs per example; None if the layer takes any number and keeps it.
    elementwise : bool
        Whether each output depends on one input.

    Examples
    --------
    >>> class Scale(Layer):
    ...     def __init__(self, n):
    ...         self.hold(g=np.ones(n))
    ...     def forward(self, a):
    ...         self.cache = a
    ...         return a * self.parameters["g"]
    ...     def backward(self, delta):
    ...         self.gradients["g"] = (delta * self.cache).sum(axis=0)
    ...         return delta * self.parameters["g"]
    >>> Scale(2).forward([[3.0, 4.0]])
    array([[3., 4.]])
    """

    parameters: Mapping[str, Array] = MappingProxyType({})
    gradients: Mapping[str, Array] = MappingProxyType({})
    cache: Any = None
    last: Any = None  # shape and dtype of the last output
    n_in: int | None = None
    n_out: int | None = None
    elementwise = False
    owned = False  # by a network

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        wrap(cls, forward=checked_forward, backward=checked_backward)

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """Return the layer's output for a batch, and store what `backward` needs."""
        raise NotImplementedError(f"{type(self).__name__} has to define forward(x)")

    def backward(self, *inputs: Any, **options: Any) -> Any:
        """Return ∂ℒ/∂input, given `delta` = ∂ℒ/∂output, and fill `gradients`."""
        raise NotImplementedError(f"{type(self).__name__} has to define backward(delta)")

    def hold(self, **parameters: Array) -> None:
        """Make these arrays the layer's parameters, with gradients of the same shapes."""
        self.parameters = Arrays("parameter", parameters)
        self.gradients = Arrays("gradient", {k: np.zeros_like(a) for k, a in parameters.items()})

    def initialize(self, rng: np.random.Generator) -> None:
        """Draw the parameters anew from `rng`, if the layer draws any."""

    def bind(self, theta: Array, gradient: Array) -> None:
        """Move parameters and gradients into these flat vectors (a network's)."""
        self.parameters = moved("parameter", self.parameters, theta)
        self.gradients = moved("gradient", self.gradients, gradient)

    def copy(self) -> Self:
        """Return a layer with the same parameter arrays and an empty cache."""
        other = copy.copy(self)
        other.cache = other.last = None
        other.owned = False
        return other

    def __repr__(self) -> str:
        settings = [str(value) for value in vars(self).values() if type(value) in (int, float)]
        return f"{type(self).__name__}({', '.join(settings)})"


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
        ∂ℒ/∂W and ∂ℒ/∂b, filled by the backward pass. Assigning to any of the four copies numbers
        into the same array.

    Raises
    ------
    ValueError
        If a size is not a positive integer, or the initializer or the dtype is unknown.

    Examples
    --------
    >>> Dense(64, 32)
    Dense(64, 32)
    >>> Dense(64, 32).forward(np.zeros((5, 60)))
    Traceback (most recent call last):
    ValueError: the input has shape (5, 60), but Dense(64, 32) expects (N, 64), one example per \
row; give 64 numbers per example
    """

    W, b = named("parameters", "W"), named("parameters", "b")
    dW, db = named("gradients", "W"), named("gradients", "b")

    def __init__(
        self, n_in: int, n_out: int, initializer="xavier_uniform", seed=None, dtype=np.float64
    ) -> None:
        self.n_in, self.n_out = check_size("n_in", n_in), check_size("n_out", n_out)
        self.initializer, dtype = initializers.find(initializer), check_dtype(dtype)
        self.hold(W=np.zeros((self.n_out, self.n_in), dtype), b=np.zeros(self.n_out, dtype))
        self.initialize(np.random.default_rng(seed))

    def initialize(self, rng: np.random.Generator) -> None:
        """Draw the weights anew from `rng`, and set the biases to zero."""
        self.W, self.b = self.initializer(self.W.shape, rng), np.zeros(len(self.b))

    def forward(self, a: Array) -> Array:
        """Return Z = A Wᵀ + b (eq-forward-preactivation).

        A has shape (N, n_in), Z has shape (N, n_out): row i is W a⁽ⁱ⁾ + b.
        """
        self.cache = a
        return a @ self.W.T + self.b

    def backward(self, delta: Array, input_gradient: bool = True) -> Any:
        """Fill ∂ℒ/∂W = Δᵀ A (eq-backward-weights) and ∂ℒ/∂b = column sums of Δ
        (eq-backward-biases), and return ∂ℒ/∂A = Δ W (eq-backward-input).

        Δ = ∂ℒ/∂Z has shape (N, n_out), ∂ℒ/∂A has the shape of A, (N, n_in). Δ W uses the weights
        of the forward pass: update only when every gradient is there.
        """
        self.dW = delta.T @ self.cache
        self.db = delta.sum(axis=0)
        return delta @ self.W if input_gradient else None


class Sigmoid(Layer):
    """The logistic function, elementwise: a = σ(z) = 1 / (1 + e^(−z)).

    >>> Sigmoid().forward([[0.0, -1e4]])
    array([[0.5, 0. ]])
    """

    elementwise = True

    def forward(self, z: Array) -> Array:
        """Return A = σ(Z) (eq-forward-activation), of the shape of Z."""
        self.cache = a = sigmoid(z)
        return a

    def backward(self, delta: Array) -> Array:
        """Return Δ = ∂ℒ/∂A ⊙ σ′(Z) with σ′ = a (1 − a) (eq-backward-output, eq-backward-hidden)."""
        a = self.cache
        return delta * a * (1 - a)


class Tanh(Layer):
    """The hyperbolic tangent, elementwise: a = tanh(z).

    >>> Tanh().forward([[0.0, 1e4]])
    array([[0., 1.]])
    """

    elementwise = True

    def forward(self, z: Array) -> Array:
        """Return A = tanh(Z) (eq-forward-activation), of the shape of Z."""
        self.cache = a = np.tanh(z)
        return a

    def backward(self, delta: Array) -> Array:
        """Return Δ = ∂ℒ/∂A ⊙ tanh′(Z) with tanh′ = 1 − a² (eq-backward-output,
        eq-backward-hidden).
        """
        a = self.cache
        return delta * (1 - a**2)


class ReLU(Layer):
    """The rectified linear unit, elementwise: a = max(z, 0). Its derivative at 0 counts as 0.

    >>> ReLU().forward([[-2.0, 0.0, 3.0]])
    array([[0., 0., 3.]])
    """

    elementwise = True

    def forward(self, z: Array) -> Array:
        """Return A = max(Z, 0) (eq-forward-activation), of the shape of Z."""
        self.cache = z.real > 0
        return z * self.cache

    def backward(self, delta: Array) -> Array:
        """Return Δ = ∂ℒ/∂A ⊙ g′(Z) with g′ = 1 where z > 0, else 0 (eq-backward-output,
        eq-backward-hidden).
        """
        return delta * self.cache


class LeakyReLU(Layer):
    """The leaky rectified linear unit, elementwise: a = z where z > 0, and α z elsewhere.

    Parameters
    ----------
    alpha : float, default 0.01
        The derivative for z ≤ 0, in [0, 1).

    Raises
    ------
    ValueError
        If `alpha` lies outside [0, 1).

    Examples
    --------
    >>> LeakyReLU(0.1).forward([[-2.0, 3.0]])
    array([[-0.2,  3. ]])
    """

    elementwise = True

    def __init__(self, alpha: float = 0.01) -> None:
        self.alpha = check_positive("alpha", alpha, zero=True, below=1.0)

    def forward(self, z: Array) -> Array:
        """Return A = Z where Z > 0, else α Z (eq-forward-activation), of the shape of Z."""
        self.cache = z.real > 0
        return np.where(self.cache, z, self.alpha * z)

    def backward(self, delta: Array) -> Array:
        """Return Δ = ∂ℒ/∂A ⊙ g′(Z) with g′ = 1 where z > 0, else α (eq-backward-output,
        eq-backward-hidden).
        """
        return np.where(self.cache, delta, self.alpha * delta)


class Softmax(Layer):
    """Each row turned into probabilities: p_j = e^(z_j) / Σ_k e^(z_k).

    With a cross-entropy after it, leave it out and use `SoftmaxCrossEntropy`.

    >>> Softmax().forward([[0.0, 0.0], [1e4, 0.0]])
    array([[0.5, 0.5],
           [1. , 0. ]])
    """

    def forward(self, z: Array) -> Array:
        """Return P = softmax(Z), row by row, of the shape (N, n) of Z."""
        self.cache = p = softmax(z)
        return p

    def backward(self, delta: Array) -> Array:
        """Return Δ = P ⊙ (P̄ − (P · P̄)), the product with softmax's Jacobian (eq-softmax-vjp).

        P̄ = ∂ℒ/∂P, given as `delta`; P · P̄ is one number per row. Every p_j depends on every z_k,
        so no elementwise g′ exists.
        """
        p = self.cache
        return p * (delta - (p * delta).sum(axis=1, keepdims=True))


def sigmoid(z: Array) -> Array:
    """Return σ(z) = 1 / (1 + e^(−z)), elementwise, for numbers of any size.

    e^(−z) overflows for z below −709 (−88 in float32), e^(−|z|) never does; for negative z,
    1 / (1 + e^(−z)) is the same as e^z / (1 + e^z).

    >>> sigmoid(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """
    power = np.exp(np.where(z.real > 0, -z, z))  # e^(−|z|)
    return np.where(z.real > 0, 1, power) / (1 + power)


def softmax(z: Array) -> Array:
    """Return e^(z_j) / Σ_k e^(z_k) for each row of z, (N, n).

    The largest number of a row is subtracted first: that cancels in the quotient, and no power
    exceeds 1.

    >>> softmax(np.array([[1e4, 1e4]]))
    array([[0.5, 0.5]])
    """
    power = np.exp(z - z.real.max(axis=1, keepdims=True))
    return power / power.sum(axis=1, keepdims=True)
