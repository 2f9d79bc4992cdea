"""A check has to find a wrong gradient, name it, and leave right ones alone."""

from __future__ import annotations

import inspect
import time

import numpy as np
import pytest

from course_lib import Dense, MeanSquaredError, Network, ReLU, Sigmoid, SoftmaxCrossEntropy, Tanh
from course_lib.gradcheck import (
    central_differences,
    check,
    complex_step,
    numerical_gradient,
    one_sided_differences,
    random_direction,
    relative_error,
)


class SquaredTanh(Tanh):
    """A planted bug: 1 + a² for 1 − a²."""

    def backward(self, delta):
        return delta * (1 + self.cache**2)


class LooseDense(Dense):
    """A planted bug in one weight's gradient."""

    def backward(self, delta):
        before = super().backward(delta)
        self.dW[1, 2] += 0.25
        return before


class Doubled(Dense):
    """A planted bug in the forward pass, which no check of one weight at a time sees."""

    def forward(self, a):
        return super().forward(a) + (self.W * self.W).sum()


def batch(n=6):
    rng = np.random.default_rng(4)
    return rng.normal(size=(n, 4)), rng.integers(0, 3, n)


def network_with(layer, activation, dtype=np.float64):
    return Network(layer, activation, Dense(5, 3), loss=SoftmaxCrossEntropy(), seed=1, dtype=dtype)


@pytest.mark.parametrize("method", ["complex", "central"])
@pytest.mark.parametrize("activation", [Tanh, ReLU, Sigmoid])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_right_gradients_pass_and_the_network_is_left_alone(method, activation, dtype):
    network = network_with(Dense(4, 5), activation(), dtype)
    x, y = batch()
    network.forward(x, y)
    network.backward()
    theta, gradient = network.theta.copy(), network.gradient.copy()
    report = check(network, x, y, method)
    assert report.passed
    assert "every gradient agrees" in str(report)
    assert report.direction_error < (1e-4 if dtype == np.float32 else 1e-7)
    np.testing.assert_array_equal(network.theta, theta)
    network.backward()
    np.testing.assert_array_equal(network.gradient, gradient)


@pytest.mark.parametrize("method", ["complex", "central"])
def test_a_wrong_derivative_shows_in_its_layer_and_not_in_the_next(method):
    x, y = batch()
    report = check(network_with(Dense(4, 5), SquaredTanh()), x, y, method)
    assert not report.passed
    passed = {comparison.name: comparison.passed for comparison in report.comparisons}
    assert passed == {"W1": False, "b1": False, "W2": True, "b2": True}
    assert report.worst.name in ("W1", "b1")
    assert "<- differs" in str(report)
    assert random_direction(network_with(Dense(4, 5), SquaredTanh()), x, y, method) > 1e-3


def test_the_worst_parameter_is_named():
    x, y = batch()
    report = check(network_with(LooseDense(4, 5), Tanh()), x, y)
    worst = report.worst
    assert (worst.name, worst.index) == ("W1", (1, 2))
    assert worst.analytic - worst.numerical == pytest.approx(0.25)
    assert "W1[1, 2]" in str(report)


def test_a_bug_in_the_forward_pass_itself_shows_along_a_random_direction():
    x, y = batch()
    report = check(network_with(Doubled(4, 5), Tanh()), x, y)
    assert all(comparison.passed for comparison in report.comparisons)
    assert report.direction_error > 1e-4
    assert not report.passed


def test_kinks_are_left_out_and_warned_about():
    network = Network(Dense(2, 2), ReLU(), Dense(2, 1), loss=MeanSquaredError(), seed=0)
    network.parameters["W1"][...] = [[1.0, 0.0], [0.3, 0.7]]
    x = np.array([[0.0, 1.0], [1.0, 1.0]])  # unit 0 is exactly at its kink for example 0
    y = np.array([[1.0], [5.0]])
    for method in ("central", "complex"):
        report = check(network, x, y, method)
        assert report.passed
        (w1,) = [comparison for comparison in report.comparisons if comparison.name == "W1"]
        assert (0, 1) in w1.kinks
        assert (1, 0) not in w1.kinks
        assert any("rectifier" in warning for warning in report.warnings)
        assert "warning: W1" in str(report)
    assert not check(network, x + 0.1, y).warnings


@pytest.mark.parametrize("method", ["complex", "central"])
def test_restarting_at_the_touched_layer_changes_nothing_but_the_time(method):
    network = Network(
        Dense(4, 5), ReLU(), Dense(5, 6), Tanh(), Dense(6, 3), loss=SoftmaxCrossEntropy(), seed=3
    )
    x, y = batch()
    quick = numerical_gradient(network, x, y, method)
    plain = numerical_gradient(network, x, y, method, restart=False)
    assert list(quick) == list(network.parameters)
    for name, gradient in plain.items():
        assert relative_error(quick[name], gradient) < (1e-8 if method == "central" else 1e-14)


@pytest.mark.long
def test_the_whole_check_takes_at_most_a_quarter_of_the_plain_loops_time():
    rng = np.random.default_rng(0)
    network = Network(Dense(64, 32), ReLU(), Dense(32, 10), loss=SoftmaxCrossEntropy(), seed=0)
    x, y = rng.normal(size=(64, 64)), rng.integers(0, 10, 64)
    ratios = []
    for _ in range(5):
        start = time.process_time()
        numerical_gradient(network, x, y, "central")
        middle = time.process_time()
        numerical_gradient(network, x, y, "central", restart=False)
        ratios.append((middle - start) / (time.process_time() - middle))
    assert min(ratios) <= 0.25


def test_three_witnesses_of_one_function_and_their_accuracy():
    x = np.array([0.3, -1.2, 2.0])
    exact = np.cos(x) * np.exp(np.sin(x))
    f = lambda v: np.exp(np.sin(v)).sum()  # noqa: E731
    one_sided = relative_error(one_sided_differences(f, x), exact)
    central = relative_error(central_differences(f, x), exact)
    stepped = relative_error(complex_step(f, x), exact)
    assert stepped < 1e-15 < central < 1e-9 < one_sided < 1e-6
    assert relative_error(central_differences(f, x, h=1e-13), exact) > 1e-5  # rounding
    assert relative_error(central_differences(f, x, h=0.1), exact) > 1e-4  # bending


def test_a_numerical_gradient_converts_integers_and_keeps_x():
    x = np.array([[1, 2], [3, 4]])
    for method in (central_differences, one_sided_differences, complex_step):
        gradient = method(lambda v: (v * v).sum(), x)
        np.testing.assert_allclose(gradient, 2.0 * x, rtol=1e-6)
    np.testing.assert_array_equal(x, [[1, 2], [3, 4]])


def test_relative_error_is_by_the_largest_of_the_reference():
    assert relative_error([1.0, 100.0], [2.0, 100.0]) == 0.01
    assert relative_error([0.0], [0.0]) == 0.0
    assert relative_error([1.0], [0.0]) == float("inf")
    with pytest.raises(ValueError, match="same shape"):
        relative_error([1.0], [[1.0]])


@pytest.mark.parametrize("function", [central_differences, one_sided_differences, complex_step])
def test_what_a_numerical_gradient_refuses(function):
    with pytest.raises(ValueError, match="x holds nan"):
        function(np.sum, [1.0, np.nan])
    with pytest.raises(ValueError, match=r"h=0"):
        function(np.sum, [1.0], h=0)


def test_central_differences_are_allowed_what_rounding_does_to_them():
    """A loss of 10⁶ has no digits beyond 10⁻¹⁰, and this gradient is small beside that."""
    network = Network(Dense(1, 1), loss=MeanSquaredError(), seed=0)
    x, y = np.array([[1e-6]]), np.array([[1e3]])
    report = check(network, x, y, "central")
    assert report.passed
    assert report.worst.error > report.tolerance, "the allowance is what lets it pass"
    assert check(network, x, y, "complex").passed


def test_every_function_uses_the_complex_step_unless_told_otherwise():
    functions = check, numerical_gradient, random_direction
    assert {inspect.signature(f).parameters["method"].default for f in functions} == {"complex"}
