"""The answers of exercise 05 against witnesses: complex step, sympy, the library, PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib import SGD, Dense, MeanSquaredError, Network, Sigmoid
from course_lib.checks import load
from course_lib.checks.ex05_two_neurons import two_neurons_forward as forward
from course_lib.checks.ex05_two_neurons.reference import (
    two_neurons_backward,
    two_neurons_by_hand,
    two_neurons_epoch,
    two_neurons_forward,
    two_neurons_step,
)
from course_lib.checks.verdict import generator

RNG = np.random.default_rng(3)
NUMBERS = [forward.inputs(RNG, fixture) for fixture in forward.CALLS]


def loss(x, y, w1, b1, w2, b2):
    return (1 / (1 + np.exp(-(w2 / (1 + np.exp(-(w1 * x + b1))) + b2))) - y) ** 2


def gradient(x, y, theta):
    step = 1e-30
    slopes = []
    for index in range(4):
        shifted = [complex(value) for value in theta]
        shifted[index] += 1j * step
        slopes.append(loss(x, y, *shifted).imag / step)
    return slopes


@pytest.mark.parametrize("numbers", NUMBERS)
def test_backward_is_the_complex_step(numbers) -> None:
    x, *theta = numbers
    cache = two_neurons_forward(x, *theta)
    assert loss(x, 0.3, *theta) == pytest.approx((cache[3] - 0.3) ** 2, rel=1e-14)
    ours = two_neurons_backward(x, 0.3, *cache, theta[2])
    np.testing.assert_allclose(ours, gradient(x, 0.3, theta), rtol=1e-12)


def network(theta):
    made = Network(Dense(1, 1), Sigmoid(), Dense(1, 1), Sigmoid(), loss=MeanSquaredError())
    for name, value in zip(("W1", "b1", "W2", "b2"), theta, strict=True):
        made.parameters[name][...] = value
    return made


def test_an_epoch_is_what_course_lib_does_example_by_example() -> None:
    question = load("05_two_neurons").question("two_neurons_epoch")
    for fixture in question.fixtures:
        x, y, *theta, rate = question.inputs(generator(question, fixture, 8), fixture)
        made = network(theta)
        optimizer = SGD(made, learning_rate=rate)
        for number, target in zip(x, y, strict=True):
            made.forward([[number]], [[target]])
            made.backward()
            optimizer.update()
        expected = [made.parameters[name].item() for name in ("W1", "b1", "W2", "b2")]
        np.testing.assert_allclose(two_neurons_epoch(x, y, *theta, rate), expected, rtol=1e-12)


def test_a_step_goes_against_the_gradient_at_the_old_parameters() -> None:
    x, *theta = NUMBERS[0]
    expected = np.array(theta) - 0.7 * np.array(gradient(x, 0.9, theta))
    np.testing.assert_allclose(two_neurons_step(x, 0.9, *theta, 0.7), expected, rtol=1e-12)


def test_the_numbers_of_the_pencil_calculation() -> None:
    """2(0.7 − 1)·0.7·0.3 = −0.126; times 0.6; times 1.5·0.6·0.4·2."""
    np.testing.assert_allclose(two_neurons_by_hand(), (-0.126, -0.0756, -0.09072), rtol=1e-12)


@pytest.mark.long
def test_the_formulas_are_those_of_sympy() -> None:
    import sympy

    names = sympy.symbols("x y w1 b1 w2 b2")
    x, y, w1, b1, w2, b2 = names
    a1 = 1 / (1 + sympy.exp(-(w1 * x + b1)))
    symbolic = (1 / (1 + sympy.exp(-(w2 * a1 + b2))) - y) ** 2
    values = dict(zip(names, (0.7, 0.2, -1.1, 0.4, 1.3, -0.6), strict=True))
    cache = two_neurons_forward(0.7, -1.1, 0.4, 1.3, -0.6)
    ours = two_neurons_backward(0.7, 0.2, *cache, 1.3)
    expected = [float(sympy.diff(symbolic, name).subs(values)) for name in (w1, b1, w2, b2)]
    np.testing.assert_allclose(ours, expected, rtol=1e-12)
