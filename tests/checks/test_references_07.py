"""The answers of exercise 07 against witnesses: complex step, the library, PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
from checks.pace import seconds, seconds_here
from needs import need

from course_lib import Dense, Network, SoftmaxCrossEntropy, Tanh
from course_lib.checks import load
from course_lib.checks.ex07_many_neurons.reference import (
    hidden_error_entry,
    layer_backward,
    many_by_hand,
    one_example_backward,
    output_error,
    softmax_vjp,
)
from course_lib.checks.verdict import generator

STEP = 1e-30


def complex_gradient(function, at):
    """∂function/∂at by the complex step, one entry after another."""
    gradient = np.zeros(at.shape)
    for place in np.ndindex(at.shape):
        shifted = at.astype(complex)
        shifted[place] += 1j * STEP
        gradient[place] = function(shifted).imag / STEP
    return gradient


def inputs(name, fixture=0, seed=1):
    question = load("07_many_neurons").question(name)
    chosen = question.fixtures[fixture]
    return question.inputs(generator(question, chosen, seed), chosen)


def agree(actual, two):
    np.testing.assert_allclose(actual, two, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("fixture", [0, 1, 2])
def test_the_error_of_one_neuron_is_the_derivative_by_its_pre_activation(fixture: int) -> None:
    k, delta, W, a = inputs("hidden_error_entry", fixture)
    gradient = complex_gradient(lambda z: delta @ (W @ np.tanh(z)), np.arctanh(a))
    agree(hidden_error_entry(k, delta, W, a), gradient[k])


def test_layer_backward_is_the_gradient_of_the_upstream_sum() -> None:
    delta, a, W = inputs("layer_backward")
    b = np.zeros(len(W))
    dW, db, da = layer_backward(delta, a, W)
    agree(dW, complex_gradient(lambda W: delta @ (W @ a + b), W))
    agree(db, complex_gradient(lambda b: delta @ (W @ a + b), b))
    agree(da, complex_gradient(lambda a: delta @ (W @ a + b), a))


def test_softmax_vjp_and_output_error_are_gradients_at_the_scores() -> None:
    p, p_bar = inputs("softmax_vjp")
    agree(
        softmax_vjp(p, p_bar),
        complex_gradient(lambda z: p_bar @ (np.exp(z) / np.exp(z).sum()), np.log(p)),
    )
    p, label = inputs("output_error")
    agree(
        output_error(p, label),
        complex_gradient(lambda z: np.log(np.exp(z).sum()) - z[label], np.log(p)),
    )


def test_one_example_backward_gives_the_gradients_of_course_lib() -> None:
    x, a, p, label, W2 = inputs("one_example_backward")
    network = Network(
        Dense(len(x), len(a)), Tanh(), Dense(len(a), len(p)), loss=SoftmaxCrossEntropy(), seed=0
    )
    network.parameters["b1"][...] = np.arctanh(a) - network.parameters["W1"] @ x
    network.parameters["W2"][...] = W2
    network.parameters["b2"][...] = np.log(p) - W2 @ a
    network.forward(x[np.newaxis], np.array([label]))
    network.backward()
    gradients = one_example_backward(x, a, p, label, W2)
    for name, gradient in zip(("W1", "b1", "W2", "b2"), gradients, strict=True):
        agree(gradient, network.gradients[name])


def test_the_numbers_of_the_pencil_calculation() -> None:
    """0.3·(−0.5); 0.5·0.2 + 2·(−0.5) + (−0.6)·0.3; times 1 − 0.64."""
    np.testing.assert_allclose(many_by_hand(), (-0.15, -1.08, -0.3888), rtol=1e-12)


@pytest.mark.long
def test_references_agree_with_torch() -> None:
    need("torch")
    import torch

    x, a, p, label, W2 = inputs("one_example_backward", 1)
    pre = torch.tensor(np.arctanh(a), requires_grad=True)
    weights = torch.tensor(W2, requires_grad=True)
    scores = weights @ torch.tanh(pre) + torch.tensor(np.log(p) - W2 @ a)
    torch.nn.functional.cross_entropy(scores[None], torch.tensor([label])).backward()
    _, db1, dW2, _ = one_example_backward(x, a, p, label, W2)
    agree(db1, pre.grad.numpy())
    agree(dW2, weights.grad.numpy())


def _layer(delta, a, W):
    return W.size, lambda: delta @ (W @ a)


def _network(x, a, p, label, W2):
    """The scores for moved hidden activations, which every forward pass computes."""
    return W2.size + a.size * x.size, lambda: np.log(np.exp(W2 @ np.tanh(a)).sum())


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "passed"), [("layer_backward", _layer), ("one_example_backward", _network)]
)
def test_a_forward_pass_per_parameter_takes_twenty_times_the_limit(name: str, passed) -> None:
    """Processor time, extrapolated from a few forward passes; the analytic answer's share."""
    question = load("07_many_neurons").question(name)
    fixture = next(case for case in question.fixtures if case.large)
    args = question.inputs(generator(question, fixture, 0), fixture)
    parameters, forward = passed(*args)

    assert parameters * seconds(forward, 50) > 20 * fixture.cpu_seconds
    assert seconds_here(lambda: question.reference(*args), 50) < 0.02 * fixture.cpu_seconds
