# Generated from solutions/09_cost.md by `course release`: change that file.
"""The course's own answers of exercise 09. NumPy alone."""

import numpy as np


def count_passes(sizes, N):
    """Return (forward, backward), two whole numbers."""
    products = [N * sizes[l - 1] * sizes[l] for l in range(1, len(sizes))]
    return sum(products), 2 * sum(products) - products[0]


def count_ways(sizes, N):
    """Return (forward_mode, one_sided, central), three whole numbers."""
    forward, _ = count_passes(sizes, N)
    parameters = sum(sizes[l] * (sizes[l - 1] + 1) for l in range(1, len(sizes)))
    return parameters * forward, (parameters + 1) * forward, 2 * parameters * forward


def record(tape, operation, *inputs):
    """Write one more row and return its number."""
    tape.append((operation, [int(row) for row in inputs]))
    return len(tape) - 1


def run_tape(tape, numbers):
    """Return the values of all rows, one number per row."""
    values, left = [], list(numbers)
    for operation, inputs in tape:
        if operation == "input":
            values.append(left.pop(0))
            continue
        p, q = values[inputs[0]], values[inputs[-1]]
        values.append(
            p + q if operation == "+"
            else p - q if operation == "-"
            else p * q if operation == "*"
            else getattr(np, operation)(p)
        )
    return np.array(values)


def local_slopes(operation, inputs, value):
    """Return the derivatives of one row with respect to each of its inputs, a list."""
    if operation == "+":
        return [1.0, 1.0]
    if operation == "-":
        return [1.0, -1.0]
    if operation == "*":
        return [inputs[1], inputs[0]]
    if operation == "tanh":
        return [1.0 - value**2]
    if operation == "exp":
        return [value]
    if operation == "log":
        return [1.0 / inputs[0]]
    return []


def reverse_sweep(tape, values):
    """Return the bars, the derivative of the last value with respect to each row's value."""
    values = np.asarray(values).tolist()
    bars = [0.0] * len(tape)
    bars[-1] = 1.0
    for i in reversed(range(len(tape))):
        operation, inputs = tape[i]
        slopes = local_slopes(operation, [values[j] for j in inputs], values[i])
        for j, slope in zip(inputs, slopes, strict=True):
            bars[j] += bars[i] * slope
    return np.array(bars)


def forward_sweep(tape, values, source):
    """Return the dots, the derivative of each row's value with respect to row `source`."""
    values = np.asarray(values).tolist()
    dots = [0.0] * len(tape)
    for i, (operation, inputs) in enumerate(tape):
        slopes = local_slopes(operation, [values[j] for j in inputs], values[i])
        dots[i] = sum(dots[j] * slope for j, slope in zip(inputs, slopes, strict=True))
        if i == source:
            dots[i] = 1.0
    return np.array(dots)


def topological_order(uses, end):
    """Return the list of the nodes that `end` needs, in an order in which they can be computed."""
    order, visited = [], set()

    def visit(node):
        if node in visited:
            return
        visited.add(node)
        for used in uses[node]:
            visit(used)
        order.append(node)

    visit(end)
    return order


def network_gradient(x, label, W1, b1, W2, b2):
    """Return (dW1, db1, dW2, db2), each with the shape of its parameter.

    Shapes: x (n_0,), W1 (n_1, n_0), b1 (n_1,), W2 (n_2, n_1), b2 (n_2,); label is a whole number.
    """
    tape, numbers = [], []

    def rows(array):
        numbers.extend(array.ravel())
        return np.array([record(tape, "input") for _ in array.ravel()]).reshape(array.shape)

    x_, W1_, b1_, W2_, b2_ = rows(x), rows(W1), rows(b1), rows(W2), rows(b2)
    def neuron(weights, inputs, bias):
        z = bias
        for weight, value in zip(weights, inputs):
            z = record(tape, "+", z, record(tape, "*", weight, value))
        return z

    hidden = [record(tape, "tanh", neuron(W1_[j], x_, b1_[j])) for j in range(len(b1))]
    z = [neuron(W2_[j], hidden, b2_[j]) for j in range(len(b2))]
    total = record(tape, "exp", z[0])
    for score in z[1:]:
        total = record(tape, "+", total, record(tape, "exp", score))
    record(tape, "-", record(tape, "log", total), z[label])
    bars = np.array(reverse_sweep(tape, run_tape(tape, numbers)))
    return bars[W1_], bars[b1_], bars[W2_], bars[b2_]
