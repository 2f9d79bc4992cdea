"""A scalar computational graph with reverse-mode differentiation.

Every operation on a `Value` computes its result at once and stores two things beside it: its
inputs, and the local gradients ∂result/∂input at this point. `Value.backward` starts at the end
with ∂ℒ/∂ℒ = 1 and adds to the gradient of every input the local gradient times the upstream
gradient. A value that was used several times receives one contribution from each use; they add up.

>>> from course_lib.graph import Value
>>> x, y, z = Value(-2.0, "x"), Value(5.0, "y"), Value(-4.0, "z")
>>> f = (x + y) * z
>>> f.backward()
>>> f.data, x.grad, y.grad, z.grad
(-12.0, -4.0, -4.0, 3.0)
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import count
from numbers import Real
from operator import attrgetter
from typing import Any

__all__ = ["Value", "dot"]


class Value:
    """A number that remembers how it was computed.

    Values support ``+ - * / **`` with values and plain numbers on either side, and the methods
    `exp`, `log`, `tanh`, `sigmoid` and `relu`; `dot` makes one node of a whole sum of products.
    The local gradients belong to the numbers at the time of the operation: after you change a
    value's `data`, build the expression again. `course_lib.graph_drawing` draws the graph.

    Parameters
    ----------
    data : number
        Finite; kept as a float.
    label : str
        A name for the drawing.

    Attributes
    ----------
    data : float
        The number.
    grad : float
        ∂ℒ/∂(this value), where ℒ is the value whose `backward` ran last; 0 before any.
    label : str
        The name in the drawing; may be set on results as well.
    operation : str
        What made this value: ``"+"``, ``"tanh"``, …; empty for a value you made.

    Raises
    ------
    TypeError
        If `data` is not a number.
    ValueError
        If `data` is NaN or infinite.

    Examples
    --------
    >>> w = Value(0.5, "w")
    >>> loss = (w * 3 - 1) ** 2
    >>> loss.backward()
    >>> loss.data, w.grad          # 2 (3w − 1) · 3
    (0.25, 3.0)
    """

    # no dictionary for each node: half the memory, and less for the garbage collector to look at
    __slots__ = ("_gradients", "_inputs", "_number", "data", "grad", "label", "operation")
    _inputs: tuple[Value, ...]
    _gradients: tuple[float, ...]
    __array_ufunc__ = None  # NumPy's scalars and arrays leave the operator to this class

    def __init__(self, data: Any, label: str = "") -> None:
        if not isinstance(data, Real):
            raise TypeError(f"Value holds one number; got {_described(data)}")
        if not math.isfinite(data):
            raise ValueError(f"Value got {data!r}; expected a finite number")
        self.data, self.grad, self.label, self.operation = float(data), 0.0, str(label), ""
        self._inputs, self._gradients, self._number = (), (), next(_numbers)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self.data!r}, grad={self.grad!r}{label})"

    # Each operation: its result, its inputs, and the local gradient towards each of them.

    def __add__(self, other: Any) -> Value:
        other = other if type(other) is Value else _value(other, "+")
        return _result(self.data + other.data, "+", (self, other), (1.0, 1.0))

    def __sub__(self, other: Any) -> Value:
        other = other if type(other) is Value else _value(other, "-")
        return _result(self.data - other.data, "-", (self, other), (1.0, -1.0))

    def __mul__(self, other: Any) -> Value:
        other = other if type(other) is Value else _value(other, "*")
        a, b = self.data, other.data
        return _result(a * b, "*", (self, other), (b, a))

    def __truediv__(self, other: Any) -> Value:
        other = other if type(other) is Value else _value(other, "/")
        a, b = self.data, other.data
        if b == 0.0:
            raise ValueError(f"{a!r} / {b!r}: a division by 0 has no value; check the denominator")
        return _result(a / b, "/", (self, other), (1.0 / b, -a / b / b))

    def __pow__(self, exponent: Any) -> Value:
        """Return self ** exponent; a `Value` as exponent needs a base above 0."""
        x, n = self.data, _value(exponent, "**").data
        variable = isinstance(exponent, Value)
        if variable and x <= 0.0:
            raise ValueError(
                f"{x!r} ** Value({n!r}): the derivative with respect to the exponent needs a base "
                "above 0; write a constant exponent as a plain number"
            )
        try:
            power = x**n
            gradient = n * x ** (n - 1.0) if n else 0.0
        except ZeroDivisionError:
            raise ValueError(f"{x!r} ** {n!r}: it or its derivative is infinite at 0") from None
        except OverflowError:
            raise ValueError(f"{x!r} ** {n!r} is larger than a float can hold") from None
        if isinstance(power, complex):
            raise ValueError(f"{x!r} ** {n!r}: a negative base needs a whole exponent")
        if variable:
            return _result(power, "**", (self, exponent), (gradient, power * math.log(x)))
        return _result(power, f"**{n:g}", (self,), (gradient,))

    def __neg__(self) -> Value:
        return _result(-self.data, "neg", (self,), (-1.0,))

    def __pos__(self) -> Value:
        return self

    def __radd__(self, other: Any) -> Value:
        return _value(other, "+") + self

    def __rsub__(self, other: Any) -> Value:
        return _value(other, "-") - self

    def __rmul__(self, other: Any) -> Value:
        return _value(other, "*") * self

    def __rtruediv__(self, other: Any) -> Value:
        return _value(other, "/") / self

    def __rpow__(self, other: Any) -> Value:
        return _value(other, "**") ** self

    def exp(self) -> Value:
        """Return eˣ; its derivative is eˣ itself. Raises ValueError where it overflows."""
        try:
            y = math.exp(self.data)
        except OverflowError:
            raise ValueError(f"exp({self.data!r}) is larger than a float can hold") from None
        return _result(y, "exp", (self,), (y,))

    def log(self) -> Value:
        """Return the natural logarithm; its derivative is 1/x. Raises ValueError unless x > 0."""
        x = self.data
        if not x > 0.0:
            raise ValueError(
                f"log({x!r}): a logarithm needs a number above 0; "
                "if this is a probability, see what made it 0"
            )
        return _result(math.log(x), "log", (self,), (1.0 / x,))

    def tanh(self) -> Value:
        """Return tanh x; its derivative is 1 − tanh² x."""
        y = math.tanh(self.data)
        return _result(y, "tanh", (self,), (1.0 - y * y,))

    def sigmoid(self) -> Value:
        """Return σ(x) = 1/(1 + e⁻ˣ), never overflowing; its derivative is σ(x) (1 − σ(x))."""
        power = math.exp(-abs(self.data))
        y = (1.0 if self.data >= 0.0 else power) / (1.0 + power)
        return _result(y, "sigmoid", (self,), (power / (1.0 + power) ** 2,))

    def relu(self) -> Value:
        """Return max(0, x); its derivative is 1 for x > 0, else 0."""
        x = self.data
        return _result(max(0.0, x), "relu", (self,), (1.0 if x > 0.0 else 0.0,))

    def backward(self) -> None:
        """Set the gradient of this value with respect to every value of its graph.

        Gradients are set anew: what an earlier call left is forgotten. A value passes its gradient
        on after every value made from it has, so all contributions to it have been added.

        Raises
        ------
        ValueError
            If this value is not finite; the message names the operation that overflowed.

        Examples
        --------
        >>> x = Value(3.0)
        >>> y = x * x + x          # x is used three times
        >>> y.backward()
        >>> y.backward()
        >>> x.grad                 # 2x + 1, also after the second call
        7.0
        """
        if not math.isfinite(self.data):
            raise ValueError(_origin_of_overflow(self))
        order = topological_order(self)
        for value in order:
            value.grad = 0.0
        self.grad = 1.0
        for value in reversed(order):
            for number, local in zip(value._inputs, value._gradients):  # noqa: B905 (faster)
                number.grad += local * value.grad

    def inputs(self) -> list[tuple[Value, float]]:
        """Return the inputs of the operation that made this value, each with its local gradient.

        Examples
        --------
        >>> a, b = Value(2.0, "a"), Value(7.0, "b")
        >>> [(value.label, gradient) for value, gradient in (a * b).inputs()]
        [('a', 7.0), ('b', 2.0)]
        """
        return list(zip(self._inputs, self._gradients, strict=True))


def dot(left: Iterable[Any], right: Iterable[Any]) -> Value:
    """Return Σ_k left_k · right_k as one node instead of one per product and sum.

    A neuron's pre-activation is ``dot(weights, inputs) + bias``. The derivative with respect to
    each factor is the other factor, as for a product; a graph of such nodes is several times
    smaller.

    Parameters
    ----------
    left, right : iterable of Value or number
        As many on either side, at least one.

    Raises
    ------
    ValueError
        If the two sides differ in length or are empty.
    TypeError
        If an element is neither a Value nor a number.

    Examples
    --------
    >>> w = [Value(2.0), Value(-1.0)]
    >>> z = dot(w, [3.0, 4.0])
    >>> z.backward()
    >>> z.data, [weight.grad for weight in w]
    (2.0, [3.0, 4.0])
    """
    left, right = ([v if type(v) is Value else _value(v, "dot") for v in s] for s in (left, right))
    if len(left) != len(right) or not left:
        raise ValueError(
            f"dot got {len(left)} and {len(right)} factors; "
            "expected as many on either side, at least one"
        )
    a, b = [value.data for value in left], [value.data for value in right]
    total = sum(x * y for x, y in zip(a, b, strict=True))
    return _result(total, "dot", (*left, *right), (*b, *a))


def topological_order(end: Value) -> list[Value]:
    """Return every value of the graph that ends in `end`, inputs before results.

    The order in which they were made is such an order.

    >>> a, b = Value(2.0, "a"), Value(7.0, "b")
    >>> [value.label or value.operation for value in topological_order(a * b + a)]
    ['a', 'b', '*', '+']
    """
    visited, stack = {end}, [end]
    while stack:  # not a recursion: a chain may be as long as memory allows
        for value in stack.pop()._inputs:
            if value not in visited:
                visited.add(value)
                stack.append(value)
    return sorted(visited, key=attrgetter("_number"))


_numbers = count()
_new = Value.__new__


def _result(data: float, operation: str, inputs: Any, gradients: Any) -> Value:
    """Make the node of an operation, without the checks of `Value(...)`."""
    value = _new(Value)
    value.data, value.grad, value.label, value.operation = data, 0.0, "", operation
    value._inputs, value._gradients, value._number = inputs, gradients, next(_numbers)
    return value


def _value(number: Any, operation: str) -> Value:
    """Return `number` as a Value, or say what the operation was given."""
    if isinstance(number, Value):
        return number
    if not isinstance(number, Real):
        raise TypeError(f"{operation} needs a Value or a number; got {_described(number)}")
    return Value(number)


def _described(thing: Any) -> str:
    kind, shape = type(thing).__name__, getattr(thing, "shape", None)
    if shape is not None:
        return f"an {kind} of shape {shape}; make one Value of each of its numbers"
    return f"{thing!r} ({kind})" if isinstance(thing, (str, bytes, complex)) else f"a {kind}"


def _origin_of_overflow(end: Value) -> str:
    """Name the first operation that made a non-finite number of finite ones."""
    value = next(v for v in topological_order(end) if not math.isfinite(v.data))
    numbers = ", ".join(f"{v.data:g}" for v in value._inputs)
    how = f"{value.operation} of {numbers} gave {value.data}" if numbers else repr(value)
    return f"backward from {end.data}: {how}; a gradient needs finite numbers"
