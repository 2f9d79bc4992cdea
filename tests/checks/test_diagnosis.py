"""The diagnosis beyond the known mistakes: general rules, combinations, honest ignorance."""

from __future__ import annotations

import re

import numpy as np
import pytest

from course_lib.checks import find
from course_lib.checks.answers import Compared, Output
from course_lib.checks.diagnosis import rules
from course_lib.checks.diagnosis.case import make_case
from course_lib.checks.diagnosis.terms import Written, written
from course_lib.checks.ex08_backward_pass.reference import activation_backward, dense_backward
from course_lib.checks.ex10_gradient_check.reference import FUNCTIONS
from course_lib.checks.fixtures import Fixture
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.question import Mistake, Part, Question
from course_lib.checks.verdict import CallRecord


def with_weights(change):
    """A dense_backward whose dW is changed."""

    def wrong(delta, a, W):
        dW, db, da = dense_backward(delta, a, W)
        return change(dW), db, da

    return wrong


def with_factor(factor):
    """A dense_backward whose dW is multiplied by a number made of N and n."""

    def wrong(delta, a, W):
        dW, db, da = dense_backward(delta, a, W)
        return factor(len(delta), len(W)) * dW, db, da

    return wrong


@pytest.mark.parametrize(
    ("factor", "text"),
    [
        (lambda N, n: N, "N times"),
        (lambda N, n: 2 / N, "2/N times"),
        (lambda N, n: 1 / N**2, "1/N² times"),
        (lambda N, n: 0.5, "1/2 times"),
        (lambda N, n: n, "n times"),
        (lambda N, n: 1 / (N * n), "1/(N·n) times"),
        (lambda N, n: -N, "−N times"),
        (lambda N, n: (2 / n) ** 0.5, "√(2/n) times"),
        (lambda N, n: 1 / np.log(2), "1/ln 2 times"),
    ],
)
def test_a_constant_factor_is_written_with_the_sizes(mark, factor, text: str) -> None:
    result = mark("dense_backward", with_factor(factor))
    assert f"Every entry of dW is {text} the right one" in result.symptom


@pytest.mark.parametrize("number", [0.37, 11])  # 11 is N in one call, but not in the other
def test_a_number_that_no_term_explains_is_not_printed(mark, number) -> None:
    result = mark("dense_backward", with_factor(lambda N, n: number))
    assert result.symptom.startswith("Every entry of dW is the right one times the same number.")
    assert not re.search(r"0\.37|\b11\b", result.symptom)


def test_a_factor_with_n_asks_for_the_step_that_contains_it(mark) -> None:
    result = mark("dense_backward", with_factor(lambda N, n: N))
    assert "N = 11" in result.symptom
    assert "Which step contains N" in result.question
    assert result.mistakes == ()


def test_sign(mark) -> None:
    assert "wrong sign" in mark("dense_backward", with_weights(lambda dW: -dW)).symptom


def test_a_right_transpose_is_called_so(mark) -> None:
    result = mark("dense_backward", with_weights(lambda dW: dW.T))
    assert "transposed" in result.symptom


def test_parallel_to_an_argument(mark) -> None:
    def decays(delta, a, W):
        dW, db, da = dense_backward(delta, a, W)
        return dW + 0.25 * W, db, da

    result = mark("dense_backward", decays)
    assert "dW is the right one plus 1/4 times W." in result.symptom


def test_what_is_parallel_in_one_call_alone_is_not_said(mark) -> None:
    """One-sided quotients of cubes are off by 3hx; of other functions they are not."""

    def one_sided(name, x, h):
        gradient = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            at = FUNCTIONS[name](x)
            x[i] += h
            gradient[i] = (FUNCTIONS[name](x) - at) / h
            x[i] -= h
        return gradient

    result = mark("numerical_gradient", one_sided, gradient_at=one_sided)
    assert result.score == 0
    assert "times x" not in result.symptom
    assert "holds x itself" not in result.question


def test_right_numbers_in_another_order(mark) -> None:
    result = mark("dense_backward", with_weights(lambda dW: dW[::-1]))
    assert "right numbers in the wrong order" in result.symptom


def test_rows_that_are_right_are_counted(mark) -> None:
    def half(dW):
        dW = dW.copy()
        dW[4:] *= np.arange(7) + 2.0
        return dW

    result = mark("dense_backward", with_weights(half))
    assert "28 of 91 entries of dW are right: rows 0, 1, 2, 3" in result.symptom


def test_a_factor_of_its_own_in_every_row(mark) -> None:
    result = mark("dense_backward", with_weights(lambda dW: dW * np.arange(2, 15)[:, None]))
    assert "a factor that differs between rows" in result.symptom


def test_a_factor_of_its_own_is_not_said_where_most_rows_are_right(mark) -> None:
    def two_rows(dW):
        dW = dW.copy()
        dW[[3, 5]] *= [[2.0], [3.0]]
        return dW

    result = mark("dense_backward", with_weights(two_rows))
    assert "77 of 91 entries of dW are right; rows 3, 5 are wrong." in result.symptom


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda dW: None, "is None"),
        (lambda dW: dW + 0j, "complex"),
        (lambda dW: dW * np.nan, "NaN"),
        (lambda dW: [[1.0], [1.0, 2.0]], "differ in length"),
        (lambda dW: dW[:-1], "has shape (12, 7); it should be (13, 7)."),
        (lambda dW: dW[..., None], "3 axes instead of 2"),
        (lambda dW: 0 * dW, "Every entry of dW is 0"),
    ],
)
def test_what_came_is_described(mark, change, text: str) -> None:
    result = mark("dense_backward", with_weights(change))
    assert text in result.symptom
    assert [part.points for part in result.parts] == [0, 1, 2]


def test_nothing_is_guessed_where_nothing_is_recognised(mark) -> None:
    result = mark("dense_backward", with_weights(lambda dW: dW + np.sin(dW)))
    assert result.mistakes == ()
    assert result.named == ""
    assert "db and da are right and dW is not" in result.symptom
    assert "(N = 1)" in result.question
    assert "factor" not in result.symptom + result.question


def test_two_mistakes_at_once_are_both_named(mark) -> None:
    result = mark("dense_backward", lambda d, a, W: (a.T @ d, d.mean(0), d @ W))
    assert set(result.mistakes) == {"B01", "B05-bias"}
    assert result.symptom.startswith("dW has shape (7, 13)")
    assert "For db, your db is the mean" in result.named


def test_a_known_mistake_beside_an_unknown_one(mark) -> None:
    result = mark("dense_backward", lambda d, a, W: (d.T @ a, d.mean(0), (d @ W) ** 3))
    assert result.mistakes == ("B05-bias",)


def test_an_unknown_error_in_the_first_part_is_not_given_a_name(mark) -> None:
    result = mark("dense_backward", lambda d, a, W: ((d.T @ a) ** 3, d.mean(0), d @ W))
    assert "dW" in result.symptom
    assert "db" in result.named


def test_the_first_wrong_array_is_counted_from_the_output(mark) -> None:
    def network(delta, a, z, W, activation):
        dW, db = [None] * len(W), [None] * len(W)
        for i in reversed(range(len(W))):
            dW[i], db[i], da = dense_backward(delta, a[i], W[i])
            if i > 0:
                delta = 3 * activation_backward(da, z[i - 1], activation)
        return dW, db

    result = mark("network_backward", network)
    assert "dW[2] and db[2] are right" in result.symptom
    assert "Every entry of dW[1] is 3 times" in result.symptom


def test_an_error_on_different_widths_is_looked_at_with_equal_ones(mark) -> None:
    result = mark("dense_backward", lambda d, a, W: (d.T @ a, d.sum(0), d @ W.T))
    assert "raises" in result.symptom
    assert "5-5-5-5" in result.symptom
    assert result.mistakes == ("B02",)


def test_an_error_that_is_not_known_brings_the_shapes(mark) -> None:
    result = mark("dense_backward", lambda d, a, W: (d @ a, d.sum(0), d @ W))
    assert result.status == "raised"
    assert "delta (11, 13)" in result.question
    assert result.mistakes == ()


def test_a_factor_is_written_as_short_as_possible_and_the_same_in_every_call() -> None:
    assert written([0.5], [{"N": 11, "n": 13}]) == Written("1/2")
    assert written([44], [{"N": 11}]) == Written("4·N", ("N",))
    assert written([1 / 11, 1 / 7], [{"N": 11}, {"N": 7}]) == Written("1/N", ("N",))
    assert written([1 / 11, 1 / 11], [{"N": 11}, {"N": 7}]) is None
    assert written([-1.1], [{"rate": 0.1}], sums=True) == Written("−(1 + rate)", ("rate",))
    assert written([np.pi], [{"N": 11, "n": 13}]) is None
    for useless in ([], [0.0], [np.nan], [np.inf], [1.0, -1.0]):
        assert written(useless, [{"N": 11}] * len(useless)) is None


def gradient_step(W, gradient, learning_rate):
    return W - learning_rate * gradient, gradient


RATE = Question(
    name="step",
    signature="step(W, gradient, learning_rate) -> (W, after)",
    returns=("W", "after"),
    parts=(Part("W", 1, (0,)), Part("after", 1, (1,))),
    section="x.html#y",
    place="Look.",
    inputs=lambda rng, fixture: (rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), 0.1),
    reference=gradient_step,
    fixtures=(Fixture("only"),),
)


def test_an_error_proportional_to_the_learning_rate_is_recognised() -> None:
    def wrong(W, gradient, learning_rate):
        new = W - learning_rate * gradient
        return new, gradient + learning_rate * np.sin(gradient) * W**2

    result = mark_question(RATE, LocalCall({"step": wrong}), 0)
    assert "proportional to the learning rate" in result.symptom


def test_mistakes_of_one_question_have_ids_of_their_own() -> None:
    mistake = Mistake("B01", "Name.", gradient_step, "Why?")
    with pytest.raises(ValueError, match="share an id"):
        Question(
            "f", "f()", ("x",), (), "s", "p", lambda r, f: (), max, mistakes=(mistake, mistake)
        )


def test_a_single_number_is_never_called_a_constant_factor() -> None:
    item = Compared(Output("x", 0), np.array(2.0), np.array(4.0))
    record = CallRecord(Fixture("only"), 0, (np.array(2.0), np.array(1.0), 0.1), 2.0, [item])
    assert rules.factor(make_case(RATE, item, record)) is None


def test_the_operation_that_is_wrong_is_named(mark) -> None:
    def wrong_for_products(upstream, operation, p, q):
        if operation == "product":
            return upstream * p, upstream * q
        return find("node_backward")[1].reference(upstream, operation, p, q)

    result = mark("node_backward", wrong_for_products)
    assert result.symptom.endswith('calls, and wrong where operation is "product".')


def test_one_number_beside_zeros_is_no_constant_factor(mark) -> None:
    """The derivative of ReLU is 0 in one of two calls: in the other, any number is a multiple."""

    def value_for_derivative(x, w, b, activation):
        z = w @ x + b
        if activation != "relu":
            return find("neuron_slopes")[1].reference(x, w, b, activation)
        return max(z, 0) * x, max(z, 0), max(z, 0) * w

    result = mark("neuron_slopes", value_for_derivative)
    assert "the same number" not in result.symptom
