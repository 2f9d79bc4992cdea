"""Losses: one number for a batch, and its gradient with respect to the network's output.

`forward(prediction, target)` returns a Python float, `backward()` the gradient of that number.
The cross-entropies are means over the N examples; the mean squared error and the binary
cross-entropy are means over all N·n elements, as in PyTorch.

The two fused losses take what comes before the sigmoid or softmax. They are the better choice:
their gradient is p − y, divided by the mean's count, and no logarithm of 0 can occur.

>>> import numpy as np
>>> loss = SoftmaxCrossEntropy()
>>> loss.forward([[0.0, 0.0], [0.0, 1e4]], [0, 1])
0.34657359027997264
>>> loss.backward()
array([[-0.25,  0.25],
       [ 0.  ,  0.  ]])
"""

from __future__ import annotations

import copy
from typing import Any, Self

import numpy as np

from course_lib._checked import checked_examples, checked_loss, checked_loss_backward, wrap
from course_lib._validation import Array
from course_lib.layers import sigmoid, softmax


class Loss:
    """A loss: `forward` and, beside it, `backward`.

    To write a loss, define `per_example`, whose mean is the loss, or `forward` itself; and
    `backward`. What they are given is checked before they run: then prediction and target are
    arrays of one shape (N, n), classes as one-hot rows. For the complex-step check they have to
    accept complex predictions, as layers do (see `Layer`).

    Attributes
    ----------
    takes : {"prediction", "the logits"}
        What the loss is computed from.
    targets : {"numbers", "probabilities", "classes", ""}
        What `target` has to be; with the empty text it is passed on as it is.
    cache
        What `backward` needs from the forward pass; None before it.
    """

    takes = "prediction"
    targets = ""
    cache: Any = None
    last: Any = None  # shape and dtype of the last prediction

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        wrap(
            cls, forward=checked_loss, per_example=checked_examples, backward=checked_loss_backward
        )

    @checked_loss
    def forward(self, prediction: Array, target: Array) -> float:
        """Return the loss of a batch, the mean over its examples, and store what `backward` needs.

        The prediction has shape (N, n), one example per row; so has the target, except that
        classes may be (N,) integer labels.
        """
        self.cache = prediction, target
        return self.per_example(prediction, target).mean().item()

    def per_example(self, prediction: Any, target: Any) -> Array:
        """Return each example's own loss, shape (N,)."""
        raise NotImplementedError(f"{type(self).__name__} has to define per_example or forward")

    def backward(self) -> Array:
        """Return ∂ℒ/∂prediction for the last forward pass (eq-backward-start)."""
        raise NotImplementedError(f"{type(self).__name__} has to define backward")

    def predict(self, output: Array) -> Array:
        """Return the prediction that belongs to a network's output."""
        return output

    def copy(self) -> Self:
        """Return a loss of the same kind with an empty cache."""
        other = copy.copy(self)
        other.cache = other.last = None
        return other

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class MeanSquaredError(Loss):
    """ℒ = 1/(N·n) Σᵢⱼ (ŷᵢⱼ − yᵢⱼ)², the mean over all elements, as in PyTorch.

    >>> loss = MeanSquaredError()
    >>> loss.forward([[1.0, 2.0]], [[0.0, 0.0]])
    2.5
    >>> loss.backward()
    array([[1., 2.]])
    >>> loss.forward([[1.0], [2.0]], [0.0, 0.0])
    Traceback (most recent call last):
    ValueError: target has shape (2,), but the prediction has shape (2, 1), and subtracting them \
would compare every example with every other; write target[:, np.newaxis], which has shape (2, 1)
    """

    targets = "numbers"

    def per_example(self, y_hat: Array, y: Array) -> Array:
        """Return the mean of (ŷ − y)² over each row."""
        return ((y_hat - y) ** 2).mean(axis=1)

    def backward(self) -> Array:
        """Return ∂ℒ/∂ŷ = 2 (ŷ − y) / (N·n) (eq-backward-start), of the shape of ŷ."""
        y_hat, y = self.cache
        return 2 * (y_hat - y) / y.size


class BinaryCrossEntropy(Loss):
    """ℒ = −1/(N·n) Σ [y ln p + (1 − y) ln(1 − p)], the mean over all elements.

    p are probabilities, and y lies in [0, 1]. A p or 1 − p below the smallest normal number of
    its dtype counts as that number, so one confident mistake costs at most 708 (87 in float32)
    and never infinity. After a sigmoid, prefer `SigmoidBinaryCrossEntropy`.

    >>> loss = BinaryCrossEntropy()
    >>> loss.forward([[0.5], [0.5]], [[0], [1]])
    0.6931471805599453
    >>> loss.backward()
    array([[ 1.],
           [-1.]])
    """

    targets = "probabilities"

    def per_example(self, p: Array, y: Array) -> Array:
        """Return the mean of −[y ln p + (1 − y) ln(1 − p)] over each row."""
        return -(y * np.log(not_zero(p)) + (1 - y) * np.log(not_zero(1 - p))).mean(axis=1)

    def backward(self) -> Array:
        """Return ∂ℒ/∂p = [−y/p + (1 − y)/(1 − p)] / (N·n) (eq-backward-start)."""
        p, y = self.cache
        return (-y / not_zero(p) + (1 - y) / not_zero(1 - p)) / y.size


class CrossEntropy(Loss):
    """ℒ = −1/N Σᵢ ln pᵢ,yᵢ, the mean over the examples of −ln(probability of the right class).

    p are probabilities, one row per example. A p below the smallest normal number of its dtype
    counts as that number. After a softmax, prefer `SoftmaxCrossEntropy`.

    >>> loss = CrossEntropy()
    >>> loss.forward([[0.5, 0.5], [0.25, 0.75]], [0, 0])
    1.0397207708399179
    >>> loss.backward()
    array([[-1., -0.],
           [-2., -0.]])
    """

    targets = "classes"

    def per_example(self, p: Array, y: Array) -> Array:
        """Return −Σⱼ yⱼ ln pⱼ for each row: −ln p of the right class, where y is 1."""
        return -(y * np.log(not_zero(p))).sum(axis=1)

    def backward(self) -> Array:
        """Return ∂ℒ/∂P = −Y / P / N (eq-backward-start), of the shape of P."""
        p, y = self.cache
        return -y / not_zero(p) / len(p)


class SigmoidBinaryCrossEntropy(Loss):
    """Sigmoid and binary cross-entropy in one: ℒ = 1/(N·n) Σ [ln(1 + e^z) − y z].

    It takes the logits z, the pre-activations of the output layer.

    >>> loss = SigmoidBinaryCrossEntropy()
    >>> loss.forward([[0.0], [-1e4]], [[1], [1]])
    5000.34657359028
    >>> loss.backward()
    array([[-0.25],
           [-0.5 ]])
    """

    takes, targets = "the logits", "probabilities"

    def per_example(self, z: Array, y: Array) -> Array:
        """Return the mean of max(z, 0) − y z + ln(1 + e^(−|z|)) over each row
        (eq-binary-cross-entropy-safe).
        """
        minus_size = np.where(z.real > 0, -z, z)  # −|z|
        return (np.where(z.real > 0, z, 0) - y * z + np.log1p(np.exp(minus_size))).mean(axis=1)

    def backward(self) -> Array:
        """Return ∂ℒ/∂Z = (P − Y) / (N·n) with P = σ(Z) (eq-backward-start)."""
        z, y = self.cache
        return (sigmoid(z) - y) / y.size

    def predict(self, output: Array) -> Array:
        """Return the probabilities P = σ(Z)."""
        return sigmoid(output)


class SoftmaxCrossEntropy(Loss):
    """Softmax and cross-entropy in one: ℒ = 1/N Σᵢ [ln Σⱼ e^(zᵢⱼ) − zᵢ,yᵢ].

    It takes the logits z, the pre-activations of the output layer. The largest logit m of a row
    is subtracted first, which changes neither the loss nor p and keeps every power at most 1.
    """

    takes, targets = "the logits", "classes"

    def per_example(self, z: Array, y: Array) -> Array:
        """Return ln Σⱼ e^(zⱼ − m) − Σⱼ yⱼ (zⱼ − m) for each row (eq-log-sum-exp)."""
        z = z - z.real.max(axis=1, keepdims=True)
        return np.log(np.exp(z).sum(axis=1)) - (y * z).sum(axis=1)

    def backward(self) -> Array:
        """Return ∂ℒ/∂Z = (P − Y) / N (eq-softmax-cross-entropy), of the shape of Z."""
        z, y = self.cache
        return (softmax(z) - y) / len(z)

    def predict(self, output: Array) -> Array:
        """Return the probabilities P = softmax(Z), row by row."""
        return softmax(output)


def not_zero(p: Array) -> Array:
    """Return p, but at least the smallest normal number of its dtype: ln 0 is −∞."""
    return np.maximum(p, np.finfo(p.dtype).tiny)
