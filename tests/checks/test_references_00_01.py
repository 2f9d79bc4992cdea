"""The answers of exercises 00 and 01 against definitions, the complex step and the library."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib import SGD, Dense, MeanSquaredError, Network
from course_lib.checks.ex00_before_you_start import reference as ex00
from course_lib.checks.ex01_downhill import reference as ex01

X, Y = np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 7.0])
STEP = 1e-30


def test_slopes_of_exercise_00_are_measured_slopes() -> None:
    for x in (-1.3, 0.4, 2.0):
        measured = ((3 * (x + 1j * STEP) - 1) ** 2).imag / STEP
        assert ex00.slope_of_square(x) == pytest.approx(measured, rel=1e-13)
    assert ex00.slope_between(1.0, 5.0, 3.0, 4.0) == -0.5

    def f(w, x, b):
        return w * x + b

    slopes = ex00.partial_slopes(3.0, 4.0, 2.0)
    for k, unit in enumerate(np.eye(3)):
        shifted = np.array([3.0, 4.0, 2.0]) + 1j * STEP * unit
        assert slopes[k] == pytest.approx(f(*shifted).imag / STEP)


def test_arrays_of_exercise_00_are_what_numpy_makes() -> None:
    rng = np.random.default_rng(1)
    A, u, v = rng.normal(size=(4, 3)), rng.normal(size=4), rng.normal(size=3)
    table = ex00.all_products(u, v)
    shifted = ex00.add_to_columns(A, u)
    for j in range(4):
        for k in range(3):
            assert table[j, k] == u[j] * v[k]
            assert shifted[j, k] == A[j, k] + u[j]
    assert ex00.sum_of_products(u, u) == pytest.approx(sum(value**2 for value in u))
    np.testing.assert_allclose(ex00.mean_of_columns(A), [sum(A[:, k]) / 4 for k in range(3)])
    assert (np.ones((2, 5)) @ np.ones((5, 3))).shape == tuple(ex00.product_shape([2, 5], [5, 3]))


def test_slope_of_loss_is_the_complex_step() -> None:
    w = 0.5
    measured = np.mean(((w + 1j * STEP) * X - Y) ** 2).imag / STEP
    assert ex01.slope_of_loss(w, X, Y) == pytest.approx(measured, rel=1e-13)
    assert ex01.slope_of_loss(w, X, Y) == pytest.approx(
        ex01.numerical_slope(lambda w: ex01.loss_of_weight(w, X, Y), w, 1e-4), rel=1e-8
    )


def test_the_numerical_slope_of_a_cubic_is_off_by_h_squared() -> None:
    """(w + h)³ − (w − h)³ = 6w²h + 2h³, so the quotient is 3w² + h²."""
    for w in (-1.0, 0.5, 2.0):
        assert ex01.slope_at("cube", w, 0.1) == pytest.approx(3 * w**2 + 0.01, rel=1e-12)


def test_the_walk_is_course_libs() -> None:
    network = Network(Dense(1, 1), loss=MeanSquaredError())
    network.parameters["W1"][...] = 0.5
    network.parameters["b1"][...] = 0.0
    optimizer = SGD(network, learning_rate=0.05)
    weights = [0.5]
    for _ in range(4):
        loss = network.forward(X[:, None], Y[:, None])
        assert loss == pytest.approx(ex01.loss_of_weight(weights[-1], X, Y), rel=1e-12)
        network.backward()
        network.gradients["b1"][...] = 0.0
        optimizer.update()
        weights.append(network.parameters["W1"].item())
    np.testing.assert_allclose(ex01.walk_downhill(0.5, X, Y, 0.05, 4), weights, rtol=1e-12)
