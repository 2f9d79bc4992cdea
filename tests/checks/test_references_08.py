"""The answers of exercise 08 against witnesses: complex step, the library, PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
from checks.pace import seconds, seconds_here
from needs import need

from course_lib import Dense, Network, ReLU, Sigmoid, SoftmaxCrossEntropy, Tanh
from course_lib.checks import load
from course_lib.checks.ex08_backward_pass.reference import (
    activation_backward,
    backward_by_hand,
    dense_backward,
    network_backward,
    softmax_cross_entropy_backward,
)
from course_lib.checks.verdict import generator

STEP = 1e-30
LAYERS = {"tanh": Tanh, "sigmoid": Sigmoid, "relu": ReLU}


def complex_gradient(function, at):
    """∂function/∂at by the complex step, one entry after another."""
    gradient = np.zeros(at.shape)
    for place in np.ndindex(at.shape):
        shifted = at.astype(complex)
        shifted[place] += 1j * STEP
        gradient[place] = function(shifted).imag / STEP
    return gradient


def inputs(name, fixture=0, seed=1):
    question = load("08_backward_pass").question(name)
    chosen = question.fixtures[fixture]
    return question.inputs(generator(question, chosen, seed), chosen)


def agree(actual, two):
    assert actual.shape == two.shape
    assert np.abs(actual - two).max() <= 1e-12 * np.abs(two).max()


def test_dense_backward_is_the_gradient_of_the_upstream_sum() -> None:
    delta, a, W = inputs("dense_backward")
    b = np.zeros(len(W))
    dW, db, da = dense_backward(delta, a, W)
    agree(dW, complex_gradient(lambda W: (delta * (a @ W.T + b)).sum(), W))
    agree(db, complex_gradient(lambda b: (delta * (a @ W.T + b)).sum(), b))
    agree(da, complex_gradient(lambda a: (delta * (a @ W.T + b)).sum(), a))


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_activation_backward_is_the_gradient_through_the_activation(activation: str) -> None:
    da, z, _ = inputs("activation_backward")
    g = np.tanh if activation == "tanh" else lambda z: 1 / (1 + np.exp(-z))
    agree(activation_backward(da, z, activation), complex_gradient(lambda z: (da * g(z)).sum(), z))


def test_activation_backward_of_relu_passes_what_is_on() -> None:
    da, z, _ = inputs("activation_backward")
    h = 1e-3
    smooth = np.abs(z) > h
    assert (~smooth).sum() == 1
    quotient = (np.maximum(z + h, 0) - np.maximum(z - h, 0)) / (2 * h)
    gradient = activation_backward(da, z, "relu")
    np.testing.assert_allclose(gradient[smooth], (da * quotient)[smooth], atol=1e-9)


def test_nothing_arrives_where_the_derivative_of_relu_is_a_convention() -> None:
    """At exactly 0 any derivative between 0 and 1 gets full marks, and a division by z does not."""
    question = load("08_backward_pass").question("activation_backward")
    fixture = next(case for case in question.fixtures if case.variant == "relu")
    da, z, _ = question.inputs(generator(question, fixture, 0), fixture)
    assert (z == 0).any()
    assert not da[z == 0].any()


def test_softmax_cross_entropy_backward_is_the_gradient_of_the_mean_loss() -> None:
    p, y = inputs("softmax_cross_entropy_backward")

    def loss(z):
        return (np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]).sum() / len(y)

    agree(softmax_cross_entropy_backward(p, y), complex_gradient(loss, np.log(p)))


@pytest.mark.parametrize("fixture", [0, 1, 2])
def test_network_backward_gives_the_gradients_of_course_lib(fixture: int) -> None:
    delta, a, z, W, activation = inputs("network_backward", fixture)
    layers = []
    for i, weights in enumerate(W):
        layers += [Dense(weights.shape[1], weights.shape[0])]
        layers += [LAYERS[activation]()] if i < len(W) - 1 else []
    network = Network(*layers, loss=SoftmaxCrossEntropy(), seed=0)
    for i, weights in enumerate(W, start=1):
        network.parameters[f"W{i}"][...] = weights
        network.parameters[f"b{i}"][...] = (z[i - 1] - a[i - 1] @ weights.T)[0]
    p = np.exp(z[-1]) / np.exp(z[-1]).sum(axis=1, keepdims=True)
    y = (p - delta * len(delta)).argmax(axis=1)
    network.forward(a[0], y)
    network.backward()
    dW, db = network_backward(delta, a, z, W, activation)
    for i in range(len(W)):
        agree(dW[i], network.gradients[f"W{i + 1}"])
        agree(db[i], network.gradients[f"b{i + 1}"])


def test_the_numbers_of_the_pencil_calculation() -> None:
    """Worked on paper: 0.5·2 + (−0.5)·(−3), −0.25 + 0.65, 0.5·0.6 + (−0.25)·(−0.6)."""
    np.testing.assert_allclose(backward_by_hand(), (2.5, 0.4, 0.45), rtol=1e-12)


@pytest.mark.long
def test_references_agree_with_torch() -> None:
    need("torch")
    import torch

    delta, a, z, W, activation = inputs("network_backward", 1)
    biases = [(z[i] - a[i] @ W[i].T)[0] for i in range(len(W))]
    weights = [torch.tensor(array, requires_grad=True) for array in W]
    shifts = [torch.tensor(array, requires_grad=True) for array in biases]
    value = torch.tensor(a[0])
    for i, (weight, shift) in enumerate(zip(weights, shifts, strict=True)):
        value = torch.nn.functional.linear(value, weight, shift)
        if i < len(weights) - 1:
            value = torch.sigmoid(value)
    p = np.exp(z[-1]) / np.exp(z[-1]).sum(axis=1, keepdims=True)
    y = (p - delta * len(delta)).argmax(axis=1)
    torch.nn.functional.cross_entropy(value, torch.tensor(y)).backward()
    assert activation == "sigmoid"
    dW, db = network_backward(softmax_cross_entropy_backward(p, y), a, z, W, activation)
    for i in range(len(W)):
        agree(dW[i], weights[i].grad.numpy())
        agree(db[i], shifts[i].grad.numpy())
    for name, function in (("tanh", torch.tanh), ("relu", torch.relu)):
        da, z0, _ = inputs("activation_backward")
        tensor = torch.tensor(z0, requires_grad=True)
        function(tensor).backward(torch.tensor(da))
        agree(activation_backward(da, z0, name), tensor.grad.numpy())


@pytest.mark.long
@pytest.mark.parametrize("name", ["dense_backward", "network_backward"])
def test_a_forward_pass_per_parameter_takes_twenty_times_the_limit(name: str) -> None:
    """Processor time, extrapolated from a few forward passes; the analytic answer's share."""
    question = load("08_backward_pass").question(name)
    fixture = next(case for case in question.fixtures if case.large)
    args = question.inputs(generator(question, fixture, 0), fixture)
    weights = [args[2]] if name == "dense_backward" else args[3]
    first = args[1] if name == "dense_backward" else args[1][0]

    def forward():
        value = first
        for weight in weights:
            value = np.tanh(value @ weight.T)

    parameters = sum(weight.size for weight in weights)
    assert parameters * seconds(forward, 50) > 20 * fixture.cpu_seconds
    assert seconds_here(lambda: question.reference(*args), 50) < 0.02 * fixture.cpu_seconds
