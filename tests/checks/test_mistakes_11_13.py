"""Wrong answers to exercises 11 to 13 as people write them, and the name that each gets."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from course_lib.checks import find
from course_lib.checks.activations import VALUE
from course_lib.checks.ex12_training_loop import reference as ex12
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.verdict import QuestionResult

SEEDS = (0, 1, 2)


def marked(name: str, function: Callable[..., Any], seed: int = 0) -> QuestionResult:
    return mark_question(find(name)[1], LocalCall({name: function}), seed)


def keras_momentum(theta, gradient, v, learning_rate, momentum):
    v = momentum * v - learning_rate * gradient
    return theta + v, v


def sign_in_v(theta, gradient, v, learning_rate, momentum):
    v = momentum * v - gradient
    return theta - learning_rate * v, v


def sign_in_v_and_step(theta, gradient, v, learning_rate, momentum):
    v = momentum * v - gradient
    return theta + learning_rate * v, v


def book_momentum(theta, gradient, v, learning_rate, momentum):
    v = momentum * v - learning_rate * gradient
    return theta + momentum * v - learning_rate * gradient, v


def power_outside(theta, gradient, m, s, t, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1) ** t, s / (1 - beta2) ** t
    return theta - learning_rate * m_hat / (np.sqrt(s_hat) + epsilon), m, s


def folded(theta, gradient, m, s, t, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    rate = learning_rate * np.sqrt(1 - beta2**t) / (1 - beta1**t)
    return theta - rate * m / (np.sqrt(s) + epsilon), m, s


def step_with(dW1, dW2):
    def two_layer_step(x, a, p, y, W1, b1, W2, b2, learning_rate):
        delta2 = (p - y) / len(x)
        delta1 = delta2 @ W2 * (1 - a**2)
        return (
            W1 - learning_rate * dW1(delta1, x, a),
            b1 - learning_rate * delta1.sum(0),
            W2 - learning_rate * dW2(delta2, x, a),
            b2 - learning_rate * delta2.sum(0),
        )

    return two_layer_step


def several(step, count):
    """Make several steps of an update with `count` averages."""

    def path(theta, gradients, *rest):
        averages, thetas = [np.zeros_like(theta) for _ in range(count)], []
        for t, gradient in enumerate(gradients, start=1):
            number = (t,) if count == 2 else ()
            theta, *averages = step(theta, gradient, *averages, *number, *rest)
            thetas.append(theta)
        return thetas

    return path


def full_size_weights(x, y, W, b, activation, learning_rate, order, batch_size):
    total = 0.0
    for batch in ex12.minibatches(order, batch_size):
        loss, W, b = ex12.training_step(x[batch], y[batch], W, b, activation, learning_rate)
        total += loss * batch_size
    return total / len(order), W, b


def added_inside(x, y, W, b, activation, learning_rate, order, batch_size):
    total = 0.0
    for batch in ex12.minibatches(order, batch_size):
        loss, new_W, new_b = ex12.training_step(x[batch], y[batch], W, b, activation, learning_rate)
        W = [2 * old - new for old, new in zip(W, new_W, strict=True)]
        b = [2 * old - new for old, new in zip(b, new_b, strict=True)]
        total += loss * len(batch)
    return total / len(order), W, b


def waits_too_long(held_losses, patience):
    best = 0
    for epoch, loss in enumerate(held_losses):
        if loss < held_losses[best]:
            best = epoch
        if epoch - best > patience:
            return epoch, best
    return len(held_losses) - 1, best


def looks_before_the_loss(held_losses, patience):
    best = waited = 0
    for epoch, loss in enumerate(held_losses):
        if waited >= patience:
            return epoch, best
        better = loss < held_losses[best] or epoch == 0
        best, waited = (epoch, 0) if better else (best, waited + 1)
    return len(held_losses) - 1, best


def stops_at_the_next(held_losses, patience):
    stop, best = ex12.early_stopping(held_losses, patience)
    return (stop + 1 if stop - best >= patience else stop), best


def spread_with(measure):
    def forward_spread(x, W, activation):
        spreads = []
        for weights in W:
            x = VALUE[activation](x @ weights.T)
            spreads.append(measure(x))
        return spreads

    return forward_spread


def scale_with(xavier, he=lambda n_in: np.sqrt(2 / n_in)):
    def weight_scale(n_in, n_out, scheme):
        return xavier(n_in, n_out) if scheme == "xavier" else he(n_in)

    return weight_scale


def differing_first(differs):
    def first_wrong(dW, db, dW_check, db_check):
        for i in reversed(range(len(dW))):
            flags = differs(dW[i], dW_check[i]), differs(db[i], db_check[i])
            if any(flags):
                return i, *flags
        return -1, False, False

    return first_wrong


NAMED = {
    "2 over the root of both": (
        "weight_scale",
        scale_with(lambda n_in, n_out: 2 / np.sqrt(n_in + n_out)),
        "xavier-two-outside",
    ),
    "np.std with ddof = 1": (
        "forward_spread",
        spread_with(lambda a: a.std(ddof=1)),
        "deviation-ddof",
    ),
    "np.std": ("forward_spread", spread_with(np.std), "deviation"),
    "z < 0": ("dead_units", lambda z: (z < 0).all(axis=0).sum(), "strict"),
    **{
        f"rounded to {digits}": (
            "different_units",
            lambda W, digits=digits: len(np.unique(W.round(digits), axis=0)),
            "rounded",
        )
        for digits in (3, 6, 10)
    },
    "entry by entry": (
        "first_wrong",
        differing_first(lambda grad, two: bool((abs(grad - two) > 1e-6 * abs(two)).any())),
        "entry-by-entry",
    ),
    "np.allclose": (
        "first_wrong",
        differing_first(lambda grad, two: not np.allclose(grad, two, rtol=1e-6)),
        "allclose",
    ),
    "reshape": ("minibatches", lambda order, n: list(order.reshape(-1, n)), "reshape"),
    "np.reshape": ("minibatches", lambda order, n: [*np.reshape(order, (-1, n))], "reshape"),
    "np.array_split": (
        "minibatches",
        lambda order, n: np.array_split(order, -(-len(order) // n)),
        "even-split",
    ),
    "np.array_split, rounded down": (
        "minibatches",
        lambda order, n: np.array_split(order, len(order) // n),
        "even-split-rounded-down",
    ),
    "np.array_split, the size as the count": ("minibatches", np.array_split, "size-as-count"),
    "np.split": (
        "minibatches",
        lambda order, n: np.split(order, len(order) // n),
        "equal-split",
    ),
    "last batch dropped": (
        "minibatches",
        lambda order, n: [order[i * n : (i + 1) * n] for i in range(len(order) // n)],
        "last-dropped",
    ),
    "batch_size as weight": ("train_epoch", full_size_weights, "loss-full-size"),
    "added inside an epoch": ("train_epoch", added_inside, "gradient-ascent"),
    "one epoch too long": ("early_stopping", waits_too_long, "one-too-late"),
    "looks before the loss": ("early_stopping", looks_before_the_loss, "noticed-late"),
    "stops at the next epoch": ("early_stopping", stops_at_the_next, "noticed-late"),
    "by hand, last batch dropped": ("loop_by_hand", lambda: (44, 32, 1320, 0.6), "last-dropped"),
    "by hand, weight 4 for all": ("loop_by_hand", lambda: (45, 30, 7200, 0.96), "loss-full-size"),
    "keras": ("momentum_update", keras_momentum, "keras-form"),
    "sign in v": ("momentum_update", sign_in_v, "sign-in-v"),
    "sign in v and in the step": ("momentum_update", sign_in_v_and_step, "sign-in-both"),
    "Nesterov of a book": ("momentum_update", book_momentum, "keras-nesterov"),
    "sign in v, several steps": ("momentum_walk", several(sign_in_v, 1), "gradient-ascent"),
    "Nesterov, several steps": ("momentum_walk", several(book_momentum, 1), "U05"),
    "power outside": ("adam_update", power_outside, "power-outside"),
    "power outside, several steps": ("adam_walk", several(power_outside, 2), "power-outside"),
    "corrections in the rate": ("adam_update", folded, "folded"),
    "x and a exchanged": (
        "two_layer_step",
        step_with(lambda delta, x, a: delta.T @ a, lambda delta, x, a: delta.T @ x),
        "x-for-a",
    ),
    "x for a": (
        "two_layer_step",
        step_with(lambda delta, x, a: delta.T @ x, lambda delta, x, a: delta.T @ x),
        "x-for-a-second",
    ),
    "by hand, the form of Keras": ("update_by_hand", lambda: (-0.1, 0.5, 0.667), "keras-form"),
    "by hand, power outside": ("update_by_hand", lambda: (1, 0.5, 2.0), "power-outside"),
    "by hand, both lines with the sign": ("update_by_hand", lambda: (-1, 1.5, 0.667), "sign-in-v"),
}


@pytest.mark.parametrize("label", NAMED)
def test_a_common_mistake_is_named(label: str) -> None:
    name, function, mistake = NAMED[label]
    for seed in SEEDS:
        result = marked(name, function, seed)
        assert result.score < result.max_score
        assert mistake in result.mistakes, (seed, result.symptom, result.mistakes)


@pytest.mark.parametrize("step", [keras_momentum, sign_in_v_and_step])
def test_another_convention_of_momentum_gives_the_same_path(step) -> None:
    assert marked("momentum_walk", several(step, 1)).status == "right"


def test_corrections_in_the_rate_give_the_same_path_with_a_tiny_epsilon() -> None:
    assert marked("adam_walk", several(folded, 2)).status == "right"


@pytest.mark.parametrize(
    ("name", "ids"), [("momentum_update", {"keras-form", "rate-in-v", "sign-in-both"})]
)
def test_another_convention_is_called_one(name: str, ids: set[str]) -> None:
    for mistake in find(name)[1].mistakes:
        if mistake.id in ids:
            assert "another convention" in mistake.name, mistake.id


@pytest.mark.parametrize("name", ["update_by_hand", "loop_by_hand"])
def test_each_number_by_hand_is_named_whatever_the_others_are(name: str) -> None:
    question = find(name)[1]
    right = question.reference()
    for mistake in question.mistakes:
        wrong = [
            number if abs(number - two) > 0.005 else two + 0.123
            for number, two in zip(mistake.wrong(), right, strict=True)
        ]
        result = marked(name, lambda answer=wrong: answer)
        assert mistake.id in result.mistakes, (mistake.id, result.mistakes)


def test_every_wrong_answer_about_a_machine_is_named() -> None:
    for name, values in (("wrong_layers", range(-1, 4)), ("wrong_lines", range(1, 10))):
        right = find(name)[1].reference()
        for machine in range(5):
            for value in set(values) - {right[machine]}:
                # another machine is wrong as well, so no mistake explains the whole answer
                other = (machine + 1) % 5
                answer = list(right)
                answer[machine], answer[other] = value, 17
                result = marked(name, lambda answer=answer: answer)
                assert f"{'ABCDE'[machine]}-{value}" in result.mistakes, (name, machine, value)


@pytest.mark.parametrize("n", [1, 4, 9])
def test_a_list_with_too_few_batches_is_not_called_no_list_of_numbers(n: int) -> None:
    result = marked("minibatches", lambda order, size: [order[:n], order[n:]])
    assert "structure" not in result.mistakes


@pytest.mark.parametrize("rule", [waits_too_long, looks_before_the_loss, stops_at_the_next])
def test_waiting_too_long_is_not_called_hindsight(rule) -> None:
    for seed in SEEDS:
        assert "hindsight" not in marked("early_stopping", rule, seed).mistakes


def test_wrong_answers_here_have_the_signature_that_is_asked_for() -> None:
    for name, function, _ in NAMED.values():
        if function.__name__ not in ("<lambda>", "path", "array_split"):
            assert list(inspect.signature(function).parameters) == list(find(name)[1].arguments)
