"""The checks of what comes in: each error says what came, what was expected, and how to fix it."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

Array = NDArray[Any]

DTYPES = (np.dtype(np.float64), np.dtype(np.float32), np.dtype(np.complex128))


class NotFiniteError(RuntimeError):
    """The loss became NaN or infinite although the examples are finite.

    Attributes
    ----------
    place : str
        What overflowed first: a parameter (``"W2"``), a layer (``"layer 1, Dense(4, 3)"``) or
        ``"loss"``.
    """

    def __init__(self, message: str, place: str = "loss") -> None:
        super().__init__(message)
        self.place = place


def check_dtype(dtype: DTypeLike) -> np.dtype[Any]:
    """Return `dtype` if a network can compute in it."""
    try:
        data_type = np.dtype(dtype)
    except TypeError:
        data_type = np.dtype(object)
    if data_type not in DTYPES:
        raise ValueError(
            f"dtype={dtype!r} is not one a network computes in; use np.float64 (the default), "
            "np.float32, or np.complex128 for the complex-step check"
        )
    return data_type


def as_array(name: str, values: ArrayLike) -> Array:
    """Return `values` as an array of numbers of any kind."""
    try:
        array = np.asarray(values)
    except ValueError as error:  # rows of different lengths
        raise ValueError(
            f"{name} cannot be made an array: {error}; give every row the same length"
        ) from None
    if array.dtype.kind not in "biufc":
        raise ValueError(
            f"{name} has dtype {array.dtype}, which holds no numbers; "
            f"expected numbers, for instance {name}.astype(float)"
        )
    return array


def as_numbers(name: str, values: ArrayLike, dtype: np.dtype[Any] | None = None) -> Array:
    """Return `values` as an array of `dtype` (floats as they are if None); never in place."""
    array = as_array(name, values)
    if dtype is None:
        dtype = array.dtype if array.dtype in DTYPES else np.dtype(np.float64)
        if array.dtype.kind == "c":
            dtype = np.dtype(np.complex128)
    if array.dtype.kind == "c" and dtype.kind != "c":
        raise ValueError(
            f"{name} is complex, but this computes in {dtype}; "
            f"pass {name}.real, or build the network with dtype=np.complex128"
        )
    return array if array.dtype == dtype else array.astype(dtype)


def check_rows(name: str, array: Array, width: int | None, of: str) -> None:
    """Raise unless `array` holds at least one row of `width` numbers (any number if None)."""
    if array.ndim == 2 and array.shape[1] == (width or array.shape[1]) and array.shape[0] > 0:
        return
    shape = f"(N, {width or 'n'})"
    message = f"{name} has shape {array.shape}, but {of} expects {shape}, one example per row"
    if array.ndim == 2 and array.shape[0] == 0:
        fix = "give at least one example"
    elif array.ndim == 1 and array.shape[0] == width:
        fix = f"for one example write {name}[np.newaxis, :], which has shape (1, {width})"
    elif array.ndim == 1 and width == 1:
        fix = f"write {name}[:, np.newaxis], which has shape ({array.shape[0]}, 1)"
    elif array.ndim == 2 and array.shape[0] == width:
        fix = f"if each column is an example, pass {name}.T"
    elif array.ndim > 2 and array[0].size == width:
        fix = f"write {name}.reshape({array.shape[0]}, {width})"
    else:
        fix = f"give {width} numbers per example"
    raise ValueError(f"{message}; {fix}")


def check_finite(name: str, array: Array) -> None:
    """Raise if `array` holds a NaN or an infinity, and say where the first one is."""
    finite = np.isfinite(array)
    if not finite.all():
        places = np.argwhere(~finite)
        place = tuple(int(i) for i in places[0])
        raise ValueError(
            f"{name} holds {array[place]} at index {list(place)} ({len(places)} of {array.size} "
            f"entries are not finite); expected finite numbers: remove or replace these entries"
        )


def check_positive(name: str, value: Any, *, zero: bool = False, below: float = np.inf) -> float:
    """Return `value` as a Python float within (0, below), or [0, below) with `zero`.

    A Python float, because a NumPy scalar would be slower in every update and may change the
    dtype of what it multiplies.
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if not (0 < number < below or (zero and number == 0)):
        least = "at least 0" if zero else "above 0"
        most = "finite" if below == np.inf else f"below {below:g}"
        raise ValueError(f"{name}={value!r}; expected one number {least} and {most}")
    return number


def unknown(kind: str, name: object, known: Any) -> NoReturn:
    """Raise about a `name` that does not exist, listing those that do."""
    raise ValueError(f"unknown {kind} {name!r}; known are: {', '.join(map(str, known))}")


def parameter_values(name: str, values: ArrayLike, like: Array) -> Array:
    """Return `values` as numbers of the shape and dtype of the parameter `like`, checked."""
    array = as_numbers(name, values, like.dtype)
    if array.shape != like.shape:
        fix = "a parameter's shape is fixed by its layer"
        if array.ndim == 2 and array.T.shape == like.shape:
            fix = "this is its transpose: W has one row per output, so pass W.T"
        elif array.size == like.size:
            fix = f"reshape it to {like.shape}"
        raise ValueError(f"{name} has shape {array.shape}; expected {like.shape}: {fix}")
    check_finite(name, array)
    return array


def class_labels(target: ArrayLike, prediction: Array) -> Array:
    """Return the labels as (N,) np.intp, from integer labels or one-hot rows; range not checked.

    Raises
    ------
    ValueError
        If `target` has neither shape, or its numbers are neither integers nor one-hot rows.

    >>> class_labels([[0, 1], [1, 0]], np.zeros((2, 2)))
    array([1, 0])
    """
    n, n_classes = prediction.shape
    target = as_array("target", target)
    if target.shape == (n,):
        if target.dtype.kind not in "biu":
            raise ValueError(
                f"the labels have dtype {target.dtype}; expected whole numbers 0 … "
                f"{n_classes - 1}: write target.astype(int) if every label is one"
            )
        return target.astype(np.intp)
    if target.shape == (n, n_classes):
        hot = target == 1
        wrong = (hot.sum(axis=1) != 1) | ((target != 0) & ~hot).any(axis=1)
        if wrong.any():
            row = int(wrong.argmax())
            raise ValueError(
                f"row {row} of the target is {target[row]}; expected a one-hot row, one 1 and "
                f"{n_classes - 1} zeros, or integer labels of shape ({n},)"
            )
        return hot.argmax(axis=1)
    fix = "give one label per example"
    if target.ndim == 2 and target.shape == (n, 1):
        fix = f"write target.ravel(), which has shape ({n},)"
    elif target.shape == (n_classes, n):
        fix = "if each column is an example, pass target.T"
    raise ValueError(
        f"target has shape {target.shape}; expected ({n},) integer labels or ({n}, {n_classes}) "
        f"one-hot rows for a prediction of shape {prediction.shape}; {fix}"
    )


def check_labels(labels: Array, n_classes: int) -> None:
    """Raise if a label lies outside 0 … n_classes − 1, and say where.

    >>> check_labels(np.array([0, 3]), 3)
    Traceback (most recent call last):
    ValueError: label 3 at index 1 is out of range; with 3 outputs labels run from 0 to 2 (are \
yours counted from 1?)
    """
    if labels.min() < 0 or labels.max() >= n_classes:
        wrong = np.flatnonzero((labels < 0) | (labels >= n_classes))
        hint = " (are yours counted from 1?)" if labels.max() == n_classes else ""
        raise ValueError(
            f"label {labels[wrong[0]]} at index {wrong[0]} is out of range; with {n_classes} "
            f"outputs labels run from 0 to {n_classes - 1}{hint}"
        )


def check_size(name: str, size: Any) -> int:
    """Return `size` as an int of at least 1."""
    if not isinstance(size, int | np.integer) or isinstance(size, bool) or size < 1:
        raise ValueError(f"{name}={size!r}; expected a whole number of at least 1")
    return int(size)


def check_rows_of_numbers(prediction: ArrayLike, name: str) -> Array:
    """Return the prediction as numbers of shape (N, n)."""
    prediction = as_numbers(name, prediction)
    if prediction.ndim != 2 or not prediction.size:
        raise ValueError(
            f"{name} has shape {prediction.shape}; expected (N, n), one example per row: "
            f"for one example write {name}[np.newaxis, :], for one output {name}[:, np.newaxis]"
        )
    return prediction


def same_shape(target: ArrayLike, prediction: Array) -> Array:
    """Return the target as numbers of the prediction's shape and dtype."""
    target = as_numbers("target", target, prediction.dtype)
    if target.shape != prediction.shape:
        n = target.shape[0] if target.ndim else 1
        why = ""
        if target.shape == (len(prediction),) and prediction.shape[1] == 1:
            why = ", and subtracting them would compare every example with every other"
            fix = f"write target[:, np.newaxis], which has shape ({n}, 1)"
        elif target.shape == prediction.shape[::-1]:
            fix = "if each column is an example, pass target.T"
        elif target.ndim == 1 and n == len(prediction):
            fix = "give one target for every output, not one label per example"
        else:
            fix = "give one target for every output of every example"
        raise ValueError(
            f"target has shape {target.shape}, but the prediction has shape "
            f"{prediction.shape}{why}; {fix}"
        )
    return target


def one_hot(target: ArrayLike, prediction: Array) -> Array:
    """Return one-hot rows of the prediction's shape, from integer labels or one-hot rows.

    >>> one_hot([1, 0], np.zeros((2, 2)))
    array([[0., 1.],
           [1., 0.]])
    """
    labels = class_labels(target, prediction)
    check_labels(labels, prediction.shape[1])
    rows = np.zeros_like(prediction)
    rows[np.arange(len(labels)), labels] = 1.0
    return rows


def check_probabilities(name: str, p: Array) -> None:
    """Raise if a number lies outside [0, 1]; 0.001 above 1 counts as rounding."""
    outside = ~((p.real >= 0) & (p.real <= 1.001))  # NaN is outside as well
    if outside.any():
        place = tuple(int(i) for i in np.argwhere(outside)[0])
        message = (
            f"{name} holds {p[place]} at index {list(place)}, which is no probability; "
            "expected numbers in [0, 1]"
        )
        if name == "prediction":
            message += "; for the numbers before the sigmoid or softmax, use the fused loss"
        raise ValueError(message)
