"""What does not fit is said: what came, what was expected, how to mend it."""

from __future__ import annotations

import re

import numpy as np
import pytest

import course_lib
from course_lib import (
    SGD,
    Adam,
    BinaryCrossEntropy,
    CrossEntropy,
    Dense,
    LeakyReLU,
    MeanSquaredError,
    Momentum,
    Network,
    NotFiniteError,
    ReLU,
    RMSprop,
    Sigmoid,
    SigmoidBinaryCrossEntropy,
    Softmax,
    SoftmaxCrossEntropy,
    Tanh,
    initializers,
)

X = np.linspace(-1, 1, 20).reshape(5, 4)
Y = np.array([0, 1, 2, 0, 1])


def classifier() -> Network:
    return Network(Dense(4, 2), Tanh(), Dense(2, 3), loss=SoftmaxCrossEntropy(), seed=0)


def regressor() -> Network:
    return Network(Dense(4, 1), loss=MeanSquaredError(), seed=0)


def with_entry(array, index, value):
    array = np.array(array, float)
    array[index] = value
    return array


@pytest.mark.parametrize(
    ("x", "says"),
    [
        (X[0], r"\(4,\).*\(N, 4\).*x\[np.newaxis, :\]"),
        (X.T, r"\(4, 5\).*\(N, 4\).*x\.T"),
        (X[:, :3], r"\(5, 3\).*\(N, 4\).*4 numbers"),
        (X[:0], r"\(0, 4\).*at least one example"),
        (X.reshape(5, 2, 2), r"\(5, 2, 2\).*reshape\(5, 4\)"),
        (np.float64(3), r"\(\).*\(N, 4\)"),
        ([[1, 2], [3]], r"same length"),
        (X.astype(str), r"holds no numbers"),
        (X.astype(object), r"object.*holds no numbers"),
        (X + 0j, r"complex.*float64.*x\.real"),
        (with_entry(X, (2, 1), np.nan), r"x holds nan at index \[2, 1\]"),
        (with_entry(X, (0, 3), np.inf), r"x holds inf at index \[0, 3\]"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_an_x_that_does_not_fit(x, says):
    network = classifier()
    for use in (lambda: network.forward(x, Y), lambda: network.predict(x)):
        with pytest.raises(ValueError, match=f"(?s){says}"):
            use()
    with pytest.raises(RuntimeError, match=r"call network\.forward"):
        network.backward()


@pytest.mark.parametrize(
    ("y", "says"),
    [
        ([0, 1, 3, 0, 1], r"label 3 at index 2.*0 to 2.*counted from 1"),
        ([0, 1, 99, 0, 1], r"label 99 at index 2.*0 to 2$"),
        ([0, -1, 2, 0, 1], r"label -1 at index 1"),
        ([0, -(2**63), 2, 0, 1], r"out of range"),
        ([0, 2**63 - 1, 2, 0, 1], r"out of range"),
        (Y[:, None], r"\(5, 1\).*target\.ravel\(\)"),
        (Y[:4], r"\(4,\).*\(5,\) integer labels or \(5, 3\)"),
        (Y.astype(float), r"float64.*astype\(int\)"),
        (np.eye(3)[Y].T, r"\(3, 5\).*target\.T"),
        (np.full((5, 3), 1 / 3), r"row 0.*one-hot"),
        (with_entry(np.eye(3)[Y], (1, 0), 1), r"row 1.*one-hot"),
        (["a"] * 5, r"holds no numbers"),
    ],
)
@pytest.mark.parametrize("loss", [SoftmaxCrossEntropy, CrossEntropy])
def test_labels_that_do_not_fit(loss, y, says):
    prediction = np.full((5, 3), 1 / 3)
    with pytest.raises(ValueError, match=f"(?s){says}"):
        loss().forward(prediction, y)
    with pytest.raises(ValueError, match=f"(?s){says}"):
        loss().per_example(prediction, y)
    network = classifier()
    with pytest.raises(ValueError, match=f"(?s){says}"):
        network.forward(X, y)
    with pytest.raises(RuntimeError, match="forward"):
        network.backward()


@pytest.mark.parametrize("loss", [MeanSquaredError, BinaryCrossEntropy, SigmoidBinaryCrossEntropy])
def test_targets_of_another_shape_never_broadcast(loss):
    p = np.full((5, 1), 0.5)
    with pytest.raises(ValueError, match=r"\(5,\).*\(5, 1\).*target\[:, np.newaxis\]"):
        loss().forward(p, np.zeros(5))
    with pytest.raises(ValueError, match=r"\(1, 5\).*target\.T"):
        loss().forward(p, np.zeros((1, 5)))
    with pytest.raises(ValueError, match=r"prediction|logits"):
        loss().forward(p[:, 0], np.zeros(5))
    with pytest.raises(ValueError, match=r"one target for every output"):
        loss().forward(np.full((5, 3), 0.5), Y)
    with pytest.raises(ValueError, match=r"\(5,\).*\(5, 1\)"):
        regressor().forward(X, np.zeros(5))


@pytest.mark.parametrize("loss", [BinaryCrossEntropy, CrossEntropy])
def test_what_is_no_probability_is_refused(loss):
    y = [[1, 0]] if loss is BinaryCrossEntropy else [0]
    for wrong in (-0.1, 1.5, 1.1, 1.002, -1e-9):
        with pytest.raises(ValueError, match=r"at index \[0, 1\].*\[0, 1\].*fused"):
            loss().forward([[0.5, wrong]], y)


@pytest.mark.parametrize("loss", [BinaryCrossEntropy, SigmoidBinaryCrossEntropy])
def test_a_binary_target_outside_zero_and_one_is_refused(loss):
    with pytest.raises(ValueError, match=r"target holds 2\.0"):
        loss().forward([[0.5]], [[2]])


@pytest.mark.parametrize(
    "loss", [MeanSquaredError, BinaryCrossEntropy, CrossEntropy, SigmoidBinaryCrossEntropy,
             SoftmaxCrossEntropy],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_nan_in_a_prediction_or_target_is_found(loss):
    classes = "Binary" not in loss.__name__ and loss is not MeanSquaredError
    y = [0, 1] if classes else np.zeros((2, 2))
    with pytest.raises(ValueError, match=r"prediction holds nan at index \[1, 0\]"):
        loss().forward([[0.5, 0.5], [np.nan, 0.5]], y)
    if not classes:
        with pytest.raises(ValueError, match=r"target holds nan at index \[0, 1\]"):
            loss().forward([[0.5, 0.5], [0.5, 0.5]], with_entry(np.zeros((2, 2)), (0, 1), np.nan))


@pytest.mark.parametrize(
    "part",
    [Dense(2, 2), Sigmoid(), Tanh(), ReLU(), LeakyReLU(), Softmax()],
    ids=lambda part: type(part).__name__,
)
def test_a_layers_backward_before_its_forward_and_gradients_of_another_shape(part):
    with pytest.raises(RuntimeError, match=r"before its forward.*call forward"):
        part.backward(np.ones((3, 2)))
    part.forward(np.ones((3, 2)))
    with pytest.raises(ValueError, match=r"\(3, 1\).*\(3, 2\)"):
        part.backward(np.ones((3, 1)))
    with pytest.raises(ValueError, match=r"delta holds nan at index \[0, 1\]"):
        part.backward(with_entry(np.ones((3, 2)), (0, 1), np.nan))
    with pytest.raises(ValueError, match=r"the input holds inf"):
        part.forward(with_entry(np.ones((3, 2)), (0, 1), np.inf))


@pytest.mark.parametrize(
    "loss", [MeanSquaredError, BinaryCrossEntropy, CrossEntropy, SigmoidBinaryCrossEntropy,
             SoftmaxCrossEntropy],
)  # fmt: skip
def test_a_losses_backward_before_its_forward(loss):
    with pytest.raises(RuntimeError, match=r"before its forward.*call forward"):
        loss().backward()


def test_the_order_of_the_three_verbs():
    network = classifier()
    optimizer = SGD(network, 0.1)
    with pytest.raises(RuntimeError, match=r"call network.forward\(x, y\) first"):
        network.backward()
    network.forward(X, Y)
    with pytest.raises(RuntimeError, match=r"no gradient.*network.backward\(\)"):
        optimizer.update()


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: Dense(0, 3), "n_in=0"),
        (lambda: Dense(3, 2.5), r"n_out=2\.5.*whole number"),
        (lambda: Dense(3, True), "n_out=True"),
        (lambda: Dense(3, 2, "xavier"), "unknown initializer 'xavier'.*xavier_uniform"),
        (lambda: Dense(3, 2, lambda shape, rng: np.zeros((3, 2))), r"\(3, 2\).*\(2, 3\).*W\.T"),
        (lambda: Dense(3, 2, dtype=np.int64), "dtype=.*float64"),
        (lambda: Dense(3, 2, dtype="float128000"), "dtype='float128000'"),
        (lambda: LeakyReLU(1.0), r"alpha=1\.0.*below 1"),
        (lambda: LeakyReLU(-0.1), r"alpha=-0\.1"),
        (lambda: initializers.normal(-1), "standard_deviation=-1"),
        (lambda: Network(Dense(4, 3), ReLU(), Dense(4, 2), loss=MeanSquaredError()),
         r"Dense\(4, 2\) expects 4 inputs.*3 outputs.*Dense\(3, 2\)"),
        (lambda: Network(Dense(4, 3), ReLU, loss=MeanSquaredError()), r"write ReLU\(\)"),
        (lambda: Network(Dense(4, 3), loss=MeanSquaredError), r"write MeanSquaredError\(\)"),
        (lambda: Network(Dense(4, 3), loss="mse"), "'mse' is no loss"),
        (lambda: Network(4, 3, loss=MeanSquaredError()), "4 is no layer"),
        (lambda: Network(ReLU(), loss=MeanSquaredError()), "no layer with parameters"),
        (lambda: Network(Dense(4, 3), loss=MeanSquaredError(), dtype=np.float16), "dtype"),
        (lambda: SGD(classifier(), 0), "learning_rate=0"),
        (lambda: SGD(classifier(), -0.1), "learning_rate=-0.1.*above 0"),
        (lambda: SGD(classifier(), np.nan), "learning_rate=nan"),
        (lambda: SGD(classifier(), "fast"), "learning_rate='fast'"),
        (lambda: SGD(classifier(), 0.1, weight_decay=-1), "weight_decay=-1"),
        (lambda: Momentum(classifier(), 0.1, momentum=1), "momentum=1.*below 1"),
        (lambda: RMSprop(classifier(), 0.1, decay=1.5), "decay=1.5"),
        (lambda: Adam(classifier(), beta1=1.0), "beta1=1.0"),
        (lambda: Adam(classifier(), epsilon=0), "epsilon=0"),
        (lambda: Adam([1, 2]), r"\[1, 2\].*Network"),
        (lambda: course_lib.gradcheck.check(classifier(), X, Y, "middle"), "'middle'.*central"),
    ],
)  # fmt: skip
def test_what_cannot_be_built(build, says):
    with pytest.raises(ValueError, match=f"(?s){says}"):
        build()


def test_a_layer_serves_one_network():
    layer, activation = Dense(2, 2), Tanh()
    Network(layer, activation, loss=MeanSquaredError())
    for layers in ((layer,), (Dense(2, 2), activation)):
        with pytest.raises(ValueError, match="belongs to a network already"):
            Network(*layers, loss=MeanSquaredError())
    twice = Tanh()
    with pytest.raises(ValueError, match="given twice"):
        Network(Dense(2, 2), twice, Dense(2, 2), twice, loss=MeanSquaredError())


def test_unknown_parameters_and_values_that_do_not_fit():
    network = classifier()
    with pytest.raises(KeyError, match=r"'W3'.*W1, b1, W2, b2"):
        network.parameters["W3"]
    with pytest.raises(ValueError, match=r"W1 has shape \(4, 2\).*\(2, 4\).*W\.T"):
        network.parameters["W1"] = np.ones((4, 2))
    with pytest.raises(ValueError, match=r"theta has shape \(3,\).*\(19,\)"):
        network.theta = np.ones(3)
    with pytest.raises(ValueError, match="b1 holds nan"):
        network.parameters["b1"] = [np.nan, 0]
    with pytest.raises(ValueError, match=r"reshape it to \(2, 4\)"):
        network.layers[0].W = np.ones(8)
    with pytest.raises(AttributeError, match="no attribute 'Dens'"):
        _ = course_lib.Dens


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_an_overflow_names_where_it_began():
    x = np.ones((1, 1))
    network = Network(Dense(1, 1), Dense(1, 1), Dense(1, 1), loss=MeanSquaredError(), seed=0)
    network.theta[...] = [1e100, 0, 1e250, 0, 1e100, 0]
    with pytest.raises(NotFiniteError, match=r"layer 2, Dense\(1, 1\).*finite") as error:
        network.forward(x, x)
    assert error.value.place == "layer 2"
    with pytest.raises(NotFiniteError, match="layer 2"):
        network.predict(x)
    network.theta[...] = [1e200, 0, 1, 0, 1, 0]
    with pytest.raises(NotFiniteError, match="too large for float64") as error:
        network.forward(x, x)
    assert error.value.place == "loss"
    network.theta[3] = np.inf
    with pytest.raises(NotFiniteError, match="b2 holds") as error:
        network.forward(x, x)
    assert error.value.place == "b2"
    with pytest.raises(RuntimeError, match="forward"):
        network.backward()


@pytest.mark.parametrize("loss", [BinaryCrossEntropy, CrossEntropy])
def test_a_probability_beyond_one_by_rounding_is_taken(loss):
    y = [[1, 0]] if loss is BinaryCrossEntropy else [1]
    assert np.isfinite(loss().forward([[0.0, 1 + 1e-6]], y))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_number_in_an_overflow_counts_the_layers_with_parameters():
    x = np.ones((1, 1))
    network = Network(
        ReLU(), Dense(1, 1), ReLU(), Dense(1, 1), ReLU(), ReLU(), Dense(1, 1),
        loss=MeanSquaredError(), seed=0,
    )  # fmt: skip
    for third, number in ((1e250, 3), (1.0, 2)):
        network.theta[...] = [1e100, 0, 1e100 if number == 3 else 1e250, 0, third, 0]
        with pytest.raises(NotFiniteError, match=rf"layer {number}, Dense\(1, 1\)") as error:
            network.forward(x, x)
        assert error.value.place == f"layer {number}"


def test_every_message_says_how_to_mend_it_in_one_paragraph():
    for wrong in (X[0], X.T, X[:, :3]):
        with pytest.raises(ValueError, match="x has shape") as error:
            classifier().forward(wrong, Y)
        text = str(error.value)
        assert re.search(r"has shape .* expects .*; ", text)
        assert "\n" not in text
