"""Is this gradient right? Three numerical witnesses, and a check of a whole network.

`central_differences` and `complex_step` differentiate any function by evaluating it;
`check` holds a network's backward pass against one of them, parameter by parameter, and names
the worst; `random_direction` compares a single number and costs two evaluations.

>>> from course_lib import Dense, Network, SoftmaxCrossEntropy, Tanh
>>> network = Network(Dense(4, 2), Tanh(), Dense(2, 3), loss=SoftmaxCrossEntropy(), seed=0)
>>> x = np.random.default_rng(1).normal(size=(5, 4))
>>> report = check(network, x, [0, 1, 2, 0, 1])
>>> report.passed
True
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from course_lib._restart import can_restart, gradients_and_kinks
from course_lib._validation import Array, as_numbers, check_finite, check_positive, unknown
from course_lib.network import Network

# Central differences: the error of the formula grows like h², that of rounding like 2⁻⁵²/h.
STEP = {"central": 6e-6, "complex": 1e-30}
NAMES = {"central": "central differences", "complex": "complex step"}
TOLERANCE = {"central": 1e-6, "complex": 1e-10}


def central_differences(f: Callable[[Array], Any], x: ArrayLike, h: float = 6e-6) -> Array:
    """Return ∂f/∂xᵢ ≈ [f(x + h eᵢ) − f(x − h eᵢ)] / 2h for every entry of x.

    Parameters
    ----------
    f : function of an array shaped as x, returning one number
    x : array of any shape; it is not changed
    h : float, default 6e-6
        The step. Too large and the curvature matters, too small and rounding takes over.

    Raises
    ------
    ValueError
        If x is not finite, or h is not a positive number.

    Examples
    --------
    >>> central_differences(lambda x: (x**2).sum(), [1, 2]).round(9)
    array([2., 4.])
    """
    h = check_positive("h", h)
    return _each_entry(x, h, lambda up, down: (f(up) - f(down)) / (2 * h))


def one_sided_differences(f: Callable[[Array], Any], x: ArrayLike, h: float = 1.5e-8) -> Array:
    """Return ∂f/∂xᵢ ≈ [f(x + h eᵢ) − f(x)] / h for every entry of x.

    Half the evaluations of `central_differences`, and about half the digits.

    >>> one_sided_differences(lambda x: (x**2).sum(), [1.0, 2.0]).round(6)
    array([2., 4.])
    """
    h = check_positive("h", h)
    here = f(as_numbers("x", x, np.dtype(np.float64)).copy())
    return _each_entry(x, h, lambda up, down: (f(up) - here) / h)


def complex_step(f: Callable[[Array], Any], x: ArrayLike, h: float = 1e-30) -> Array:
    """Return ∂f/∂xᵢ = Im f(x + i h eᵢ) / h for every entry of x, right to the last digits.

    Nothing is subtracted, so h may be as small as you like. f must be made of operations that
    NumPy extends to complex numbers analytically: no abs, no comparison of complex numbers.

    Source: Squire and Trapp (1998), "Using complex variables to estimate derivatives of real
    functions".

    >>> complex_step(lambda x: (x**2).sum(), [1.0, 2.0])
    array([2., 4.])
    """
    h = check_positive("h", h)
    return _each_entry(x, h * 1j, lambda up, down: np.imag(f(up)) / h)


def relative_error(values: ArrayLike, reference: ArrayLike) -> float:
    """Return max|values − reference| / max|reference|; 0 if both are 0 everywhere.

    >>> relative_error([1.0, 2.1], [1.0, 2.0])
    0.050000000000000044
    """
    values, reference = np.asarray(values), np.asarray(reference)
    if values.shape != reference.shape:
        raise ValueError(
            f"values have shape {values.shape}, the reference has {reference.shape}; expected "
            "the same shape"
        )
    difference = float(np.abs(values - reference).max(initial=0.0))
    size = float(np.abs(reference).max(initial=0.0))
    if size == 0:
        return 0.0 if difference == 0 else float("inf")
    return difference / size


@dataclass(frozen=True)
class Comparison:
    """One parameter array's gradient beside its numerical witness.

    Attributes
    ----------
    name : str
        ``"W1"``, ``"b1"``, …
    error : float
        max|analytic − numerical| / max|numerical|.
    index : tuple of int
        Where the largest difference is.
    analytic, numerical : float
        Both gradients there.
    passed : bool
        Whether the error is within the tolerance (or below what rounding does to differences).
    kinks : tuple of indices
        Parameters whose step crosses the kink of a rectifier: there a difference mixes two
        derivatives, and the numerical gradient proves nothing.
    """

    name: str
    error: float
    index: tuple[int, ...]
    analytic: float
    numerical: float
    passed: bool
    kinks: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True)
class Report:
    """What `check` found. Print it for a table with the worst entry of every parameter array."""

    method: str
    tolerance: float
    comparisons: tuple[Comparison, ...]
    direction_error: float
    warnings: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every parameter's gradient is within the tolerance, kinks left aside.

        With the complex step, the random direction has to agree as well: it alone runs the whole
        forward pass with every parameter changed.
        """
        agrees = self.method != "complex" or self.direction_error <= self.tolerance
        return agrees and all(comparison.passed for comparison in self.comparisons)

    @property
    def worst(self) -> Comparison:
        """The comparison with the largest relative error."""
        return max(self.comparisons, key=lambda comparison: comparison.error)

    def __str__(self) -> str:
        lines = [f"{'':5}{'relative error':>15}   largest difference at"]
        for row in self.comparisons:
            place = f"{row.name}[{', '.join(map(str, row.index))}]"
            mark = "" if row.passed else "  <- differs"
            lines.append(
                f"{row.name:5}{row.error:15.1e}   {place}: {row.analytic:.6g} by the backward "
                f"pass, {row.numerical:.6g} by {NAMES[self.method]}{mark}"
            )
        lines.append(f"{'a random direction':20}{self.direction_error:.1e}")
        lines.extend(f"warning: {warning}" for warning in self.warnings)
        verdict = "every gradient agrees" if self.passed else "a gradient differs"
        return "\n".join([*lines, f"{verdict} (tolerance {self.tolerance:g})"])


def check(
    network: Network,
    x: ArrayLike,
    y: ArrayLike,
    method: str = "complex",
    tolerance: float | None = None,
    h: float | None = None,
) -> Report:
    """Compare every gradient of a network's backward pass with a numerical one.

    Parameters
    ----------
    network : Network
        It is not changed: the check works on copies. A float32 network's gradient is compared
        with a witness in float64.
    x, y
        A batch, as for ``network.forward``.
    method : {"complex", "central"}
    tolerance : float, optional
        The largest relative error, max|Δ|/max|reference| per array, that passes. By default
        1e-10 for the complex step, 1e-6 for central differences, 1e-4 for a float32 network.
    h : float, optional
        The step, 1e-30 or 6e-6 by default.

    Returns
    -------
    Report
        With the worst parameter per array, and a warning for each rectifier's kink in the way.

    Raises
    ------
    ValueError
        If the method is unknown, or x or y does not fit.
    """
    h = _step(method, h)
    if tolerance is None:
        tolerance = 1e-4 if network.dtype == np.float32 else TOLERANCE[method]
    analytic = network.copy()
    loss = abs(analytic.forward(x, y))
    analytic.backward()
    if can_restart(network):
        numerical, kinks = gradients_and_kinks(network, x, y, method, h)
    else:
        numerical = numerical_gradient(network, x, y, method, h, restart=False)
        kinks = {name: np.zeros(array.shape, bool) for name, array in numerical.items()}
    noise = 4 * np.finfo(float).eps * loss / h if method == "central" else 0.0
    comparisons = tuple(
        _compare(name, gradient, numerical[name], kinks[name], tolerance, noise)
        for name, gradient in analytic.gradients.items()
    )
    direction_error = random_direction(network, x, y, method, h=h)
    warnings = tuple(_warning(comparison, method) for comparison in comparisons if comparison.kinks)
    return Report(method, tolerance, comparisons, direction_error, warnings)


def numerical_gradient(
    network: Network,
    x: ArrayLike,
    y: ArrayLike,
    method: str = "complex",
    h: float | None = None,
    restart: bool = True,
) -> dict[str, Array]:
    """Return a network's gradients by evaluation alone: ``{"W1": array, "b1": …}``.

    With `restart` (the default), a parameter's forward pass starts at the layer it belongs to,
    and the passes of many parameters run side by side as one large batch. Without, and for a
    network with layers or losses that this library does not know, every parameter costs whole
    forward passes: the plain loop, which takes several times as long.
    """
    h = _step(method, h)
    if restart and can_restart(network):
        return gradients_and_kinks(network, x, y, method, h)[0]
    copy = network.copy(np.complex128 if method == "complex" else np.float64)

    def loss(theta: Array) -> complex:
        copy.theta[...] = theta
        return copy.forward(x, y)

    differentiate = complex_step if method == "complex" else central_differences
    flat = differentiate(loss, network.theta.real.astype(np.float64), h)
    copy.theta[...] = flat  # whose views give each number its name and place
    return {name: array.real.copy() for name, array in copy.parameters.items()}


def random_direction(
    network: Network,
    x: ArrayLike,
    y: ArrayLike,
    method: str = "complex",
    seed: int = 0,
    h: float | None = None,
) -> float:
    """Return how far ∇ℒ · v is from the derivative along one random direction v of length 1.

    Their difference is divided by the larger of that derivative and ‖∇ℒ‖ / √n, both in size; the
    second is the usual size of such a derivative, with n parameters. One number for all of them:
    a wrong gradient hides only if its error happens to be at right angles to v. It costs one
    forward pass (complex step) or two (central differences), however many parameters there are.
    """
    h = _step(method, h)
    analytic = network.copy()
    analytic.forward(x, y)
    analytic.backward()
    gradient = analytic.gradient.real.astype(np.float64)
    v = np.random.default_rng(seed).normal(size=gradient.size)
    v /= np.linalg.norm(v)
    moved = network.copy(np.complex128 if method == "complex" else np.float64)
    start = moved.theta.copy()

    def loss(step: complex) -> complex:
        moved.theta[...] = start + step * v
        return moved.evaluate(x, y)

    complex_h = method == "complex"
    measured = loss(1j * h).imag / h if complex_h else (loss(h) - loss(-h)).real / (2 * h)
    usual = float(np.linalg.norm(gradient)) / np.sqrt(gradient.size)
    size = max(abs(measured), usual)
    return abs(float(gradient @ v) - measured) / size if size else 0.0


def _step(method: str, h: float | None) -> float:
    """Return the step, by default the method's own."""
    if method not in STEP:
        unknown("method", method, STEP)
    return check_positive("h", STEP[method] if h is None else h)


def _each_entry(x: ArrayLike, h: complex, quotient: Callable[[Array, Array], Any]) -> Array:
    """Return quotient(x + h eᵢ, x − h eᵢ), the derivative with respect to every entry i."""
    x = as_numbers("x", x, np.dtype(np.float64))
    check_finite("x", x)
    up, down = x.astype(type(h)), x.astype(type(h))
    derivatives = np.empty(x.shape)
    for i in np.ndindex(x.shape):
        up[i], down[i] = x[i] + h, x[i] - h
        derivatives[i] = quotient(up, down)
        up[i] = down[i] = x[i]
    return derivatives


def _compare(
    name: str, analytic: Array, numerical: Array, crossed: Array, tolerance: float, noise: float
) -> Comparison:
    """Compare one parameter array's gradients, leaving aside the entries at a kink."""
    values = np.where(crossed, numerical, analytic.real)
    difference = np.abs(values - numerical)
    index = np.unravel_index(int(difference.argmax()), difference.shape)
    return Comparison(
        name=name,
        error=relative_error(values, numerical),
        index=tuple(int(i) for i in index),
        analytic=float(analytic[index].real),
        numerical=float(numerical[index]),
        passed=bool(difference[index] <= tolerance * np.abs(numerical).max() + noise),
        kinks=tuple(tuple(int(i) for i in place) for place in np.argwhere(crossed)),
    )


def _warning(comparison: Comparison, method: str) -> str:
    """Say that entries at a kink were left out."""
    what = (
        "an input of a rectifier is exactly 0, where it has no derivative"
        if method == "complex"
        else "the step crosses a rectifier's kink; try another x, or a smaller h"
    )
    return (
        f"{comparison.name}: {len(comparison.kinks)} of its entries are left out, the first at "
        f"{list(comparison.kinks[0])}: {what}"
    )
