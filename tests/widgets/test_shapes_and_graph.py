"""The widgets of shapes and of graphs in a real browser, held to the library."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import numpy as np
import pytest
from widgets.shown import Shown

from course_lib.graph import Value
from course_lib.layers import Dense

pytestmark = pytest.mark.long


def matrix(shown: dict[str, float], name: str) -> np.ndarray:
    """Return the matrix that the page shows under `name`."""
    cells = {}
    for key, value in shown.items():
        if match := re.fullmatch(rf"{re.escape(name)}\[(\d+),(\d+)\]", key):
            cells[int(match[1]), int(match[2])] = value
    rows, columns = (1 + max(at[i] for at in cells) for i in (0, 1))
    return np.array([[cells[i, j] for j in range(columns)] for i in range(rows)])


def library(shown: dict[str, float]) -> dict[str, np.ndarray]:
    """Return Z and the three gradients that the library's layer makes of the shown matrices."""
    A, W, delta = (matrix(shown, name) for name in ("A", "W", "Δ"))
    dense = Dense(A.shape[1], W.shape[0])
    dense.W = W
    dense.b = matrix(shown, "b")[0] if "b[0,0]" in shown else np.zeros(len(W))
    Z = dense.forward(A)
    dA = dense.backward(delta)
    return {"Z": Z, "∂ℒ/∂W": dense.dW, "∂ℒ/∂A": dA, "∂ℒ/∂b": dense.db[None, :]}


TASKS = {
    "Z": ("Z", "A", "Wᵀ"),
    "dW": ("∂ℒ/∂W", "Δᵀ", "A"),
    "dA": ("∂ℒ/∂A", "Δ", "W"),
    "db": ("∂ℒ/∂b", "Δ", None),
}


def test_the_right_products_are_the_librarys_and_are_counted(opened) -> None:
    widget = opened(("shapes", {}))
    for done, (task, (name, left, right)) in enumerate(TASKS.items(), 1):
        widget.choose("task", task).choose("left", left)
        if right is None:
            widget.choose("axis", "0")
        else:
            widget.choose("right", right)
        shown = widget.values()
        assert shown["right"] == 1
        reference = library(shown)[name]
        assert matrix(shown, name) == pytest.approx(reference, rel=1e-9)
        assert widget.status().startswith("Right: ")
        assert widget.root.inner_text().count("☑") == done


@pytest.mark.parametrize("square", [False, True])
def test_a_product_is_called_right_only_when_it_is(opened, square: bool) -> None:
    size = {"N": 3, "n_in": 3, "n_out": 3} if square else {"N": 5, "n_in": 4, "n_out": 2}
    widget = opened(("shapes", size))
    names = ["A", "Aᵀ", "W", "Wᵀ", "Δ", "Δᵀ"]
    arrays = {name: matrix(widget.values(), name) for name in ("A", "W", "Δ")}
    arrays |= {f"{name}ᵀ": array.T for name, array in list(arrays.items())}
    for task in ("Z", "dW", "dA"):
        widget.choose("task", task)
        wanted, first, second = TASKS[task]
        for left, right in product(names, names):
            if not square and (left, right) not in {(first, second), ("A", "W"), ("Aᵀ", "Δ")}:
                continue
            widget.choose("left", left).choose("right", right)
            shown = widget.values()
            fits = arrays[left].shape[1] == arrays[right].shape[0]
            assert ("shape[0]" in shown) == fits
            if fits:
                made = arrays[left] @ arrays[right]
                assert (shown["shape[0]"], shown["shape[1]"]) == made.shape
            assert shown["right"] == float((left, right) == (first, second)), (left, right)
            if square and (left, right) != (first, second):
                assert "right shape" in widget.status()
        assert wanted


EXPRESSIONS = [
    ("q = x + y; q * z + q", {"x": 2, "y": -1, "z": 3}),
    ("x * x", {"x": 3}),
    ("s = sigmoid(w*x + b); (s - y)^2", {"w": 0.8, "x": 1.5, "b": -0.3, "y": 1}),
    ("a = tanh(x); b = a*a - a/y; exp(-b) + log(a + 2) * relu(y) - 3", {"x": 0.4, "y": 1.7}),
    ("-x^3 / (1 + x^2) - 2*-x", {"x": 1.3}),
    ("relu(-x) + y - y", {"x": 2, "y": 1}),
]


def evaluate(expression: str, values: dict[str, float]) -> tuple[float, dict[str, float]]:
    """Return value and gradients that the library's graph makes of the same text."""

    def function(name: str) -> Any:
        return lambda v: getattr(v, name)()

    names: dict[str, Any] = {name: Value(value) for name, value in values.items()}
    inputs = dict(names)
    space = {name: function(name) for name in ("exp", "log", "tanh", "sigmoid", "relu")}
    *assignments, last = expression.replace("^", "**").split(";")
    for assignment in assignments:
        target, _, body = assignment.partition("=")
        names[target.strip()] = eval(body, space | names)
    output = eval(last, space | names)
    output.backward()
    grads = {f"grad.{name}": float(value.grad) for name, value in names.items()}
    assert set(inputs) <= set(names)
    return float(output.data), grads


@pytest.mark.parametrize(("expression", "values"), EXPRESSIONS)
def test_values_and_gradients_are_those_of_the_librarys_graph(
    opened, expression: str, values: dict[str, float]
) -> None:
    widget = opened(("graph", {"expression": expression, "values": values}))
    to_the_end(widget)
    output, grads = evaluate(expression, values)
    shown = widget.values()
    for name, value in grads.items():
        assert shown[name] == pytest.approx(value, rel=1e-12, abs=1e-15), name
    inner = [value for name, value in shown.items() if not name.startswith("grad.")]
    assert any(value == pytest.approx(output, rel=1e-12) for value in inner)


def to_the_end(widget: Shown) -> None:
    """Step until both passes are done."""
    for _ in range(60):
        if "Both passes are done" in widget.status():
            return
        widget.press("step")
    raise AssertionError(widget.status())


def test_a_fan_out_collects_its_gradient_branch_by_branch(opened) -> None:
    widget = opened(("graph", {}))
    widget.press("step", 5)
    assert widget.values()["grad.q"] == 1
    widget.press("step")
    assert widget.values()["grad.q"] == 4
    assert "1 + 3 = 4" in widget.status()
    widget.press("back")
    assert widget.values()["grad.q"] == 1


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("x +", "ends too early"),
        ("alert(1)", "alert is not a function here"),
        ("x = = 2", "= is not expected"),
        ("exp x", "exp needs parentheses"),
        ("(x + 1", "not closed"),
        ("x^y", "a power must be a number"),
        ("x.y('z')()", ". is not expected"),
        ("constructor", "at most 8 letters"),
        ("", "no expression"),
    ],
)
def test_what_cannot_be_read_is_refused_and_the_graph_stays(opened, typed: str, why: str) -> None:
    widget = opened(("graph", {}))
    before = widget.texts()
    field = widget.root.locator("input[type=text]")
    field.fill(typed)
    field.press("Enter")
    field.press("Tab")
    assert why in widget.status()
    assert widget.texts() == before
    field.fill("x*x")
    field.press("Enter")
    assert set(widget.values()) == {"x", "step"}


def test_a_value_that_is_not_finite_stops_with_its_name(opened) -> None:
    widget = opened(("graph", {"expression": "q = x - x; 1 / q", "values": {"x": 2}}))
    assert "is not a finite number" in widget.status()
    assert widget.root.locator("[data-do=step]").get_attribute("aria-disabled") == "true"
