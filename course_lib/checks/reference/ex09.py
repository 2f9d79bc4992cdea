"""Exercise 09, what it costs: the course's own answers, a reverse-mode engine. NumPy alone."""

from itertools import pairwise

import numpy as np


def count_passes(sizes, N):
    """Return the multiplications of the products of one forward and one backward pass."""
    products = [N * n_in * n for n_in, n in pairwise(sizes)]
    return sum(products), 2 * sum(products) - products[0]


def count_ways(sizes, N):
    """Return the multiplications of forward mode, one-sided and central differences."""
    parameters = sum(n * (n_in + 1) for n_in, n in pairwise(sizes))
    forward, _ = count_passes(sizes, N)
    return parameters * forward, (parameters + 1) * forward, 2 * parameters * forward


def topological_order(uses, end):
    """Return the nodes that `end` needs, each after all that it uses; `end` comes last."""
    order, met, waiting = [], set(), [(end, False)]
    while waiting:
        node, used_are_done = waiting.pop()
        if used_are_done:
            order.append(node)
        elif node not in met:
            met.add(node)
            waiting.append((node, True))
            waiting.extend((used, False) for used in uses[node])
    return order


def run_tape(tape, numbers):
    """Return the value of every row, from the first row to the last."""
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
        )  # fmt: skip
    return np.array(values)


def local_slopes(operation, inputs, value):
    """Return the derivatives of one row with respect to each of its inputs."""
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
    """Return the derivative of the last value with respect to the value of every row."""
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
    """Return the derivative of every value with respect to that of row `source`."""
    values = np.asarray(values).tolist()
    dots = [0.0] * len(tape)
    for i, (operation, inputs) in enumerate(tape):
        slopes = local_slopes(operation, [values[j] for j in inputs], values[i])
        dots[i] = sum(dots[j] * slope for j, slope in zip(inputs, slopes, strict=True))
        if i == source:
            dots[i] = 1.0
    return np.array(dots)


def record(tape, operation, *inputs):
    """Write one more row and return its number."""
    tape.append((operation, list(inputs)))
    return len(tape) - 1


def record_network(x, label, W1, b1, W2, b2):
    """Return the tape of a network's loss, its numbers, and the rows of each array."""
    tape: list = []
    numbers: list = []
    rows: list = []
    for array in (x, W1, b1, W2, b2):
        flat = np.ravel(array).tolist()
        numbers.extend(flat)
        rows.append(np.reshape([record(tape, "input") for _ in flat], np.shape(array)))

    def layer(W, a, b):
        for j in range(len(b)):
            z = b[j]
            for k in range(len(a)):
                z = record(tape, "+", z, record(tape, "*", W[j, k], a[k]))
            yield z

    x_, W1_, b1_, W2_, b2_ = (array.tolist() if array.ndim == 1 else array for array in rows)
    hidden = [record(tape, "tanh", z) for z in layer(W1_, x_, b1_)]
    scores = list(layer(W2_, hidden, b2_))
    powers = [record(tape, "exp", z) for z in scores]
    total = powers[0]
    for power in powers[1:]:
        total = record(tape, "+", total, power)
    record(tape, "-", record(tape, "log", total), scores[label])
    tape = [(operation, [int(j) for j in inputs]) for operation, inputs in tape]
    return tape, numbers, rows


def network_gradient(x, label, W1, b1, W2, b2):
    """Return ∂ℒ/∂W1, ∂ℒ/∂b1, ∂ℒ/∂W2, ∂ℒ/∂b2 of a tanh layer, softmax and cross-entropy."""
    tape, numbers, rows = record_network(x, label, W1, b1, W2, b2)
    bars = reverse_sweep(tape, run_tape(tape, numbers))
    return tuple(bars[row] for row in rows[1:])
