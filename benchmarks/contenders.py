"""One training step, by this library and by its peers: the same network, numbers and update.

A contender is made by ``make(setting)`` and has ``run(count)``, which does `count` training steps
(forward, backward, update) on one batch, and ``parameters()``, the arrays ``[W1, b1, W2, …]`` as
they stand. Every one of them gets the same starting weights, inputs and labels, in float32 unless
its name says otherwise; hidden layers are ReLU, the output softmax cross-entropy.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

RATES = {"SGD": 0.01, "Adam": 1e-3}


@dataclass(frozen=True)
class Setting:
    """A network's layer sizes, the batch, the optimiser, and the numbers to start from."""

    sizes: tuple[int, ...]
    batch: int
    optimizer: str

    @property
    def name(self) -> str:
        return "-".join(map(str, self.sizes))

    def start(self) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
        """Return the starting weights ``[W1, b1, …]``, the inputs and the labels."""
        rng = np.random.default_rng(0)
        weights = []
        for n_in, n_out in pairwise(self.sizes):
            weights.append(rng.normal(0, np.sqrt(2 / n_in), (n_out, n_in)).astype(np.float32))
            weights.append(rng.normal(0, 0.1, n_out).astype(np.float32))
        x = rng.uniform(0, 1, (self.batch, self.sizes[0])).astype(np.float32)
        y = rng.integers(0, self.sizes[-1], self.batch)
        y[: self.sizes[-1]] = np.arange(self.sizes[-1])  # every class: one contender insists
        return weights, x, y

    @property
    def rate(self) -> float:
        return RATES[self.optimizer]


@dataclass(frozen=True)
class Contender:
    """What is timed; `turn` is the shortest fair turn in seconds, where that matters."""

    run: Callable[[int], Any]
    parameters: Callable[[], list[np.ndarray]]
    turn: float = 0.0


def matrix_products(setting: Setting) -> Contender:
    """Only the products a step cannot do without, into arrays that are there already."""
    weights, x, _ = setting.start()
    W = weights[::2]
    activations = [x] + [np.ones((setting.batch, len(w)), np.float32) for w in W]
    deltas = [np.full_like(a, 1e-3) for a in activations[1:]]
    outputs = [np.empty_like(a) for a in activations[1:]]
    gradients = [np.empty_like(w) for w in W]
    into = [np.empty_like(a) for a in activations[1:-1]]

    def run(count: int) -> None:
        for _ in range(count):
            for a, w, out in zip(activations, W, outputs, strict=False):
                np.dot(a, w.T, out=out)
            for a, d, out in zip(activations, deltas, gradients, strict=False):
                np.dot(d.T, a, out=out)
            for d, w, out in zip(deltas[1:], W[1:], into, strict=True):
                np.dot(d, w, out=out)

    return Contender(run, list)


def verbs(setting: Setting) -> Contender:
    from course_lib.training import three_verbs

    return course_lib(setting, three_verbs)


def in_buffers(setting: Setting) -> Contender:
    from course_lib.compiled import compiled

    return course_lib(setting, compiled)


def course_lib(setting: Setting, kind: Callable[..., Any]) -> Contender:
    from course_lib import SGD, Adam, Dense, Network, ReLU, SoftmaxCrossEntropy

    weights, x, y = setting.start()
    layers = []
    for n_in, n_out in pairwise(setting.sizes):
        layers += [Dense(n_in, n_out), ReLU()]
    network = Network(*layers[:-1], loss=SoftmaxCrossEntropy(), dtype=np.float32)
    for array, start in zip(network.parameters.values(), weights, strict=True):
        array[...] = start
    step = kind(network, {"SGD": SGD, "Adam": Adam}[setting.optimizer](network, setting.rate))

    def run(count: int) -> None:
        for _ in range(count):
            step(x, y)

    return Contender(run, lambda: [a.copy() for a in network.parameters.values()])


def textbook(setting: Setting, dtype: type = np.float32) -> Contender:
    """Plain NumPy as a textbook writes it: a new array for every intermediate result."""
    weights, x, y = setting.start()
    theta = [w.astype(dtype) for w in weights]
    x = x.astype(dtype)
    m = [np.zeros_like(w) for w in theta]
    v = [np.zeros_like(w) for w in theta]
    steps = 0
    rate, adam = setting.rate, setting.optimizer == "Adam"

    def run(count: int) -> None:
        nonlocal steps
        for _ in range(count):
            activations, a = [x], x
            for k in range(0, len(theta), 2):
                z = a @ theta[k].T + theta[k + 1]
                a = np.maximum(z, 0) if k < len(theta) - 2 else z
                activations.append(a)
            e = np.exp(a - a.max(axis=1, keepdims=True))
            p = e / e.sum(axis=1, keepdims=True)
            float(-np.log(p[np.arange(len(y)), y]).mean())
            delta = p
            delta[np.arange(len(y)), y] -= 1
            delta /= len(y)
            gradients: list[np.ndarray] = []
            for k in range(len(theta) - 2, -1, -2):
                gradients = [delta.T @ activations[k // 2], delta.sum(axis=0), *gradients]
                if k:
                    delta = (delta @ theta[k]) * (activations[k // 2] > 0)
            steps += 1
            for i, g in enumerate(gradients):
                if adam:
                    m[i] = 0.9 * m[i] + 0.1 * g
                    v[i] = 0.999 * v[i] + 0.001 * g**2
                    m_hat, v_hat = m[i] / (1 - 0.9**steps), v[i] / (1 - 0.999**steps)
                    theta[i] = theta[i] - rate * m_hat / (np.sqrt(v_hat) + 1e-8)
                else:
                    theta[i] = theta[i] - rate * g

    return Contender(run, lambda: [w.copy() for w in theta])


def textbook_float64(setting: Setting) -> Contender:
    return textbook(setting, np.float64)


def pytorch(setting: Setting, fused: bool = False) -> Contender:
    import torch

    torch.set_num_threads(1)
    weights, x, y = setting.start()
    layers: list[torch.nn.Module] = []
    for n_in, n_out in pairwise(setting.sizes):
        layers += [torch.nn.Linear(n_in, n_out), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    with torch.no_grad():
        for p, start in zip(model.parameters(), weights, strict=True):
            p.copy_(torch.from_numpy(start))
    kind = getattr(torch.optim, setting.optimizer)
    optimizer = kind(model.parameters(), lr=setting.rate, fused=fused, foreach=False)
    inputs, labels = torch.from_numpy(x), torch.from_numpy(y)
    loss_function = torch.nn.CrossEntropyLoss()

    def run(count: int) -> None:
        for _ in range(count):
            optimizer.zero_grad()
            loss_function(model(inputs), labels).backward()
            optimizer.step()

    return Contender(run, lambda: [p.detach().numpy().copy() for p in model.parameters()])


def pytorch_fused(setting: Setting) -> Contender:
    return pytorch(setting, fused=True)


def jax_step(setting: Setting) -> tuple[Any, Any, Any, Any]:
    """Return jax, a step ((state, batch) → (state, loss)), the first state, and the batch.

    The batch is an argument: as a constant it would be worked into the compiled program.
    """
    import jax
    import jax.numpy as jnp

    weights, x, y = setting.start()
    rate = setting.rate

    def loss(theta: Any, inputs: Any, labels: Any) -> Any:
        a = inputs
        for k in range(0, len(theta), 2):
            z = a @ theta[k].T + theta[k + 1]
            a = jax.nn.relu(z) if k < len(theta) - 2 else z
        return -jnp.take_along_axis(jax.nn.log_softmax(a), labels[:, None], axis=1).mean()

    def sgd(state: Any, batch: Any) -> Any:
        (theta,) = state
        value, gradient = jax.value_and_grad(loss)(theta, *batch)
        return (jax.tree.map(lambda w, g: w - rate * g, theta, gradient),), value

    def adam(state: Any, batch: Any) -> Any:
        theta, m, v, t = state
        value, gradient = jax.value_and_grad(loss)(theta, *batch)
        m = jax.tree.map(lambda a, g: 0.9 * a + 0.1 * g, m, gradient)
        v = jax.tree.map(lambda a, g: 0.999 * a + 0.001 * g * g, v, gradient)
        t = t + 1
        c1, c2 = 1 - 0.9**t, 1 - 0.999**t
        theta = jax.tree.map(
            lambda w, a, b: w - rate * (a / c1) / (jnp.sqrt(b / c2) + 1e-8), theta, m, v
        )
        return (theta, m, v, t), value

    def arrays(like: Any = jnp.asarray) -> Any:
        return [like(w) for w in weights]

    batch = jnp.asarray(x), jnp.asarray(y)
    if setting.optimizer == "SGD":
        return jax, sgd, (arrays(),), batch
    zeros = (arrays(jnp.zeros_like), arrays(jnp.zeros_like), jnp.float32(0))
    return jax, adam, (arrays(), *zeros), batch


def jax_jit(setting: Setting) -> Contender:
    jax, step, state, batch = jax_step(setting)
    compiled = jax.jit(step, donate_argnums=0)

    def run(count: int) -> None:
        nonlocal state
        for _ in range(count):
            state, loss = compiled(state, batch)
        jax.block_until_ready((state, loss))

    return Contender(run, lambda: [np.array(w) for w in state[0]])


def jax_scan(setting: Setting) -> Contender:
    """The whole loop compiled at once, for each number of steps asked for."""
    jax, step, state, batch = jax_step(setting)

    @partial(jax.jit, static_argnums=2)
    def loop(state: Any, batch: Any, count: int) -> Any:
        return jax.lax.scan(lambda s, _: step(s, batch), state, length=count)

    def run(count: int) -> None:
        nonlocal state
        state, _ = jax.block_until_ready(loop(state, batch, count))

    return Contender(run, lambda: [np.array(w) for w in state[0]])


def hips_autograd(setting: Setting) -> Contender:
    import autograd
    import autograd.numpy as anp
    from autograd.scipy.special import logsumexp

    weights, x, y = setting.start()
    theta = [w.copy() for w in weights]
    m = [np.zeros_like(w) for w in theta]
    v = [np.zeros_like(w) for w in theta]
    rows, rate, steps = np.arange(len(y)), setting.rate, 0

    def loss(theta: Any) -> Any:
        a = x
        for k in range(0, len(theta), 2):
            z = anp.dot(a, theta[k].T) + theta[k + 1]
            a = anp.maximum(z, np.float32(0)) if k < len(theta) - 2 else z
        return anp.mean(logsumexp(a, axis=1) - a[rows, y])

    gradient_of = autograd.grad(loss)

    def run(count: int) -> None:
        nonlocal steps
        for _ in range(count):
            gradients = gradient_of(theta)
            steps += 1
            for w, g, a, b in zip(theta, gradients, m, v, strict=True):
                if setting.optimizer == "SGD":
                    w -= rate * g
                    continue
                a += 0.1 * (g - a)
                b += 0.001 * (g * g - b)
                w -= rate * (a / (1 - 0.9**steps)) / (np.sqrt(b / (1 - 0.999**steps)) + 1e-8)

    return Contender(run, lambda: [w.copy() for w in theta])


def scikit_learn(setting: Setting) -> Contender:
    """`fit` on one batch, a step per epoch, so that its checks are shared by many steps."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    if setting.sizes[-1] == 2:
        raise NotImplementedError("uses one sigmoid for two classes, so another network")
    warnings.simplefilter("ignore", ConvergenceWarning)
    weights, x, y = setting.start()
    model = MLPClassifier(
        setting.sizes[1:-1],
        solver=setting.optimizer.lower(),
        learning_rate_init=setting.rate,
        momentum=0.0,
        nesterovs_momentum=False,
        alpha=0.0,
        epsilon=4e-10,  # it adds ε before the correction of v: about 1e-8 in the first steps
        batch_size=setting.batch,
        shuffle=False,
        warm_start=True,
        max_iter=1,
        n_iter_no_change=10**9,
    ).fit(x, y)
    for k in range(len(setting.sizes) - 1):
        model.coefs_[k][...] = weights[2 * k].T
        model.intercepts_[k][...] = weights[2 * k + 1]

    def run(count: int) -> None:
        model.set_params(max_iter=count)
        model.fit(x, y)

    def parameters() -> list[np.ndarray]:
        pairs = zip(model.coefs_, model.intercepts_, strict=True)
        return [array for W, b in pairs for array in (W.T.copy(), b.copy())]

    return Contender(run, parameters, turn=0.15)


CONTENDERS: dict[str, Callable[[Setting], Contender]] = {
    "course_lib, verbs": verbs,
    "course_lib, compiled": in_buffers,
    "NumPy": textbook,
    "NumPy float64": textbook_float64,
    "PyTorch": pytorch,
    "PyTorch fused": pytorch_fused,
    "JAX jit": jax_jit,
    "JAX scan": jax_scan,
    "autograd": hips_autograd,
    "scikit-learn": scikit_learn,
}
