"""The worked 4-2-3 network agrees in scalar, index, matrix and batch form, and with witnesses.

The equations: eq-forward-preactivation, eq-forward-activation, eq-softmax-cross-entropy,
eq-backward-hidden, eq-backward-weights, eq-backward-biases, eq-update.
"""

import numpy as np
import pytest
from needs import need
from worked_forms import (
    batch_form,
    complex_step_form,
    index_form,
    matrix_form,
    network_form,
    scalar_form,
)

from course_lib.data import worked_network

FORMS = [scalar_form, index_form, matrix_form, batch_form, network_form]


def assert_same(actual, expected, tolerance):
    loss, gradients = actual
    reference_loss, references = expected
    assert loss == pytest.approx(reference_loss, rel=tolerance)
    assert gradients.keys() == references.keys()
    for name, reference in references.items():
        assert gradients[name].shape == reference.shape, name
        error = np.max(np.abs(gradients[name] - reference)) / np.max(np.abs(reference))
        assert error <= tolerance, f"{name}: relative error {error:.1e}"


@pytest.mark.parametrize("form", FORMS)
def test_every_form_agrees_with_the_complex_step(form):
    example = worked_network()
    assert_same(form(example), complex_step_form(example), 1e-14)


@pytest.mark.parametrize("row", range(5))
@pytest.mark.parametrize("form", [index_form, matrix_form, batch_form, network_form])
def test_one_row_alone_agrees_too(form, row):
    """A row of the batch is an example of its own: N = 1, the mean's factor is 1."""
    whole = worked_network()
    fields = {name: getattr(whole, name) for name in ("W1", "b1", "W2", "b2")}
    alone = type(whole)(**fields, x=whole.x[row : row + 1], y=whole.y[row : row + 1])
    assert_same(form(alone), complex_step_form(alone), 1e-14)


@pytest.mark.long
def test_the_batch_form_agrees_with_pytorch():
    need("torch")
    import torch

    e = worked_network()
    theta = {n: torch.tensor(getattr(e, n), requires_grad=True) for n in ("W1", "b1", "W2", "b2")}
    hidden = torch.tanh(torch.nn.functional.linear(torch.tensor(e.x), theta["W1"], theta["b1"]))
    logits = torch.nn.functional.linear(hidden, theta["W2"], theta["b2"])
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(e.y))
    loss.backward()
    torchs = loss.item(), {name: t.grad.numpy() for name, t in theta.items()}
    for form in FORMS:
        assert_same(form(e), torchs, 1e-13)


@pytest.mark.parametrize("form", FORMS)
def test_one_update_of_all_parameters_lowers_the_loss_as_the_gradient_foretells(form):
    """eq-update: for a small η the loss falls by η‖∇ℒ‖², up to a term in η²."""
    e = worked_network()
    loss, gradients = form(e)
    eta = 1e-5
    moved = {name: getattr(e, name) - eta * g for name, g in gradients.items()}
    after, _ = form(type(e)(**moved, x=e.x, y=e.y))
    foretold = eta * sum(np.sum(g**2) for g in gradients.values())
    assert loss - after == pytest.approx(foretold, rel=1e-4)


def test_no_two_entries_of_a_gradient_have_the_same_size():
    """What the data promise: an exchanged or transposed entry always shows."""
    _, gradients = complex_step_form(worked_network())
    sizes = np.sort(np.abs(np.concatenate([g.ravel() for g in gradients.values()])))
    assert np.diff(sizes).min() > 1e-3
    assert sizes[0] > 0.03


def test_each_example_contributes_its_own_gradient_over_n():
    """eq-backward-weights, eq-backward-biases: what the figure of chapter 8 writes on its paths."""
    whole = worked_network()
    _, gradients = batch_form(whole)
    fields = {name: getattr(whole, name) for name in ("W1", "b1", "W2", "b2")}
    parts = []
    for row in range(len(whole.x)):
        alone = type(whole)(**fields, x=whole.x[row : row + 1], y=whole.y[row : row + 1])
        parts.append(complex_step_form(alone)[1])
    for name, gradient in gradients.items():
        total = sum(part[name] for part in parts) / len(whole.x)
        assert gradient == pytest.approx(total, rel=1e-12), name


def test_columns_are_converted_by_substituting_transposed_arrays():
    """eq-backward-weights, eq-backward-input, eq-forward-preactivation with examples as columns."""
    rng = np.random.default_rng(0)
    delta, a, W = rng.normal(size=(5, 3)), rng.normal(size=(5, 2)), rng.normal(size=(3, 2))
    delta_columns, a_columns = delta.T, a.T
    assert delta_columns @ a_columns.T == pytest.approx(delta.T @ a), "a parameter's: as it is"
    into_rows, z_rows = (W.T @ delta_columns).T, (W @ a_columns).T
    assert into_rows == pytest.approx(delta @ W), "it has an example axis"
    assert z_rows == pytest.approx(a @ W.T)
    assert delta_columns.sum(axis=1) == pytest.approx(delta.sum(axis=0))
