"""`dense_backward`: the gradients of one dense layer, for a batch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex08_backward_pass.page import PAGE
from course_lib.checks.question import MARKING, SQUARE, Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex08 import dense_backward
from course_lib.checks.worked import Worked

Arrays = tuple[np.ndarray, ...]


def dense_inputs(rng: Generator, fixture: Fixture) -> Arrays:
    """Draw Δ (N, n), A of the layer before (N, n_prev) and W (n, n_prev) of an inner layer."""
    n_prev, n = fixture.widths[-3:-1]
    delta = rng.normal(size=(fixture.n, n))
    a = 1.3 * rng.normal(size=(fixture.n, n_prev))
    return delta, a, rng.normal(size=(n, n_prev))


def _dense_sizes(delta: np.ndarray, a: np.ndarray, W: np.ndarray) -> dict[str, int]:
    return {"N": len(delta), "n": W.shape[0], "n_prev": W.shape[1]}


def _dense_factors(delta: np.ndarray, a: np.ndarray, W: np.ndarray) -> dict[str, np.ndarray]:
    return {"a·(1 − a)": a * (1 - a), "1 − a²": 1 - a * a, "a": a}


def _mean_in_place(delta: np.ndarray, a: np.ndarray, W: np.ndarray) -> Arrays:
    da = delta @ W
    delta /= len(delta)
    return delta.T @ a, delta.sum(axis=0), da


def _dense_loops(delta: np.ndarray, a: np.ndarray, W: np.ndarray) -> list[Any]:
    dW, db, da = np.zeros(W.shape), [0.0] * len(W), np.zeros(a.shape)
    for i in range(len(delta)):
        for j in range(len(W)):
            db[j] += delta[i, j]
            for k in range(W.shape[1]):
                dW[j, k] += delta[i, j] * a[i, k]
                da[i, k] += W[j, k] * delta[i, j]
    return [dW, db, da]


def _dense_float32(delta: np.ndarray, a: np.ndarray, W: np.ndarray) -> Arrays:
    return dense_backward(*(array.astype(np.float32) for array in (delta, a, W)))


def _example() -> str:
    delta = np.array([[1.0, -2.0], [3.0, 0.5]])
    a = np.array([[2.0, 0.0, -1.0], [1.0, 4.0, 0.5]])
    W = np.array([[0.1, -0.3, 0.2], [0.5, 0.4, -0.6]])
    dW, db, da = dense_backward(delta, a, W)
    text = Worked("Two examples (N = 2), three inputs, two neurons:")
    text.array("delta", delta).array("a", a).array("W", W)
    text.line(
        "W[0, 1] leads from input 1 to neuron 0. Example 0 contributes delta[0, 0]·a[0, 1] = "
        f"{delta[0, 0]:g}·{a[0, 1]:g}, example 1 contributes {delta[1, 0]:g}·{a[1, 1]:g}; "
        f"together {dW[0, 1]:g}. The same for every entry:"
    )
    text.array("dW", dW)
    text.line("b[0] is added in every example, so its gradient collects column 0 of delta:")
    text.array("db", db)
    text.line(
        "Input 1 of example 0 feeds both neurons: "
        f"{delta[0, 0]:g}·({W[0, 1]:g}) + ({delta[0, 1]:g})·{W[1, 1]:g} = {da[0, 1]:g}."
    )
    text.array("da", da)
    return str(text)


DENSE_BACKWARD = Question(
    name="dense_backward",
    signature="dense_backward(delta, a, W) -> (dW, db, da)",
    returns=("dW", "db", "da"),
    parts=(
        Part(
            "dW",
            2,
            (0,),
            section=f"{PAGE}#weight-gradient",
            place="Look at the product that makes dW: its factors and their order.",
        ),
        Part(
            "db",
            1,
            (1,),
            section=f"{PAGE}#bias-gradient",
            place="Look at the sum that makes db: what it runs over and what remains.",
        ),
        Part(
            "da",
            2,
            (2,),
            section=f"{PAGE}#input-gradient",
            place="Look at the product that makes da: on which side W is, transposed or not.",
        ),
    ),
    section=f"{PAGE}#weight-gradient",
    place="Look at what your function returns, and in which order.",
    inputs=dense_inputs,
    reference=dense_backward,
    fixtures=(
        MARKING,
        Fixture("output layer", widths=(3, 13, 5, 2), n=7),
        SQUARE,
        Fixture("large", widths=(60_000, 6, 1), n=2, cpu_seconds=1.5),
    ),
    sizes=_dense_sizes,
    example=_example,
    factors=_dense_factors,
    correct={
        "einsum": lambda delta, a, W: (
            np.einsum("ij,ik->jk", delta, a),
            np.einsum("ij->j", delta),
            np.einsum("ij,jk->ik", delta, W),
        ),
        "outer products, one example at a time": lambda delta, a, W: (
            sum(np.outer(row, inputs) for row, inputs in zip(delta, a, strict=True)),
            sum(delta),
            np.array([W.T @ row for row in delta]),
        ),
        "loops, and a list for a tuple": _dense_loops,
        "float32": _dense_float32,
        "transposes of transposes": lambda delta, a, W: (
            (a.T @ delta).T,
            np.ones(len(delta)) @ delta,
            (W.T @ delta.T).T,
        ),
    },
    mistakes=(
        Mistake(
            "B01",
            "dW is a.T @ delta: that is the transpose of Δᵀ A. The row of W belongs to the "
            "layer's own neuron, so delta comes first: dW = delta.T @ a.",
            lambda delta, a, W: (a.T @ delta, delta.sum(0), delta @ W),
            "dW[j, k] belongs to neuron j of this layer and input k. Which factor brings j, and "
            "so comes first?",
            section=f"{PAGE}#transpose",
        ),
        Mistake(
            "B02",
            "da is delta @ W.T: W is transposed once too often. With examples as rows the error "
            "goes back through W itself: da = delta @ W.",
            lambda delta, a, W: (delta.T @ a, delta.sum(0), delta @ W.T),
            "The forward pass used W.T. Going back, input k collects W[j, k] δ_j over all j: "
            "which axis of W meets delta?",
            section=f"{PAGE}#transpose",
        ),
        Mistake(
            "B03",
            "da is delta * W, an entry-by-entry product. A neuron's input feeds all neurons of "
            "the layer, so a sum over them is needed: da = delta @ W.",
            lambda delta, a, W: (delta.T @ a, delta.sum(0), delta * W),
            "Input k feeds every neuron j of the layer. Which product adds up over j?",
        ),
        Mistake(
            "B05",
            "dW and db are divided by N here, but delta carries the mean's 1/N already; it "
            "belongs in the start of the backward pass, once.",
            lambda delta, a, W: (delta.T @ a / len(a), delta.mean(0), delta @ W),
            "delta comes from the loss, which is a mean. Is the 1/N already inside?",
            section=f"{PAGE}#batch-sum",
        ),
        Mistake(
            "B05-weights",
            "dW is divided by N, but delta carries the mean's 1/N already.",
            lambda delta, a, W: (delta.T @ a / len(a), delta.sum(0), delta @ W),
            "delta comes from the loss, which is a mean. Is the 1/N already inside?",
            section=f"{PAGE}#batch-sum",
        ),
        Mistake(
            "B05-bias",
            "db is the mean over the examples; it has to be the sum, since delta carries the "
            "mean's 1/N already.",
            lambda delta, a, W: (delta.T @ a, delta.mean(0), delta @ W),
            "delta comes from the loss, which is a mean. Should its rows be averaged once more?",
            section=f"{PAGE}#batch-sum",
        ),
        Mistake(
            "B09",
            "dW, db and da all have the wrong sign: a minus came in that belongs to the update (θ "
            "← θ − η ∂ℒ/∂θ), not to the gradient.",
            lambda delta, a, W: (-delta.T @ a, -delta.sum(0), -delta @ W),
            "The gradient points uphill. Which step of the training turns it round?",
        ),
        Mistake(
            "B20",
            "db is delta itself, one row per example. All examples share one bias per neuron, so "
            "their contributions add up: db = delta.sum(axis=0).",
            lambda delta, a, W: (delta.T @ a, delta.copy(), delta @ W),
            "b has one entry per neuron, and every example uses it. What happens to the N "
            "contributions?",
        ),
        Mistake(
            "B21",
            "db is summed over the neurons (axis 1); the sum belongs over the examples (axis 0).",
            lambda delta, a, W: (delta.T @ a, delta.sum(1), delta @ W),
            "b has one entry per neuron. Which axis of delta counts the neurons, and which one "
            "should disappear?",
        ),
        Mistake(
            "B21-all",
            "db is the sum of all of delta, over examples and neurons; only the examples (axis 0) "
            "are summed over.",
            lambda delta, a, W: (delta.T @ a, delta.sum(), delta @ W),
            "b has one entry per neuron. Over which axis of delta does the sum run, and which "
            "should stay?",
        ),
        Mistake(
            "B24",
            "db is made from dW (the sum of its rows), so the inputs a are in it. The bias is "
            "multiplied by 1, not by a: db = delta.sum(axis=0).",
            lambda delta, a, W: (delta.T @ a, (delta.T @ a).sum(1), delta @ W),
            "In z = W a + b, what is b multiplied by? Should a appear in db?",
        ),
        Mistake(
            "bias-keepdims",
            "db keeps an axis of length 1 (keepdims=True). b has shape (n,), and so has its "
            "gradient.",
            lambda delta, a, W: (delta.T @ a, delta.sum(0, keepdims=True), delta @ W),
            "b has one axis. How many has your db?",
        ),
        Mistake(
            "weights-per-example",
            "dW holds one outer product per example; they have to be added up over the batch, "
            "which delta.T @ a does in one product.",
            lambda delta, a, W: (delta[:, :, None] * a[:, None, :], delta.sum(0), delta @ W),
            "Every example contributes one outer product to the same W. What happens to the N of "
            "them?",
            section=f"{PAGE}#batch-sum",
        ),
        Mistake(
            "input-with-derivative-sigmoid",
            "da is multiplied by a·(1 − a). That is the activation's derivative; it belongs to "
            "the activation's own backward step, not to the dense layer's.",
            lambda delta, a, W: (delta.T @ a, delta.sum(0), (delta @ W) * a * (1 - a)),
            "da is ∂ℒ/∂a, before the activation of the layer before is crossed. Which factor came "
            "too early?",
            section=f"{PAGE}#hidden-error",
        ),
        Mistake(
            "input-with-derivative-tanh",
            "da is multiplied by 1 − a². That is the activation's derivative; it belongs to the "
            "activation's own backward step, not to the dense layer's.",
            lambda delta, a, W: (delta.T @ a, delta.sum(0), (delta @ W) * (1 - a**2)),
            "da is ∂ℒ/∂a, before the activation of the layer before is crossed. Which factor came "
            "too early?",
            section=f"{PAGE}#hidden-error",
        ),
        Mistake(
            "input-inverse",
            "da uses the (pseudo-)inverse of W. The backward pass does not undo the forward pass; "
            "it sends the error along the same weights: da = delta @ W.",
            lambda delta, a, W: (delta.T @ a, delta.sum(0), delta @ np.linalg.pinv(W).T),
            "The error flows back along the same weights that carried the signal. Does that undo "
            "the product, or weigh with the same numbers?",
            section=f"{PAGE}#transpose",
        ),
        Mistake(
            "order-of-results",
            "The results are in the order da, dW, db; the signature says dW, db, da.",
            lambda delta, a, W: (delta @ W, delta.T @ a, delta.sum(0)),
            "In which order does the signature name the three results?",
        ),
        Mistake(
            "B35",
            "delta is divided by N in place (delta /= N): dW and db come out N times too small, "
            "and the caller finds delta changed. Make a new array, and leave out the 1/N, which "
            "delta carries already.",
            _mean_in_place,
            "Which line writes into delta itself? What else still needs it?",
        ),
    ),
)
