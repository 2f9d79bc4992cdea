"""What PyTorch and JAX answer for the worked network, for chapter 14.

The page shows the functions below and reads what they returned from `outputs.json`, so the book
builds where neither is installed. Write it anew with ``python book/frameworks/make_outputs.py``;
``--print`` shows the answers and leaves the file alone.
"""

import json
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import torch

from course_lib.data import worked_network

FILE = Path(__file__).with_name("outputs.json")
RATE, STEPS = 0.5, 5
NAMES = ("W1", "b1", "W2", "b2")


def torch_parameters(example, dtype):
    """Return the worked network's parameters as tensors that PyTorch differentiates."""
    return {
        name: torch.tensor(getattr(example, name), dtype=dtype, requires_grad=True)
        for name in NAMES
    }


def torch_loss(theta, x, y):
    """Return the loss; PyTorch records each operation on the way."""
    z1 = x @ theta["W1"].T + theta["b1"]
    a1 = torch.tanh(z1)
    z2 = a1 @ theta["W2"].T + theta["b2"]
    return torch.nn.functional.cross_entropy(z2, y)


def torch_training(example, dtype):
    """Return the losses, the first gradients and the last parameters of a few SGD steps."""
    theta = torch_parameters(example, dtype)
    x, y = torch.tensor(example.x, dtype=dtype), torch.tensor(example.y)
    optimizer = torch.optim.SGD(theta.values(), lr=RATE)
    losses, first = [], None
    for _ in range(STEPS):
        loss = torch_loss(theta, x, y)
        optimizer.zero_grad()
        loss.backward()
        first = first or {name: theta[name].grad.clone() for name in NAMES}
        optimizer.step()
        losses.append(loss.item())
    return losses, first, theta


def jax_loss(theta, x, y):
    """Return the loss, a function of its arguments and of nothing else."""
    z1 = x @ theta["W1"].T + theta["b1"]
    a1 = jnp.tanh(z1)
    z2 = a1 @ theta["W2"].T + theta["b2"]
    log_p = jax.nn.log_softmax(z2)
    return -log_p[jnp.arange(len(y)), y].mean()


def jax_training(example, dtype):
    """Return the losses, the first gradients and the last parameters of a few SGD steps."""
    theta = {name: jnp.asarray(getattr(example, name), dtype) for name in NAMES}
    x, y = jnp.asarray(example.x, dtype), jnp.asarray(example.y)
    loss_and_gradient = jax.jit(jax.value_and_grad(jax_loss))
    losses, first = [], None
    for _ in range(STEPS):
        loss, gradient = loss_and_gradient(theta, x, y)
        first = first or gradient
        theta = {name: theta[name] - RATE * gradient[name] for name in NAMES}
        losses.append(float(loss))
    return losses, first, theta


def tape(node):
    """Return the names of the recorded operations, from the loss along the activations."""
    names = []
    while node is not None and node.name() != "torch::autograd::AccumulateGrad":
        names.append(node.name())
        node = node.next_functions[0][0] if node.next_functions else None
    return names


def backward_twice(example):
    """Return the ratio of b2's gradient after two walks, with nothing zeroed, to that after one."""
    theta = torch_parameters(example, torch.float64)
    x, y = torch.tensor(example.x), torch.tensor(example.y)
    torch_loss(theta, x, y).backward()
    once = theta["b2"].grad.clone()
    torch_loss(theta, x, y).backward()
    return float((theta["b2"].grad / once).mean())


def without_a_record(example):
    """Return whether a loss made inside `no_grad` can be walked back from."""
    theta = torch_parameters(example, torch.float64)
    with torch.no_grad():
        loss = torch_loss(theta, torch.tensor(example.x), torch.tensor(example.y))
    return loss.requires_grad


def as_lists(arrays):
    """Return arrays of any library as lists of numbers."""
    return {
        name: np.asarray(getattr(values, "detach", lambda v=values: v)(), dtype=float).tolist()
        for name, values in arrays.items()
    }


def outputs():
    """Return everything that the page shows."""
    example = worked_network()
    defaults = {
        "PyTorch": str(torch.tensor([0.5]).dtype).removeprefix("torch."),
        "JAX": str(jnp.asarray([0.5]).dtype),
    }
    jax.config.update("jax_enable_x64", True)
    runs = {
        "PyTorch": (torch_training, torch.float32, torch.float64),
        "JAX": (jax_training, jnp.float32, jnp.float64),
    }
    results = {"versions": {"PyTorch": torch.__version__.split("+")[0], "JAX": jax.__version__}}
    for library, (training, *dtypes) in runs.items():
        for name, dtype in zip(("float32", "float64"), dtypes, strict=True):
            losses, first, last = training(example, dtype)
            results[f"{library} {name}"] = {
                "losses": losses, "gradients": as_lists(first), "parameters": as_lists(last),
            }  # fmt: skip
    loss = torch_loss(
        torch_parameters(example, torch.float64), torch.tensor(example.x), torch.tensor(example.y)
    )
    return results | {
        "defaults": defaults,
        "tape": tape(loss.grad_fn),
        "backward twice": backward_twice(example),
        "recorded in no_grad": without_a_record(example),
    }


if __name__ == "__main__":
    text = json.dumps(outputs(), indent=1) + "\n"
    if "--print" in sys.argv:
        print(text)
    else:
        FILE.write_text(text, encoding="utf-8")
