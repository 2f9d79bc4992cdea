"""`graph.Value` against independent derivatives, and the rules of its backward pass."""

import cmath
import gc
import math
import subprocess
import sys

import numpy as np
import pytest
import sympy
from hypothesis import assume, currently_in_test_context, given, settings
from hypothesis import strategies as st
from needs import need
from reference import operations
from reference.reading import stored_operation

from course_lib.data import moons, worked_network
from course_lib.graph import Value, dot

A, B = sympy.symbols("a b", positive=True)
OPERATIONS = {
    "add": (lambda a, b: a + b, A + B),
    "subtract": (lambda a, b: a - b, A - B),
    "multiply": (lambda a, b: a * b, A * B),
    "divide": (lambda a, b: a / b, A / B),
    "power": (lambda a, b: a**b, A**B),
    "square": (lambda a, b: a**2, A**2),
    "root": (lambda a, b: a**0.5, sympy.sqrt(A)),
    "zeroth power": (lambda a, b: a**0 * b, B),
    "negate": (lambda a, b: -a, -A),
    "plus sign": (lambda a, b: +a * b, A * B),
    "exp": (lambda a, b: a.exp(), sympy.exp(A)),
    "log": (lambda a, b: a.log(), sympy.log(A)),
    "tanh": (lambda a, b: a.tanh(), sympy.tanh(A)),
    "sigmoid": (lambda a, b: a.sigmoid(), 1 / (1 + sympy.exp(-A))),
    "sigmoid of a negative": (lambda a, b: (-a).sigmoid(), 1 / (1 + sympy.exp(A))),
    "relu": (lambda a, b: (a - b).relu(), sympy.Max(A - B, 0)),
    "number on the left": (
        lambda a, b: (2 + a) * (3 - a) + 4 / a + 5 * b + 2**b,
        (2 + A) * (3 - A) + 4 / A + 5 * B + 2**B,
    ),
    "number on the right": (
        lambda a, b: (a + 2) * (a - 3) + a / 4 + b * 5,
        (A + 2) * (A - 3) + A / 4 + B * 5,
    ),
    "dot": (lambda a, b: dot([a, b, a, 2.0], [b, b, a, a]), A * B + B**2 + A**2 + 2 * A),
}


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("at", [(1.7, 0.6), (0.3, 2.2)])
def test_every_operation_has_the_value_and_slopes_that_sympy_derives(name, at):
    operation, formula = OPERATIONS[name]
    a, b = Value(at[0]), Value(at[1])
    result = operation(a, b)
    result.backward()
    numbers = dict(zip((A, B), at, strict=True))
    assert result.data == pytest.approx(float(formula.subs(numbers)), rel=1e-14)
    for value, symbol in ((a, A), (b, B)):
        slope = float(formula.diff(symbol).subs(numbers))
        used = formula.has(symbol)
        assert (value.grad if used else 0.0) == pytest.approx(slope, rel=1e-13, abs=1e-15)


class Complex:
    """The functions of a Value for a complex number: what the complex step needs."""

    def __init__(self, z):
        self.z = z

    def __add__(self, other):
        return Complex(self.z + other.z)

    def __sub__(self, other):
        return Complex(self.z - other.z)

    def __mul__(self, other):
        return Complex(self.z * other.z)

    def __truediv__(self, other):
        return Complex(self.z / other.z)

    def __pow__(self, n):
        return Complex(self.z**n)

    def exp(self):
        return Complex(cmath.exp(self.z))

    def log(self):
        return Complex(cmath.log(self.z))

    def tanh(self):
        return Complex(cmath.tanh(self.z))

    def sigmoid(self):
        return Complex(1 / (1 + cmath.exp(-self.z)))

    def relu(self):
        # Rounding decides on which side of the kink a number lies that should be 0.
        if currently_in_test_context():
            assume(self.z == 0 or abs(self.z.real) > 1e-9)
        return Complex(self.z if self.z.real > 0 else 0 * self.z)


# Each step takes two earlier results and keeps its own small, so that nothing overflows.
STEPS = [
    lambda p, q: p + q,
    lambda p, q: p - q,
    lambda p, q: (p * q).tanh(),
    lambda p, q: p / (q * q + p.exp() / p.exp()),
    lambda p, q: (p * p + q.sigmoid()) ** 0.7,
    lambda p, q: (p.tanh().exp() + q * q).log(),
    lambda p, q: p.relu() * q.tanh(),
    lambda p, q: p.sigmoid() - q**2 / (q**2 + q.tanh().exp()),
]
PROGRAMS = st.lists(
    st.tuples(st.integers(0, len(STEPS) - 1), st.integers(0, 99), st.integers(0, 99)),
    min_size=1,
    max_size=12,
)


def run(program, start):
    results = list(start)
    for step, i, j in program:
        results.append(STEPS[step](results[i % len(results)], results[j % len(results)]).tanh())
    total = results[0]
    for r in results[1:]:  # every result counts, many of them several times
        total = total + r
    return total


@settings(max_examples=150, deadline=None)
@given(PROGRAMS, st.lists(st.floats(-2, 2), min_size=3, max_size=3))
def test_random_expressions_agree_with_the_complex_step(program, numbers):
    inputs = [Value(x) for x in numbers]
    result = run(program, inputs)
    result.backward()
    for k, value in enumerate(inputs):
        h = 1e-40
        moved = [Complex(complex(x, h if i == k else 0.0)) for i, x in enumerate(numbers)]
        slope = run(program, moved).z.imag / h
        assert value.grad == pytest.approx(slope, rel=1e-9, abs=1e-11)


@pytest.mark.parametrize("name", operations.OPERATIONS)
def test_every_operation_agrees_with_the_complex_step(name):
    numbers = operations.operands(name)
    values = [Value(x) for x in numbers]
    result = getattr(Value, name)(*values)
    result.backward()

    def stepped(k):
        z = [complex(x, 1e-40 if i == k else 0.0) for i, x in enumerate(numbers)]
        if name.startswith("__"):
            return getattr(complex, name)(*z)
        return getattr(Complex, name)(Complex(z[0])).z

    assert result.data == pytest.approx(stepped(-1).real, rel=1e-15)
    for k, value in enumerate(values):
        assert value.grad == pytest.approx(stepped(k).imag / 1e-40, rel=1e-13)


@pytest.mark.parametrize("name", operations.OPERATIONS)
def test_every_operation_agrees_with_the_committed_values_of_pytorch(name):
    assert operations.ours(name) == pytest.approx(stored_operation(name), rel=1e-13)


@pytest.mark.long
@pytest.mark.parametrize("name", operations.OPERATIONS)
def test_every_operation_agrees_with_pytorch(name):
    need("torch")
    expected = operations.theirs(name)
    assert operations.ours(name) == pytest.approx(expected, rel=1e-13)
    assert stored_operation(name) == pytest.approx(expected, rel=1e-15)


def test_the_graph_does_not_import_its_drawing():
    code = "import sys, course_lib.graph; print('course_lib.graph_drawing' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_value_used_many_times_adds_the_shares_of_every_use():
    x = Value(3.0)
    y = x * x * x + x + x
    y.backward()
    assert x.grad == 3 * 9 + 2


def test_both_factors_may_be_the_same_value():
    x = Value(-3.0)
    (x * x).backward()
    assert x.grad == -6.0
    (x + x).backward()
    assert x.grad == 2.0
    (x / x).backward()
    assert x.grad == 0.0
    dot([x, x], [x, x]).backward()
    assert x.grad == -12.0


def test_backward_sets_gradients_anew_in_the_whole_graph():
    x, y = Value(2.0), Value(5.0)
    hidden = x * y
    loss = hidden * hidden
    loss.backward()
    first = (x.grad, y.grad, hidden.grad, loss.grad)
    loss.backward()
    assert (x.grad, y.grad, hidden.grad, loss.grad) == first == (100.0, 40.0, 20.0, 1.0)
    other = x + 1
    other.backward()
    assert (x.grad, y.grad) == (1.0, 40.0), "only this graph's gradients are set"


def test_backward_from_inside_a_graph_stops_there():
    x = Value(2.0)
    hidden = x * 3
    loss = hidden**2
    hidden.backward()
    assert (x.grad, hidden.grad, loss.grad) == (3.0, 1.0, 0.0)


def test_a_value_on_two_paths_of_different_length_waits_for_both():
    """What a breadth-first walk gets wrong: the short path arrives before the long one."""
    x = Value(0.5)
    h = x * 2
    long = ((h + 1) * 3 - 2) ** 2
    y = h * long
    y.backward()
    s = sympy.symbols("s")
    slope = (2 * s * ((2 * s + 1) * 3 - 2) ** 2).diff(s).subs(s, 0.5)
    assert x.grad == pytest.approx(float(slope))


def test_a_chain_may_be_deeper_than_the_recursion_limit():
    x = Value(1.0)
    y = x
    for _ in range(50_000):
        y = y + 1e-6
    y.backward()
    assert x.grad == 1.0
    del y  # freed without recursion too


def test_graphs_leave_no_cycles_for_the_garbage_collector():
    gc.collect()
    gc.disable()
    others = {id(o) for o in gc.get_objects() if type(o) is Value}  # of other tests
    try:
        x = Value(1.0)
        loss = dot([x, x + 1], [x * 2, x.tanh()]).sigmoid()
        loss.backward()
        del x, loss
        assert not [o for o in gc.get_objects() if type(o) is Value and id(o) not in others]
    finally:
        gc.enable()


def test_whatever_gradients_an_interrupted_backward_left_the_next_one_is_right():
    x = Value(3.0)
    hidden = x.tanh()
    y = x * x + hidden * x
    y.backward()
    expected = x.grad, hidden.grad
    x.grad, hidden.grad, y.grad = 5.0, 7.0, float("nan")
    y.backward()
    assert (x.grad, hidden.grad) == expected


def test_numbers_of_numpy_take_part_and_become_floats():
    x = Value(np.float32(1.5))
    y = np.float64(2.0) * x + np.int64(3) - np.float32(0.5) / x
    assert isinstance(y, Value)
    assert type(y.data) is float
    y.backward()
    assert x.grad == pytest.approx(2 + 0.5 / 1.5**2)
    assert Value(3).data == 3.0
    assert sum([x, x, x]).data == 4.5


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda v: Value("3"), TypeError, "holds one number; got '3' \\(str\\)"),
        (lambda v: Value([1.0]), TypeError, "got a list"),
        (lambda v: Value(np.ones(3)), TypeError, "ndarray of shape \\(3,\\)"),
        (lambda v: Value(1j), TypeError, "complex"),
        (lambda v: Value(float("nan")), ValueError, "expected a finite number"),
        (lambda v: v * float("inf"), ValueError, "got inf; expected a finite number"),
        (lambda v: v + "1", TypeError, "\\+ needs a Value or a number; got '1' \\(str\\)"),
        (lambda v: None * v, TypeError, "\\* needs a Value or a number; got a NoneType"),
        (lambda v: np.ones(3) * v, TypeError, "ndarray of shape \\(3,\\); make one Value"),
        (lambda v: v - np.ones((2, 2)), TypeError, "shape \\(2, 2\\)"),
        (lambda v: (v - v).log(), ValueError, "log\\(0.0\\): a logarithm needs a number above 0"),
        (lambda v: (-v).log(), ValueError, "log\\(-2.0\\)"),
        (lambda v: v / 0, ValueError, "2.0 / 0.0: a division by 0"),
        (lambda v: 1 / (v - 2), ValueError, "1.0 / 0.0"),
        (lambda v: (v - 2) ** -1, ValueError, "infinite at 0"),
        (lambda v: (v - 2) ** 0.5, ValueError, "infinite at 0"),
        (lambda v: (-v) ** 0.5, ValueError, "a negative base needs a whole exponent"),
        (lambda v: (-v) ** v, ValueError, "base above 0"),
        (lambda v: (v * 1e200) ** 2, ValueError, "larger than a float can hold"),
        (lambda v: 1e300**v, ValueError, "larger than a float can hold"),
        (lambda v: (v * 400).exp(), ValueError, "exp\\(800.0\\) is larger than a float"),
        (lambda v: dot([v], [v, v]), ValueError, "1 and 2 factors"),
        (lambda v: dot([], []), ValueError, "at least one"),
        (lambda v: dot([v], ["x"]), TypeError, "dot needs a Value or a number"),
    ],
)
def test_what_does_not_fit_is_named_with_what_was_expected(call, error, says):
    with pytest.raises(error, match=says):
        call(Value(2.0))


def test_an_overflow_is_traced_to_the_operation_that_made_it():
    x = Value(1e200)
    loss = (x * x - 1).tanh() + 3 - (x * x) / 2
    with pytest.raises(ValueError, match=r"\* of 1e\+200, 1e\+200 gave inf"):
        loss.backward()


def test_sigmoid_and_tanh_keep_their_slopes_far_from_zero():
    for at in (-800.0, -40.0, 40.0, 800.0):
        x = Value(at)
        y = x.sigmoid()
        y.backward()
        assert x.grad == pytest.approx(math.exp(-abs(at)), rel=1e-12)
        assert y.data == pytest.approx(math.exp(at) if at < 0 else 1.0, rel=1e-12)


def test_changing_data_and_building_again_trains():
    """Data may be changed in place, as an update does; slopes belong to the build."""
    w = Value(4.0)
    for _ in range(50):
        loss = (w - 1.5) ** 2
        loss.backward()
        w.data -= 0.2 * w.grad
    assert w.data == pytest.approx(1.5, abs=1e-9)


def worked_graph(use_dot):
    """The worked network and its mean loss, from Values alone."""
    e = worked_network()
    theta = {
        name: np.vectorize(Value, otypes=[object])(getattr(e, name))
        for name in ("W1", "b1", "W2", "b2")
    }

    def weighted(weights, inputs):
        if use_dot:
            return dot(weights, inputs)
        return sum(w * a for w, a in zip(weights, inputs, strict=True))

    losses = []
    for row, label in zip(e.x, e.y, strict=True):
        hidden = [
            (weighted(w, row) + b).tanh() for w, b in zip(theta["W1"], theta["b1"], strict=True)
        ]
        logits = [weighted(w, hidden) + b for w, b in zip(theta["W2"], theta["b2"], strict=True)]
        losses.append(sum(z.exp() for z in logits).log() - logits[label])
    return theta, sum(losses) / len(losses)


@pytest.mark.parametrize("use_dot", [False, True])
def test_the_graph_agrees_with_network_on_the_worked_network(use_dot):
    theta, loss = worked_graph(use_dot)
    loss.backward()
    e = worked_network()
    network = e.network()
    assert loss.data == pytest.approx(network.forward(e.x, e.y), rel=1e-14)
    network.backward()
    for name, values in theta.items():
        gradient = np.vectorize(lambda v: v.grad)(values)
        reference = network.gradients[name]
        assert np.max(np.abs(gradient - reference)) <= 1e-14 * np.max(np.abs(reference)) * 10, name


def moons_loss(kind, dots):
    """Return micrograd's moons demo, 2-16-16-1 with hinge loss, as (parameters, loss)."""
    x, y = moons(20, noise=0.1, seed=1)
    rng = np.random.default_rng(3)
    layers = [
        [([kind(w) for w in rng.uniform(-1, 1, n_in)], kind(0.0)) for _ in range(n_out)]
        for n_in, n_out in ((2, 16), (16, 16), (16, 1))
    ]
    margins = []
    for row, label in zip(x.tolist(), y.tolist(), strict=True):
        a = [kind(v) for v in row]
        for depth, layer in enumerate(layers):
            if dots:
                a = [dot(w, a) + b for w, b in layer]
            else:
                a = [sum((wi * ai for wi, ai in zip(w, a, strict=True)), b) for w, b in layer]
            a = [v.relu() for v in a] if depth < 2 else a
        margins.append((1 + -(2 * label - 1) * a[0]).relu())
    parameters = [p for layer in layers for w, b in layer for p in (*w, b)]
    loss = sum(margins) * (1.0 / len(margins)) + 1e-4 * sum(p * p for p in parameters)
    return parameters, loss


@pytest.mark.long
@pytest.mark.parametrize("dots", [False, True])
def test_the_moons_demo_agrees_with_micrograd(dots):
    need("micrograd")
    from micrograd.engine import Value as Micrograd

    peers, their_loss = moons_loss(Micrograd, dots=False)
    their_loss.backward()
    ours, our_loss = moons_loss(Value, dots)
    our_loss.backward()
    assert our_loss.data == pytest.approx(their_loss.data, rel=1e-13)
    gradients, reference = ([p.grad for p in side] for side in (ours, peers))
    assert np.max(np.abs(np.subtract(gradients, reference))) <= 1e-13 * np.max(np.abs(reference))


@pytest.mark.long
def test_random_expressions_agree_with_pytorch():
    need("torch")
    import torch

    rng = np.random.default_rng(0)
    for _ in range(40):
        program = rng.integers(0, 100, (10, 3))
        program[:, 0] %= len(STEPS)
        numbers = rng.uniform(-2, 2, 3).tolist()
        ours = [Value(x) for x in numbers]
        run(program.tolist(), ours).backward()
        tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in numbers]
        run(program.tolist(), tensors).backward()
        for a, b in zip(ours, tensors, strict=True):
            assert a.grad == pytest.approx(b.grad.item(), rel=1e-11, abs=1e-13)
