"""Small array operations that are faster than the plain ones, each with its reason.

Nothing here is needed to understand the passes: every function states the plain NumPy line it
stands for.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course_lib._validation import Array


def by_columns(vector: Array, n_rows: int) -> Array:
    """Return `vector.reshape(n_rows, -1)`, but filled column by column, as a view.

    The weights lie in memory so: then Wᵀ is an array row by row, and the forward pass's A Wᵀ (and
    Aᵀ Δ, which fills the gradient's transpose) are products that BLAS need not turn an array for.
    With AVX-512 kernels A Wᵀ then takes three quarters of the time (784 inputs, 128 outputs), and
    with AVX2 kernels the same.
    """
    return vector.reshape(n_rows, -1, order="F")


LINE = 64  # bytes of the processor's cache that are loaded together


def aligned_zeros(count: int, size: int, dtype: np.dtype[Any]) -> Array:
    """Return `np.zeros((count, size), dtype)`, each vector starting at a line of the cache.

    NumPy's own large arrays start 16 bytes behind one, and then every second load of 32 bytes
    touches two lines: that costs an Adam step on 100,000 parameters a twelfth of its time.
    """
    step = -(-size * dtype.itemsize // LINE) * LINE
    memory = np.zeros(count * step + LINE, np.uint8)
    start = -memory.ctypes.data % LINE
    vectors = memory[start : start + count * step].view(dtype)
    return vectors.reshape(count, step // dtype.itemsize)[:, :size]


_ones: dict[np.dtype[Any], Array] = {}


def ones(array: Array) -> Array:
    """Return `np.ones(len(array), array.dtype)`, read-only.

    A product with a vector of ones sums columns or rows: on arrays of a few thousand numbers
    BLAS does that in about half the time of `sum`, whose set-up costs more than its additions.
    The vector is kept, and is as long as the largest batch (or layer) seen.
    """
    n, dtype = len(array), array.dtype
    kept = _ones.get(dtype)
    if kept is None or len(kept) < n:
        kept = np.ones(n, dtype)
        kept.flags.writeable = False
        _ones[dtype] = kept
    return kept[:n]


def repeated(row: Array, out: Array) -> Array:
    """Fill every row of `out` with `row`, and return it.

    Copying a row into every row and then adding two arrays of one shape takes half the time (a
    small batch) to nine tenths (a large one) of letting NumPy repeat the row while it adds.
    """
    out[...] = row
    return out


def row_sums(array: Array) -> Array:
    """Return `array.sum(axis=1, keepdims=True)`, as a product with ones."""
    return np.dot(array, ones(array.T))[:, np.newaxis]


def row_maxima(array: Array) -> Array:
    """Return `array.max(axis=1, keepdims=True)`, taken over columns laid side by side.

    Rows of class scores are short (ten numbers), and a maximum along them starts anew for each.
    Copied with the columns as rows, the same comparison runs along the whole batch: 512 rows of
    ten take a fifth of the time.
    """
    return np.maximum.reduce(array.T.copy(), 0)[:, np.newaxis]


def exponential(z: Array) -> Array:
    """Return `np.exp(z)`.

    NumPy takes complex exponentials one by one. In a complex step every imaginary part y is
    tiny, and below 1e-9 cos y = 1 and sin y = y to the last digit: e^(x + iy) = e^x (1 + iy),
    from real exponentials, takes a quarter of the time.
    """
    if z.dtype.kind != "c" or np.abs(z.imag).max() > 1e-9:
        return np.exp(z)
    power = np.empty_like(z)
    np.exp(z.real, power.real)
    np.multiply(power.real, z.imag, power.imag)
    return power


_ONE = np.ones((), np.int64)


def one_hot_rows(n_classes: int, dtype: np.dtype[Any]) -> Array:
    """Return the rows that `one_hot` chooses from: an identity matrix between two rows of NaN."""
    rows = np.full((n_classes + 2, n_classes), np.nan, dtype)
    rows[1:-1] = np.eye(n_classes)
    return rows


def one_hot(labels: Array, rows: Array, out: Array) -> Array:
    """Fill `out` (N, C) with a 1 in column `labels[i]` of row i; a label out of range gives NaN.

    Labels out of range end at the rows of NaN on either side, and the loss is scanned for NaN
    anyway: so the range needs no check of its own in every step.
    """
    return rows.take(labels + _ONE, 0, out, "clip")


class SoftmaxRoom:
    """The arrays of `SoftmaxCrossEntropy` for one shape of logits, filled anew in each step.

    The loss is the mean of log_total − Σⱼ yⱼ shiftedⱼ. Both parts lie in one piece of memory,
    `terms`, and what they are multiplied with in another, `weights`, so that one product adds
    everything up.
    """

    def __init__(self, z: Array) -> None:
        n, n_classes = z.shape
        self.shape, self.dtype = z.shape, z.dtype
        self.starts = np.arange(0, z.size, n_classes)
        self.places, self.maximum = np.empty(n, np.intp), np.empty(n, z.dtype)
        self.maxima = self.maximum[:, np.newaxis]
        # each row's sum as often as the row is long: dividing by that spares NumPy the repeating
        copies = n_classes if n_classes <= 32 else 1
        self.ones = np.ones((n_classes, copies), z.dtype)
        self.totals = np.empty((n, copies), z.dtype)
        self.total = self.totals[:, :1]
        self.rows = one_hot_rows(n_classes, z.dtype)
        self.terms, self.weights = np.empty((2, z.size + n), z.dtype)
        self.shifted = self.terms[: z.size].reshape(z.shape)
        self.log_total = self.terms[z.size :].reshape(n, 1)
        self.y = self.weights[: z.size].reshape(z.shape)
        self.weights[z.size :] = -1.0
        self.p = np.empty_like(self.y)
        self.share = np.array(1.0 / n, z.dtype)  # as an array: multiplying by it is twice as quick

    def fits(self, z: Any) -> bool:
        """Whether z is an array of the shape and dtype that the room is made for."""
        return type(z) is np.ndarray and z.shape == self.shape and z.dtype is self.dtype

    def row_maxima(self, z: Array) -> Array:
        """Return the largest logit of each row, in every column of it, by way of its place.

        On short rows `argmax` is quick, and `max` starts anew for each.
        """
        np.add(z.argmax(1), self.starts, self.places)
        z.take(self.places, None, self.maximum, "clip")
        return repeated(self.maxima, self.p)
