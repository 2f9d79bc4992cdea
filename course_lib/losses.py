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
from typing import Any, NoReturn, Self, cast

import numpy as np
from numpy.typing import ArrayLike

from course_lib._kernels import SoftmaxRoom, exponential, one_hot, one_hot_rows
from course_lib._validation import (
    Array,
    NotFiniteError,
    as_numbers,
    check_finite,
    check_labels,
    class_labels,
)
from course_lib.layers import sigmoid, softmax


class Loss:
    """A loss: `forward` and, beside it, `backward`.

    After `forward`, `kept` holds what `backward` needs (None before it).
    """

    kept: Any = None

    def forward(self, prediction: ArrayLike, target: ArrayLike) -> float:
        """Return the loss of a batch, one example per row, and keep what `backward` needs."""
        raise NotImplementedError(f"{type(self).__name__} has to define forward")

    def per_example(self, prediction: ArrayLike, target: ArrayLike) -> Array:
        """Return each example's own loss, shape (N,); their mean is the batch's loss."""
        raise NotImplementedError(f"{type(self).__name__} has to define per_example")

    def backward(self, out: Array | None = None) -> Array:
        """Return ∂ℒ/∂prediction for the last forward pass, in `out` if given."""
        raise NotImplementedError(f"{type(self).__name__} has to define backward")

    def predict(self, output: Array) -> Array:
        """Return the prediction that belongs to a network's output, in a fresh array."""
        return output.copy()

    def twin(self) -> Self:
        """Return a loss of the same kind with an empty cache."""
        twin = copy.copy(self)
        twin.kept = None
        return twin

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def _last(self) -> Any:
        if self.kept is None:
            raise RuntimeError(
                f"{self!r}.backward was called before its forward, so there is nothing to "
                "differentiate; call forward(prediction, target) first"
            )
        return self.kept

    def _not_finite(self, prediction: Array, target: Array, value: complex) -> NoReturn:
        """Say why the loss is NaN or infinite."""
        self.kept = None
        check_finite("prediction", prediction)
        check_finite("target", target)
        raise NotFiniteError(
            f"the loss is {value} although every prediction and target is finite: the numbers "
            f"are too large for {prediction.dtype}; the largest prediction is "
            f"{np.abs(prediction).max():.3g}. Scale the targets, or lower the learning rate"
        )


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

    def forward(self, prediction: ArrayLike, target: ArrayLike) -> float:
        """Return the mean of (ŷ − y)²; ŷ and y have shape (N, n)."""
        prediction, target = _pair(prediction, target)
        self.kept = error = np.subtract(prediction, target)
        flat = error.reshape(-1)
        value = np.dot(flat, flat).item() / flat.size
        if value - value != 0:
            self._not_finite(prediction, target, value)
        return value

    def per_example(self, prediction: ArrayLike, target: ArrayLike) -> Array:
        """Return the mean of (ŷ − y)² over each row."""
        prediction, target = _pair(prediction, target)
        return np.mean((prediction - target) ** 2, axis=1)

    def backward(self, out: Array | None = None) -> Array:
        """Return ∂ℒ/∂ŷ = 2 (ŷ − y) / (N·n) (eq-backward-start), of the shape of ŷ."""
        error = self._last()
        return np.multiply(error, 2.0 / error.size, out)


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

    def forward(self, prediction: ArrayLike, target: ArrayLike) -> float:
        """Return the loss; p and y have shape (N, n)."""
        p, y = _pair(prediction, target)
        value = self.per_example(p, y).mean().item()
        if value - value != 0:
            self._not_finite(p, y, value)
        tiny = np.finfo(p.dtype).tiny
        self.kept = np.maximum(p, tiny), np.maximum(1.0 - p, tiny), y
        return value

    def per_example(self, prediction: ArrayLike, target: ArrayLike) -> Array:
        """Return the mean of −[y ln p + (1 − y) ln(1 − p)] over each row."""
        p, y = _pair(prediction, target)
        _check_probabilities("prediction", p)
        _check_probabilities("target", y)
        lowest = np.log(np.finfo(p.dtype).tiny)
        with np.errstate(divide="ignore"):  # log1p(−p) has the digits that 1 − p has lost
            log_p = np.maximum(np.log(p), lowest)
            log_q = np.maximum(np.log1p(-p), lowest)
        return -np.mean(y * log_p + (1.0 - y) * log_q, axis=1)

    def backward(self, out: Array | None = None) -> Array:
        """Return ∂ℒ/∂p = [−y/p + (1 − y)/(1 − p)] / (N·n) (eq-backward-start)."""
        p, q, y = self._last()
        return np.multiply((1.0 - y) / q - y / p, 1.0 / p.size, out)


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

    def forward(self, prediction: ArrayLike, target: ArrayLike) -> float:
        """Return the loss; p has shape (N, C), the target is (N,) labels or (N, C) one-hot."""
        p = _rows(prediction)
        value = self.per_example(p, target).mean().item()
        labels = class_labels(target, p)
        if value - value != 0:
            self._not_finite(p, labels, value)
        p = np.maximum(p, np.finfo(p.dtype).tiny)
        self.kept = p, one_hot(labels, one_hot_rows(p.shape[1], p.dtype), np.empty_like(p))
        return value

    def per_example(self, prediction: ArrayLike, target: ArrayLike) -> Array:
        """Return −ln p of each row's right class."""
        p = _rows(prediction)
        labels = class_labels(target, p)
        check_labels(labels, p.shape[1])
        _check_probabilities("prediction", p)
        return -np.log(np.maximum(p[np.arange(len(p)), labels], np.finfo(p.dtype).tiny))

    def backward(self, out: Array | None = None) -> Array:
        """Return ∂ℒ/∂P = −Y / P / N (eq-backward-start), of the shape of P."""
        p, y = self._last()
        return np.multiply(y / p, -1.0 / len(p), out)


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

    def forward(self, prediction: ArrayLike, target: ArrayLike) -> float:
        """Return the loss; the logits and y have shape (N, n)."""
        z, y = _pair(prediction, target, "the logits")
        value = self.per_example(z, y).mean().item()
        if value - value != 0:
            self._not_finite(z, y, value)
        self.kept = z, y
        return value

    def per_example(self, prediction: ArrayLike, target: ArrayLike) -> Array:
        """Return the mean of ln(1 + e^z) − y z over each row."""
        z, y = _pair(prediction, target, "the logits")
        _check_probabilities("target", y)
        # ln(1 + e^z) = max(z, 0) + ln(1 + e^(−|z|)), where no power overflows
        positive = z.real > 0
        softplus = z * positive + np.log1p(np.exp(np.where(positive, -z, z)))
        return np.mean(softplus - y * z, axis=1)

    def backward(self, out: Array | None = None) -> Array:
        """Return ∂ℒ/∂Z = (P − Y) / (N·n) with P = σ(Z) (eq-backward-start)."""
        z, y = self._last()
        delta = np.subtract(sigmoid(z), y, out)
        return np.multiply(delta, 1.0 / delta.size, delta)

    def predict(self, output: Array) -> Array:
        """Return the probabilities P = σ(Z)."""
        return sigmoid(output)


class SoftmaxCrossEntropy(Loss):
    """Softmax and cross-entropy in one: ℒ = 1/N Σᵢ [ln Σⱼ e^(zᵢⱼ) − zᵢ,yᵢ].

    It takes the logits z, the pre-activations of the output layer. The largest logit of a row is
    subtracted first, which changes neither the loss nor p and keeps every power at most 1.
    """

    _room: SoftmaxRoom | None = None

    def forward(self, prediction: ArrayLike, target: ArrayLike) -> float:
        """Return the loss; Z has shape (N, C), the target is (N,) labels or (N, C) one-hot."""
        room = self._room
        if room is None or not room.fits(prediction):
            prediction = _rows(prediction, "the logits")
            room = self._room = SoftmaxRoom(prediction)
        z = cast(Array, prediction)
        labels = class_labels(target, z)
        p, y = room.p, room.y
        np.subtract(z, room.row_maxima(z), room.shifted)
        np.exp(room.shifted, p)
        np.dot(p, room.ones, room.totals)
        np.divide(p, room.totals, p)
        np.log(room.total, room.log_total)
        one_hot(labels, room.rows, y)
        self.kept = p, y, room.share
        value = -np.dot(room.weights, room.terms).item() / len(p)
        if value - value != 0:
            self.kept = None
            check_labels(labels, z.shape[1])
            self._not_finite(z, labels, value)
        return value

    def per_example(self, prediction: ArrayLike, target: ArrayLike) -> Array:
        """Return ln Σⱼ e^(zⱼ) − z of the right class, for each row."""
        z = _rows(prediction, "the logits")
        labels = class_labels(target, z)
        check_labels(labels, z.shape[1])
        columns = z.T.copy()  # a class a row: then each operation runs along all the examples
        columns -= columns.real.max(axis=0)
        right = columns[labels, np.arange(len(z))]
        return np.log(exponential(columns).sum(axis=0)) - right

    def backward(self, out: Array | None = None) -> Array:
        """Return ∂ℒ/∂Z = (P − Y) / N (eq-softmax-cross-entropy), of the shape of Z."""
        p, y, share = self._last()
        delta = np.subtract(p, y, out)
        return np.multiply(delta, share, delta)

    def predict(self, output: Array) -> Array:
        """Return the probabilities P = softmax(Z), row by row."""
        return softmax(output)

    def twin(self) -> Self:
        twin = super().twin()
        twin._room = None
        return twin


def _pair(
    prediction: ArrayLike, target: ArrayLike, name: str = "prediction"
) -> tuple[Array, Array]:
    """Return prediction and target as numbers of one shape (N, n) and one dtype."""
    prediction = _rows(prediction, name)
    if type(target) is not np.ndarray or target.dtype != prediction.dtype:
        target = as_numbers("target", target, prediction.dtype)
    if target.shape != prediction.shape:
        n = target.shape[0] if target.ndim else 1
        if target.shape == (len(prediction),) and prediction.shape[1] == 1:
            why = ", and subtracting them would compare every example with every other"
            mend = f"write target[:, np.newaxis], which has shape ({n}, 1)"
        elif target.shape == prediction.shape[::-1]:
            why, mend = "", "if each column is an example, pass target.T"
        elif target.ndim == 1 and n == len(prediction):
            why, mend = "", "give one target for every output, not one label per example"
        else:
            why, mend = "", "give one target for every output of every example"
        raise ValueError(
            f"target has shape {target.shape}, but the prediction has shape "
            f"{prediction.shape}{why}; {mend}"
        )
    return prediction, target


def _rows(prediction: ArrayLike, name: str = "prediction") -> Array:
    """Return the prediction as numbers of shape (N, n)."""
    if type(prediction) is not np.ndarray or prediction.dtype.kind not in "fc":
        prediction = as_numbers(name, prediction)
    if prediction.ndim != 2 or not prediction.size:
        raise ValueError(
            f"{name} has shape {prediction.shape}; expected (N, n), one example per row: "
            f"for one example write {name}[np.newaxis, :], for one output {name}[:, np.newaxis]"
        )
    return prediction


def _check_probabilities(name: str, p: Array) -> None:
    """Raise if a number lies outside [0, 1] (rounding beyond 1 is let through)."""
    outside = ~((p.real >= 0) & (p.real <= 1.001))  # NaN is outside as well
    if outside.any():
        place = tuple(int(i) for i in np.argwhere(outside)[0])
        logits = (
            "; for the numbers before the sigmoid or softmax, use the fused loss"
            if name == "prediction"
            else ""
        )
        raise ValueError(
            f"{name} holds {p[place]} at index {list(place)}, which is no probability; "
            f"expected numbers in [0, 1]{logits}"
        )
