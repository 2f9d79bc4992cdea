"""Losses and activations against numbers in books, notes and documentation."""

import numpy as np
import pytest
from printed import agrees

from course_lib import (
    SGD,
    BinaryCrossEntropy,
    CrossEntropy,
    Dense,
    MeanSquaredError,
    Network,
    ReLU,
    Sigmoid,
    SigmoidBinaryCrossEntropy,
    Softmax,
    SoftmaxCrossEntropy,
    Tanh,
)


def test_cs231n_softmax_example():
    """CS231n, Linear classification, https://cs231n.github.io/linear-classify/.

    Scores −2.85, 0.86, 0.28 and class 2: the notes print the loss 1.04 and warn that it is the
    natural logarithm's.
    """
    loss = SoftmaxCrossEntropy()
    value = loss.forward([[-2.85, 0.86, 0.28]], [2])
    assert agrees(value, "1.04")
    assert agrees(loss.predict(np.array([[-2.85, 0.86, 0.28]])), "0.016", "0.631", "0.353", units=1)


def test_cs231n_gradient_of_given_probabilities():
    """CS231n, case study, https://cs231n.github.io/neural-networks-case-study/.

    eq-softmax-cross-entropy: for p = [0.2, 0.3, 0.5] and the middle class, p − y is
    [0.2, −0.7, 0.5].
    """
    loss = SoftmaxCrossEntropy()
    loss.forward(np.log([[0.2, 0.3, 0.5]]), [1])
    assert agrees(loss.backward(), "0.2", "-0.7", "0.5", units=1e-9)


def test_cs231n_first_loss_and_its_missing_minus_sign():
    """The same page prints a first loss of 1.1, "which is np.log(1.0/3)": that is −1.1.

    The loss is −log(1/3).
    """
    value = SoftmaxCrossEntropy().forward(np.zeros((300, 3)), np.repeat([0, 1, 2], 100))
    assert agrees(value, "1.1")
    assert value == pytest.approx(-np.log(1 / 3))
    assert not agrees(np.log(1.0 / 3), "1.1")


def test_wikipedia_softmax():
    """https://en.wikipedia.org/wiki/Softmax_function, section Example."""
    p = Softmax().forward([[1.0, 2.0, 3.0, 4.0, 1.0, 2.0, 3.0]])
    assert agrees(p, "0.024", "0.064", "0.175", "0.475", "0.024", "0.064", "0.175")


def test_scikit_learn_log_loss():
    """Documentation of sklearn.metrics.log_loss; ham is class 0, spam class 1."""
    p = [[0.1, 0.9], [0.9, 0.1], [0.8, 0.2], [0.35, 0.65]]
    assert agrees(CrossEntropy().forward(p, [1, 0, 0, 1]), "0.21616", units=1)


def test_keras_cross_entropies():
    """https://keras.io/api/losses/probabilistic_losses/ and the pages of its functions."""
    p = [[0.05, 0.95, 0.0], [0.1, 0.8, 0.1]]
    loss = CrossEntropy()
    assert agrees(loss.forward(p, [1, 2]), "1.177")
    assert agrees(loss.per_example(p, [1, 2]), "0.0513", "2.303")
    p, y = [[0.6, 0.4], [0.4, 0.6]], [[0, 1], [0, 0]]
    assert agrees(BinaryCrossEntropy().per_example(p, y), "0.916", "0.714", units=1)
    fused = SigmoidBinaryCrossEntropy()
    assert agrees(fused.forward([[-18.6, 0.51], [2.94, -12.8]], y), "0.865")


def test_pytorch_sigmoid():
    """https://docs.pytorch.org/docs/stable/special.html, torch.special.expit."""
    a = Sigmoid().forward([[0.9213, 1.0887, -0.8858, -1.7683]])
    assert agrees(a, "0.7153", "0.7481", "0.2920", "0.1458", units=1)


# S. Prince, Understanding Deep Learning, 2023, notebooks 5.2 and 5.3: three ReLUs on one input,
# https://github.com/udlbook/udlbook/tree/main/Notebooks/Chap05
PRINCE_X = [
    *(0.09291784, 0.46809093, 0.93089486, 0.67612654, 0.73441752, 0.86847339, 0.49873225),
    *(0.51083168, 0.18343972, 0.99380898, 0.27840809, 0.38028817, 0.12055708, 0.56715537),
    *(0.92005746, 0.77072270, 0.85278176, 0.05315950, 0.87168699, 0.58858043),
]


def prince(n_out, loss, b2, W2):
    network = Network(Dense(1, 3), ReLU(), Dense(3, n_out), loss=loss)
    network.parameters["b1"][...] = [0.3, -1.0, -0.5]
    network.parameters["W1"][...] = [[-1.0], [1.8], [0.65]]
    network.parameters["b2"][...] = b2
    network.parameters["W2"][...] = W2
    return network


def test_prince_binary_cross_entropy():
    """The notebook prints the sum of 20 losses; this library's loss is their mean."""
    y = np.array([0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 1])[:, None]
    network = prince(1, SigmoidBinaryCrossEntropy(), [2.6], [[-24.0, -8.0, 50.0]])
    x = np.array(PRINCE_X)[:, None]
    assert agrees(20 * network.forward(x, y), "9.563639387")
    p = network.predict(x)
    assert agrees(np.prod(np.where(y == 1, p, 1 - p)), "0.000070237")


def test_prince_multi_class_cross_entropy():
    """The notebook prints the sum of 20 losses; this library's loss is their mean."""
    y = np.array([2, 0, 1, 2, 1, 0, 0, 2, 2, 0, 2, 0, 2, 0, 1, 2, 1, 2, 1, 0])
    W2 = [[-24.0, -8.0, 50.0], [-2.0, 8.0, -30.0], [16.0, -8.0, -8.0]]
    network = prince(3, SoftmaxCrossEntropy(), [2.0, -2.0, 0.0], W2)
    assert agrees(20 * network.forward(np.array(PRINCE_X)[:, None], y), "17.015457867")


@pytest.mark.parametrize(
    ("start", "first", "after_300"),
    [((0.6, 0.9), "0.82", "0.09"), ((2.0, 2.0), "0.98", "0.20")],
)
def test_nielsen_neuron_that_learns_slowly_when_it_is_badly_wrong(start, first, after_300):
    """M. Nielsen, Neural Networks and Deep Learning, 2015, chapter 3.

    http://neuralnetworksanddeeplearning.com/chap3.html: one input 1, target 0, cost ½ (y − a)².
    The mean of squares has twice that gradient, so half the learning rate gives the same run. The
    text prints 0.82, 0.09 and 0.98; the last output, 0.20, is where its animation stops.
    """
    network = Network(Dense(1, 1), Sigmoid(), loss=MeanSquaredError())
    network.theta[...] = start
    optimizer = SGD(network, learning_rate=0.15 / 2)
    assert agrees(network.predict([[1.0]]), first)
    outputs = []
    for _ in range(300):
        network.forward([[1.0]], [[0.0]])
        network.backward()
        optimizer.update()
        outputs.append(network.predict([[1.0]])[0, 0])
    assert agrees(outputs[-1], after_300)
    if start == (2.0, 2.0):  # "for the first 150 or so learning epochs … don't change much"
        assert outputs[149] > 0.9


def test_lecun_scaled_tanh_passes_through_plus_and_minus_one():
    """Y. LeCun et al., "Efficient BackProp", 1998, section 4.4.

    f(x) = 1.7159 tanh(2x/3) is chosen so that f(±1) = ±1.
    """
    assert agrees(1.7159 * Tanh().forward([[-2 / 3, 2 / 3]]), "-1.000", "1.000")
