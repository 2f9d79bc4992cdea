"""The answers of exercise 11 against witnesses: the library, PyTorch's optimisers, complex step."""

from __future__ import annotations

import numpy as np
import pytest
from checks.pace import seconds, seconds_here

from course_lib import SGD, Adam, Dense, MeanSquaredError, Momentum, Network, RMSprop
from course_lib import SoftmaxCrossEntropy as CrossEntropy
from course_lib.checks import load
from course_lib.checks.ex11_update import reference as ex11
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.verdict import generator
from course_lib.layers import Tanh

EXERCISE = load("11_update")
RATE, MU, RHO, BETA1, BETA2, EPS = 0.2, 0.8, 0.85, 0.8, 0.95, 1e-3
THETA = np.array([1.5, -0.7, 0.4, -2.0])
GRADIENTS = np.random.default_rng(5).normal(size=(7, 4)) * [1.0, 10.0, 0.1, 3.0]


def path_of(step, theta, rows):
    """Return θ after each step; ``step(t, theta, gradient)`` counts t from 1."""
    path = []
    for t, row in enumerate(rows, start=1):
        theta = step(t, theta, row)
        path.append(np.array(theta))
    return np.array(path)


WALKS = {
    "SGD": lambda: path_of(
        lambda t, theta, g: ex11.sgd_update(theta, g, RATE, 0.3), THETA, GRADIENTS
    ),
    "Momentum": lambda: ex11.momentum_walk(THETA, GRADIENTS, RATE, MU),
    "RMSprop": lambda: _rmsprop_walk(),
    "Adam": lambda: ex11.adam_walk(THETA, GRADIENTS, RATE, BETA1, BETA2, EPS),
}


def _rmsprop_walk():
    s = np.zeros(4)

    def step(t, theta, g):
        nonlocal s
        theta, s = ex11.rmsprop_update(theta, g, s, RATE, RHO, EPS)
        return theta

    return path_of(step, THETA, GRADIENTS)


LIBRARY = {
    "SGD": lambda n: SGD(n, RATE, weight_decay=0.3),
    "Momentum": lambda n: Momentum(n, RATE, momentum=MU),
    "RMSprop": lambda n: RMSprop(n, RATE, decay=RHO, epsilon=EPS),
    "Adam": lambda n: Adam(n, RATE, beta1=BETA1, beta2=BETA2, epsilon=EPS),
}


@pytest.mark.parametrize("name", WALKS)
def test_every_walk_over_different_gradients_is_the_librarys(name) -> None:
    network = Network(Dense(3, 1), loss=MeanSquaredError())
    network.forward(np.ones((1, 3)), np.ones((1, 1)))
    network.backward()
    network.theta[...] = THETA
    optimizer = LIBRARY[name](network)
    for gradient, expected in zip(GRADIENTS, WALKS[name](), strict=True):
        network.gradient[...] = gradient
        optimizer.update()
        np.testing.assert_allclose(network.theta, expected, rtol=1e-12)


@pytest.mark.long
@pytest.mark.parametrize("name", WALKS)
def test_every_walk_over_different_gradients_is_pytorchs(name) -> None:
    import torch

    theta = torch.tensor(THETA, requires_grad=True)
    optimizer = {
        "SGD": lambda: torch.optim.SGD([theta], RATE, weight_decay=0.3),
        "Momentum": lambda: torch.optim.SGD([theta], RATE, momentum=MU),
        "RMSprop": lambda: torch.optim.RMSprop([theta], RATE, alpha=RHO, eps=EPS),
        "Adam": lambda: torch.optim.Adam([theta], RATE, betas=(BETA1, BETA2), eps=EPS),
    }[name]()
    for gradient, expected in zip(GRADIENTS, WALKS[name](), strict=True):
        theta.grad = torch.tensor(gradient)
        optimizer.step()
        np.testing.assert_allclose(theta.detach().numpy(), expected, rtol=1e-12)


def _two_layers() -> tuple:
    question = EXERCISE.question("two_layer_step")
    fixture = question.fixtures[0]
    return question.inputs(generator(question, fixture, 4), fixture)


def test_a_step_of_two_layers_is_the_librarys() -> None:
    args = _two_layers()
    x, _, _, y, W1, b1, W2, b2, rate = args
    network = Network(Dense(3, 7), Tanh(), Dense(7, 5), loss=CrossEntropy())
    for name, value in zip(("W1", "b1", "W2", "b2"), (W1, b1, W2, b2), strict=True):
        network.parameters[name][...] = value
    network.forward(x, y)
    network.backward()
    SGD(network, rate).update()
    for name, ours in zip(("W1", "b1", "W2", "b2"), ex11.two_layer_step(*args), strict=True):
        np.testing.assert_allclose(ours, network.parameters[name], rtol=1e-12)


def test_a_step_of_two_layers_goes_against_the_complex_step_at_the_old_parameters() -> None:
    args = _two_layers()
    x, _, _, y, *theta, rate = args

    def loss(W1, b1, W2, b2):
        z = np.tanh(x @ W1.T + b1) @ W2.T + b2
        return -np.mean(np.log((np.exp(z) * y).sum(1) / np.exp(z).sum(1)))

    for place, (old, new) in enumerate(zip(theta, ex11.two_layer_step(*args), strict=True)):
        for at in np.ndindex(old.shape):
            shifted = [array.astype(complex) for array in theta]
            shifted[place][at] += 1e-30j
            slope = loss(*shifted).imag / 1e-30
            assert new[at] == pytest.approx(old[at] - rate * slope, rel=1e-10)


def test_the_numbers_of_the_calculation_by_hand() -> None:
    """v: 4, then 0.5·4 − 1. θ: 1 − 0.4, then − 0.1. m: 2, then 0.5; divided by 0.75."""
    np.testing.assert_allclose(ex11.update_by_hand(), (1.0, 0.5, 0.5 / 0.75), rtol=1e-12)


@pytest.mark.parametrize("name", ["momentum", "adam"])
def test_a_step_that_does_nothing_carries_nothing_over(name) -> None:
    asked = EXERCISE.question(f"{name}_walk")

    def still(theta, gradient, *memories_and_rest):
        return theta, *memories_and_rest[: 1 if name == "momentum" else 2]

    def walk(theta, gradients, *rest):
        return np.repeat(theta[None], len(gradients), axis=0)

    call = LocalCall({f"{name}_update": still, f"{name}_walk": walk})
    assert mark_question(asked, call).score == 0


@pytest.mark.parametrize("name", ["sgd_update", "momentum_update", "rmsprop_update", "adam_update"])
def test_what_is_the_optimisers_may_change_in_place_and_the_gradient_may_not(name) -> None:
    question = EXERCISE.question(name)

    def writes_into_the_gradient(theta, gradient, *rest):
        answer = question.reference(theta, gradient.copy(), *rest)
        gradient[...] = 0.0
        return answer

    in_place = mark_question(question, LocalCall({name: question.correct["in place"]}))
    assert (in_place.score, in_place.notes) == (question.points, ())
    result = mark_question(question, LocalCall({name: writes_into_the_gradient}))
    assert result.score == question.points / 2
    assert "the call changes the argument gradient" in result.symptom


@pytest.mark.long
def test_one_forward_pass_per_parameter_does_not_finish_in_time() -> None:
    question = EXERCISE.question("two_layer_step")
    fixture = next(case for case in question.fixtures if case.large)
    args = question.inputs(generator(question, fixture, 0), fixture)
    x, _, _, _, W1, b1, W2, b2, _ = args

    def forward():
        return np.tanh(x @ W1.T + b1) @ W2.T + b2

    assert (W1.size + W2.size) * seconds(forward, 50) > 20 * fixture.cpu_seconds
    assert seconds_here(lambda: question.reference(*args), 50) < 0.02 * fixture.cpu_seconds
