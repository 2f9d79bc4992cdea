"""Every operation of `graph.Value`, found in the class, and what PyTorch makes of it."""

from __future__ import annotations

import inspect

import numpy as np

from course_lib.graph import Value

NOT_OPERATIONS = {"__init__", "__repr__", "backward", "inputs"}
OPERATIONS = [  # not the drawing, which another module adds to the class
    name
    for name, f in vars(Value).items()
    if inspect.isfunction(f) and f.__module__ == Value.__module__ and name not in NOT_OPERATIONS
]


def operands(name: str) -> tuple[float, ...]:
    """Return the numbers that an operation is tried with, as many as it takes."""
    return (1.7, 0.6)[: len(inspect.signature(getattr(Value, name)).parameters)]


def ours(name: str) -> np.ndarray:
    """Return an operation's result, and its derivative with respect to each operand."""
    values = [Value(number) for number in operands(name)]
    result = getattr(Value, name)(*values)
    result.backward()
    return np.array([result.data, *(value.grad for value in values)])


def theirs(name: str) -> np.ndarray:
    """Return what `ours` returns, from PyTorch."""
    import torch

    numbers = operands(name)
    tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in numbers]
    result = getattr(torch.Tensor, name)(*tensors)
    result.backward()
    return np.array([result.item(), *(tensor.grad.item() for tensor in tensors)])
