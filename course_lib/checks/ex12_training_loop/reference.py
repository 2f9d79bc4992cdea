# Generated from solutions/12_training_loop.md by `course release`: change that file.
"""The course's own answers of exercise 12. NumPy alone."""

import numpy as np


def loop_by_hand():
    """Return (batches, last, updates, loss), the four numbers."""
    batches = -(-1438 // 32)
    last = 1438 - (batches - 1) * 32
    return batches, last, 12 * 60_000 // 100, (4 * 0.5 + 4 * 0.7 + 2 * 1.2) / 10


def minibatches(order, batch_size):
    """Return a list of arrays: the entries of order, batch_size at a time, in their order."""
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def dense_forward(a, W, b):
    """Return the pre-activations of one layer for a batch, one example per row."""
    return a @ W.T + b


def activate(z, activation):
    """Return g(z), entry by entry, for "tanh", "sigmoid" or "relu"."""
    if activation == "tanh":
        return np.tanh(z)
    if activation == "sigmoid":
        small = np.exp(-np.abs(z))
        return np.where(z >= 0, 1.0, small) / (1.0 + small)
    if activation == "relu":
        return np.maximum(z, 0.0)
    raise ValueError(f"activation is {activation!r}; tanh, sigmoid or relu was expected")


def network_forward(x, W, b, activation):
    """Forward pass of a network of dense layers.

    Parameters
    ----------
    x : array, shape (N, n_0)
    W, b : lists of arrays, one per layer
    activation : str
        "tanh", "sigmoid" or "relu", between the layers.

    Returns
    -------
    a, z : lists of arrays, one per layer
        What came into each layer, and its pre-activations.
    """
    a, z = [x], []
    for i in range(len(W)):
        z.append(dense_forward(a[i], W[i], b[i]))
        if i < len(W) - 1:
            a.append(activate(z[i], activation))
    return a, z


def cross_entropy(z, y):
    """Return the mean cross-entropy of softmax(z) against the labels y, one number."""
    shifted = z - z.max(axis=1, keepdims=True)
    surprise = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(y)), y]
    return float(surprise.mean())


def softmax(z):
    """Return the probabilities, shape (N, C); every row adds up to 1."""
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def softmax_cross_entropy_backward(p, y):
    """The error of the output layer.

    Parameters
    ----------
    p : array, shape (N, n)
        Probabilities; every row adds up to 1.
    y : array of int, shape (N,)
        The number of the right class of every example.

    Returns
    -------
    delta : array, shape (N, n)
    """
    delta = p.copy()
    delta[np.arange(len(y)), y] -= 1.0
    return delta / len(y)


def dense_backward(delta, a, W):
    """Gradients of one dense layer for a batch.

    Parameters
    ----------
    delta : array, shape (N, n)
        The error of this layer, ∂ℒ/∂Z.
    a : array, shape (N, n_prev)
        What came into the layer.
    W : array, shape (n, n_prev)
        Its weights.

    Returns
    -------
    dW : array, shape (n, n_prev)
    db : array, shape (n,)
    da : array, shape (N, n_prev)
    """
    return delta.T @ a, delta.sum(axis=0), delta @ W


def activation_backward(da, z, activation):
    """From ∂ℒ/∂A to ∂ℒ/∂Z, entry by entry.

    Parameters
    ----------
    da : array, shape (N, n)
    z : array, shape (N, n)
        The pre-activations that went into the activation.
    activation : str
        "tanh", "sigmoid" or "relu".

    Returns
    -------
    delta : array, shape (N, n)
    """
    if activation == "tanh":
        slope = 1.0 - np.tanh(z) ** 2
    elif activation == "sigmoid":
        a = 1.0 / (1.0 + np.exp(-z))
        slope = a * (1.0 - a)
    elif activation == "relu":
        slope = (z > 0).astype(float)
    else:
        raise ValueError(f"activation is {activation!r}; tanh, sigmoid or relu was expected")
    return da * slope


def network_backward(delta, a, z, W, activation):
    """All gradients of a network of dense layers.

    Parameters
    ----------
    delta : array, shape (N, n_L)
        The error of the last layer.
    a, z, W : lists of arrays, one per layer
        What came into each layer, its pre-activations, its weights.
    activation : str
        The activation between the layers: "tanh", "sigmoid" or "relu".

    Returns
    -------
    dW, db : lists of arrays, one per layer, the first layer first
    """
    dW = [None] * len(W)
    db = [None] * len(W)
    for i in reversed(range(len(W))):
        dW[i], db[i], da = dense_backward(delta, a[i], W[i])
        if i > 0:
            delta = activation_backward(da, z[i - 1], activation)
    return dW, db


def training_step(x, y, W, b, activation, learning_rate):
    """Return (loss, W, b): the batch's loss before the update, and the new lists.

    Shapes: x (N, n_0), y (N,) labels; W[i] (n_{i+1}, n_i), b[i] (n_{i+1},).
    """
    inputs, z = network_forward(x, W, b, activation)
    loss = cross_entropy(z[-1], y)
    delta = softmax_cross_entropy_backward(softmax(z[-1]), y)
    dW, db = network_backward(delta, inputs, z, W, activation)
    new_W = [W[i] - learning_rate * dW[i] for i in range(len(W))]
    new_b = [b[i] - learning_rate * db[i] for i in range(len(b))]
    return loss, new_W, new_b


def train_epoch(x, y, W, b, activation, learning_rate, order, batch_size):
    """Return (loss, W, b): the mean loss of the epoch's examples, and the last lists."""
    total = 0.0
    for batch in minibatches(order, batch_size):
        loss, W, b = training_step(x[batch], y[batch], W, b, activation, learning_rate)
        total += loss * len(batch)
    return total / len(order), W, b


def accuracy(p, y):
    """Return a number between 0 and 1, for p (N, n) and y (N,) or (N, 1)."""
    return float(np.mean(p.argmax(axis=1) == np.ravel(y)))


def hold_out(x, y, order, n_held):
    """Return (x_train, y_train, x_held, y_held), in the order of order."""
    held, kept = order[:n_held], order[n_held:]
    return x[kept], y[kept], x[held], y[held]


def train(x, y, x_held, y_held, W, b, activation, learning_rate, orders, batch_size):
    """Return (losses, held_losses, W, b): one loss of each kind per epoch, and the last lists."""
    losses, held_losses = [], []
    for order in orders:
        loss, W, b = train_epoch(x, y, W, b, activation, learning_rate, order, batch_size)
        losses.append(loss)
        z = network_forward(x_held, W, b, activation)[1]
        held_losses.append(cross_entropy(z[-1], y_held))
    return np.array(losses), np.array(held_losses), W, b


def early_stopping(held_losses, patience):
    """Return (stop, best): the last epoch that is run and the best one up to it, counted from 0."""
    best = 0
    for epoch, loss in enumerate(held_losses):
        if loss < held_losses[best]:
            best = epoch
        if epoch - best >= patience:
            return epoch, best
    return len(held_losses) - 1, best
