# Generated from solutions/13_when_it_goes_wrong.md by `course release`: change that file.
"""The course's own answers of exercise 13. NumPy alone."""

import numpy as np


def weight_scale(n_in, n_out, scheme):
    """The standard deviation of a weight.

    Parameters
    ----------
    n_in, n_out : int
        The number of inputs and of neurons of the layer.
    scheme : str
        "xavier" or "he".

    Returns
    -------
    sigma : float
    """
    if scheme == "xavier":
        return float(np.sqrt(2.0 / (n_in + n_out)))
    if scheme == "he":
        return float(np.sqrt(2.0 / n_in))
    raise ValueError(f"scheme is {scheme!r}; xavier or he was expected")


def initial_weights(draws, scheme, distribution):
    """The initial weights of a layer, made from given random numbers.

    Parameters
    ----------
    draws : array, shape (n_out, n_in)
        Standard normal numbers, or uniform numbers from 0 … 1.
    scheme : str
        "xavier" or "he".
    distribution : str
        "normal" or "uniform": the distribution of the draws, and that of the weights.

    Returns
    -------
    W : array, shape (n_out, n_in)
    """
    n_out, n_in = draws.shape
    sigma = weight_scale(n_in, n_out, scheme)
    if distribution == "normal":
        return sigma * draws
    return np.sqrt(3.0) * sigma * (2.0 * draws - 1.0)


def forward_spread(x, W, activation):
    """The spread of the activations, layer by layer.

    Parameters
    ----------
    x : array, shape (N, n_0)
    W : list of arrays, one per layer
        W[i] has shape (n_out, n_in) of its layer.
    activation : str
        "tanh", "sigmoid" or "relu", for every layer.

    Returns
    -------
    spread : array, shape (L,)
        The first layer first.
    """
    spread = []
    for weights in W:
        z = x @ weights.T
        if activation == "tanh":
            x = np.tanh(z)
        elif activation == "relu":
            x = z * (z > 0)
        else:
            x = 1 / (1 + np.exp(-z))
        spread.append(np.sqrt((x**2).mean()))
    return np.array(spread)


def backward_spread(delta, z, W, activation):
    """The spread of the error, layer by layer.

    Parameters
    ----------
    delta : array, shape (N, n_L)
        The error of the last layer.
    z : list of arrays, one per layer
        The pre-activations; z[i] has shape (N, n) of its layer.
    W : list of arrays, one per layer
    activation : str
        "tanh", "sigmoid" or "relu". For relu at z = 0, 0 and 1 are both right.

    Returns
    -------
    spread : array, shape (L,)
        The first layer first.
    """
    def derivative(z):
        if activation == "relu":
            return z > 0
        if activation == "tanh":
            return 1 - np.tanh(z) ** 2
        value = 1 / (1 + np.exp(-z))
        return value - value**2

    spread = [np.sqrt((delta**2).mean())]
    for i in reversed(range(1, len(W))):
        delta = (delta @ W[i]) * derivative(z[i - 1])
        spread.append(np.sqrt((delta**2).mean()))
    return np.array(spread[::-1])


def gradient_factor(z, w, activation):
    """The error of the first neuron of a chain, divided by that of the last neuron.

    Parameters
    ----------
    z : array, shape (L,)
        The pre-activations.
    w : array, shape (L,)
        w[i] is the weight of the input of neuron i.
    activation : str
        "sigmoid" or "tanh".

    Returns
    -------
    factor : float
    """
    factor = 1.0
    for i in range(1, len(z)):
        value = np.tanh(z[i - 1]) if activation == "tanh" else 1 / (1 + np.exp(-z[i - 1]))
        derivative = 1 - value**2 if activation == "tanh" else value * (1 - value)
        factor *= w[i] * derivative
    return factor


def dead_units(z):
    """How many units of a ReLU layer are 0 for every example.

    Parameters
    ----------
    z : array, shape (N, n)

    Returns
    -------
    dead : int
    """
    return int((z <= 0).all(axis=0).sum())


def flat_share(z, activation, below):
    """The fraction of entries at which the activation is nearly flat.

    Parameters
    ----------
    z : array, shape (N, n)
    activation : str
        "tanh" or "sigmoid".
    below : float
        A derivative smaller than this counts as flat.

    Returns
    -------
    fraction : float
    """
    if activation == "tanh":
        derivative = 1 - np.tanh(z) ** 2
    else:
        value = 1 / (1 + np.exp(-z))
        derivative = value * (1 - value)
    return np.mean(derivative < below)


def different_units(W):
    """How many different rows W has.

    Parameters
    ----------
    W : array, shape (n_out, n_in)

    Returns
    -------
    count : int
    """
    return len(np.unique(W, axis=0))


def first_wrong(dW, db, dW_check, db_check):
    """The first wrong layer, counted from the output, and which of its arrays are wrong.

    Parameters
    ----------
    dW, db : lists of arrays, one per layer
        What a backward pass returned.
    dW_check, db_check : lists of arrays, one per layer
        The same by numerical derivatives.

    Returns
    -------
    layer : int
    weights_wrong, biases_wrong : bool
    """
    def differs(gradient, reference):
        return abs(gradient - reference).max() > 1e-6 * abs(reference).max()

    for layer in reversed(range(len(dW))):
        weights = differs(dW[layer], dW_check[layer])
        biases = differs(db[layer], db_check[layer])
        if weights or biases:
            return layer, weights, biases
    return -1, False, False


def wrong_layers():
    """Return (A, B, C, D, E): the first wrong layer of each machine, −1 if there is none."""
    return 3, 2, 1, 3, -1


def wrong_lines():
    """Return (A, B, C, D, E): the number of each machine's mistake, from the list above."""
    return 2, 5, 6, 7, 9


def mended_backward(x, y, W, b):
    """All gradients of a network of sigmoid layers with the mean of squares.

    Parameters
    ----------
    x : array, shape (N, n_0)
    y : array, shape (N, n_L)
    W, b : lists of arrays, one per layer

    Returns
    -------
    dW, db : lists of arrays, one per layer, the first layer first
    """
    values = [x]
    for weights, bias in zip(W, b):
        values.append(1.0 / (1.0 + np.exp(-bias - values[-1] @ weights.T)))
    back = (values[-1] - y) * (2 / y.size)
    made_W, made_b = [], []
    for weights, into, out in zip(W[::-1], values[-2::-1], values[:0:-1]):
        error = back * (out - out**2)
        made_W.insert(0, error.T @ into)
        made_b.insert(0, np.sum(error, axis=0))
        back = error @ weights
    return made_W, made_b
