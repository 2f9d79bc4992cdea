"""What is wrong with a layer, a loss, an optimiser or an initializer: found out, not listed.

`every(Layer)` discovers the library's classes; `layer_problems` and its siblings hold one of them
to all that the course promises, and return a sentence for each promise it breaks.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from reference.cases import Case, cases
from reference.reading import stored

import course_lib
from course_lib import Dense, MeanSquaredError, Network, Tanh
from course_lib.gradcheck import complex_step, relative_error

REFERENCE = Path(__file__).parents[1] / "reference"
WIDTH, N = 4, 6


def every(base: type) -> list[type]:
    """Return the library's public subclasses of `base`, those of subclasses included."""
    kinds, stack = [], [base]
    while stack:
        for kind in stack.pop().__subclasses__():
            stack.append(kind)
            if kind.__module__.startswith("course_lib.") and not kind.__name__.startswith("_"):
                kinds.append(kind)
    return sorted(kinds, key=lambda kind: kind.__name__)


def make(kind: type) -> Any:
    """Return an object of the class; each argument without a default is a size."""
    arguments = [
        parameter
        for parameter in inspect.signature(kind).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    ]
    return kind(*(WIDTH + i for i in range(len(arguments))))


def layer_problems(kind: type) -> list[str]:
    """Say what a kind of layer lacks."""
    return [*_common(kind), *_layer_gradients(kind), *_layer_in_a_network(kind)]


def loss_problems(kind: type) -> list[str]:
    """Say what a kind of loss lacks."""
    return [*_common(kind), *_loss_gradient(kind)]


def optimizer_problems(kind: type) -> list[str]:
    """Say what a kind of optimiser lacks."""
    return [*_common(kind), *_optimizer_update(kind)]


def _common(kind: type) -> Iterator[str]:
    """A doctest, an exported name, an entry in the API page, PyTorch live and committed."""
    name = kind.__name__
    module = inspect.getdoc(inspect.getmodule(kind)) or ""
    doc = inspect.getdoc(kind) or ""
    if ">>>" not in doc and f"{name}(" not in module:
        yield f"{name} has no example in its docstring"
    if name not in course_lib.__all__:
        yield f"{name} is not in course_lib.__all__"
    if kind.__module__ not in api_modules() or not doc:
        yield f"{name} has no entry in book/api.md"
    if name not in witnesses():
        yield f"{name} has no witness in tests/reference/pytorch.py"
    if not [case for case in cases() if name in _names(case) and stored(case)[1]]:
        yield f"{name} has no committed values of PyTorch"


def api_modules() -> set[str]:
    """Return the modules of which the API page shows every public name that has a docstring."""
    page = (REFERENCE.parents[1] / "book" / "api.md").read_text("utf-8")
    return set(re.findall(r"^\.\. automodule:: (\S+)\n   :members:$", page, re.MULTILINE))


def _names(case: Case) -> set[str]:
    return {"Dense", str(case.activation), str(case.last), case.loss, case.kind}


def witnesses() -> set[str]:
    """Return the names that the PyTorch side knows, read from its text: PyTorch may be missing."""
    names = {"Dense"} if "torch.nn.Linear(" in (REFERENCE / "pytorch.py").read_text() else set()
    for node in ast.walk(ast.parse((REFERENCE / "pytorch.py").read_text())):
        if isinstance(node, ast.Dict):
            names |= {key.value for key in node.keys if isinstance(key, ast.Constant)}
        if isinstance(node, ast.Compare) and isinstance(node.comparators[0], ast.Constant):
            names.add(node.comparators[0].value)
        if isinstance(node, ast.Attribute):
            names.add(node.attr)  # torch.optim.SGD
    return names | (
        {"Momentum"} if "momentum=" in (REFERENCE / "pytorch.py").read_text() else set()
    )


def _layer_gradients(kind: type) -> Iterator[str]:
    """∂/∂input and ∂/∂parameters beside the complex step, for one layer alone."""
    rng = np.random.default_rng(0)
    layer = make(kind)
    x = rng.normal(size=(N, WIDTH))
    a = layer.forward(x)
    delta = rng.normal(size=a.shape)
    da = layer.backward(delta)

    def with_input(v: np.ndarray) -> complex:
        other = layer.copy()
        hold(other, {name: array.astype(complex) for name, array in layer.parameters.items()})
        return (other.forward(v) * delta).sum()

    error = relative_error(da, complex_step(with_input, x))
    if error > 1e-10:
        yield f"{kind.__name__}: the gradient of the input is {error:.1e} off the complex step"
    if set(layer.gradients) != set(layer.parameters):
        yield f"{kind.__name__}: parameters and gradients have different names"
    for name, values in layer.parameters.items():

        def with_parameter(v: np.ndarray, name: str = name) -> complex:
            other = layer.copy()
            arrays = {k: array.astype(complex) for k, array in layer.parameters.items()}
            hold(other, arrays | {name: v.copy()})
            return (other.forward(x.astype(complex)) * delta).sum()

        error = relative_error(layer.gradients[name], complex_step(with_parameter, values))
        if error > 1e-10:
            yield f"{kind.__name__}: the gradient of {name} is {error:.1e} off the complex step"


def hold(layer: Any, arrays: dict[str, np.ndarray]) -> None:
    if arrays:
        layer.hold(**arrays)


def _layer_in_a_network(kind: type) -> Iterator[str]:
    """dtypes are kept, and every entry of θ changes the loss: first, in the middle, and last."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(N, WIDTH))
    for dtype in (np.float32, np.float64, np.complex128):
        middle = make(kind)
        width = middle.n_out or WIDTH
        for layers in (
            [middle, Dense(width, 3)],
            [Dense(WIDTH, WIDTH), make(kind), Tanh(), Dense(width, 3)],
            [Dense(WIDTH, WIDTH), make(kind)],
        ):
            network = Network(*layers, loss=MeanSquaredError(), seed=2, dtype=dtype)
            network.theta += 0.1 * rng.normal(size=network.theta.size)
            y = rng.normal(size=(N, network.n_out))
            loss = network.forward(x, y)
            network.backward()
            if (
                not network.theta.dtype
                == network.gradient.dtype
                == network.predict(x).dtype
                == dtype
            ):
                yield f"{kind.__name__}: {np.dtype(dtype)} becomes another dtype"
            if dtype is np.float64:
                yield from _connected(kind, network, x, y, loss)


def _connected(kind: type, network: Network, x: Any, y: Any, loss: float) -> Iterator[str]:
    """A complex step agrees happily when both sides are 0: so is anything 0 that should not be?"""
    before = network.theta.copy()
    dead = []
    for i in range(before.size):
        changes = []
        for change in (0.5, -0.5, 3.0, -3.0):
            network.theta[i] = before[i] + change
            changes.append(network.evaluate(x, y) != loss)
        network.theta[i] = before[i]
        if not any(changes):
            dead.append(i)
    if dead:
        yield f"{kind.__name__}: entries {dead} of theta do not change the loss"


def _loss_gradient(kind: type) -> Iterator[str]:
    """∂ℒ/∂prediction beside the complex step, and the dtypes."""
    rng = np.random.default_rng(3)
    p = rng.dirichlet(np.ones(WIDTH), N)
    y = {"classes": rng.integers(0, WIDTH, N)}.get(kind.targets, rng.uniform(size=p.shape))
    loss = kind()
    value = loss.forward(p, y)
    if type(value) is not float or not np.isfinite(value):
        yield f"{kind.__name__}: the loss is {value!r}, no finite float"
    gradient = loss.backward()
    error = relative_error(gradient, complex_step(lambda v: kind().forward(v, y), p))
    if error > 1e-10:
        yield f"{kind.__name__}: its gradient is {error:.1e} off the complex step"
    if not gradient.all() and kind.__name__ != "CrossEntropy":
        yield f"{kind.__name__}: a part of the prediction does not change the loss"
    for dtype in (np.float32, np.complex128):
        loss.forward(p.astype(dtype), y)
        if loss.backward().dtype != dtype:
            yield f"{kind.__name__}: {np.dtype(dtype)} becomes another dtype"


def _optimizer_update(kind: type) -> Iterator[str]:
    """Every entry of θ moves, the dtype stays, and a minimum is approached."""
    for dtype in (np.float32, np.float64, np.complex128):
        network = Network(Dense(3, 2), loss=MeanSquaredError(), seed=0, dtype=dtype)
        optimizer = kind(network, 0.01)
        x, y = np.ones((1, 3)), np.full((1, 2), 5.0)
        losses, before = [], network.theta.copy()
        for _ in range(5):
            losses.append(abs(network.forward(x, y)))
            network.backward()
            optimizer.update()
        if network.theta.dtype != dtype:
            yield f"{kind.__name__}: {np.dtype(dtype)} becomes another dtype"
        if not (network.theta != before).all() or losses[-1] >= losses[0]:
            yield f"{kind.__name__}: not every parameter moves downhill"
