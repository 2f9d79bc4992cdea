"""Every layer, loss, optimiser and initializer keeps the course's promise: none is listed here."""

from __future__ import annotations

import inspect
from pathlib import Path

import numpy as np
import pytest
from core.parts import api_modules, every, layer_problems, loss_problems, optimizer_problems

import course_lib
from course_lib import initializers
from course_lib.layers import Layer
from course_lib.losses import Loss
from course_lib.optimizers import Optimizer


@pytest.mark.parametrize("kind", every(Layer), ids=lambda kind: kind.__name__)
def test_every_layer_keeps_every_promise(kind):
    assert layer_problems(kind) == []


@pytest.mark.parametrize("kind", every(Loss), ids=lambda kind: kind.__name__)
def test_every_loss_keeps_every_promise(kind):
    assert loss_problems(kind) == []


@pytest.mark.parametrize("kind", every(Optimizer), ids=lambda kind: kind.__name__)
def test_every_optimizer_keeps_every_promise(kind):
    assert optimizer_problems(kind) == []


def public_initializers() -> set[str]:
    return {
        name
        for name, thing in vars(initializers).items()
        if inspect.isfunction(thing) and thing.__module__ == initializers.__name__
        and name != "find"
        and not name.startswith("_")
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(public_initializers()))
def test_every_initializer_has_a_name_an_example_and_repeats_its_draw(name):
    function = getattr(initializers, name)
    assert initializers.NAMES[name] is function
    assert ">>>" in inspect.getdoc(function)
    first, second = (function((3, 5), np.random.default_rng(0)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.shape == (3, 5)
    assert first.dtype == np.float64


# How pages and commands are made, where files are found: no part of the subject.
AROUND = {"address", "cli", "colours", "course_files", "notation", "number_format", "site"}


def test_the_api_page_shows_every_module_of_the_library():
    shown = {name.removeprefix("course_lib.") for name in api_modules()}
    modules = {path.stem for path in Path(course_lib.__file__).parent.glob("[a-z]*.py")}
    assert shown == modules - AROUND


class Doubled(Layer):
    """Planted: its gradient is wrong by a factor of 2."""

    elementwise = True

    def forward(self, z):
        self.cache = z
        return z**3 + z

    def backward(self, delta):
        return 2 * delta * (3 * self.cache**2 + 1)


class WithoutWitness(Doubled):
    """Planted: it is right, and nothing but the complex step says so.

    >>> WithoutWitness().backward
    """

    def backward(self, delta):
        return delta * (3 * self.cache**2 + 1)


class Unconnected(Layer):
    """Planted: it has parameters, and computes with copies that nobody updates."""

    def __init__(self, n):
        self.hold(g=np.ones(n))
        self.own = self.parameters["g"].copy()

    def forward(self, a):
        self.cache = a
        return a * self.own

    def backward(self, delta):
        self.gradients["g"] = np.zeros(len(self.own))
        return delta * self.own


def test_a_gradient_wrong_by_a_factor_is_found():
    assert any("complex step" in text for text in layer_problems(Doubled))


def test_a_layer_without_a_witness_is_found():
    problems = layer_problems(WithoutWitness)
    assert not any("complex step" in text for text in problems)
    assert any("no witness" in text for text in problems)
    assert any("no committed values" in text for text in problems)
    assert any("no entry in book/api.md" in text for text in problems)


def test_parameters_that_are_not_connected_are_found_although_the_complex_step_agrees():
    problems = layer_problems(Unconnected)
    assert not any("complex step" in text for text in problems)
    assert any("do not change the loss" in text for text in problems)


def test_a_planted_subclass_is_not_taken_for_one_of_the_library():
    assert Doubled not in every(Layer)
    assert {"Dense", "Softmax"} <= {kind.__name__ for kind in every(Layer)}
