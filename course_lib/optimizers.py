"""Optimisers: the update, θ ← θ − η ∇ℒ, and what experience has added to it.

`update()` reads `network.gradient` and changes `network.theta` in place: all parameters at once,
from gradients taken at the old θ. Call it after `network.backward()`.

>>> from course_lib import Dense, MeanSquaredError, Network
>>> network = Network(Dense(1, 1), loss=MeanSquaredError(), seed=0)
>>> network.theta[...] = [3.0, 0.0]
>>> optimizer = SGD(network, learning_rate=0.1)
>>> network.forward([[1.0]], [[2.0]])
1.0
>>> network.backward()
>>> optimizer.update()
>>> network.theta
array([ 2.8, -0.2])
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course_lib._checked import checked_update, wrap
from course_lib._parameters import Arrays, named
from course_lib._validation import Array, check_positive
from course_lib.network import Network

# The rules are elementwise, so they can be applied to one part of θ after another: the parts of all
# the arrays that a rule reads and writes then stay in the processor's cache.
PART = 2**16


class Optimizer:
    """What all optimisers share: a network, a learning rate, and what they remember.

    To write an optimiser, define `rule`, elementwise in θ; or define `update` itself. Before
    `update` runs, the network is checked to have a gradient, and `steps` is raised by 1.

    Attributes
    ----------
    learning_rate : float
        η. You may change it between updates.
    steps : int
        How many updates it has made; t in the formulas.
    remembers : names
        Of the arrays that it keeps from update to update, shaped as θ and 0 at first. They are
        attributes of those names, too.
    """

    remembers: tuple[str, ...] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        wrap(cls, update=checked_update)
        for name in cls.remembers:
            setattr(cls, name, named("memories", name))

    def __init__(self, network: Network, learning_rate: float) -> None:
        if not isinstance(network, Network):
            raise ValueError(
                f"an optimiser got {network!r}; expected the Network whose parameters it updates"
            )
        self.network, self.learning_rate, self.steps = network, learning_rate, 0
        self.memories = Arrays("memory", {k: np.zeros_like(network.theta) for k in self.remembers})

    @property
    def learning_rate(self) -> float:
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._learning_rate = check_positive("learning_rate", value)

    @checked_update
    def update(self) -> None:
        """Change `network.theta` in place, from `network.gradient`.

        Raises
        ------
        RuntimeError
            If no backward pass has filled the gradient yet.
        """
        arrays = self.network.theta, self.network.gradient, *self.memories.values()
        for start in range(0, self.network.theta.size, PART):
            self.rule(*(array[start : start + PART] for array in arrays))

    def rule(self, *arrays: Any) -> None:
        """Change θ (and what is remembered) in place, given θ, ∇ℒ and the arrays remembered."""
        raise NotImplementedError(f"{type(self).__name__} has to define rule or update")


class SGD(Optimizer):
    """Gradient descent: θ ← θ − η (∇ℒ + λθ) (eq-update, eq-update-per-layer, eq-weight-decay).

    With ∇ℒ from a mini-batch it is called stochastic.

    Parameters
    ----------
    network : Network
    learning_rate : float
        η, the step for a gradient of 1.
    weight_decay : float, default 0
        λ. It adds λθ to the gradient, of biases as well, as ``torch.optim.SGD`` does.

    Raises
    ------
    ValueError
        If a number lies outside its range.

    Source: Robbins and Monro (1951), "A stochastic approximation method".
    """

    def __init__(self, network: Network, learning_rate: float, weight_decay: float = 0.0) -> None:
        super().__init__(network, learning_rate)
        self.weight_decay = check_positive("weight_decay", weight_decay, zero=True)

    def rule(self, theta: Array, gradient: Array) -> None:
        """θ ← θ − η (∇ℒ + λθ)"""
        if self.weight_decay:
            gradient = gradient + self.weight_decay * theta
        theta -= self.learning_rate * gradient


class Momentum(Optimizer):
    """Gradient descent with a memory of its direction: v ← μ v + ∇ℒ, θ ← θ − η v (eq-momentum).

    With `nesterov`, θ ← θ − η (∇ℒ + μ v) (eq-nesterov). Both as ``torch.optim.SGD`` has them; v
    starts at 0.

    Parameters
    ----------
    network : Network
    learning_rate : float
        η. Where gradients agree, a step grows to η / (1 − μ) times the gradient.
    momentum : float, default 0.9
        μ, in [0, 1).
    nesterov : bool, default False

    Raises
    ------
    ValueError
        If a number lies outside its range.

    Examples
    --------
    >>> from course_lib.data import worked_network
    >>> from course_lib.training import three_verbs
    >>> example = worked_network()
    >>> network = example.network()
    >>> step = three_verbs(network, Momentum(network, learning_rate=0.1))
    >>> step(example.x, example.y) > step(example.x, example.y)
    True

    Sources: Polyak (1964), "Some methods of speeding up the convergence of iteration methods";
    Nesterov's form as in Sutskever, Martens, Dahl and Hinton (2013), "On the importance of
    initialization and momentum in deep learning".
    """

    remembers = ("v",)

    def __init__(
        self, network: Network, learning_rate: float, momentum: float = 0.9, nesterov: bool = False
    ) -> None:
        super().__init__(network, learning_rate)
        self.momentum = check_positive("momentum", momentum, zero=True, below=1.0)
        self.nesterov = bool(nesterov)

    def rule(self, theta: Array, gradient: Array, v: Array) -> None:
        """v ← μ v + ∇ℒ, θ ← θ − η v; with `nesterov`, θ ← θ − η (∇ℒ + μ v)"""
        v[...] = self.momentum * v + gradient
        direction = gradient + self.momentum * v if self.nesterov else v
        theta -= self.learning_rate * direction


class RMSprop(Optimizer):
    """Each parameter's step measured by its gradients' usual size (eq-rmsprop).

    s ← ρ s + (1 − ρ) (∇ℒ)², θ ← θ − η ∇ℒ / (√s + ε), elementwise; s starts at 0.

    Parameters
    ----------
    network : Network
    learning_rate : float
        η.
    decay : float, default 0.9
        ρ, in [0, 1): s remembers about 1 / (1 − ρ) steps.
    epsilon : float, default 1e-8
        ε, outside the root.

    Raises
    ------
    ValueError
        If a number lies outside its range.

    Examples
    --------
    >>> from course_lib.data import worked_network
    >>> from course_lib.training import three_verbs
    >>> example = worked_network()
    >>> network = example.network()
    >>> step = three_verbs(network, RMSprop(network, learning_rate=0.01))
    >>> step(example.x, example.y) > step(example.x, example.y)
    True

    Source: Tieleman and Hinton (2012), "Neural networks for machine learning", lecture 6.5.
    """

    remembers = ("s",)

    def __init__(
        self, network: Network, learning_rate: float, decay: float = 0.9, epsilon: float = 1e-8
    ) -> None:
        super().__init__(network, learning_rate)
        self.decay = check_positive("decay", decay, zero=True, below=1.0)
        self.epsilon = check_positive("epsilon", epsilon)

    def rule(self, theta: Array, gradient: Array, s: Array) -> None:
        """s ← ρ s + (1 − ρ) (∇ℒ)², θ ← θ − η ∇ℒ / (√s + ε)"""
        s[...] = self.decay * s + (1 - self.decay) * gradient**2
        theta -= self.learning_rate * gradient / (np.sqrt(s) + self.epsilon)


class Adam(Optimizer):
    """Momentum and RMSprop in one, with both memories' slow start corrected (eq-adam).

    m ← β₁ m + (1 − β₁) ∇ℒ, s ← β₂ s + (1 − β₂) (∇ℒ)² (eq-adam-memories), and in step t = 1, 2, …
    θ ← θ − η m̂ / (√ŝ + ε) with m̂ = m / (1 − β₁ᵗ), ŝ = s / (1 − β₂ᵗ) (eq-adam-correction); m and
    s start at 0. The paper calls s "v", a letter that this course keeps for momentum.

    Parameters
    ----------
    network : Network
    learning_rate : float, default 1e-3
        η, about the size of each parameter's step.
    beta1, beta2 : float, defaults 0.9 and 0.999
        β₁ and β₂, in [0, 1).
    epsilon : float, default 1e-8
        ε, outside the root.

    Raises
    ------
    ValueError
        If a number lies outside its range.

    Examples
    --------
    >>> from course_lib.data import worked_network
    >>> from course_lib.training import three_verbs
    >>> example = worked_network()
    >>> network = example.network()
    >>> step = three_verbs(network, Adam(network, learning_rate=0.01))
    >>> step(example.x, example.y) > step(example.x, example.y)
    True

    Source: Kingma and Ba (2015), "Adam: a method for stochastic optimization", algorithm 1.
    """

    remembers = ("m", "s")

    def __init__(
        self,
        network: Network,
        learning_rate: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        super().__init__(network, learning_rate)
        self.beta1 = check_positive("beta1", beta1, zero=True, below=1.0)
        self.beta2 = check_positive("beta2", beta2, zero=True, below=1.0)
        self.epsilon = check_positive("epsilon", epsilon)

    def rule(self, theta: Array, gradient: Array, m: Array, s: Array) -> None:
        """m ← β₁ m + (1 − β₁) ∇ℒ, s ← β₂ s + (1 − β₂) (∇ℒ)², θ ← θ − η m̂ / (√ŝ + ε)"""
        m[...] = self.beta1 * m + (1 - self.beta1) * gradient
        s[...] = self.beta2 * s + (1 - self.beta2) * gradient**2
        m_hat = m / (1 - self.beta1**self.steps)
        s_hat = s / (1 - self.beta2**self.steps)
        theta -= self.learning_rate * m_hat / (np.sqrt(s_hat) + self.epsilon)
