"""Worked two-layer networks that others published, with the numbers as they printed them."""

from itertools import pairwise

import numpy as np
import pytest
from printed import agrees

from course_lib import SGD, Dense, MeanSquaredError, Network, ReLU, Sigmoid
from course_lib.data import square_network, xor

# Matt Mazur, "A Step by Step Backpropagation Example", 2015,
# https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/


def test_mazur_forward_pass():
    e = square_network()
    network = e.network()
    hidden = Sigmoid().forward(e.x @ e.W1.T + e.b1)
    assert agrees(hidden, "0.593269992", "0.596884378")
    assert agrees(network.predict(e.x), "0.75136507", "0.772928465")
    assert agrees(network.forward(e.x, e.y), "0.298371109")


def test_mazur_gradients_and_first_update_of_the_weights():
    """eq-backward-output, eq-backward-hidden, eq-backward-weights, eq-update."""
    e = square_network()
    network = e.network()
    network.forward(e.x, e.y)
    network.backward()
    g = network.gradients
    assert agrees(g["b2"], "0.138498562", "-0.038098236", units=1)  # δ of the output layer
    assert agrees(g["W2"][0, 0], "0.082167041")
    assert agrees(g["W1"][0, 0], "0.000438568")
    assert agrees(e.W2 - 0.5 * g["W2"], "0.35891648", "0.408666186", "0.511301270", "0.561370121")
    assert agrees(e.W1 - 0.5 * g["W1"], "0.149780716", "0.19956143", "0.24975114", "0.29950229")


def mazur_rounds(rounds, through_updated_weights):
    """Train the weights, never the biases, as the page does; return the loss and the outputs."""
    e = square_network()
    network = e.network()
    W1, W2 = network.parameters["W1"], network.parameters["W2"]
    for _ in range(rounds):
        network.forward(e.x, e.y)
        network.backward()
        g = network.gradients
        dW1 = g["W1"].copy()
        if through_updated_weights:  # δ[1] is g'(z) ⊙ W2ᵀ δ[2]: exchange W2 for the new one
            slope = g["b1"] / (W2.T @ g["b2"])
            dW1 = np.outer(slope * ((W2 - 0.5 * g["W2"]).T @ g["b2"]), e.x[0])
        W2 -= 0.5 * g["W2"]
        W1 -= 0.5 * dW1
    return network.forward(e.x, e.y), network.predict(e.x)


def test_mazur_later_numbers_come_from_weights_that_were_already_updated():
    """Two programs stand behind one page, and one of them breaks the rule that the page states.

    The text says that the hidden layer's errors use the original weights, and its four new hidden
    weights do. The loss that it prints after that round, 0.291027924, and its outputs after
    10,000 rounds come from a program that used the output weights *after* their update; the right
    loss is 0.291027774. The loss printed for 10,000 rounds, 0.0000351085, is the right rule's,
    after 9,999.
    """
    wrong, _ = mazur_rounds(1, through_updated_weights=True)
    right, _ = mazur_rounds(1, through_updated_weights=False)
    assert agrees(wrong, "0.291027924")
    assert not agrees(right, "0.291027924")
    assert agrees(right, "0.291027774")


@pytest.mark.long
def test_mazur_ten_thousand_rounds():
    loss, outputs = mazur_rounds(10_000, through_updated_weights=True)
    assert agrees(outputs, "0.015912196", "0.984065734")
    assert agrees(loss, "0.000035085")  # so in the page's first version
    loss, outputs = mazur_rounds(9_999, through_updated_weights=False)
    assert agrees(loss, "0.0000351085")
    assert not agrees(outputs, "0.015912196", "0.984065734")


def test_mazur_leaves_the_biases_alone_but_their_gradients_are_not_zero():
    """An update of all parameters (eq-update) goes further down than the page's."""
    e = square_network()
    network = e.network()
    optimizer = SGD(network, learning_rate=0.5)
    network.forward(e.x, e.y)
    network.backward()
    optimizer.update()
    assert agrees(network.parameters["b2"], "0.530751", "0.619049")
    assert network.forward(e.x, e.y) < mazur_rounds(1, through_updated_weights=False)[0]


def test_goodfellow_xor_network():
    """I. Goodfellow, Y. Bengio and A. Courville, Deep Learning, 2016, section 6.1 (XOR).

    The book writes a layer as Wᵀx + c, so its W is our transpose (it is symmetric here).
    """
    x, y = xor()
    network = Network(Dense(2, 2), ReLU(), Dense(2, 1), loss=MeanSquaredError())
    network.parameters["W1"][...] = [[1, 1], [1, 1]]
    network.parameters["b1"][...] = [0, -1]
    network.parameters["W2"][...] = [[1, -2]]
    network.parameters["b2"][...] = 0
    assert network.predict(x).ravel().tolist() == [0, 1, 1, 0]
    assert network.forward(x, y[:, None]) == 0.0


def test_rashid_three_by_three_by_three():
    """T. Rashid, Make Your Own Neural Network, 2016, part 1 (a network without biases).

    The book prints 0.708 for the second output. It went on from 0.888, which it had rounded; the
    output of the numbers themselves is 0.7086, so 0.709.
    """
    network = Network(Dense(3, 3), Sigmoid(), Dense(3, 3), Sigmoid(), loss=MeanSquaredError())
    W1 = np.array([[0.9, 0.3, 0.4], [0.2, 0.8, 0.2], [0.1, 0.5, 0.6]])
    W2 = np.array([[0.3, 0.7, 0.5], [0.6, 0.5, 0.2], [0.8, 0.1, 0.9]])
    network.theta[...] = 0
    network.parameters["W1"][...] = W1
    network.parameters["W2"][...] = W2
    x = np.array([[0.9, 0.1, 0.8]])
    z1 = x @ W1.T
    hidden = Sigmoid().forward(z1)
    assert agrees(z1, "1.16", "0.42", "0.62")
    assert agrees(hidden, "0.761", "0.603", "0.650")
    assert agrees(hidden @ W2.T, "0.975", "0.888", "1.254", units=1)
    assert agrees(Sigmoid().forward([[0.975, 0.888, 1.254]]), "0.726", "0.708", "0.778")
    assert agrees(network.predict(x), "0.726", "0.709", "0.778")


# Jason Brownlee, "How to Code a Neural Network with Backpropagation In Python (from scratch)",
# https://machinelearningmastery.com/implement-backpropagation-algorithm-scratch-python/
BROWNLEE = {
    "W1": [[0.13436424411240122, 0.8474337369372327]],
    "b1": [0.763774618976614],
    "W2": [[0.2550690257394217], [0.4494910647887381]],
    "b2": [0.49543508709194095, 0.651592972722763],
}


def test_brownlee_forward_pass():
    network = Network(Dense(2, 1), Sigmoid(), Dense(1, 2), Sigmoid(), loss=MeanSquaredError())
    for name, values in BROWNLEE.items():
        network.parameters[name][...] = values
    predicted = network.predict([[1.0, 0.0]])
    assert agrees(predicted, "0.6629970129852887", "0.7253160725279748", units=5)


def test_brownlee_errors_of_given_outputs():
    """The page gives every neuron an output and derives the δs; its older version has −δ.

    The outputs do not belong to one forward pass of this network, so the layers are asked alone.
    For one example with two outputs, ½ Σ (ŷ − y)² is the mean of squares.
    """
    outputs = np.array([[0.6213859615555266, 0.6573693455986976]])
    hidden = np.array([[0.7105668883115941]])
    loss, after, before, dense = MeanSquaredError(), Sigmoid(), Sigmoid(), Dense(1, 2)
    dense.W[...] = BROWNLEE["W2"]
    loss.forward(outputs, [[0.0, 1.0]])
    after.forward(np.log(outputs / (1 - outputs)))
    dense.forward(hidden)
    before.forward(np.log(hidden / (1 - hidden)))
    delta2 = after.backward(loss.backward())
    delta1 = before.backward(dense.backward(delta2))
    assert agrees(delta2, "0.14619064683582808", "-0.0771723774346327", units=50)
    assert agrees(delta1, "0.0005348048046610517", units=50)


def test_prince_six_layers():
    """S. Prince, Understanding Deep Learning, 2023, notebook 7.2: ReLU, width 6, random weights.

    https://github.com/udlbook/udlbook/blob/main/Notebooks/Chap07/7_2_Backpropagation.ipynb
    """
    rng = np.random.RandomState(0)  # the notebook's generator: its stream is frozen
    width, hidden = 6, 5
    sizes = [1, *[width] * hidden, 1]
    W: list = [None] * (hidden + 1)
    b: list = [None] * (hidden + 1)
    W[0], W[-1] = rng.normal(size=(width, 1)), rng.normal(size=(1, width))
    b[0], b[-1] = rng.normal(size=(width, 1)), rng.normal(size=(1, 1))
    for k in range(1, hidden):
        W[k], b[k] = rng.normal(size=(width, width)), rng.normal(size=(width, 1))
    layers = [layer for n, m in pairwise(sizes) for layer in (Dense(n, m), ReLU())]
    network = Network(*layers[:-1], loss=MeanSquaredError())
    for k in range(hidden + 1):
        network.parameters[f"W{k + 1}"][...] = W[k]
        network.parameters[f"b{k + 1}"][...] = b[k][:, 0]
    assert agrees(network.predict([[1.2]]), "1.907")
    # The notebook's derivative of its squared error, 2 (output − y), with y = 20.
    network.forward([[1.2]], [[20.0]])
    network.backward()
    assert network.gradients["b6"][0] == pytest.approx(2 * (1.906605 - 20), rel=1e-6)
