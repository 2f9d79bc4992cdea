"""Chapters 0 to 4 measured: what their pages claim, run as a reader would run it.

`test_derivations_foundations.py` and `test_derivations_losses.py` compare the formulas with sympy.
Here the witness is a number: a complex step, a walk, a count, the library itself.
"""

from itertools import pairwise

import numpy as np
import pytest

from course_lib import (
    BinaryCrossEntropy,
    CrossEntropy,
    Dense,
    MeanSquaredError,
    Network,
    SigmoidBinaryCrossEntropy,
    SoftmaxCrossEntropy,
)
from course_lib.data import square_network, worked_network, xor
from course_lib.figures.forward import SPRING, spring_derivative, spring_loss

STEP = 1e-30


def complex_step(function, place):
    """The derivative of `function` for each entry of `place`, free of a difference's rounding."""
    place = np.asarray(place, dtype=complex)
    slopes = np.empty(place.shape)
    for index in np.ndindex(place.shape):
        moved = place.copy()
        moved[index] += 1j * STEP
        slopes[index] = complex(function(moved)).imag / STEP
    return slopes


def test_a_line_has_one_slope_between_any_two_points():
    """eq-slope: rise over run, of f(x) = 5 − 2x."""
    points = np.array([-3.0, -0.5, 0.0, 1.25, 7.0])
    heights = 5 - 2 * points
    for i, j in [(0, 1), (1, 4), (3, 2)]:
        assert (heights[j] - heights[i]) / (points[j] - points[i]) == pytest.approx(-2, rel=1e-14)
    assert complex_step(lambda x: 5 - 2 * x[0], [0.3]) == pytest.approx(-2)


@pytest.mark.parametrize("w", [-1.0, 0.5, 2.0, 3.7])
def test_the_slope_of_one_weight_on_the_page_in_the_figure_and_in_the_library(w):
    """eq-one-weight, eq-loss-one-weight, eq-slope-one-weight: Dense(1, 1) with its bias at 0."""
    x, y = SPRING
    network = Network(Dense(1, 1), loss=MeanSquaredError())
    network.parameters["W1"][...] = w
    network.parameters["b1"][...] = 0.0
    assert network.forward(x[:, None], y[:, None]) == pytest.approx(spring_loss(w), rel=1e-14)
    assert network.predict(x[:, None])[:, 0] == pytest.approx(w * x, rel=1e-15)
    network.backward()
    witness = complex_step(lambda v: ((v[0] * x - y) ** 2).mean(), [w])
    assert network.gradients["W1"][0, 0] == pytest.approx(witness[0], rel=1e-13, abs=1e-13)
    assert spring_derivative(w) == pytest.approx(witness[0], rel=1e-13, abs=1e-13)


def fate_of(factor):
    """What a reader sees when every step multiplies the distance by `factor`."""
    if abs(factor + 1) < 1e-9:
        return "bounces"
    if factor > 0:
        return "creeps"
    return "zigzags" if factor > -1 else "flies apart"


@pytest.mark.parametrize(
    ("rate", "fate"),
    [(0.02, "creeps"), (0.2, "zigzags"), (0.222, "flies apart"), (2 / (28 / 3), "bounces")],
)
def test_four_learning_rates_have_four_fates(rate, fate):
    """eq-update-one-weight, eq-parabola-contraction: every step multiplies the distance alike."""
    best = 29 / 14
    distances = [0.5 - best]
    w = 0.5
    for _ in range(6):
        w -= rate * spring_derivative(w)
        distances.append(w - best)
    factors = np.array(distances[1:]) / distances[:-1]
    assert factors == pytest.approx(1 - rate * 28 / 3, rel=1e-9)
    assert fate_of(factors[0]) == fate


def test_a_count_of_right_answers_is_flat_where_the_loss_is_not():
    """The section on why a loss: eq-loss-one-weight moves, the count does not."""
    x, y = SPRING

    def right(w):
        return int((abs(w * x - y) < 0.5).sum())

    for before, after in [(0.50, 0.51), (1.40, 1.41)]:
        assert right(before) == right(after)
        assert spring_loss(before) > spring_loss(after)


def test_slopes_of_the_worked_neurons():
    """eq-neuron-weight-slope, eq-neuron-bias-slope, eq-neuron-input-slope, by complex step."""
    example = worked_network()
    x = example.x[2]
    for w, b in zip(example.W1, example.b1, strict=True):
        slope = 1 - np.tanh(w @ x + b) ** 2
        by_weights = complex_step(lambda v, b=b: np.tanh(v @ x + b), w)
        assert by_weights == pytest.approx(slope * x, rel=1e-13)
        by_features = complex_step(lambda v, w=w, b=b: np.tanh(w @ v + b), x)
        assert by_features == pytest.approx(slope * w, rel=1e-13)
        by_bias = complex_step(lambda v, w=w: np.tanh(w @ x + v[0]), [b])
        assert by_bias[0] == pytest.approx(slope, rel=1e-13)


def test_two_layers_of_threshold_neurons_do_xor():
    """eq-bias-threshold, in the section that puts OR and AND in front of a third neuron."""
    x, y = xor()
    hidden = (x @ np.ones((2, 2)).T + [-0.5, -1.5] >= 0).astype(float)
    output = hidden @ np.array([[1.0, -1.0]]).T - 0.5 >= 0
    assert np.array_equal(output[:, 0], y.astype(bool))
    assert len(np.unique(hidden, axis=0)) == 3, "four corners, three places"


def test_the_loop_over_layers_is_what_a_network_runs():
    """eq-network-forward, eq-layer-activation: layer by layer, one example at a time."""
    example = worked_network()
    network = example.network()
    logits = []
    for x in example.x:
        a = x
        for W, b, g in [
            (example.W1, example.b1, np.tanh),
            (example.W2, example.b2, lambda z: z),
        ]:
            a = g(W @ a + b)
        logits.append(a)
    powers = np.exp(logits)
    by_hand = powers / powers.sum(axis=1, keepdims=True)
    assert network.predict(example.x) == pytest.approx(by_hand, rel=1e-14)


class Counted(float):
    """A number that counts how often it has been multiplied."""

    multiplications = 0

    def __mul__(self, other):
        Counted.multiplications += 1
        return Counted(float(self) * float(other))

    def __add__(self, other):
        return Counted(float(self) + float(other))


@pytest.mark.parametrize(("sizes", "n"), [((4, 2, 3), 5), ((3, 7, 13, 5), 2)])
def test_a_forward_pass_multiplies_once_for_each_weight_and_example(sizes, n):
    """eq-forward-cost: N Σ n_l n_{l−1}, counted one by one."""
    counted = np.vectorize(Counted, otypes=[object])
    a = counted(np.ones((n, sizes[0])))
    Counted.multiplications = 0
    for n_in, n_out in pairwise(sizes):
        a = a @ counted(np.ones((n_out, n_in))).T + counted(np.ones(n_out))
    weights = sum(np.multiply(sizes[1:], sizes[:-1]))
    assert Counted.multiplications == n * weights


def test_a_wrong_transpose_runs_where_every_matrix_is_square():
    """eq-layer-batch: shapes refuse it in the worked network, and refuse nothing in 2-2-2."""
    square, worked = square_network(), worked_network()
    assert (square.x @ square.W1.T).shape == (square.x @ square.W1).shape
    assert not np.allclose(square.x @ square.W1.T, square.x @ square.W1)
    with pytest.raises(ValueError, match="mismatch"):
        worked.x @ worked.W1


def test_constants_of_the_squared_error_rescale_slopes_and_nothing_else():
    """eq-mse, eq-mse-gradient: half the sum, means over examples and elements, side by side."""
    rng = np.random.default_rng(4)
    prediction, target = rng.normal(size=(2, 3, 4))
    N, n = prediction.shape

    def half_sum(v):
        return ((v - target) ** 2).sum() / 2

    unit = complex_step(half_sum, prediction)
    assert unit == pytest.approx(prediction - target, rel=1e-13)
    for factor, loss in [
        (1 / N, lambda v: ((v - target) ** 2).sum() / (2 * N)),
        (2 / N, lambda v: ((v - target) ** 2).sum() / N),
        (2 / (N * n), lambda v: ((v - target) ** 2).mean()),
    ]:
        assert complex_step(loss, prediction) == pytest.approx(factor * unit, rel=1e-13)
    library = MeanSquaredError()
    library.forward(prediction, target)
    assert library.backward() == pytest.approx(2 / (N * n) * unit, rel=1e-13)


def test_the_loss_of_probabilities_is_the_mean_surprise():
    """eq-bernoulli, eq-binary-cross-entropy, eq-cross-entropy, eq-cross-entropy-one-hot."""
    p, y = np.array([0.9, 0.2, 0.6]), np.array([1, 0, 1])
    likelihood = np.prod(p**y * (1 - p) ** (1 - y))
    mean_surprise = -np.log(likelihood) / len(y)
    assert BinaryCrossEntropy().forward(p[:, None], y[:, None]) == pytest.approx(mean_surprise)
    rows = np.column_stack([1 - p, p])
    assert CrossEntropy().forward(rows, y) == pytest.approx(mean_surprise)
    assert CrossEntropy().forward(rows, np.eye(2)[y]) == pytest.approx(mean_surprise)
    knows_nothing = np.full((4, 3), 1 / 3)
    assert CrossEntropy().forward(knows_nothing, [0, 1, 2, 0]) == pytest.approx(np.log(3))


def test_two_softmax_outputs_are_one_sigmoid_of_their_difference():
    """eq-softmax-two-classes, eq-softmax-shift: same loss, same slope up to sign."""
    z = np.array([[1.3, -0.4], [-2.0, 0.5], [0.1, 0.2]])
    y = np.array([1, 0, 0])
    two, sigmoid = SoftmaxCrossEntropy(), SigmoidBinaryCrossEntropy()
    difference = z[:, 1:] - z[:, :1]
    assert two.forward(z, y) == pytest.approx(sigmoid.forward(difference, y[:, None]), rel=1e-14)
    assert two.backward()[:, 1:] == pytest.approx(sigmoid.backward(), rel=1e-13)
    assert two.forward(z + 1000.0, y) == pytest.approx(two.forward(z, y), rel=1e-12)


def test_safe_losses_stay_finite_and_agree_with_the_plain_ones():
    """eq-log-sum-exp, eq-binary-cross-entropy-safe, eq-sigmoid-safe."""

    def safe(z, y):
        return np.maximum(z, 0) - y * z + np.log1p(np.exp(-abs(z)))

    z = np.linspace(-8, 8, 17)
    p = 1 / (1 + np.exp(-z))
    for y in (0, 1):
        assert safe(z, y) == pytest.approx(-(y * np.log(p) + (1 - y) * np.log(1 - p)), rel=1e-9)
    assert safe(np.array([-1000.0, 1000.0]), 1) == pytest.approx([1000.0, 0.0])
    assert SoftmaxCrossEntropy().forward([[1000.0, 1001.0]], [0]) == pytest.approx(np.log1p(np.e))


def test_squares_fall_asleep_where_cross_entropy_pulls_at_full_strength():
    """eq-sigmoid-cross-entropy: at z = −8 with target 1, against (p − 1)² through the sigmoid."""

    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    squares = complex_step(lambda z: (sigmoid(z[0]) - 1) ** 2, [-8.0])[0]
    entropy = complex_step(lambda z: -np.log(sigmoid(z[0])), [-8.0])[0]
    p = sigmoid(-8.0)
    assert entropy == pytest.approx(p - 1, rel=1e-13)
    assert squares == pytest.approx(2 * (p - 1) * p * (1 - p), rel=1e-12)
    assert abs(squares) < 1e-3 < 0.999 < abs(entropy)


def test_softmax_twice_keeps_the_loss_above_a_floor():
    """The mistake that chapter 4 names: probabilities fed to eq-softmax as if they were scores."""
    sure = np.array([[1.0, 0.0, 0.0]])
    loss = SoftmaxCrossEntropy()
    floor = loss.forward(sure, [0])
    assert floor == pytest.approx(np.log(1 + 2 / np.e))
    rng = np.random.default_rng(0)
    probabilities = loss.predict(5 * rng.normal(size=(200, 3)))
    assert min(loss.forward(row[None], [0]) for row in probabilities) >= floor
