"""Initializers: where the weights start.

Each takes the weights' shape (n_out, n_in) and a random generator and returns a float64 array.
Biases start at zero. A layer passes signals on unchanged in size, on average, when the variance
of its weights fits its number of inputs and outputs; that is where the formulas come from
(eq-variance-forward, eq-variance-backward).

>>> import numpy as np
>>> he_normal((3, 4), np.random.default_rng(0)).shape
(3, 4)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course_lib._validation import check_positive, unknown

Initializer = Callable[[tuple[int, int], np.random.Generator], NDArray[np.float64]]


def zeros(shape: tuple[int, int], rng: np.random.Generator | None = None) -> NDArray[np.float64]:
    """W = 0: every unit of a layer computes the same, and goes on doing so (eq-symmetry).

    >>> zeros((2, 3))
    array([[0., 0., 0.],
           [0., 0., 0.]])
    """
    return np.zeros(shape)


def normal(standard_deviation: Any = 0.01, rng: np.random.Generator | None = None) -> Any:
    """W ~ N(0, σ²): ``normal(shape, rng)`` draws with σ = 0.01, ``normal(σ)`` is an initializer.

    So both ``Dense(2, 3, normal)`` and ``Dense(2, 3, normal(0.5))`` start with small weights.

    Raises
    ------
    ValueError
        If `standard_deviation` is not a positive number.

    Examples
    --------
    >>> W = normal(0.5)((400, 400), np.random.default_rng(0))
    >>> round(float(W.std()), 2)
    0.5
    """
    if rng is not None:
        shape = standard_deviation
        return rng.normal(0.0, 0.01, shape)
    sigma = check_positive("standard_deviation", standard_deviation)

    def draw(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
        return rng.normal(0.0, sigma, shape)

    return draw


def xavier_uniform(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """W ~ U(−r, r) with r = √(6 / (n_in + n_out)), variance 2 / (n_in + n_out).

    eq-glorot-variance, eq-uniform-limit.

    For activations whose derivative at 0 is 1, such as tanh. Also called Glorot uniform.
    Source: Glorot and Bengio (2010), "Understanding the difficulty of training deep feedforward
    neural networks", equation 16.

    >>> W = xavier_uniform((300, 500), np.random.default_rng(0))
    >>> bool(abs(W).max() <= (6 / 800) ** 0.5), round(float(W.var() * 800), 1)
    (True, 2.0)
    """
    n_out, n_in = shape
    r = np.sqrt(6.0 / (n_in + n_out))
    return rng.uniform(-r, r, shape)


def xavier_normal(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """W ~ N(0, 2 / (n_in + n_out)), the same variance as `xavier_uniform` (eq-glorot-variance).

    Source: Glorot and Bengio (2010), equation 12. Also called Glorot normal.

    >>> W = xavier_normal((300, 500), np.random.default_rng(0))
    >>> round(float(W.var() * 800), 1)
    2.0
    """
    n_out, n_in = shape
    return rng.normal(0.0, np.sqrt(2.0 / (n_in + n_out)), shape)


def he_uniform(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """W ~ U(−r, r) with r = √(6 / n_in), variance 2 / n_in.

    eq-he-variance, eq-uniform-limit.

    For ReLU, which sets half of its inputs to zero. Also called Kaiming uniform.
    Source: He, Zhang, Ren and Sun (2015), "Delving deep into rectifiers", equation 10.

    >>> W = he_uniform((300, 500), np.random.default_rng(0))
    >>> bool(abs(W).max() <= (6 / 500) ** 0.5), round(float(W.var() * 500), 1)
    (True, 2.0)
    """
    r = np.sqrt(6.0 / shape[1])
    return rng.uniform(-r, r, shape)


def he_normal(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """W ~ N(0, 2 / n_in), the same variance as `he_uniform` (eq-he-variance).

    Source: He, Zhang, Ren and Sun (2015), equation 10. Also called Kaiming normal.

    >>> W = he_normal((300, 500), np.random.default_rng(0))
    >>> round(float(W.var() * 500), 1)
    2.0
    """
    return rng.normal(0.0, np.sqrt(2.0 / shape[1]), shape)


glorot_uniform = xavier_uniform
glorot_normal = xavier_normal

_ALL = zeros, normal, xavier_uniform, xavier_normal, he_uniform, he_normal
NAMES: dict[str, Initializer] = {initializer.__name__: initializer for initializer in _ALL}
NAMES |= {"glorot_uniform": glorot_uniform, "glorot_normal": glorot_normal}


def find(initializer: str | Initializer) -> Initializer:
    """Return the initializer called by a name, or the function itself.

    Raises
    ------
    ValueError
        If no initializer has that name.

    Examples
    --------
    >>> find("he_normal") is he_normal
    True
    """
    if callable(initializer):
        return initializer
    if initializer not in NAMES:
        unknown("initializer", initializer, NAMES)
    return NAMES[initializer]
