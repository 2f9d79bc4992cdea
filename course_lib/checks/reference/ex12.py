"""Exercise 12, the training loop: the course's own answers. NumPy alone."""

import numpy as np


def loop_by_hand():
    """Return the batches of an epoch, the last one's size, all updates, and the epoch's loss."""
    batches = -(-1438 // 32)
    last = 1438 - (batches - 1) * 32
    loss = (4 * 0.5 + 4 * 0.7 + 2 * 1.2) / 10
    return batches, last, 12 * (60_000 // 100), loss


def minibatches(order, batch_size):
    """Return the entries of `order` in pieces of `batch_size`; the last holds what is left."""
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def training_step(x, y, W, b, activation, learning_rate):
    """Return the loss of one batch, and W and b after θ ← θ − η ∂ℒ/∂θ."""
    a, z = _forward(x, W, b, activation)
    shifted = z[-1] - z[-1].max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(y))
    loss = -float(log_p[rows, y].mean())
    delta = np.exp(log_p)
    delta[rows, y] -= 1.0
    delta /= len(y)
    new_W, new_b = list(W), list(b)
    for i in reversed(range(len(W))):
        new_W[i] = W[i] - learning_rate * (delta.T @ a[i])
        new_b[i] = b[i] - learning_rate * delta.sum(axis=0)
        if i > 0:
            delta = (delta @ W[i]) * _slope(a[i], activation)
    return loss, new_W, new_b


def train_epoch(x, y, W, b, activation, learning_rate, order, batch_size):
    """Return the mean loss of the epoch's examples, and W and b after its last update."""
    total = 0.0
    for batch in minibatches(order, batch_size):
        loss, W, b = training_step(x[batch], y[batch], W, b, activation, learning_rate)
        total += loss * len(batch)
    return total / len(order), W, b


def accuracy(p, y):
    """Return the fraction of rows of p whose largest entry is that of the label."""
    return float(np.mean(p.argmax(axis=1) == np.ravel(y)))


def hold_out(x, y, order, n_held):
    """Return training examples and held-out ones: the first n_held of `order` are held out."""
    held, kept = order[:n_held], order[n_held:]
    return x[kept], y[kept], x[held], y[held]


def train(x, y, x_held, y_held, W, b, activation, learning_rate, orders, batch_size):
    """Return the training loss and the held-out loss of every epoch, and the last W and b."""
    losses, held_losses = [], []
    for order in orders:
        loss, W, b = train_epoch(x, y, W, b, activation, learning_rate, order, batch_size)
        losses.append(loss)
        held_losses.append(_loss(x_held, y_held, W, b, activation))
    return np.array(losses), np.array(held_losses), W, b


def early_stopping(held_losses, patience):
    """Return the epoch after which training stops and the best one up to it, counted from 0."""
    best = 0
    for epoch, loss in enumerate(held_losses):
        if loss < held_losses[best]:
            best = epoch
        if epoch - best >= patience:
            return epoch, best
    return len(held_losses) - 1, best


def _loss(x, y, W, b, activation):
    z = _forward(x, W, b, activation)[1][-1]
    shifted = z - z.max(axis=1, keepdims=True)
    surprise = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(y)), y]
    return float(surprise.mean())


def _forward(x, W, b, activation):
    a, z = [x], []
    for weights, biases in zip(W, b, strict=True):
        z.append(a[-1] @ weights.T + biases)
        if activation == "tanh":
            a.append(np.tanh(z[-1]))
        elif activation == "sigmoid":
            a.append(1.0 / (1.0 + np.exp(-z[-1])))
        else:
            a.append(np.maximum(z[-1], 0.0))
    return a[:-1], z


def _slope(a, activation):
    if activation == "tanh":
        return 1.0 - a**2
    return a * (1.0 - a) if activation == "sigmoid" else (a > 0).astype(float)
