"""The answers of exercise 10 against witnesses: formulas, the library, PyTorch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from checks.pace import seconds, seconds_here
from needs import need

from course_lib import gradcheck
from course_lib.checks import load
from course_lib.checks.ex10_gradient_check import reference as ex10
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.verdict import generator
from course_lib.notebooks import source

EXERCISE = load("10_gradient_check")
DERIVED = {
    "cubes": lambda x: 3 * x**2,
    "bends": lambda x: 2 * np.tanh(x).sum() / np.cosh(x) ** 2,
    "log-sum": lambda x: np.exp(x) / np.exp(x).sum(),
}


def _planted() -> dict:
    """Run the cell of the notebook that plants the mistakes."""
    root = Path(__file__).resolve().parents[2]
    names: dict = {"np": np}
    for cell in source.read(root / "solutions" / "10_gradient_check.md").cells:
        if cell.kind == "code" and "\nPLANTED = {" in cell.source:
            exec(cell.source, names)
    return names


NOTEBOOK = _planted()
PLACE, TARGETS = NOTEBOOK["PLACE"], NOTEBOOK["TARGETS"]
PLANTED = NOTEBOOK["PLANTED"] | {
    "E": (lambda x: np.tanh(x).sum(), NOTEBOOK["PLANTED"]["E"][1]),  # in float64
}
SLOPES = {  # of the planted functions, derived once more on paper
    "A": lambda x: np.exp(x) / np.exp(x).sum(),
    "B": lambda x: 1 / (2 + np.exp(x) + np.exp(-x)),
    "C": lambda x: np.where(x > 0, TARGETS, 0.0),
    "D": lambda x: (
        (1 + np.tanh(_inner(x))) / 2
        + x / 2 / np.cosh(_inner(x)) ** 2 * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x**2)
    ),
    "E": lambda x: 1 / np.cosh(x) ** 2,
    "F": lambda x: 2 * (x - TARGETS) / 6,
}


def _inner(x):
    return np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)


def inputs(name, fixture=0, seed=1):
    question = EXERCISE.question(name)
    chosen = question.fixtures[fixture]
    return question.inputs(generator(question, chosen, seed), chosen)


@pytest.mark.parametrize("name", ex10.FUNCTIONS)
def test_both_numerical_gradients_against_the_formula(name: str) -> None:
    x = inputs("numerical_gradient")[1]
    right = DERIVED[name](x)
    assert ex10.relative_error(ex10.gradient_at(name, x, 1e-5), right) < 1e-9
    assert ex10.relative_error(ex10.complex_gradient_at(name, x, 1e-30), right) < 1e-14


@pytest.mark.parametrize("fixture", range(5))
def test_they_are_the_librarys_for_every_step(fixture: int) -> None:
    name, x, h = inputs("numerical_gradient", fixture)
    expected = gradcheck.central_differences(ex10.FUNCTIONS[name], x, h)
    np.testing.assert_allclose(ex10.gradient_at(name, x, h), expected, rtol=1e-12)
    name, x, h = inputs("complex_gradient", fixture)
    expected = gradcheck.complex_step(ex10.FUNCTIONS[name], x, h)
    np.testing.assert_allclose(ex10.complex_gradient_at(name, x, h), expected, rtol=1e-12)


def test_the_relative_error_is_the_librarys() -> None:
    for fixture in range(4):
        values, reference = inputs("relative_error", fixture)
        expected = gradcheck.relative_error(values, reference)
        assert ex10.relative_error(values, reference) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("name", ex10.FUNCTIONS)
def test_along_a_direction_a_right_gradient_claims_what_is_measured(name: str) -> None:
    _, x, gradient, v, _ = inputs("along_direction")
    claimed, measured = ex10.along_direction_at(name, x, DERIVED[name](x), v, 1e-5)
    assert claimed == pytest.approx(measured, rel=1e-8)
    claimed, again = ex10.along_direction_at(name, x, gradient, v, 1e-5)
    assert again == measured
    assert abs(claimed - measured) > 0.01


def test_the_report_names_the_array_that_was_spoiled_last() -> None:
    for fixture in EXERCISE.question("find_wrong").fixtures:
        question = EXERCISE.question("find_wrong")
        gradients, witnesses, tolerance = question.inputs(generator(question, fixture, 3), fixture)
        errors, array, place = ex10.find_wrong(gradients, witnesses, tolerance)
        beyond = [
            index
            for index, (gradient, two) in enumerate(zip(gradients, witnesses, strict=True))
            if gradcheck.relative_error(gradient, two) > tolerance
        ]
        assert array == (beyond[-1] if beyond else -1)
        assert errors[array] > tolerance if beyond else place == -1
        if beyond:
            difference = np.abs(gradients[array] - witnesses[array]).ravel()
            assert difference[place] == difference.max()


def test_the_planted_verdicts_by_formulas_of_their_own() -> None:
    for (name, (function, given)), verdict in zip(
        PLANTED.items(), ex10.planted_verdicts(), strict=True
    ):
        right = SLOPES[name](PLACE)
        witness = gradcheck.complex_step(function, PLACE)
        assert gradcheck.relative_error(witness, right) < 1e-14, name
        difference = np.abs(given(PLACE) - right)
        if verdict < 0:
            assert difference.max() < 1e-15 * np.abs(right).max() * 4, name
        else:
            assert difference.argmax() == verdict, name
            second = np.sort(difference, axis=None)[-2]
            assert difference.max() > 1.2 * second, name
    assert 0 not in ex10.planted_verdicts()


def test_only_the_float32_sum_hides_its_witness_in_the_notebook() -> None:
    """E alone is computed in float32 there; the test above examines it in float64."""
    here = NOTEBOOK["PLANTED"]["E"][0](PLACE)
    assert here == pytest.approx(PLANTED["E"][0](PLACE), rel=1e-6)
    assert PLANTED.keys() == SLOPES.keys()


def test_a_measure_that_makes_numbers_up_carries_nothing() -> None:
    call = LocalCall(
        {
            "relative_error": lambda values, reference: 1.0,
            "find_wrong": lambda gradients, witnesses, tolerance: ([1.0] * 6, 5, 0),
        }
    )
    assert mark_question(EXERCISE.question("find_wrong"), call).score == 0


@pytest.mark.long
def test_references_agree_with_torch() -> None:
    need("torch")
    import torch

    x = inputs("numerical_gradient")[1]
    functions = {
        "cubes": lambda x: (x**3).sum(),
        "bends": lambda x: torch.tanh(x).sum() ** 2,
        "log-sum": lambda x: torch.logsumexp(x.ravel(), 0),
    }
    for name, function in functions.items():
        tensor = torch.tensor(x, requires_grad=True)
        function(tensor).backward()
        ours = ex10.complex_gradient_at(name, x, 1e-30)
        assert gradcheck.relative_error(ours, tensor.grad.numpy()) < 1e-14
    tensor = torch.tensor(PLACE, requires_grad=True)
    torch.nn.functional.gelu(tensor, approximate="tanh").sum().backward()
    assert gradcheck.relative_error(SLOPES["D"](PLACE), tensor.grad.numpy()) < 1e-13


@pytest.mark.long
def test_differences_for_every_entry_take_twenty_times_the_limit() -> None:
    """Processor time, extrapolated from a few evaluations; the two evaluations' share."""
    question = EXERCISE.question("along_direction")
    fixture = next(case for case in question.fixtures if case.large)
    args = question.inputs(generator(question, fixture, 0), fixture)
    function, x = ex10.FUNCTIONS[args[0]], args[1]
    once = seconds(lambda: function(x))
    assert 2 * x.size * once > 20 * fixture.cpu_seconds
    assert 4 * seconds_here(lambda: function(x)) < 0.02 * fixture.cpu_seconds
