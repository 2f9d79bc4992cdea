"""Common mistakes of exercises 00 to 05 are named, whatever number they contain."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib.checks import find
from course_lib.checks.ex00_before_you_start import reference as ex00
from course_lib.checks.ex01_downhill import reference as ex01
from course_lib.checks.ex03_forward_pass import reference as ex03
from course_lib.checks.ex04_loss import reference as ex04
from course_lib.checks.ex05_two_neurons import reference as ex05


def probabilities(z):
    return ex04.softmax(z)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


EPSILONS = [1e-3, 1e-5, 1e-7, 1e-8, 3e-9, 1e-10, 1e-12, 1e-15, 1e-16, 1e-30]


@pytest.mark.parametrize("epsilon", EPSILONS)
@pytest.mark.parametrize("seed", [0, 7])
def test_a_probability_that_is_kept_away_from_0_is_named_whatever_epsilon(mark, epsilon, seed):
    def picked(z, y):
        return probabilities(z)[np.arange(len(y)), y]

    for wrong in (
        lambda z, y: -np.log(np.clip(picked(z, y), epsilon, 1)).mean(),
        lambda z, y: -np.log(np.clip(picked(z, y), epsilon, 1 - epsilon)).mean(),
        lambda z, y: -np.log(picked(z, y) + epsilon).mean(),
        lambda z, y: -np.sum(np.eye(z.shape[1])[y] * np.log(probabilities(z) + epsilon)) / len(y),
    ):
        assert mark("cross_entropy", wrong, seed).mistakes == ("bounded",)


@pytest.mark.parametrize("epsilon", [epsilon for epsilon in EPSILONS if epsilon > 1e-16])
@pytest.mark.parametrize("seed", [0, 7])
def test_so_is_one_of_the_binary_cross_entropy(mark, epsilon, seed):
    def clipped(z, y):
        p = np.clip(sigmoid(z), epsilon, 1 - epsilon)
        return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()

    def added(z, y):
        p = sigmoid(z)
        return -(y * np.log(p + epsilon) + (1 - y) * np.log(1 - p + epsilon)).mean()

    for wrong in (clipped, added) if epsilon > 1e-15 else (added,):
        result = mark("binary_cross_entropy", wrong, seed)
        assert result.mistakes == ("bounded",), result.symptom


def test_other_bases_of_the_logarithm_are_named(mark):
    for base, log in ((2, np.log2), (10, np.log10)):
        for name, right in (
            ("cross_entropy", ex04.cross_entropy),
            ("binary_cross_entropy", ex04.binary_cross_entropy),
        ):
            result = mark(name, lambda z, y, right=right, log=log: right(z, y) * log(np.e))
            assert result.mistakes == (f"base-{base}",)
        unsafe = mark(
            "cross_entropy",
            lambda z, y, log=log: -log(probabilities(z)[np.arange(len(y)), y]).mean(),
        )
        assert set(unsafe.mistakes) == {f"base-{base}", "L06"}, unsafe.mistakes


def sum_of_squares(y_hat, y):
    return ((y_hat - y.reshape(y_hat.shape)) ** 2).sum()


WHOLE = {
    "slope_of_loss": lambda w, x, y: (2 * (w * x - y) * x).sum() // len(x),
    "loss_of_weight": lambda w, x, y: ((w * x - y) ** 2).sum() // len(x),
    "slope_between": lambda x0, y0, x1, y1: (y1 - y0) // (x1 - x0),
    "mean_of_columns": lambda A: A.sum(axis=0) // len(A),
    "numerical_slope": lambda f, w, h: ex01.slope_at(f, w, h) // 1,
    "mean_squared_error": lambda y_hat, y: sum_of_squares(y_hat, y) // y_hat.size,
    "cross_entropy": lambda z, y: np.round(ex04.cross_entropy(z, y)),
}


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("seed", [1, 5])
def test_a_division_that_drops_the_fraction_is_named(mark, name, seed):
    question = find(name)[1]
    result = mark(name, None, seed, **{question.entry or name: WHOLE[name]})
    assert "whole-numbers" in result.mistakes, result.symptom


SIGNED = {
    "slope_of_loss": ex01.slope_of_loss,
    "slope_between": ex00.slope_between,
    "slope_of_square": ex00.slope_of_square,
    "sum_of_products": ex00.sum_of_products,
    "update_weight": ex01.update_weight,
}


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_lost_sign_is_named(mark, name, sign):
    result = mark(name, lambda *args: sign * abs(SIGNED[name](*args)))
    assert result.score == 0
    assert result.mistakes == ("absolute",), result.symptom


def test_half_of_the_sum_divided_by_n_is_named_as_that(mark):
    result = mark(
        "mean_squared_error", lambda y_hat, y: sum_of_squares(y_hat, y) / (2 * len(y_hat))
    )
    assert "half-per-example" in result.mistakes
    assert "n/2 times" in result.symptom


def test_results_of_a_forward_pass_in_the_other_order_are_named(mark):
    result = mark("network_forward", lambda *args: ex03.network_forward(*args)[::-1])
    assert result.score == 0
    assert "order" in result.named
    assert "gradient" not in result.question


def test_one_array_appended_again_and_again_is_named(mark):
    def walk(w, x, y, rate, steps):
        weight, history = np.array([w]), []
        history.append(weight)
        for _ in range(steps):
            weight -= rate * ex01.slope_of_loss(weight[0], x, y)
            history.append(weight)
        return np.array(history)[:, 0]

    assert mark("walk_downhill", walk).mistakes == ("U14",)


def test_a_one_sided_difference_over_2h_is_named(mark):
    _, question = find("numerical_slope")
    curves = ex01.CURVES

    def slope_at(f, w, h):
        return (curves[f](w + h) - curves[f](w)) / (2 * h)

    result = mark("numerical_slope", None, slope_at=slope_at)
    assert question.entry == "slope_at"
    assert result.mistakes == ("one-sided-over-2h",)


@pytest.mark.parametrize("where", ["both", "hidden", "output"])
def test_the_derivative_of_tanh_in_a_sigmoid_neuron_is_named(mark, where):
    def wrong(x, y, z1, a1, z2, y_hat, w2):
        delta2 = 2 * (y_hat - y) * (y_hat * (1 - y_hat) if where == "hidden" else 1 - y_hat**2)
        delta1 = delta2 * w2 * (a1 * (1 - a1) if where == "output" else 1 - a1**2)
        return delta1 * x, delta1, delta2 * a1, delta2

    result = mark("two_neurons_backward", wrong)
    assert result.mistakes == ("tanh-derivative" + ("" if where == "both" else f"-{where}"),)

    def step(x, y, w1, b1, w2, b2, learning_rate):
        theta = np.array([w1, b1, w2, b2])
        cache = ex05.two_neurons_forward(x, w1, b1, w2, b2)
        return theta - learning_rate * np.array(wrong(x, y, *cache, w2))

    inside = mark("two_neurons_step", step)
    assert any("tanh-derivative" in label for label in inside.mistakes), inside.symptom
