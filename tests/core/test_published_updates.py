"""Optimisers against runs that others printed."""

import numpy as np
import pytest
from printed import agrees

from course_lib import SGD, Adam, Dense, MeanSquaredError, Momentum, Network, RMSprop


def run(make, start, gradient, steps):
    """Let an optimiser walk over any function: its gradient is written into a network's.

    Dense(2, 1) has three parameters; as many as `start` has are used.
    """
    network = Network(Dense(2, 1), loss=MeanSquaredError())
    network.forward([[1.0, 1.0]], [[0.0]])
    network.backward()
    n = len(start)
    network.theta[:] = 0
    network.theta[:n] = start
    network.gradient[:] = 0
    optimizer = make(network)
    path = [network.theta[:n].copy()]
    for _ in range(steps):
        network.gradient[:n] = gradient(network.theta[:n])
        optimizer.update()
        path.append(network.theta[:n].copy())
    return np.array(path)


@pytest.mark.parametrize(
    ("rate", "printed"), [(0.2, "0.060466"), (0.05, "3.486784"), (1.1, "61.917364")]
)
def test_d2l_gradient_descent_on_a_parabola(rate, printed):
    """Zhang et al., Dive into Deep Learning, section 12.3: f(x) = x² from x = 10, ten steps.

    https://d2l.ai/chapter_optimization/gd.html
    """
    path = run(lambda n: SGD(n, rate), [10.0], lambda x: 2 * x, 10)
    assert agrees(path[-1], printed)


def test_keras_sgd_and_momentum():
    """Documentation of keras.optimizers.SGD: f(x) = x²/2 from 1."""
    assert agrees(run(lambda n: SGD(n, 0.1), [1.0], lambda x: x, 1)[-1], "0.9")
    path = run(lambda n: Momentum(n, 0.1, momentum=0.9), [1.0], lambda x: x, 2)
    assert agrees(-np.diff(path[:, 0]), "0.1", "0.18", units=1e-9)


def test_keras_rmsprop():
    """Documentation of keras.optimizers.RMSprop: f(x) = x²/2 from 10, one step, decay 0.9."""
    path = run(lambda n: RMSprop(n, 0.1, decay=0.9, epsilon=1e-7), [10.0], lambda x: x, 1)
    assert agrees(path[-1], "9.683772")


def test_keras_adam():
    """Documentation of keras.optimizers.Adam: "the first step is −learning_rate·sign(grad)"."""
    path = run(lambda n: Adam(n, 0.1, epsilon=1e-7), [10.0], lambda x: x, 1)
    assert agrees(path[-1], "9.9", units=1e-6)


def test_adam_by_hand_over_two_steps():
    """Adam on θ² from 5, η = 0.1: the first hand-computed step of a public course page.

    https://gbasran.github.io/ADAM-Machine-Learning-Deepdive/concept-12-full-adam.html prints
    g = 10, θ = 4.9 and the next gradient 9.8.
    """
    seen = []

    def gradient(theta):
        seen.append(2 * theta[0])
        return 2 * theta

    path = run(lambda n: Adam(n, 0.1), [5.0], gradient, 2)
    assert agrees(path[1], "4.9", units=1e-6)
    assert agrees(seen, "10", "9.8", units=1e-6)


def test_adam_over_ten_steps_of_a_published_run():
    """T. Yu, AIO-Exercise-Module-05: Adam on 0.1 w₁² + 2 w₂², η = 0.2, ε = 1e-6.

    https://github.com/tienhyu/AIO-Exercise-Module-05 prints the path to eight places. It began in
    float32; what that leaves is in the ninth.
    """
    path = run(
        lambda n: Adam(n, 0.2, epsilon=1e-6),
        [-5.0, -2.0],
        lambda w: np.array([0.2, 4.0]) * w,
        10,
    )
    assert agrees(path[1], "-4.8000002", "-1.80000002", units=5)
    printed = [
        ("-4.60025478", "-1.60082451"),
        ("-4.40094848", "-1.40317262"),
        ("-4.20227764", "-1.20787822"),
        ("-4.00445033", "-1.01592745"),
        ("-3.80768638", "-0.82847307"),
        ("-3.61221732", "-0.64684159"),
        ("-3.41828623", "-0.47252765"),
        ("-3.22614739", "-0.30716934"),
        ("-3.03606592", "-0.15249855"),
    ]
    for place, numbers in zip(path[2:], printed, strict=True):
        assert agrees(place, *numbers, units=10)
