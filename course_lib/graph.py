"""A scalar computational graph with reverse-mode differentiation.

Every operation on a `Value` computes its result at once and keeps two things: its inputs, and the
local slopes ∂result/∂input at this point. `Value.backward` starts at the end with ∂ℒ/∂ℒ = 1 and
hands every input its share, local slope times upstream gradient. A value that was used several
times receives one share from each use; the shares add up.

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
from numbers import Real
from operator import mul
from typing import Any

__all__ = ["Value", "dot"]


class Value:
    """A number that remembers how it was computed.

    Values support ``+ - * / **`` with values and plain numbers on either side, and the methods
    `exp`, `log`, `tanh`, `sigmoid` and `relu`; `dot` makes one node of a whole sum of products.
    The slopes belong to the numbers that were there when an operation ran: after you change a
    value's `data`, build the expression again. In a notebook a value shows its graph.

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

    # One object per node and nothing beside it: the garbage collector has a third of the objects
    # to look at that lists of inputs and slopes would give it, and no cycles.
    __slots__ = (
        "_awaited",
        "_left",
        "_left_slope",
        "_right",
        "_right_slope",
        "data",
        "grad",
        "label",
        "operation",
    )

    # NumPy's scalars and arrays leave the operator to this class.
    __array_ufunc__ = None

    data: float
    grad: float
    label: str
    operation: str
    _left: Value | None
    _right: Value | None
    _left_slope: float
    _right_slope: float
    _awaited: int

    def __init__(self, data: Any, label: str = "") -> None:
        if not isinstance(data, Real):
            raise TypeError(f"Value holds one number; got {_described(data)}")
        self.data = float(data)
        if not math.isfinite(self.data):
            raise ValueError(f"Value got {data!r}; expected a finite number")
        self.grad = 0.0
        self.label = str(label)
        self.operation = ""
        self._left = self._right = None
        self._left_slope = self._right_slope = 0.0
        self._awaited = 0

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self.data!r}, grad={self.grad!r}{label})"

    # Arithmetic: the result, its inputs, and the slope towards each of them.

    def __add__(self, other: Any) -> Value:
        if type(other) is not Value:
            other = _value(other, "+")
        return _result(self.data + other.data, "+", self, 1.0, other, 1.0)

    def __sub__(self, other: Any) -> Value:
        if type(other) is not Value:
            other = _value(other, "-")
        return _result(self.data - other.data, "-", self, 1.0, other, -1.0)

    def __mul__(self, other: Any) -> Value:
        if type(other) is not Value:
            other = _value(other, "*")
        a, b = self.data, other.data
        return _result(a * b, "*", self, b, other, a)

    def __truediv__(self, other: Any) -> Value:
        if type(other) is not Value:
            other = _value(other, "/")
        a, b = self.data, other.data
        if b == 0.0:
            raise ValueError(f"{a!r} / {b!r}: a division by 0 has no value; check the denominator")
        quotient = a / b
        return _result(quotient, "/", self, 1.0 / b, other, -quotient / b)

    def __pow__(self, exponent: Any) -> Value:
        """Return self ** exponent; a `Value` as exponent needs a base above 0."""
        if isinstance(exponent, Value):
            return self._to_a_value(exponent)
        n = _value(exponent, "**").data
        x = self.data
        try:
            power = x**n
            slope = n * x ** (n - 1.0) if n else 0.0
        except ZeroDivisionError:
            raise ValueError(f"{x!r} ** {n!r}: the power or its slope is infinite at 0") from None
        except OverflowError:
            raise ValueError(f"{x!r} ** {n!r} is larger than a float can hold") from None
        if isinstance(power, complex):
            raise ValueError(f"{x!r} ** {n!r}: a negative base needs a whole exponent")
        return _result(power, f"**{n:g}", self, slope)

    def _to_a_value(self, exponent: Value) -> Value:
        x, n = self.data, exponent.data
        if x <= 0.0:
            raise ValueError(
                f"{x!r} ** Value({n!r}): the slope towards the exponent needs a base above 0; "
                "write a constant exponent as a plain number"
            )
        try:
            power = x**n
            return _result(power, "**", self, n * power / x, exponent, power * math.log(x))
        except OverflowError:
            raise ValueError(f"{x!r} ** {n!r} is larger than a float can hold") from None

    def __neg__(self) -> Value:
        return _result(-self.data, "neg", self, -1.0)

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

    # Functions of one value.

    def exp(self) -> Value:
        """Return eˣ; its slope is eˣ itself. Raises ValueError where a float cannot hold it."""
        try:
            y = math.exp(self.data)
        except OverflowError:
            raise ValueError(f"exp({self.data!r}) is larger than a float can hold") from None
        return _result(y, "exp", self, y)

    def log(self) -> Value:
        """Return the natural logarithm; its slope is 1/x. Raises ValueError unless x > 0."""
        x = self.data
        if not x > 0.0:
            raise ValueError(
                f"log({x!r}): a logarithm needs a number above 0; "
                "if this is a probability, see what made it 0"
            )
        return _result(math.log(x), "log", self, 1.0 / x)

    def tanh(self) -> Value:
        """Return tanh x; its slope is 1 − tanh² x."""
        y = math.tanh(self.data)
        return _result(y, "tanh", self, 1.0 - y * y)

    def sigmoid(self) -> Value:
        """Return σ(x) = 1/(1 + e⁻ˣ), never overflowing; its slope is σ(x) (1 − σ(x))."""
        small = math.exp(-abs(self.data))
        y = 1.0 / (1.0 + small)
        if self.data < 0.0:
            y = small * y
        return _result(y, "sigmoid", self, small / (1.0 + small) ** 2)

    def relu(self) -> Value:
        """Return max(0, x); its slope is 1 for x > 0, else 0."""
        x = self.data
        return _result(x, "relu", self, 1.0) if x > 0.0 else _result(0.0, "relu", self, 0.0)

    # The backward pass.

    def backward(self) -> None:
        """Set the gradient of this value with respect to every value of its graph.

        Gradients are set anew: what an earlier call left is forgotten. First each value learns
        how many shares it will receive; then a value passes its gradient on as soon as the last
        share has come. No recursion: a chain may be as long as memory allows.

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
        found = [self]
        try:
            for value in found:  # grows while it is read
                value._announce(found)
            self.grad = 1.0
            ready = [self]
            while ready:
                ready.pop()._hand_back(ready)
        except BaseException:  # an interrupt, say: leave nothing half counted
            for value in found:
                value._awaited = 0
            raise

    def _announce(self, found: list[Value]) -> None:
        """Tell each input that one more share will come; list those met for the first time."""
        left = self._left
        if left is None:
            return
        if left._awaited:
            left._awaited += 1
        else:
            left._awaited, left.grad = 1, 0.0
            found.append(left)
        right = self._right
        if right is None:
            return
        if right._awaited:
            right._awaited += 1
        else:
            right._awaited, right.grad = 1, 0.0
            found.append(right)

    def _hand_back(self, ready: list[Value]) -> None:
        """Add local slope × upstream gradient to each input; list those that now have all."""
        left = self._left
        if left is None:
            return
        left.grad += self._left_slope * self.grad
        left._awaited -= 1
        if not left._awaited:
            ready.append(left)
        right = self._right
        if right is None:
            return
        right.grad += self._right_slope * self.grad
        right._awaited -= 1
        if not right._awaited:
            ready.append(right)

    def inputs(self) -> list[tuple[Value, float]]:
        """Return the inputs of the operation that made this value, each with its local slope.

        Examples
        --------
        >>> a, b = Value(2.0, "a"), Value(7.0, "b")
        >>> [(value.label, slope) for value, slope in (a * b).inputs()]
        [('a', 7.0), ('b', 2.0)]
        """
        pairs = ((self._left, self._left_slope), (self._right, self._right_slope))
        return [(value, slope) for value, slope in pairs if value is not None]

    # The drawing.

    def draw(self, title: str = "") -> str:
        """Return the graph as SVG text: values above the wires, gradients below them.

        Raises
        ------
        ValueError
            If the graph has too many values to be read.

        Examples
        --------
        >>> (Value(2.0, "a") * Value(3.0, "b")).draw()[:4]
        '<svg'
        """
        from course_lib.graph_drawing import svg

        return svg(self, title)

    def _repr_svg_(self) -> str | None:
        """Show the graph in a notebook; a graph too large to be read shows as text."""
        try:
            return self.draw()
        except ValueError:
            return None


class _Dot(Value):
    """The node of `dot`: as many inputs as the sum of products has factors."""

    __slots__ = ("_inputs", "_slopes")
    _inputs: tuple[Value, ...]
    _slopes: tuple[float, ...]

    def _announce(self, found: list[Value]) -> None:
        for value in self._inputs:
            awaited = value._awaited
            value._awaited = awaited + 1
            if not awaited:
                value.grad = 0.0
                found.append(value)

    def _hand_back(self, ready: list[Value]) -> None:
        upstream = self.grad
        for value, slope in zip(self._inputs, self._slopes):  # noqa: B905 (equal by construction)
            value.grad += slope * upstream
            value._awaited = awaited = value._awaited - 1
            if not awaited:
                ready.append(value)

    def inputs(self) -> list[tuple[Value, float]]:
        return list(zip(self._inputs, self._slopes, strict=True))


def dot(left: Iterable[Any], right: Iterable[Any]) -> Value:
    """Return Σ_k left_k · right_k as one node instead of one per product and sum.

    A neuron's pre-activation is ``dot(weights, inputs) + bias``. The slope towards each factor is
    the other factor, as for a product; a graph of such nodes is several times smaller.

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
    left, right = tuple(left), tuple(right)
    if len(left) != len(right) or not left:
        raise ValueError(
            f"dot got {len(left)} and {len(right)} factors; "
            "expected as many on either side, at least one"
        )
    inputs = left + right
    if not {*map(type, inputs)} <= _VALUES:
        inputs = tuple(_value(value, "dot") for value in inputs)
    numbers = [value.data for value in inputs]
    a, b = numbers[: len(left)], numbers[len(left) :]
    node = _Dot.__new__(_Dot)
    node.data = float(sum(map(mul, a, b)))
    node.grad = 0.0
    node.label = ""
    node.operation = "dot"
    node._left = node._right = None
    node._left_slope = node._right_slope = 0.0
    node._awaited = 0
    node._inputs = inputs
    node._slopes = (*b, *a)
    return node


_VALUES = {Value, _Dot}
_new = Value.__new__


def _result(
    data: float,
    operation: str,
    left: Value,
    left_slope: float,
    right: Value | None = None,
    right_slope: float = 0.0,
) -> Value:
    """Make the node of an operation, without the checks that `Value(...)` makes."""
    node = _new(Value)
    node.data = data
    node.grad = 0.0
    node.label = ""
    node.operation = operation
    node._left = left
    node._left_slope = left_slope
    node._right = right
    node._right_slope = right_slope
    node._awaited = 0
    return node


def _value(number: Any, operation: str) -> Value:
    """Return `number` as a Value, or say which operation met what."""
    if isinstance(number, Value):
        return number
    if not isinstance(number, Real):
        raise TypeError(f"{operation} needs a Value or a number; got {_described(number)}")
    return Value(number)


def _described(thing: Any) -> str:
    kind = type(thing).__name__
    shape = getattr(thing, "shape", None)
    if shape is not None:
        return f"an {kind} of shape {shape}; make one Value of each of its numbers"
    return f"{thing!r} ({kind})" if isinstance(thing, (str, bytes, complex)) else f"a {kind}"


def _origin_of_overflow(end: Value) -> str:
    """Name the operation that made a non-finite number of finite ones."""
    seen, stack = {end}, [end]
    while stack:
        value = stack.pop()
        inputs = [number for number, _ in value.inputs()]
        if not math.isfinite(value.data) and all(math.isfinite(v.data) for v in inputs):
            numbers = ", ".join(f"{v.data:g}" for v in inputs)
            how = f"{value.operation} of {numbers} gave {value.data}" if inputs else repr(value)
            return f"backward from {end.data}: {how}; a gradient needs finite numbers"
        stack += [v for v in inputs if v not in seen]
        seen.update(inputs)
    return f"backward from {end.data}: a gradient needs finite numbers"
