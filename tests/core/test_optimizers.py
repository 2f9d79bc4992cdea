"""The updates, beside their formulas written out in scalars."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from course_lib import SGD, Adam, Dense, MeanSquaredError, Momentum, Network, RMSprop, optimizers

GRADIENTS = (0.5, -2.0, 1e-3, 0.0, 3.0)


def after(make, gradients=GRADIENTS, theta=1.0, dtype=np.float64) -> float:
    """Return the weight after updates with these gradients."""
    network = Network(Dense(1, 1), loss=MeanSquaredError(), seed=0, dtype=dtype)
    network.forward([[1.0]], [[1.0]])
    network.backward()
    network.theta[...] = theta
    optimizer = make(network)
    for gradient in gradients:
        network.gradient[...] = gradient
        optimizer.update()
    np.testing.assert_allclose(network.gradient, gradients[-1], rtol=1e-6)  # it is only read
    assert network.theta[0] == network.theta[1]
    return float(network.theta[0])


def test_sgd():
    theta = 1.0
    for g in GRADIENTS:
        theta -= 0.1 * g
    assert after(lambda n: SGD(n, 0.1)) == pytest.approx(theta, rel=1e-14)


def test_weight_decay_adds_lambda_theta_to_the_gradient_of_biases_too():
    theta = 1.0
    for g in GRADIENTS:
        theta -= 0.1 * (g + 0.3 * theta)
    assert after(lambda n: SGD(n, 0.1, weight_decay=0.3)) == pytest.approx(theta, rel=1e-14)


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum(nesterov):
    theta, v = 1.0, 0.0
    for g in GRADIENTS:
        v = 0.7 * v + g
        theta -= 0.1 * (g + 0.7 * v if nesterov else v)
    result = after(lambda n: Momentum(n, 0.1, momentum=0.7, nesterov=nesterov))
    assert result == pytest.approx(theta, rel=1e-14)


def test_rmsprop_has_epsilon_outside_the_root():
    theta, s = 1.0, 0.0
    for g in GRADIENTS:
        s = 0.8 * s + 0.2 * g * g
        theta -= 0.1 * g / (sqrt(s) + 1e-2)
    result = after(lambda n: RMSprop(n, 0.1, decay=0.8, epsilon=1e-2))
    assert result == pytest.approx(theta, rel=1e-14)


def test_adam_has_epsilon_outside_the_root_and_corrects_both_memories():
    theta, m, v = 1.0, 0.0, 0.0
    for t, g in enumerate(GRADIENTS, 1):
        m = 0.8 * m + 0.2 * g
        v = 0.9 * v + 0.1 * g * g
        theta -= 0.1 * (m / (1 - 0.8**t)) / (sqrt(v / (1 - 0.9**t)) + 1e-2)
    result = after(lambda n: Adam(n, 0.1, beta1=0.8, beta2=0.9, epsilon=1e-2))
    assert result == pytest.approx(theta, rel=1e-14)


def test_adams_first_step_is_the_learning_rate_whatever_the_gradients_size():
    for gradient in (1e-3, 1.0, 1e5):
        assert after(lambda n: Adam(n, 0.1), [gradient]) == pytest.approx(0.9, abs=2e-6)


@pytest.mark.parametrize(
    "make",
    [
        lambda n: SGD(n, 0.1, weight_decay=0.1),
        lambda n: Momentum(n, 0.1, nesterov=True),
        lambda n: RMSprop(n, 0.1),
        lambda n: Adam(n, 0.1),
    ],
)
def test_a_long_vector_updated_in_parts_ends_as_one_updated_whole(make, monkeypatch):
    def run() -> np.ndarray:
        network = Network(Dense(5, 7), loss=MeanSquaredError(), seed=3)
        optimizer = make(network)
        rng = np.random.default_rng(0)
        for _ in range(4):
            network.forward(rng.normal(size=(6, 5)), rng.normal(size=(6, 7)))
            network.backward()
            optimizer.update()
        return network.theta.copy()

    whole = run()
    monkeypatch.setattr(optimizers, "PART", 8)
    np.testing.assert_array_equal(run(), whole)


def test_memories_are_attributes_and_views_that_stay():
    network = Network(Dense(2, 3), loss=MeanSquaredError(), seed=0)
    optimizer = Adam(network)
    m = optimizer.m
    network.forward([[1.0, 2.0]], [[1.0, 2.0, 3.0]])
    network.backward()
    optimizer.update()
    assert optimizer.m is m
    np.testing.assert_allclose(m, 0.1 * network.gradient)
    with pytest.raises(ValueError, match=r"\(2,\).*\(9,\)"):
        optimizer.m = [1.0, 2.0]


@pytest.mark.parametrize("value", [0, -1, "fast", np.nan])
def test_a_learning_rate_is_checked_when_it_is_changed(value):
    optimizer = SGD(Network(Dense(2, 3), loss=MeanSquaredError(), seed=0), 0.1)
    with pytest.raises(ValueError, match="learning_rate="):
        optimizer.learning_rate = value
    assert optimizer.learning_rate == 0.1


def test_hidden_gradients_use_the_weights_before_the_update():
    network = Network(Dense(2, 3), Dense(3, 1), loss=MeanSquaredError(), seed=0)
    x, y = np.array([[1.0, 2.0]]), np.array([[3.0]])
    p = {name: array.copy() for name, array in network.parameters.items()}
    error = 2 * ((x @ p["W1"].T + p["b1"]) @ p["W2"].T + p["b2"] - y)
    expected = p["W1"] - 0.5 * (error @ p["W2"]).T @ x
    network.forward(x, y)
    network.backward()
    SGD(network, 0.5).update()
    np.testing.assert_allclose(network.parameters["W1"], expected, rtol=1e-14)


def test_on_a_parabola_descent_diverges_beyond_two_over_the_curvature():
    def distance(rate: float) -> float:
        network = Network(Dense(1, 1), loss=MeanSquaredError(), seed=0)
        network.theta[...] = [2.0, 0.0]  # the loss is (w − 1)² + …: along w, curvature 2
        optimizer = SGD(network, rate)
        for _ in range(60):
            network.forward([[1.0]], [[1.0]])
            network.backward()
            network.gradients["b1"][...] = 0
            optimizer.update()
        return abs(network.theta[0] - 1)

    assert distance(0.99) < 1
    assert distance(1.01) > 1
