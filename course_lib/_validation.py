"""What comes in, looked at once: each error says what came, what was expected, how to mend it."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

Array = NDArray[Any]

INT64 = np.dtype(np.int64)
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
        found = np.dtype(dtype)
    except TypeError:
        found = np.dtype(object)
    if found not in DTYPES:
        raise ValueError(
            f"dtype={dtype!r} is not one a network computes in; use np.float64 (the default), "
            "np.float32, or np.complex128 for the complex-step check"
        )
    return found


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


def check_rows(name: str, array: Array, width: int, of: str) -> None:
    """Raise unless `array` holds at least one row of `width` numbers."""
    if array.ndim == 2 and array.shape[1] == width and array.shape[0] > 0:
        return
    message = f"{name} has shape {array.shape}, but {of} expects (N, {width}), one example per row"
    if array.ndim == 2 and array.shape[0] == 0:
        mend = "give at least one example"
    elif array.ndim == 1 and array.shape[0] == width:
        mend = f"for one example write {name}[np.newaxis, :], which has shape (1, {width})"
    elif array.ndim == 1 and width == 1:
        mend = f"write {name}[:, np.newaxis], which has shape ({array.shape[0]}, 1)"
    elif array.ndim == 2 and array.shape[0] == width:
        mend = f"if each column is an example, pass {name}.T"
    elif array.ndim > 2 and array[0].size == width:
        mend = f"write {name}.reshape({array.shape[0]}, {width})"
    else:
        mend = f"give {width} numbers per example"
    raise ValueError(f"{message}; {mend}")


def check_finite(name: str, array: Array) -> None:
    """Raise if `array` holds a NaN or an infinity, and say where the first one is."""
    found = np.argwhere(~np.isfinite(array))
    if len(found):
        place = tuple(int(i) for i in found[0])
        raise ValueError(
            f"{name} holds {array[place]} at index {list(place)} ({len(found)} of {array.size} "
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
    """Raise about a `name` that nobody has, listing those that exist."""
    raise ValueError(f"unknown {kind} {name!r}; known are: {', '.join(map(str, known))}")


def parameter_values(name: str, values: ArrayLike, like: Array) -> Array:
    """Return `values` as numbers of the shape and dtype of the parameter `like`, checked."""
    array = as_numbers(name, values, like.dtype)
    if array.shape != like.shape:
        mend = "a parameter's shape is fixed by its layer"
        if array.ndim == 2 and array.T.shape == like.shape:
            mend = "this is its transpose: W has one row per output, so pass W.T"
        elif array.size == like.size:
            mend = f"reshape it to {like.shape}"
        raise ValueError(f"{name} has shape {array.shape}; expected {like.shape}: {mend}")
    check_finite(name, array)
    return array


def class_labels(target: ArrayLike, prediction: Array) -> Array:
    """Return the labels as (N,) int64, from integer labels or one-hot rows; range not checked.

    Raises
    ------
    ValueError
        If `target` has neither shape, or its numbers are neither integers nor one-hot rows.

    >>> class_labels([[0, 1], [1, 0]], np.zeros((2, 2)))
    array([1, 0])
    """
    n, n_classes = prediction.shape
    if type(target) is np.ndarray and target.dtype is INT64 and target.shape == (n,):
        return target
    target = as_array("target", target)
    if target.shape == (n,):
        if target.dtype.kind not in "biu":
            raise ValueError(
                f"the labels have dtype {target.dtype}; expected whole numbers 0 … "
                f"{n_classes - 1}: write target.astype(int) if every label is one"
            )
        return target.astype(np.int64)
    if target.shape == (n, n_classes):
        hot = target == 1
        if (hot.sum(axis=1) != 1).any() or ((target != 0) & ~hot).any():
            row = int(np.argmax((hot.sum(axis=1) != 1) | ((target != 0) & ~hot).any(axis=1)))
            raise ValueError(
                f"row {row} of the target is {target[row]}; expected a one-hot row, one 1 and "
                f"{n_classes - 1} zeros, or integer labels of shape ({n},)"
            )
        return hot.argmax(axis=1)
    mend = "give one label per example"
    if target.ndim == 2 and target.shape == (n, 1):
        mend = f"write target.ravel(), which has shape ({n},)"
    elif target.shape == (n_classes, n):
        mend = "if each column is an example, pass target.T"
    raise ValueError(
        f"target has shape {target.shape}; expected ({n},) integer labels or ({n}, {n_classes}) "
        f"one-hot rows for a prediction of shape {prediction.shape}; {mend}"
    )


def check_labels(labels: Array, n_classes: int) -> None:
    """Raise if a label lies outside 0 … n_classes − 1, and say where.

    >>> check_labels(np.array([0, 3]), 3)
    Traceback (most recent call last):
    ValueError: label 3 at index 1 is out of range; with 3 outputs labels run from 0 to 2 (are \
yours counted from 1?)
    """
    wrong = np.flatnonzero((labels < 0) | (labels >= n_classes))
    if len(wrong):
        hint = " (are yours counted from 1?)" if labels.max() == n_classes else ""
        raise ValueError(
            f"label {labels[wrong[0]]} at index {wrong[0]} is out of range; with {n_classes} "
            f"outputs labels run from 0 to {n_classes - 1}{hint}"
        )
