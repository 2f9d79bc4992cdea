"""The checks around layers, losses, optimisers and networks, which are formulas themselves.

The base classes put the functions ``checked_…`` around the methods of every subclass. Within
`trusted`, where a network passes its own arrays from layer to layer, they pass everything.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from course_lib._validation import (
    Array,
    NotFiniteError,
    as_array,
    as_numbers,
    check_finite,
    check_probabilities,
    check_rows,
    check_rows_of_numbers,
    one_hot,
    same_shape,
)


def check_chain(layers: tuple[Any, ...], loss: Any, layer_type: type, loss_type: type) -> None:
    """Raise unless these layers and this loss make a network."""
    for thing, kind in (*((layer, layer_type) for layer in layers), (loss, loss_type)):
        if isinstance(thing, type) and issubclass(thing, kind):
            raise ValueError(
                f"{thing.__name__} is a class; expected an object of it: write {thing.__name__}()"
            )
        if not isinstance(thing, kind):
            expected = "a layer such as Dense(64, 32)" if kind is layer_type else "a loss"
            raise ValueError(f"{thing!r} is no {kind.__name__.lower()}; expected {expected}")
    for number, layer in enumerate(layers):
        if layer.owned or any(layer is other for other in layers[:number]):
            raise ValueError(
                f"{layer!r} belongs to a network already (or is given twice), and its parameters "
                "and cache can serve only one; make a new layer, or use network.copy()"
            )
    if not any(layer.parameters for layer in layers):
        raise ValueError(
            f"the network has no layer with parameters (it got {list(layers)}); "
            "expected at least one Dense(n_in, n_out)"
        )
    width = None
    for layer in layers:
        if None not in (width, layer.n_in) and width != layer.n_in:
            raise ValueError(
                f"{layer!r} expects {layer.n_in} inputs, but the layer before it has {width} "
                f"outputs; write {type(layer).__name__}({width}, {layer.n_out}), or change the "
                "layer before"
            )
        width = layer.n_out or width
    last, fused = type(layers[-1]).__name__, type(loss).__name__
    if fused in (f"{last}CrossEntropy", f"{last}BinaryCrossEntropy"):
        warnings.warn(
            f"{fused} contains a {last.lower()}, so this network applies it twice; leave out the "
            f"{last}() at the end",
            stacklevel=4,
        )


def explain_overflow(network: Any, x: ArrayLike) -> None:
    """Raise about the first number that is not finite, from x through the layers, if any."""
    a = as_numbers("x", x, network.dtype)
    for name, array in network.parameters.items():
        if not np.isfinite(array).all():
            raise NotFiniteError(
                f"{name} holds a number that is not finite, so an update went too far; start "
                "again with a lower learning rate",
                place=name,
            ) from None
    number = 0
    with np.errstate(all="ignore"):
        for layer, output in zip(network.layers, network.activations(x), strict=True):
            number += bool(layer.parameters)
            if not np.isfinite(output).all():
                raise NotFiniteError(
                    f"layer {number}, {layer!r}, overflowed first: its input is finite (up to "
                    f"{np.abs(a).max():.3g}), its output is not, in {network.dtype}. Scale the "
                    "inputs, or start again with smaller weights or a lower learning rate",
                    place=f"layer {number}",
                ) from None
            a = output


_trusted: ContextVar[bool] = ContextVar("trusted", default=False)


@contextmanager
def trusted() -> Iterator[None]:
    """Let the checks below pass everything: these numbers were checked where they came in."""
    token = _trusted.set(True)
    try:
        yield
    finally:
        _trusted.reset(token)


def checked_forward(formula: Callable[..., Array]) -> Callable[..., Array]:
    """Return a layer's `forward` with its input checked.

    Afterwards `layer.last` is a new tuple: by it a network notices a pass that is not its own.
    """

    @wraps(formula)
    def forward(layer: Any, x: ArrayLike) -> Array:
        if _trusted.get():
            output = formula(layer, x)
        else:
            x = _layer_input(layer, x)
            with trusted():
                # copies: what the caller does to the arrays later changes no cache; + 0.0 makes
                # one in which −0 (a negative number times 0) has become 0
                output = formula(layer, x.copy()) + 0.0
        layer.last = output.shape, output.dtype
        return output

    return forward


def checked_backward(formula: Callable[..., Any]) -> Callable[..., Any]:
    """Return a layer's `backward` with delta checked.

    A network passes ``input_gradient=False`` to its first layer; most formulas do not know it.
    """
    knows = "input_gradient" in signature(formula).parameters

    @wraps(formula)
    def backward(layer: Any, delta: ArrayLike, input_gradient: bool = True) -> Any:
        option = {"input_gradient": input_gradient} if knows else {}
        if _trusted.get():
            return formula(layer, delta, **option)
        delta = _layer_delta(layer, delta)
        with trusted():
            return formula(layer, delta, **option)

    return backward


def checked_loss(formula: Callable[..., float]) -> Callable[..., float]:
    """Return a loss's `forward` with prediction and target checked, and its value as well."""

    @wraps(formula)
    def forward(loss: Any, prediction: ArrayLike, target: ArrayLike) -> float:
        loss.cache = loss.last = None
        p, y = _loss_input(loss, prediction, target)
        with trusted():
            value = formula(loss, p, y)
        if value - value != 0:
            loss.cache = None
            check_finite("prediction", p)
            check_finite("target", y)
            raise NotFiniteError(
                f"the loss is {value} although every prediction and target is finite: the numbers "
                f"are too large for {p.dtype}; the largest prediction is {np.abs(p).max():.3g}. "
                "Scale the targets, or lower the learning rate"
            )
        loss.last = p.shape, p.dtype
        return value

    return forward


def checked_examples(formula: Callable[..., Array]) -> Callable[..., Array]:
    """Return a loss's `per_example` with prediction and target checked."""

    @wraps(formula)
    def per_example(loss: Any, prediction: ArrayLike, target: ArrayLike) -> Array:
        if not _trusted.get():
            prediction, target = _loss_input(loss, prediction, target)
        return formula(loss, prediction, target)

    return per_example


def checked_loss_backward(formula: Callable[..., Array]) -> Callable[..., Array]:
    """Return a loss's `backward`, which needs a forward pass before it."""

    @wraps(formula)
    def backward(loss: Any) -> Array:
        if loss.last is None:
            raise RuntimeError(
                f"{loss!r}.backward was called before its forward, so there is nothing to "
                "differentiate; call forward(prediction, target) first"
            )
        return formula(loss)

    return backward


def checked_update(formula: Callable[..., None]) -> Callable[..., None]:
    """Return an optimiser's `update`, which needs a gradient, and count the steps."""

    @wraps(formula)
    def update(optimizer: Any) -> None:
        if _trusted.get():  # an update that calls its base class's update
            return formula(optimizer)
        if not optimizer.network.has_gradient:
            raise RuntimeError(
                "update() was called before any backward pass, so there is no gradient; call "
                "network.forward(x, y) and network.backward() first"
            )
        optimizer.steps += 1
        with trusted():
            formula(optimizer)

    return update


def wrap(cls: type, **checks: Callable[..., Any]) -> None:
    """Put these checks around the methods that the class itself defines."""
    for name, check in checks.items():
        if name in vars(cls):
            setattr(cls, name, check(vars(cls)[name]))


def _layer_input(layer: Any, x: ArrayLike) -> Array:
    """Return a layer's input as numbers, checked."""
    dtype = next((array.dtype for array in layer.parameters.values()), None)
    x = as_numbers("the input", x, dtype)
    if layer.n_in is not None:
        check_rows("the input", x, layer.n_in, repr(layer))
    elif not layer.elementwise and x.ndim != 2:
        raise ValueError(
            f"the input has shape {x.shape}, but {layer!r} expects (N, n), one example per "
            "row; for one example write z[np.newaxis, :]"
        )
    check_finite("the input", x)
    return x


def _layer_delta(layer: Any, delta: ArrayLike) -> Array:
    """Return a backward pass's input as numbers of the shape of the last output, checked."""
    if layer.last is None:
        raise RuntimeError(
            f"{layer!r}.backward was called before its forward, so there is nothing to "
            "differentiate; call forward(x) first"
        )
    shape, dtype = layer.last
    delta = as_numbers("delta", delta, dtype)
    if delta.shape != shape:
        raise ValueError(
            f"delta has shape {delta.shape}, but the last forward pass of {layer!r} returned "
            f"{shape}; a gradient has the shape of what it belongs to"
        )
    check_finite("delta", delta)
    return delta


def _loss_input(loss: Any, prediction: ArrayLike, target: ArrayLike) -> tuple[Array, Array]:
    """Return copies of prediction and target, checked, as numbers of one shape."""
    p = check_rows_of_numbers(prediction, loss.takes)
    if loss.targets == "classes":
        y = one_hot(target, p)
    elif loss.targets:
        y = same_shape(target, p).copy()
    else:
        y = as_array("target", target).copy()
    if loss.takes == "prediction" and loss.targets in ("classes", "probabilities"):
        check_finite("prediction", p)
        check_probabilities("prediction", p)
    if loss.targets == "probabilities":
        check_finite("target", y)
        check_probabilities("target", y)
    return p.copy(), y
