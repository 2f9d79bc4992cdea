"""The other side of `cases.py`: the same networks, losses and optimisers in PyTorch."""

from __future__ import annotations

import numpy as np
import torch
from reference.cases import OPTIMIZERS, SIZES, STEPS, Case

torch.set_num_threads(1)

ACTIVATIONS = {
    None: torch.nn.Identity,
    "Sigmoid": torch.nn.Sigmoid,
    "Tanh": torch.nn.Tanh,
    "ReLU": torch.nn.ReLU,
    "LeakyReLU": torch.nn.LeakyReLU,
    "Softmax": lambda: torch.nn.Softmax(dim=1),
}
LOSSES = {
    "MeanSquaredError": torch.nn.MSELoss(),
    "BinaryCrossEntropy": torch.nn.BCELoss(),
    "CrossEntropy": lambda p, y: torch.nn.functional.nll_loss(torch.log(p), y),
    "SigmoidBinaryCrossEntropy": torch.nn.BCEWithLogitsLoss(),
    "SoftmaxCrossEntropy": torch.nn.CrossEntropyLoss(),
}
LINKS = {
    "SigmoidBinaryCrossEntropy": torch.sigmoid,
    "SoftmaxCrossEntropy": lambda z: torch.softmax(z, dim=1),
}


def optimizer_of(case: Case, parameters: list[torch.Tensor]) -> torch.optim.Optimizer:
    name, given = OPTIMIZERS[case.optimizer]
    if name == "SGD":
        return torch.optim.SGD(
            parameters, lr=given["learning_rate"], weight_decay=given.get("weight_decay", 0)
        )
    if name == "Momentum":
        return torch.optim.SGD(
            parameters,
            lr=given["learning_rate"],
            momentum=given["momentum"],
            nesterov=given.get("nesterov", False),
        )
    if name == "RMSprop":
        return torch.optim.RMSprop(
            parameters, lr=given["learning_rate"], alpha=given["decay"], eps=1e-8
        )
    return torch.optim.Adam(
        parameters, lr=given["learning_rate"], betas=(given["beta1"], given["beta2"]), eps=1e-8
    )


def theirs(case: Case, data: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Train for STEPS steps with PyTorch, and return what is compared."""
    dtype = getattr(torch, case.dtype)
    first_layer = torch.nn.Linear(SIZES[0], SIZES[1], dtype=dtype)
    second_layer = torch.nn.Linear(SIZES[1], SIZES[2], dtype=dtype)
    model = torch.nn.Sequential(
        first_layer, ACTIVATIONS[case.activation](), second_layer, ACTIVATIONS[case.last]()
    )
    named = {
        "W1": first_layer.weight,
        "b1": first_layer.bias,
        "W2": second_layer.weight,
        "b2": second_layer.bias,
    }
    at = 0
    with torch.no_grad():
        for parameter in named.values():
            values = data["theta"][at : at + parameter.numel()].reshape(tuple(parameter.shape))
            parameter.copy_(torch.from_numpy(values.copy()))
            at += parameter.numel()
    optimizer = optimizer_of(case, list(named.values()))
    x, y = torch.from_numpy(data["x"].copy()), torch.from_numpy(data["y"].copy())
    losses, first = [], None
    for _ in range(STEPS):
        optimizer.zero_grad()
        output = model(x)
        loss = LOSSES[case.loss](output, y)
        loss.backward()
        losses.append(loss.item())
        if first is None:
            first = {f"d{name}": p.grad.numpy().copy() for name, p in named.items()}
            link = LINKS.get(case.loss, lambda z: z)
            first["prediction"] = link(output).detach().numpy().copy()
        optimizer.step()
    assert first is not None
    after = {name: p.detach().numpy().copy() for name, p in named.items()}
    return {"losses": np.array(losses), **first, **after}
